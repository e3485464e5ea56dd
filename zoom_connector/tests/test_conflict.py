"""The same thing changed in Zoom and in Odoo: a rule decides or a person does; nothing is lost."""

import itertools
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ZoomCase, sample

NOW = 1_900_000_000_000  # vendor time (ms) later than any save of this test
PAST = 1_750_000_000_000  # earlier
MADE = 1_700_000_000_000


@tagged("post_install", "-at_install")
class TestConflict(ZoomCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The meeting lies ahead, so that everything about it can still change.
        cls.start = (fields.Datetime.now() + timedelta(days=10)).replace(second=0, microsecond=0)

    def created(self):
        body = sample("meeting.created")
        body["event_ts"] = MADE
        body["payload"]["object"].update(
            start_time=self.zulu(self.start), agenda="As agreed", duration=60
        )
        self.apply(body)
        return self.meeting()

    def zulu(self, moment):
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def zoom_says(self, at=NOW, **values):
        body = sample("meeting.updated")
        known = body["payload"]["object"]
        body["event_ts"] = at
        body["payload"]["time_stamp"] = at
        body["payload"]["object"] = {"id": known["id"], **values}
        body["payload"]["old_object"] = {"id": known["id"], **values}
        self.apply(body)

    def policy(self, value):
        self.integration.write(
            {"conflict_topic": value, "conflict_agenda": value, "conflict_time": value}
        )

    def conflict(self, meeting):
        return self.env["zoom.conflict"].search([("meeting_id", "=", meeting.id)])

    def wish(self, meeting):
        return self.env["zoom.meeting"]._wish(meeting.calendar_event_id)

    def both_change_topic(self, at=NOW):
        meeting = self.created()
        meeting.calendar_event_id.name = "From Odoo"
        self.zoom_says(at, topic="From Zoom")
        return meeting

    # -- no conflict ---------------------------------------------------------------------------

    def test_different_fields_are_merged(self):
        meeting = self.created()
        meeting.calendar_event_id.name = "From Odoo"
        later = self.start + timedelta(hours=3)
        self.zoom_says(start_time=self.zulu(later))
        event = meeting.calendar_event_id
        self.assertEqual((event.name, event.start), ("From Odoo", later))
        self.assertFalse(self.conflict(meeting))
        wish = self.wish(meeting)
        self.assertEqual(wish.topic, "From Odoo")
        self.assertEqual(wish.dates.dates[0].start, later)

    def test_same_change_on_both_sides(self):
        meeting = self.created()
        meeting.calendar_event_id.name = "Agreed"
        self.zoom_says(topic="Agreed")
        self.assertFalse(self.conflict(meeting))
        self.assertEqual(meeting.calendar_event_id.name, "Agreed")

    def test_formatted_description_is_no_change(self):
        meeting = self.created()
        event = meeting.calendar_event_id
        event.description = "<p><b>As</b> agreed</p>".replace("<b>", "").replace("</b>", "")
        self.zoom_says(agenda="New agenda")
        self.assertFalse(self.conflict(meeting))
        self.assertIn("New agenda", event.description)

    # -- a rule decides ------------------------------------------------------------------------

    def test_zoom_wins(self):
        self.policy("zoom")
        meeting = self.both_change_topic()
        self.assertEqual(meeting.calendar_event_id.name, "From Zoom")
        conflict = self.conflict(meeting)
        self.assertEqual(conflict.state, "automatic")
        line = conflict.line_ids
        self.assertEqual(
            (line.choice, line.base_text, line.odoo_text, line.zoom_text),
            ("zoom", "Example project kick-off", "From Odoo", "From Zoom"),
        )
        self.assertFalse(conflict.activity_ids)

    def test_odoo_wins_and_is_sent(self):
        self.policy("odoo")
        meeting = self.both_change_topic()
        self.assertEqual(meeting.calendar_event_id.name, "From Odoo")
        self.assertEqual(meeting.topic, "From Zoom")
        self.assertEqual(self.wish(meeting).topic, "From Odoo")
        self.assertEqual(self.conflict(meeting).line_ids.choice, "odoo")

    def test_newest_wins(self):
        meeting = self.both_change_topic(NOW)
        self.assertEqual(meeting.calendar_event_id.name, "From Zoom")

    def test_older_change_of_zoom_loses(self):
        meeting = self.both_change_topic(PAST)
        self.assertEqual(meeting.calendar_event_id.name, "From Odoo")
        self.assertEqual(self.wish(meeting).topic, "From Odoo")

    def test_reading_zoom_again_does_not_make_its_value_newer(self):
        meeting = self.created()
        self.zoom_says(PAST, topic="From Zoom")
        self.zoom_says(NOW, topic="From Zoom")
        self.assertEqual(meeting.zoom_changed_at["topic"], PAST)

    def test_time_of_a_change_does_not_depend_on_the_order(self):
        meeting = self.created()
        for number, order in enumerate(
            itertools.permutations(((0, "A"), (1, "B"), (2, "A"), (3, "A")))
        ):
            # Each order in a time of its own, later than the one before.
            base = PAST + number * 10_000
            with self.subTest(order=order):
                for at, topic in order:
                    self.zoom_says(base + at, topic=f"{topic} {number}")
                self.assertEqual(meeting.topic, f"A {number}")
                # When the other value comes last, only the latest statement is known to follow it.
                self.assertIn(meeting.zoom_changed_at["topic"] - base, (2, 3))
                if order.index((1, "B")) < 3:
                    self.assertEqual(meeting.zoom_changed_at["topic"] - base, 2)

    def test_hint_is_no_change(self):
        """What other events repeat of a meeting in passing does not tell when it changed."""
        self.apply(sample("meeting.started"))
        self.assertNotIn("topic", self.meeting().zoom_changed_at or {})
        meeting = self.created()
        self.assertEqual(meeting.zoom_changed_at["topic"], MADE)

    def test_decision_of_a_rule_is_recorded_once_and_stays(self):
        self.policy("odoo")
        meeting = self.both_change_topic()
        self.policy("zoom")
        self.zoom_says(NOW + 5, agenda="Something else")
        self.wish(meeting)
        lines = self.conflict(meeting).line_ids.filtered(lambda line: line.name == "topic")
        self.assertEqual(len(lines), 1)
        self.assertEqual(meeting.calendar_event_id.name, "From Odoo")

    def test_value_that_a_rule_gave_up_comes_back(self):
        self.policy("zoom")
        meeting = self.both_change_topic()
        line = self.conflict(meeting).line_ids
        line.action_restore()
        self.assertEqual(meeting.calendar_event_id.name, "From Odoo")
        self.assertEqual(self.wish(meeting).topic, "From Odoo")
        with self.assertRaises(UserError):
            line.action_restore()

    def test_time_that_a_rule_gave_up_comes_back(self):
        self.policy("zoom")
        meeting = self.created()
        event = meeting.calendar_event_id
        mine, theirs = self.start + timedelta(hours=1), self.start + timedelta(hours=5)
        event.write({"start": mine, "stop": mine + timedelta(hours=1)})
        self.zoom_says(start_time=self.zulu(theirs))
        self.assertEqual(event.start, theirs)
        self.conflict(meeting).line_ids.action_restore()
        self.assertEqual((event.start, event.stop), (mine, mine + timedelta(hours=1)))

    # -- a person decides ----------------------------------------------------------------------

    def test_each_side_keeps_its_own_until_somebody_decides(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        event = meeting.calendar_event_id
        self.assertEqual((event.name, meeting.topic), ("From Odoo", "From Zoom"))
        self.assertEqual(self.wish(meeting).topic, "From Zoom", "nothing is sent")
        conflict = self.conflict(meeting)
        self.assertEqual(conflict.state, "open")
        self.assertTrue(event.with_user(self.zoom_user()).zoom_has_conflict)
        action = event.with_user(self.ada).action_zoom_conflict()
        self.assertEqual(action["res_id"], conflict.id)
        self.assertEqual(conflict.activity_ids.user_id, self.ada)
        # Other news of Zoom still arrive, and the conflict is kept once.
        self.zoom_says(NOW + 5, duration=90)
        self.assertEqual(event.stop - event.start, timedelta(minutes=90))
        self.assertEqual(event.name, "From Odoo")
        self.assertEqual(len(conflict.line_ids), 1)

    def test_person_keeps_zoom(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        conflict = self.conflict(meeting)
        conflict.with_user(self.zoom_user()).action_keep_zoom()
        self.assertEqual(meeting.calendar_event_id.name, "From Zoom")
        self.assertEqual(conflict.state, "resolved")
        self.assertEqual(conflict.decided_by, self.ada)
        self.assertFalse(conflict.activity_ids)
        self.assertFalse(meeting.calendar_event_id.with_user(self.ada).zoom_has_conflict)
        self.assertEqual(self.wish(meeting).topic, "From Zoom")

    def test_person_keeps_odoo(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        conflict = self.conflict(meeting)
        conflict.with_user(self.zoom_user()).action_keep_odoo()
        self.assertEqual(meeting.calendar_event_id.name, "From Odoo")
        self.assertEqual(self.wish(meeting).topic, "From Odoo")
        push = self.env["zoom.push"].search([("meeting_id", "=", meeting.id)])
        self.assertTrue(push, "the value is on its way to Zoom")

    def test_field_by_field(self):
        self.policy("ask")
        meeting = self.created()
        event = meeting.calendar_event_id
        event.write({"name": "From Odoo", "description": "<p>Odoo's agenda</p>"})
        self.zoom_says(topic="From Zoom", agenda="Zoom's agenda")
        conflict = self.conflict(meeting)
        lines = {line.name: line for line in conflict.line_ids}
        lines["topic"].choice = "odoo"
        with self.assertRaises(UserError):
            conflict.action_apply()
        lines["agenda"].choice = "zoom"
        conflict.action_apply()
        self.assertEqual(event.name, "From Odoo")
        self.assertIn("Zoom's agenda", event.description)
        wish = self.wish(meeting)
        self.assertEqual((wish.topic, wish.agenda), ("From Odoo", "Zoom's agenda"))
        with self.assertRaises(UserError):
            conflict.action_apply()

    def test_sides_agree_before_anybody_decides(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        self.zoom_says(NOW + 5, topic="From Odoo")
        conflict = self.conflict(meeting)
        self.assertEqual(conflict.line_ids.decided, "agreed")
        self.assertEqual(conflict.state, "resolved")
        self.assertFalse(conflict.activity_ids)

    def test_undecided_value_follows_its_side(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        self.zoom_says(NOW + 5, topic="From Zoom, again")
        line = self.conflict(meeting).line_ids
        self.assertEqual((line.zoom_text, line.decided), ("From Zoom, again", False))

    # -- series ----------------------------------------------------------------------------------

    def series(self, at, count=4, hours=0, zone="Europe/Madrid", **moved):
        first = self.start + timedelta(hours=hours)
        starts = [first + timedelta(days=7 * index) for index in range(count)]
        day = (first.weekday() + 1) % 7 + 1
        from ..adapters.meeting import Meeting

        body = {
            "id": "700",
            "uuid": "seriesUuid",
            "host_id": "HostAdaExample00000001",
            "topic": "Series",
            "type": 8,
            "start_time": self.zulu(first),
            "duration": 30,
            "timezone": "UTC",
            "recurrence": {
                "type": 2,
                "repeat_interval": 1,
                "weekly_days": str(day),
                "end_times": count,
            },
            "occurrences": [
                {
                    "occurrence_id": str(int(start.timestamp() * 1000)),
                    "start_time": self.zulu(moved.get(f"date{index}", start)),
                    "duration": 30,
                    "status": moved.get(f"status{index}", "available"),
                }
                for index, start in enumerate(starts)
            ],
        }
        return self.env["zoom.meeting"]._upsert(
            self.integration, [Meeting.read(body, [])], at
        ), starts

    def soon(self):
        """Vendor time of a list of dates: before the dates, or they count as held."""
        return int(self.start.timestamp() * 1000) - 86_400_000

    def dates(self, meeting):
        return meeting.calendar_event_ids.filtered("active").sorted("start")

    def test_one_date_moved_on_both_sides(self):
        self.policy("ask")
        meeting, starts = self.series(MADE)
        event = self.dates(meeting)[1]
        mine, theirs = starts[1] + timedelta(hours=1), starts[1] + timedelta(hours=2)
        event.write({"start": mine, "stop": mine + timedelta(minutes=30)})
        self.series(self.soon(), date1=theirs)
        self.assertEqual(event.start, mine)
        line = self.conflict(meeting).line_ids
        self.assertEqual(line.name, f"date:{event.zoom_key}")
        dates = self.env["zoom.meeting"]._wish(event).dates.dates
        self.assertIn(theirs, [date.start for date in dates], "nothing is sent")
        self.assertNotIn(mine, [date.start for date in dates])
        line.choice = "zoom"
        line.conflict_id.action_apply()
        self.assertEqual(event.start, theirs)

    def test_date_cancelled_in_zoom_and_moved_in_odoo(self):
        self.policy("odoo")
        meeting, starts = self.series(MADE)
        event = self.dates(meeting)[2]
        mine = starts[2] + timedelta(hours=1)
        event.write({"start": mine, "stop": mine + timedelta(minutes=30)})
        self.series(self.soon(), status2="deleted")
        self.assertTrue(event.active)
        self.assertEqual(event.start, mine)
        self.assertEqual(self.conflict(meeting).line_ids.zoom_text, "Cancelled")

    def test_different_dates_moved_are_merged(self):
        meeting, starts = self.series(MADE)
        events = self.dates(meeting)
        mine, theirs = starts[1] + timedelta(hours=1), starts[2] + timedelta(hours=2)
        events[1].write({"start": mine, "stop": mine + timedelta(minutes=30)})
        self.series(self.soon(), date2=theirs)
        self.assertFalse(self.conflict(meeting))
        self.assertEqual((events[1].start, events[2].start), (mine, theirs))

    def test_whole_series_moved_on_both_sides(self):
        self.policy("ask")
        meeting, starts = self.series(MADE)
        first = self.dates(meeting)[0]
        mine = starts[0] + timedelta(minutes=30)
        first.write(
            {
                "start": mine,
                "stop": mine + timedelta(minutes=30),
                "recurrence_update": "all_events",
            }
        )
        self.series(self.soon(), hours=1)
        shown = self.dates(meeting)
        self.assertEqual(shown[0].start, mine)
        self.assertEqual(len(shown), 4)
        line = self.conflict(meeting).line_ids
        self.assertEqual(line.name, "schedule")
        self.assertNotEqual(line.odoo_text, line.zoom_text)
        line.choice = "zoom"
        line.conflict_id.action_apply()
        shown = self.dates(meeting)
        self.assertEqual(shown.mapped("start"), [start + timedelta(hours=1) for start in starts])

    def test_series_remade_in_odoo_keeps_its_dates_when_zoom_follows(self):
        meeting, starts = self.series(MADE)
        first = self.dates(meeting)[0]
        mine = starts[0] + timedelta(hours=1)
        first.write(
            {
                "start": mine,
                "stop": mine + timedelta(minutes=30),
                "recurrence_update": "all_events",
            }
        )
        before = self.dates(meeting)
        self.series(self.soon(), hours=1)
        self.assertEqual(self.dates(meeting), before, "no event was made anew")
        self.assertTrue(all(before.mapped("zoom_key")))
        self.assertFalse(self.conflict(meeting))

    # -- access ----------------------------------------------------------------------------------

    def zoom_user(self):
        self.ada.write(
            {
                "groups_id" if "groups_id" in self.ada else "group_ids": [
                    fields.Command.link(self.env.ref("zoom_connector.group_zoom_user").id)
                ]
            }
        )
        return self.ada

    def test_only_owner_and_managers_decide(self):
        self.policy("ask")
        meeting = self.both_change_topic()
        conflict = self.conflict(meeting)
        other = new_test_user(self.env, "other", groups="zoom_connector.group_zoom_user")
        manager = new_test_user(self.env, "boss", groups="zoom_connector.group_zoom_manager")
        plain = new_test_user(self.env, "plain", groups="base.group_user")
        Conflict = self.env["zoom.conflict"]
        for user, told in ((plain, False), (other, False), (manager, True)):
            event = meeting.calendar_event_id.with_user(user)
            self.assertEqual(event.zoom_has_conflict, told, user.login)
        self.assertFalse(Conflict.with_user(other).search([]))
        with self.assertRaises(AccessError):
            conflict.with_user(other).action_keep_odoo()
        with self.assertRaises(AccessError):
            conflict.with_user(plain).read(["state"])
        owner = conflict.with_user(self.zoom_user())
        self.assertEqual(owner.line_ids.odoo_text, "From Odoo")
        for values in ({"odoo_value": ["x"]}, {"decided": "person"}, {"name": "agenda"}):
            with self.assertRaises(AccessError):
                owner.line_ids.write(values)
        with self.assertRaises(AccessError):
            owner.write({"decided_by": self.ada.id})
        conflict.with_user(manager).action_keep_odoo()
        self.assertEqual(conflict.decided_by, manager)
        with self.assertRaises(AccessError):
            owner.line_ids.choice = "zoom"
