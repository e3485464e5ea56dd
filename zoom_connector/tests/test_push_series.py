from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushSeries(PushCase):
    """Series of the calendar become series in Zoom; single dates are told one by one."""

    def series(self, **values):
        """Create a weekly series of four dates, on the week day of `start`."""
        day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[self.start.weekday()]
        event = self.event(
            name="Weekly demo",
            recurrency=True,
            rrule_type="weekly",
            interval=1,
            end_type="count",
            count=4,
            event_tz="Europe/Madrid",
            **{day: True, **values},
        )
        self.assertEqual(len(event.recurrence_id.calendar_event_ids), 4)
        return event

    def dates(self, event):
        return event.recurrence_id.calendar_event_ids.sorted("start")

    def occurrences(self):
        (meeting,) = self.in_zoom()
        shown = [o for o in meeting.occurrences if o.status != "deleted"]
        return [(o.start.replace(tzinfo=None), o.duration_minutes) for o in shown]

    def wanted(self, event):
        return [
            (e.start, round((e.stop - e.start).total_seconds() / 60)) for e in self.dates(event)
        ]

    def test_create(self):
        event = self.series()
        self.push()
        self.assertEqual(self.occurrences(), self.wanted(event))
        self.assertEqual([m for m, _p in self.calls() if m != "GET"], ["POST"])
        (meeting,) = self.in_zoom()
        self.assertEqual((meeting.type, meeting.recurrence.type), (8, 2))
        events = self.dates(event)
        self.assertEqual(len(events.zoom_meeting_id), 1)
        self.assertEqual(len(set(events.mapped("zoom_key"))), 4)
        self.assertEqual(set(events.mapped("videocall_location")), {meeting.join_url})
        self.assertEqual(self.env["calendar.event"].search_count([("name", "=", "Weekly demo")]), 4)

    def test_topic_of_all(self):
        event = self.series()
        self.push()
        self.control("calls", "DELETE")
        event.with_user(self.sales).write(
            {"name": "Weekly demo, new name", "recurrence_update": "all_events"}
        )
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.topic, "Weekly demo, new name")
        self.assertEqual(self.occurrences(), self.wanted(event))

    def test_one_date_moved_and_one_cancelled(self):
        event = self.series()
        self.push()
        self.control("calls", "DELETE")
        second, third = self.dates(event)[1:3]
        later = second.start + timedelta(hours=3)
        second.with_user(self.sales).write(
            {
                "start": later,
                "stop": later + timedelta(minutes=45),
                "recurrence_update": "self_only",
            }
        )
        third.with_user(self.sales).action_mass_archive("self_only")
        self.push()
        self.assertEqual(self.occurrences(), self.wanted(event))
        self.assertEqual(sorted(m for m, _p in self.calls()[:3]), ["DELETE", "GET", "PATCH"])
        self.assertEqual(second.start, later)
        self.assertFalse(third.active)

    def test_all_dates_moved(self):
        event = self.series()
        self.push()
        first = event.zoom_meeting_id
        later = self.start + timedelta(hours=4)
        event.with_user(self.sales).write(
            {
                "start": later,
                "stop": later + timedelta(hours=1),
                "recurrence_update": "all_events",
            }
        )
        self.push()
        self.assertEqual(len(self.in_zoom()), 1)
        event = self.env["calendar.event"].search([("zoom_meeting_id", "=", first.id)], limit=1)
        self.assertEqual(self.occurrences(), self.wanted(event))
        self.assertEqual({e.start.hour for e in self.dates(event)}, {later.hour})
        self.assertEqual(set(self.dates(event).mapped("zoom_meeting_id")), {first})

    def test_this_and_following(self):
        event = self.series()
        self.push()
        third = self.dates(event)[2]
        later = third.start + timedelta(hours=2)
        third.with_user(self.sales).write(
            {
                "start": later,
                "stop": later + timedelta(hours=1),
                "recurrence_update": "future_events",
            }
        )
        self.push()
        meetings = self.in_zoom()
        self.assertEqual(len(meetings), 2)
        self.assertNotEqual(third.zoom_meeting_id, event.zoom_meeting_id)
        found = {
            m.zoom_id: [
                o.start.replace(tzinfo=None) for o in m.occurrences if o.status != "deleted"
            ]
            or [m.start.replace(tzinfo=None)]
            for m in meetings
        }
        for part in (event, third):
            self.assertEqual(
                found[part.zoom_meeting_id.zoom_id], [e.start for e in self.dates(part)]
            )
            self.assertEqual(len(set(self.dates(part).mapped("videocall_location"))), 1)
        self.assertNotEqual(event.videocall_location, third.videocall_location)

    def test_one_date_switched_off_and_on(self):
        event = self.series()
        self.push()
        meeting = event.zoom_meeting_id
        second = self.dates(event)[1]
        second.with_user(self.sales).write(
            {"zoom_requested": False, "recurrence_update": "self_only"}
        )
        self.push()
        self.assertNotIn(second.start, [start for start, _minutes in self.occurrences()])
        self.assertEqual(len(self.occurrences()), 3)
        self.assertFalse(second.videocall_location)
        second.with_user(self.sales).write(
            {"zoom_requested": True, "recurrence_update": "self_only"}
        )
        self.push()
        self.assertEqual(self.occurrences(), self.wanted(event))
        self.assertEqual(self.dates(event).zoom_meeting_id, meeting)
        self.assertEqual(second.videocall_location, event.videocall_location)

    def test_cancel_all(self):
        event = self.series()
        self.push()
        event.with_user(self.sales).action_mass_deletion("all_events")
        self.push()
        self.assertEqual(self.in_zoom(), [])

    def test_echo_of_a_series_makes_no_call(self):
        stub = self.listen()
        event = self.series()
        self.push()
        second = self.dates(event)[1]
        later = second.start + timedelta(hours=3)
        second.with_user(self.sales).write(
            {"start": later, "stop": later + timedelta(hours=1), "recurrence_update": "self_only"}
        )
        self.push()
        event.with_user(self.sales).write(
            {"name": "Weekly, renamed", "recurrence_update": "all_events"}
        )
        self.push()
        bodies = self.announced(stub)
        self.assertGreaterEqual(len(bodies), 3)
        before = [(e.start, e.name, e.zoom_key, e.write_date) for e in self.dates(event)]
        self.control("calls", "DELETE")
        self.apply(*bodies, integration=self.account)
        self.commit()
        self.assertEqual(self.calls(), [])
        self.assertFalse(event.zoom_meeting_id.needs_read)
        after = [(e.start, e.name, e.zoom_key, e.write_date) for e in self.dates(event)]
        self.assertEqual(after, before)
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_change_in_zoom_comes_back(self):
        stub = self.listen()
        event = self.series()
        self.push()
        self.announced(stub)
        number = int(event.zoom_meeting_id.zoom_id)
        second = self.dates(event)[1]
        moved = second.start + timedelta(hours=1)
        self.control(
            "zoom/meeting",
            action="update",
            meeting_id=number,
            occurrence_id=second.zoom_key,
            start_time=fields.Datetime.to_string(moved).replace(" ", "T") + "Z",
        )
        self.apply(*self.announced(stub), integration=self.account)
        self.env.invalidate_all()
        self.assertEqual(second.start, moved)
        self.assertEqual(len(self.dates(event)), 4)
        self.push()
        self.assertEqual(self.occurrences(), self.wanted(event))

    def test_yearly_series_is_one_meeting_without_time(self):
        self.event(
            name="Yearly",
            recurrency=True,
            rrule_type="yearly",
            interval=1,
            end_type="count",
            count=3,
            event_tz="Europe/Madrid",
        )
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.type, 3)
        events = self.env["calendar.event"].search([("name", "=", "Yearly")])
        self.assertEqual(set(events.mapped("videocall_location")), {meeting.join_url})
        self.assertIn("yearly", events[:1].zoom_push_note)
        self.assertEqual(len(events.filtered("active")), 3)
