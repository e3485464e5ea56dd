import random
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .push_common import PushCase

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC")


@tagged("post_install", "-at_install")
class TestPushRecurrence(PushCase):
    """A seeded sample of series goes both ways through the ORM and real HTTP."""

    users = 2

    def rule(self, rng):
        """Return the repeat fields of an event that begins at `start`, at random."""
        kind = rng.choice(("daily", "weekly", "monthly", "monthly"))
        rule = {
            "recurrency": True,
            "rrule_type": kind,
            "interval": rng.randint(1, 3),
            "event_tz": rng.choice(ZONES),
            "end_type": "count",
            "count": rng.randint(2, 12),
        }
        start = self.start
        if kind == "weekly":
            rule.update(dict.fromkeys(DAYS, False))
            rule[DAYS[start.weekday()]] = True
            if rule["interval"] == 1 and rng.random() < 0.5:
                rule[rng.choice(DAYS)] = True
        elif kind == "monthly" and rng.random() < 0.5:
            rule.update(month_by="date", day=start.day)
        elif kind == "monthly":
            week = (start.day - 1) // 7 + 1
            names = [day.upper() for day in DAYS]
            rule.update(
                month_by="day",
                byday=str(week) if week < 5 else "-1",
                weekday=names[start.weekday()],
            )
        return rule

    def shown(self, event):
        event = event if event.active else event.search([("name", "=", event.name)], limit=1)
        events = event.recurrence_id.calendar_event_ids.filtered("active").sorted("start")
        return [(e.start, round((e.stop - e.start).total_seconds() / 60)) for e in events or event]

    def in_zoom_at(self, zoom_id):
        meeting = self.account._zoom_client().meeting(zoom_id)
        return [
            (o.start.replace(tzinfo=None), o.duration_minutes)
            for o in meeting.occurrences
            if not o.is_deleted
        ]

    def series(self, rng, number):
        """Create a series whose first date is one of its rule."""
        self.start = (fields.Datetime.now() + timedelta(days=rng.randint(3, 300))).replace(
            hour=rng.choice((9, 10, 11)), minute=rng.choice((0, 30)), second=0, microsecond=0
        )
        self.start = self.start.replace(day=min(self.start.day, 28))
        return self.event(name=f"Series {number}", **self.rule(rng))

    def test_odoo_to_zoom_to_odoo(self):
        rng = random.Random(20261124)
        for number in range(10):
            event = self.series(rng, number)
            with self.subTest(number=number, rule=event.rrule, zone=event.event_tz):
                before = self.shown(event)
                self.push()
                zoom_id = event.zoom_meeting_id.zoom_id
                self.assertEqual(self.in_zoom_at(zoom_id), before)
                # One date is moved, one is cancelled.
                events = event.recurrence_id.calendar_event_ids.sorted("start")
                moved, gone = events[-1], events[len(events) // 2]
                later = moved.start + timedelta(minutes=rng.randint(10, 300))
                moved.with_user(self.sales).write(
                    {"start": later, "stop": later + timedelta(minutes=50)}
                )
                if gone != moved:
                    gone.with_user(self.sales).action_mass_archive("self_only")
                wanted = self.shown(event)
                self.push()
                self.assertEqual(self.in_zoom_at(zoom_id), wanted)
                self.assertEqual(self.shown(event), wanted)
                # Zoom's own list, read again, changes nothing here.
                self.env["zoom.meeting"]._upsert(
                    self.account,
                    [self.account._zoom_client().meeting(zoom_id)],
                    int(fields.Datetime.now().timestamp() * 1000) + 5_000,
                )
                self.assertEqual(self.shown(event), wanted)

    def test_zoom_to_odoo_to_zoom(self):
        rng = random.Random(42)
        for number in range(8):
            kind = rng.choice((1, 2, 3))
            rule = {"type": kind, "repeat_interval": rng.randint(1, 2), "end_times": 6}
            if kind == 2:
                days = rng.sample(range(1, 8), rng.randint(1, 3))
                rule["weekly_days"] = ",".join(str(day) for day in sorted(days))
            elif kind == 3 and rng.random() < 0.5:
                rule["monthly_day"] = rng.randint(1, 28)
            elif kind == 3:
                rule["monthly_week"] = rng.choice((-1, 1, 2, 3, 4))
                rule["monthly_week_day"] = rng.randint(1, 7)
            zone = rng.choice(("Europe/Madrid", "America/New_York", "Asia/Calcutta", "UTC"))
            with self.subTest(number=number, rule=rule, zone=zone):
                client = self.account._zoom_client()
                made = self.control(
                    "zoom/meeting",
                    action="create",
                    host_id=self.host.zoom_id,
                    topic=f"Zoom series {number}",
                    type=8,
                    start_time=fields.Datetime.to_string(self.start).replace(" ", "T"),
                    timezone=zone,
                    duration=30,
                    recurrence=rule,
                )
                zoom_id = str(made["meeting_id"])
                at = int(fields.Datetime.now().timestamp() * 1000)
                meeting = self.env["zoom.meeting"]._upsert(
                    self.account, [client.meeting(zoom_id)], at
                )
                event = meeting.calendar_event_id
                original = self.in_zoom_at(zoom_id)
                self.assertEqual(self.shown(event), original)
                # One date is moved in Odoo: one call, the others stay.
                second = event.recurrence_id.calendar_event_ids.sorted("start")[1]
                later = second.start + timedelta(minutes=30)
                second.with_user(self.sales).write(
                    {"start": later, "stop": later + timedelta(minutes=30)}
                )
                self.control("calls", "DELETE")
                self.push()
                changes = [method for method, _path in self.calls() if method != "GET"]
                self.assertEqual(changes, ["PATCH"])
                wanted = sorted([*original[:1], (later, 30), *original[2:]])
                self.assertEqual(sorted(self.in_zoom_at(zoom_id)), wanted)
                self.assertEqual(self.shown(event), wanted)

    def test_endless_series_is_refilled(self):
        event = self.event(
            name="Every day",
            recurrency=True,
            rrule_type="daily",
            interval=1,
            end_type="count",
            count=80,
            event_tz="UTC",
        )
        self.push()
        meeting = event.zoom_meeting_id
        wanted = self.shown(event)
        self.assertEqual(self.in_zoom_at(meeting.zoom_id), wanted[:50])
        self.assertTrue(event.zoom_push_note)
        self.assertFalse(self.env["zoom.meeting"]._refill_series(), "enough dates are left")
        special = event.recurrence_id.calendar_event_ids.sorted("start")[45]
        special.with_user(self.sales).description = "<p>Only today</p>"
        self.push()
        # Most of the dates pass.
        days = event.recurrence_id.calendar_event_ids.sorted("start")[:35]
        later = days[-1].start + timedelta(hours=2)
        passed = later - fields.Datetime.now()
        self.control("clock", advance=int(passed.total_seconds()))
        with freeze_time(later):
            self.assertEqual(self.env["zoom.meeting"]._refill_series(), meeting)
            self.push()
            self.assertEqual(self.in_zoom_at(meeting.zoom_id), wanted[35:])
            self.assertFalse(self.env["zoom.meeting"]._refill_series())
            special.invalidate_recordset()
            self.assertEqual(self.agenda_of(special), "Only today", "Zoom was told again")
        self.assertEqual(self.shown(event), wanted, "nothing moved in the calendar")

    def weekly(self):
        event = self.event(
            name="Weekly",
            description="<p>For all</p>",
            recurrency=True,
            rrule_type="weekly",
            interval=1,
            end_type="count",
            count=4,
            event_tz="UTC",
            **{DAYS[self.start.weekday()]: True},
        )
        self.push()
        return event, event.recurrence_id.calendar_event_ids.sorted("start")

    def agenda_of(self, event):
        client = self.account._zoom_client()
        return client.meeting(event.zoom_meeting_id.zoom_id, occurrence_id=event.zoom_key).agenda

    def test_text_of_one_date(self):
        stub = self.listen()
        event, events = self.weekly()
        self.announced(stub)
        self.control("calls", "DELETE")
        events[1].with_user(self.sales).write(
            {"description": "<p>Only today</p>", "recurrence_update": "self_only"}
        )
        self.push()
        changes = [method for method, _path in self.calls() if method != "GET"]
        self.assertEqual(changes, ["PATCH"])
        self.assertEqual(self.agenda_of(events[1]), "Only today")
        # Odoo 19 adds organizer and guest to the text.
        whole = self.agenda_of(events[2])
        self.assertTrue(whole.startswith("For all"))
        # The echo changes neither the series nor the other dates, and nothing is sent twice.
        self.apply(*self.announced(stub), integration=self.account)
        self.control("calls", "DELETE")
        self.push()
        self.assertEqual([method for method, _path in self.calls() if method != "GET"], [])
        events.invalidate_recordset()
        self.assertIn("For all", events[2].description)
        self.assertIn("Only today", events[1].description)
        self.assertEqual(event.zoom_meeting_id.agenda, whole)
        # Another date's move leaves it alone, and it can be taken back.
        later = self.start + timedelta(hours=2)
        events[0].with_user(self.sales).write({"start": later, "stop": later + timedelta(hours=1)})
        self.push()
        self.assertEqual(self.agenda_of(events[1]), "Only today")
        events[1].with_user(self.sales).description = events[2].description
        self.push()
        self.assertEqual(self.agenda_of(events[1]), whole)

    def test_name_of_one_date_stays_in_odoo_and_that_is_said(self):
        _event, events = self.weekly()
        self.control("calls", "DELETE")
        events[1].with_user(self.sales).write({"name": "Special", "recurrence_update": "self_only"})
        self.push()
        self.assertEqual([method for method, _path in self.calls() if method != "GET"], [])
        events.invalidate_recordset()
        self.assertIn("one topic", events[1].zoom_push_note)
        self.assertFalse(events[2].zoom_push_note)
        self.assertEqual(events[1].name, "Special")

    def test_rest_of_a_series_that_was_held_before(self):
        event = self.event(
            name="Every day",
            recurrency=True,
            rrule_type="daily",
            interval=1,
            end_type="count",
            count=9,
            event_tz="UTC",
        )
        self.push()
        meeting = event.zoom_meeting_id
        events = event.recurrence_id.calendar_event_ids.sorted("start")
        later = events[1].start + timedelta(hours=2)
        passed = later - fields.Datetime.now()
        self.control("clock", advance=int(passed.total_seconds()))
        with freeze_time(later):
            events[2].with_user(self.sales).action_mass_archive("future_events")
            self.control("calls", "DELETE")
            self.push()
            changes = [method for method, _path in self.calls() if method != "GET"]
            self.assertEqual(changes, ["PATCH", "DELETE"])
            self.assertEqual(self.in_zoom_at(meeting.zoom_id), [])
        events.invalidate_recordset()
        self.assertEqual(events.mapped("active"), [True] * 2 + [False] * 7)
        self.assertEqual(events[:2].zoom_meeting_id, meeting, "what took place keeps its meeting")
        self.assertEqual(meeting.presence, "present")
