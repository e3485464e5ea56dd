from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..adapters.meeting import Meeting
from .common import ZoomCase, sample

MADRID_DST = "2026-10-25"  # clocks go back in Europe/Madrid


def ms(text):
    return str(int(fields.Datetime.to_datetime(text).timestamp() * 1000))


@tagged("post_install", "-at_install")
class TestCalendar(ZoomCase):
    """Meetings stand in the calendar at the right local time, and nobody is disturbed."""

    def series(self, starts, recurrence, zone="Europe/Madrid", zoom_id="700", **values):
        """Store a series as the API returns it; `starts` are UTC texts."""
        body = {
            "id": zoom_id,
            "uuid": "seriesUuid",
            "host_id": "HostAdaExample00000001",
            "topic": "Series",
            "type": 8,
            "start_time": starts[0].replace(" ", "T") + "Z",
            "duration": 30,
            "timezone": zone,
            "join_url": "https://zoom.example.com/j/700",
            "recurrence": recurrence,
            "occurrences": [
                {
                    "occurrence_id": values.get("ids", {}).get(start, ms(start)),
                    "start_time": start.replace(" ", "T") + "Z",
                    "duration": 30,
                    "status": "deleted" if start in values.get("deleted", ()) else "available",
                }
                for start in starts
            ],
        }
        return self.env["zoom.meeting"]._upsert(
            self.integration, [Meeting.read(body, [])], values.get("at", 1_000)
        )

    def events(self, meeting):
        return self.env["calendar.event"].search(
            [("zoom_meeting_id", "=", meeting.id)], order="start"
        )

    def local(self, events, zone="Europe/Madrid"):
        return [
            fields.Datetime.context_timestamp(e.with_context(tz=zone), e.start).strftime(
                "%Y-%m-%d %H:%M"
            )
            for e in events
        ]

    # -- single meetings -----------------------------------------------------------------------------

    def test_single_meeting(self):
        self.apply(sample("meeting.created"))
        event = self.meeting().calendar_event_id
        self.assertEqual(event.name, "Example project kick-off")
        self.assertEqual(
            (event.start, event.stop),
            (self.at("2026-05-04 08:00:00"), self.at("2026-05-04 09:00:00")),
        )
        self.assertEqual(self.local(event), ["2026-05-04 10:00"])
        self.assertEqual(event.user_id, self.ada)
        self.assertEqual(event.partner_ids, self.ada.partner_id | self.bob)
        self.assertEqual(event.videocall_source, "zoom")
        own = event.attendee_ids.filtered(lambda a: a.partner_id == self.ada.partner_id)
        self.assertEqual(own.state, "accepted")

    def test_nobody_is_disturbed(self):
        mails = self.env["mail.mail"].search_count([])
        messages = self.env["mail.message"].search_count([("model", "=", "calendar.event")])
        activities = self.env["mail.activity"].search_count([])
        body = sample("meeting.created")
        start = fields.Datetime.now() + timedelta(days=2)
        body["payload"]["object"]["start_time"] = start.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.apply(body)
        update = sample("meeting.updated")
        later = start + timedelta(hours=3)
        update["payload"]["object"]["start_time"] = later.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.apply(update)
        event = self.meeting().calendar_event_id
        self.assertEqual(event.start, later.replace(microsecond=0))
        self.assertFalse(event.message_follower_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(
            self.env["mail.message"].search_count([("model", "=", "calendar.event")]), messages
        )
        self.assertEqual(self.env["mail.activity"].search_count([]), activities)
        own = event.attendee_ids.filtered(lambda a: a.partner_id == self.ada.partner_id)
        self.assertEqual(own.state, "accepted")

    def test_update_moves_and_keeps_what_people_changed(self):
        self.apply(sample("meeting.created"))
        event = self.meeting().calendar_event_id
        event.write({"description": "<p>Our own notes</p>", "location": "Room 5"})
        self.apply(sample("meeting.updated"))
        self.assertEqual(event.name, "Example project kick-off (moved)")
        self.assertEqual(event.start, self.at("2026-05-04 09:00:00"))
        self.assertEqual(event.stop, self.at("2026-05-04 10:30:00"))
        self.assertIn("Our own notes", event.description)
        self.assertEqual(event.location, "Room 5")

    def test_reminder_moves_with_the_meeting(self):
        body = sample("meeting.created")
        start = (fields.Datetime.now() + timedelta(days=5)).replace(microsecond=0)
        body["payload"]["object"]["start_time"] = start.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.apply(body)
        event = self.meeting().calendar_event_id
        alarm = self.env["calendar.alarm"].create(
            {"name": "1 h", "alarm_type": "email", "duration": 1, "interval": "hours"}
        )
        event.with_context(dont_notify=True).alarm_ids = alarm
        update = sample("meeting.updated")
        later = start + timedelta(days=1)
        update["payload"]["object"]["start_time"] = later.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.apply(update)
        cron = self.env.ref("calendar.ir_cron_scheduler_alarm")
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).mapped("call_at")
        self.assertIn(later - timedelta(hours=1), calls)

    def test_deleted_meeting_leaves_the_calendar(self):
        self.apply(sample("meeting.created"), sample("meeting.updated"))
        event = self.meeting().calendar_event_id
        self.apply(sample("meeting.deleted"))
        self.assertFalse(event.active)
        self.assertEqual(self.meeting().state, "deleted")
        self.apply(sample("meeting.recovered"))
        self.assertTrue(event.active)

    def test_held_meeting_stays_when_it_is_deleted_later(self):
        self.apply(sample("meeting.created"), sample("meeting.started"), sample("meeting.deleted"))
        self.assertTrue(self.meeting().calendar_event_id.active)

    def test_unknown_host_goes_to_the_default_owner(self):
        body = sample("meeting.created")
        body["payload"]["object"]["host_id"] = "HostNobody00000000009"
        self.apply(body)
        meeting = self.meeting()
        self.assertEqual(meeting.user_id, self.owner)
        self.assertEqual(meeting.calendar_event_id.user_id, self.owner)
        self.assertEqual(meeting.host_id.status, "unknown")
        issue = self.env["connector.data.issue"].search(
            [("res_model", "=", "zoom.user"), ("res_id", "=", meeting.host_id.id)]
        )
        self.assertEqual(issue.state, "open")
        self.assertTrue(issue.remedy)
        meeting.host_id.user_id = self.ada
        self.assertEqual(meeting.calendar_event_id.user_id, self.ada)
        self.assertIn(self.ada.partner_id, meeting.calendar_event_id.partner_ids)
        self.assertNotIn(self.owner.partner_id, meeting.calendar_event_id.partner_ids)
        self.assertEqual(issue.state, "resolved")

    def test_discuss_and_google_meet_are_untouched(self):
        Event = self.env["calendar.event"]
        discuss = Event.create(
            {
                "name": "Discuss",
                "start": "2026-05-04 08:00:00",
                "stop": "2026-05-04 09:00:00",
                "videocall_location": Event.get_discuss_videocall_location(),
            }
        )
        meet = Event.create(
            {
                "name": "Meet",
                "start": "2026-05-04 08:00:00",
                "stop": "2026-05-04 09:00:00",
                "videocall_location": "https://meet.google.com/abc-defg-hij",
            }
        )
        self.apply(sample("meeting.created"), sample("meeting.started"), sample("meeting.ended"))
        self.assertEqual(discuss.videocall_source, "discuss")
        self.assertNotEqual(meet.videocall_source, "zoom")
        self.assertEqual(meet.videocall_location, "https://meet.google.com/abc-defg-hij")
        self.assertFalse((discuss | meet).zoom_meeting_id)

    def test_instant_meeting_appears_when_it_is_held(self):
        body = sample("meeting.started")
        body["payload"]["object"]["type"] = 1
        self.apply(body)
        event = self.meeting().instance_ids.calendar_event_id
        self.assertEqual(event.start, self.at("2026-05-04 08:01:12"))

    # -- series --------------------------------------------------------------------------------------

    def test_weekly_series_keeps_its_hour_over_the_clock_change(self):
        starts = [
            "2026-10-13 07:00:00",
            "2026-10-20 07:00:00",
            "2026-10-27 08:00:00",
            "2026-11-03 08:00:00",
        ]
        meeting = self.series(
            starts, {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 4}
        )
        events = self.events(meeting)
        self.assertEqual([hour[-5:] for hour in self.local(events)], ["09:00"] * 4)
        recurrence = events.recurrence_id
        self.assertEqual(len(recurrence), 1)
        self.assertEqual(
            (recurrence.rrule_type, recurrence.tue, recurrence.count), ("weekly", True, 4)
        )
        self.assertTrue(all(events.mapped("recurrency")))
        self.assertTrue(all(events.mapped("follow_recurrence")))
        self.assertFalse(meeting.calendar_note)
        # The calendar app's own reckoning agrees, so editing the series in Odoo keeps all dates.
        again = sorted(recurrence._get_occurrences(events[0].start))
        self.assertEqual(again, [fields.Datetime.to_datetime(start) for start in starts])

    def test_daily_series_over_the_spring_change_in_new_york(self):
        starts = [
            "2026-03-06 14:00:00",
            "2026-03-07 14:00:00",
            "2026-03-08 13:00:00",
            "2026-03-09 13:00:00",
        ]
        meeting = self.series(
            starts, {"type": 1, "repeat_interval": 1, "end_times": 4}, zone="America/New_York"
        )
        events = self.events(meeting)
        hours = {hour[-5:] for hour in self.local(events, "America/New_York")}
        self.assertEqual(hours, {"09:00"})
        self.assertEqual(events.recurrence_id.rrule_type, "daily")

    def test_monthly_last_friday(self):
        starts = ["2026-09-25 08:00:00", "2026-10-30 09:00:00", "2026-11-27 09:00:00"]
        meeting = self.series(
            starts,
            {
                "type": 3,
                "repeat_interval": 1,
                "monthly_week": -1,
                "monthly_week_day": 6,
                "end_times": 3,
            },
        )
        events = self.events(meeting)
        recurrence = events.recurrence_id
        self.assertEqual(
            (recurrence.month_by, recurrence.byday, recurrence.weekday), ("day", "-1", "FRI")
        )
        self.assertEqual(len(events), 3)

    def test_monthly_by_day_of_month(self):
        starts = ["2026-01-15 09:00:00", "2026-03-15 09:00:00", "2026-05-15 08:00:00"]
        meeting = self.series(
            starts, {"type": 3, "repeat_interval": 2, "monthly_day": 15, "end_times": 3}
        )
        recurrence = self.events(meeting).recurrence_id
        self.assertEqual(
            (recurrence.month_by, recurrence.day, recurrence.interval), ("date", 15, 2)
        )

    def test_series_until_a_date(self):
        starts = ["2026-05-05 07:00:00", "2026-05-12 07:00:00"]
        meeting = self.series(
            starts,
            {
                "type": 2,
                "repeat_interval": 1,
                "weekly_days": "3",
                "end_date_time": "2026-05-14T00:00:00Z",
            },
        )
        recurrence = self.events(meeting).recurrence_id
        self.assertEqual((recurrence.end_type, str(recurrence.until)), ("end_date", "2026-05-12"))
        self.assertFalse(meeting.calendar_note)

    def test_inexpressible_series_becomes_single_events_with_a_note(self):
        starts = ["2026-05-05 07:00:00", "2026-05-08 07:00:00", "2026-05-21 07:00:00"]
        meeting = self.series(starts, {"type": 2, "repeat_interval": 1, "weekly_days": "1"})
        events = self.events(meeting)
        self.assertEqual([str(e.start) for e in events], starts)
        self.assertFalse(events.recurrence_id)
        self.assertTrue(meeting.calendar_note)

    def test_moved_occurrence(self):
        self.apply(sample("meeting.created.recurring"), sample("meeting.updated.occurrence"))
        events = self.events(self.meeting("89876543210"))
        self.assertEqual(
            [str(e.start) for e in events],
            ["2026-05-05 07:00:00", "2026-05-13 07:00:00", "2026-05-19 07:00:00"],
        )
        self.assertEqual(events.mapped("follow_recurrence"), [True, False, True])
        self.assertEqual(len(events.recurrence_id), 1)

    def test_cancelled_occurrence(self):
        self.apply(sample("meeting.created.recurring"), sample("meeting.deleted.occurrence"))
        events = self.events(self.meeting("89876543210"))
        self.assertEqual(
            [str(e.start) for e in events], ["2026-05-05 07:00:00", "2026-05-19 07:00:00"]
        )
        self.assertEqual(self.meeting("89876543210").state, "scheduled")

    def test_series_moved_to_another_day_and_back(self):
        tuesdays = ["2026-05-05 07:00:00", "2026-05-12 07:00:00", "2026-05-19 07:00:00"]
        thursdays = ["2026-05-07 07:00:00", "2026-05-14 07:00:00", "2026-05-21 07:00:00"]
        rule = {"type": 2, "repeat_interval": 1, "end_times": 3}
        meeting = self.series(tuesdays, {**rule, "weekly_days": "3"}, at=1000)
        self.series(thursdays, {**rule, "weekly_days": "5"}, at=2000)
        self.assertEqual([str(e.start) for e in self.events(meeting)], thursdays)
        self.assertEqual(
            (self.events(meeting).recurrence_id.thu, self.events(meeting).recurrence_id.tue),
            (True, False),
        )
        self.series(tuesdays, {**rule, "weekly_days": "3"}, at=3000)
        self.assertEqual([str(e.start) for e in self.events(meeting)], tuesdays)
        self.assertEqual(len(self.events(meeting).recurrence_id), 1)

    def test_older_list_of_dates_changes_nothing(self):
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
        starts = ["2026-05-05 07:00:00", "2026-05-12 07:00:00", "2026-05-19 07:00:00"]
        meeting = self.series(starts[:2], {**rule, "end_times": 2}, at=2000)
        self.series(starts, rule, at=1000)
        self.assertEqual([str(e.start) for e in self.events(meeting)], starts[:2])

    def test_past_dates_stay_when_zoom_stops_listing_them(self):
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
        starts = ["2026-05-05 07:00:00", "2026-05-12 07:00:00", "2026-05-19 07:00:00"]
        meeting = self.series(starts, rule, at=1000)
        self.series(starts[1:], rule, at=int(ms("2026-05-06 00:00:00")))
        self.assertEqual([str(e.start) for e in self.events(meeting)], starts)
        self.series(starts[2:], rule, at=int(ms("2026-05-06 00:00:00")) + 1)
        self.assertEqual([str(e.start) for e in self.events(meeting)], [starts[0], starts[2]])

    def test_series_edited_in_odoo_is_recognised_again(self):
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
        starts = ["2026-05-05 07:00:00", "2026-05-12 07:00:00", "2026-05-19 07:00:00"]
        meeting = self.series(starts, rule, at=1000)
        first = self.events(meeting)[0]
        # Moving the whole series makes the calendar app delete all events and make new ones.
        first.with_context(no_mail_to_attendees=True, dont_notify=True).write(
            {
                "recurrence_update": "all_events",
                "start": "2026-05-05 08:00:00",
                "stop": "2026-05-05 08:30:00",
            }
        )
        events = self.events(meeting)
        self.assertEqual(len(events), 3)
        later = [start.replace("07:", "08:") for start in starts]
        self.series(later, rule, at=2000, ids=dict(zip(later, map(ms, starts), strict=True)))
        self.assertEqual([str(e.start) for e in self.events(meeting)], later)

    def test_instances_find_their_occurrence(self):
        self.apply(sample("meeting.created.recurring"))
        for uuid, start in (("one", "2026-05-05T07:01:00Z"), ("two", "2026-05-19T06:58:00Z")):
            body = sample("meeting.started")
            body["payload"]["object"].update(id="89876543210", uuid=uuid, type=8, start_time=start)
            self.apply(body)
        keys = {
            instance.uuid: str(instance.calendar_event_id.start)
            for instance in self.meeting("89876543210").instance_ids
        }
        self.assertEqual(keys, {"one": "2026-05-05 07:00:00", "two": "2026-05-19 07:00:00"})

    def test_unchanged_meetings_cost_nothing(self):
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
        starts = ["2026-05-05 07:00:00", "2026-05-12 07:00:00", "2026-05-19 07:00:00"]
        meeting = self.series(starts, rule, at=1000)
        before = {e.id: e.write_date for e in self.events(meeting)}
        self.series(starts, rule, at=2000)
        self.assertEqual({e.id: e.write_date for e in self.events(meeting)}, before)
