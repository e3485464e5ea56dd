from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..tools import people
from .common import ZoomCase, sample


@tagged("post_install", "-at_install")
class TestFrequency(ZoomCase):
    """How often a contact attends, whether it becomes more, and who may know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["res.partner"].create({"name": "Shop", "is_company": True})
        cls.bob.parent_id = cls.shop

    def hold(self, days, minutes=60, who=None, host="HostAdaExample00000001"):
        """Let a meeting have been held `days` ago, attended for so many minutes."""
        start = fields.Datetime.now().replace(microsecond=0) - timedelta(days=days)
        meeting = self.env["zoom.meeting"].create(
            {
                "integration_id": self.integration.id,
                "zoom_id": str(6_000_000 + days),
                "topic": f"{days} days ago",
                "zoom_type": 2,
                "host_id": self.env["zoom.user"]
                .search([("zoom_id", "=", host), ("integration_id", "=", self.integration.id)])
                .id,
            }
        )
        held = self.env["zoom.meeting.instance"].create(
            {
                "meeting_id": meeting.id,
                "uuid": f"held-{days}",
                "start": start,
                "stop": start + timedelta(hours=1),
            }
        )
        seen = people.Observation(
            at=1,
            device="1",
            join=start,
            leave=start + timedelta(minutes=minutes),
            values={"name": "Bob", "email": who or "bob.user@example.com"},
        )
        self.env["zoom.participant"]._upsert_stays({held: [seen]})
        return held

    def figures(self, partner, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        partner = partner.with_user(user or self.env.ref("base.user_admin"))
        return (
            partner.zoom_meeting_count,
            round(partner.zoom_attended_hours, 2),
            round(partner.zoom_frequency, 2),
            partner.zoom_trend,
        )

    def test_frequency_and_trend(self):
        self.assertEqual(self.figures(self.bob), (0, 0.0, 0.0, False))
        for days in (100, 120, 170, 200):
            self.hold(days)
        # Four in all, three of them in the 90 days before the last 90, none lately.
        self.assertEqual(self.figures(self.bob), (4, 4.0, 0.0, "less"))
        for days in (1, 40, 80):
            self.hold(days, minutes=30)
        # Three in 90 days: one a month, as many as before.
        self.assertEqual(self.figures(self.bob), (7, 5.5, 1.0, "same"))
        self.hold(2)
        self.assertEqual(self.figures(self.bob)[2:], (1.3, "more"))
        last = self.bob.with_user(self.env.ref("base.user_admin")).zoom_last_meeting
        self.assertEqual((fields.Datetime.now() - last).days, 1)

    def test_a_company_counts_its_people(self):
        self.hold(3)
        self.assertEqual(self.figures(self.shop)[0], 1)
        action = self.shop.with_user(self.env.ref("base.user_admin")).action_view_zoom_attendance()
        found = self.env["zoom.participant"].search(action["domain"])
        self.assertEqual(found.partner_id, self.bob)
        self.assertTrue(action["view_mode"].startswith("graph"))

    def test_two_devices_are_one_meeting_and_a_re_join_too(self):
        held = self.hold(5, minutes=10)
        again = people.Observation(
            at=2,
            device="2",
            join=held.start + timedelta(minutes=30),
            leave=held.start + timedelta(minutes=40),
            values={"name": "Bob", "email": "bob.user@example.com"},
        )
        self.env["zoom.participant"]._upsert_stays({held: [again]})
        self.assertEqual(self.figures(self.bob)[:2], (1, 0.33))

    def test_what_one_may_not_see_is_not_counted(self):
        self.hold(5)
        stranger = new_test_user(
            self.env, "freq_stranger", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        self.assertEqual(self.figures(self.bob, stranger), (0, 0.0, 0.0, False))
        self.assertEqual(self.figures(self.bob)[0], 1)

    def test_by_month(self):
        """The chart's own query: hours and people per month."""
        self.hold(5)
        self.hold(95)
        groups = self.env["zoom.participant"]._read_group(
            [("partner_id", "=", self.bob.id)], ["instance_start:month"], ["hours:sum", "__count"]
        )
        self.assertEqual([(hours, count) for _month, hours, count in groups], [(1.0, 1)] * 2)


@tagged("post_install", "-at_install")
class TestTimeline(ZoomCase):
    """What the drawing is made of."""

    def timeline(self, user=None):
        held = self.meeting().instance_ids
        return held.with_user(user or self.env.ref("base.user_admin")).timeline

    def test_bars(self):
        self.apply(
            *map(
                sample,
                (
                    "meeting.started",
                    "meeting.participant_joined.host",
                    "meeting.participant_joined",
                    "meeting.participant_left",
                ),
            )
        )
        drawn = self.timeline()
        self.assertFalse(drawn["stop"])
        rows = {row["name"]: row for row in drawn["people"]}
        self.assertEqual(set(rows), {"Ada Host", "Bob User"})
        self.assertTrue(rows["Ada Host"]["organizer"])
        self.assertFalse(rows["Bob User"]["organizer"])
        bob = self.meeting().instance_ids.participant_ids.filtered(lambda p: p.name == "Bob User")
        stay = bob.stay_ids
        self.assertEqual(
            rows["Bob User"]["stays"],
            [
                {
                    "join": fields.Datetime.to_string(stay.join_time),
                    "leave": fields.Datetime.to_string(stay.leave_time),
                    "inferred": False,
                }
            ],
        )
        self.assertFalse(rows["Ada Host"]["stays"][0]["leave"], "still there")
        self.apply(sample("meeting.ended"))
        rows = {row["name"]: row for row in self.timeline()["people"]}
        self.assertEqual(
            (rows["Ada Host"]["stays"][0]["leave"], rows["Ada Host"]["stays"][0]["inferred"]),
            (self.timeline()["stop"], True),
        )

    def test_nobody_drawn_in_a_confidential_meeting(self):
        self.apply(sample("meeting.started"), sample("meeting.participant_joined"))
        self.meeting().keep_confidential = True
        self.assertEqual(self.timeline()["people"], [])

    def test_who_was_only_waiting_has_no_bar(self):
        self.apply(sample("meeting.started"), sample("meeting.participant_joined_waiting_room"))
        self.assertEqual(self.timeline()["people"], [])
