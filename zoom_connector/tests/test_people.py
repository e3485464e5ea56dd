from odoo.tests import tagged

from ..adapters.people import ParticipantRow
from .common import ZoomCase, sample


@tagged("post_install", "-at_install")
class TestPeople(ZoomCase):
    """People and the time they attended."""

    def person(self, name, action, minute, second=0, device="1", **values):
        body = sample(f"meeting.participant_{action}")
        moment = f"2026-05-04T08:{minute:02}:{second:02}Z"
        row = body["payload"]["object"]["participant"]
        for field in ("id", "participant_user_id", "email", "participant_uuid"):
            row[field] = ""
        row.update(user_name=name, user_id=device, **values)
        row["join_time" if action == "joined" else "leave_time"] = moment
        body["event_ts"] += minute * 60_000 + second * 1000
        return body

    def instance(self):
        return self.meeting().instance_ids

    def people(self):
        return {p.name: p for p in self.instance().participant_ids}

    def test_re_join_adds_up(self):
        self.apply(
            self.person("Bob", "joined", 2, email="bob.user@example.com"),
            self.person("Bob", "left", 12, 30, email="bob.user@example.com"),
            self.person("Bob", "joined", 20, device="2", email="Bob.User@example.com"),
            self.person("Bob", "left", 25, 1, device="2", email="bob.user@EXAMPLE.com"),
        )
        bob = self.people()["Bob"]
        self.assertEqual(len(bob.stay_ids), 2)
        self.assertEqual(bob.duration, 10 * 60 + 30 + 5 * 60 + 1)
        self.assertEqual(bob.partner_id, self.bob)
        self.assertEqual(
            (bob.state, bob.join_time, bob.leave_time),
            ("left", self.at("2026-05-04 08:02:00"), self.at("2026-05-04 08:25:01")),
        )

    def test_two_devices_at_once_count_once(self):
        self.apply(
            self.person("Bob", "joined", 2, email="bob.user@example.com"),
            self.person("Bob (phone)", "joined", 5, device="2", email="bob.user@example.com"),
            self.person("Bob (phone)", "left", 50, device="2", email="bob.user@example.com"),
            self.person("Bob", "left", 30, email="bob.user@example.com"),
        )
        self.assertEqual(self.instance().participant_ids.duration, 48 * 60)
        self.assertEqual(self.instance().participant_count, 1)

    def test_left_before_joined(self):
        self.apply(self.person("Gia", "left", 30))
        gia = self.people()["Gia"]
        self.assertEqual((gia.duration, gia.stay_ids.join_time), (0, False))
        self.apply(self.person("Gia", "joined", 10))
        gia = self.people()["Gia"]
        self.assertEqual((gia.duration, len(gia.stay_ids)), (20 * 60, 1))

    def test_end_of_the_meeting_closes_open_stays(self):
        self.apply(sample("meeting.started"), self.person("Gia", "joined", 10))
        self.assertEqual(self.people()["Gia"].state, "inside")
        self.apply(sample("meeting.ended"))
        gia = self.people()["Gia"]
        self.assertEqual((gia.state, gia.duration), ("left", 48 * 60 + 40))
        self.assertTrue(gia.stay_ids.leave_inferred)
        self.apply(self.person("Gia", "left", 40))
        gia = self.people()["Gia"]
        self.assertEqual((gia.duration, gia.stay_ids.leave_inferred), (30 * 60, False))
        self.assertAlmostEqual(gia.share, 1800 / 3448)

    def test_waiting_room_is_not_attendance(self):
        self.apply(sample("meeting.started"), sample("meeting.participant_joined_waiting_room"))
        gia = self.people()["Gia Guest"]
        self.assertEqual((gia.state, gia.duration), ("waiting", 0))
        self.assertEqual(self.instance().participant_count, 0)
        self.apply(sample("meeting.ended"))
        self.assertEqual(self.people()["Gia Guest"].state, "absent")

    def test_roles(self):
        self.apply(
            sample("meeting.participant_joined.host"),
            sample("meeting.participant_joined"),
            sample("meeting.participant_role_changed"),
            sample("meeting.participant_joined.guest"),
        )
        roles = {name: (p.role, p.role_raw) for name, p in self.people().items()}
        self.assertEqual(
            roles,
            {
                "Ada Host": ("organizer", "host"),
                "Bob User": ("organizer", "co-host"),
                "Gia Guest": ("attendee", "attendee"),
            },
        )

    def test_guests_without_address_are_kept(self):
        self.apply(
            self.person("iPhone", "joined", 1, device="1", participant_uuid="U1"),
            self.person("iPhone", "joined", 2, device="2", participant_uuid="U2"),
            self.person("iPhone", "left", 5, device="1", participant_uuid="U1"),
            self.person("iPhone", "joined", 6, device="3", participant_uuid="U1"),
        )
        self.assertEqual(len(self.instance().participant_ids), 2)
        self.assertFalse(self.instance().participant_ids.partner_id)

    def test_two_people_who_turn_out_to_be_one(self):
        self.apply(
            self.person("Bob", "joined", 1, device="1", email="bob.user@example.com"),
            self.person("Robert", "joined", 2, device="2", participant_user_id="UserBob"),
        )
        self.assertEqual(len(self.instance().participant_ids), 2)
        self.apply(
            self.person(
                "Bob",
                "left",
                9,
                device="1",
                participant_user_id="UserBob",
                email="bob.user@example.com",
            )
        )
        bob = self.instance().participant_ids
        self.assertEqual((len(bob), len(bob.stay_ids), bob.partner_id), (1, 2, self.bob))

    def test_contacts_are_created_where_wanted(self):
        joined = self.person("Nora New", "joined", 1, email="Nora.New@example.com")
        self.apply(joined)
        self.assertFalse(self.people()["Nora New"].partner_id)
        self.integration.partner_policy = "create"
        self.apply(joined)
        partner = self.people()["Nora New"].partner_id
        self.assertEqual((partner.name, partner.email), ("Nora New", "nora.new@example.com"))
        self.apply(joined)
        found = self.env["res.partner"].search([("email_normalized", "=", "nora.new@example.com")])
        self.assertEqual(found, partner)

    def test_contact_of_another_company_is_not_used(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.bob.company_id = other
        self.apply(sample("meeting.participant_joined"))
        self.assertFalse(self.people()["Bob User"].partner_id)

    def test_only_internal_people_keep_their_names(self):
        self.integration.participant_level = "internal"
        self.apply(
            sample("meeting.participant_joined.host"),
            self.person("Gia", "joined", 10, device="7", email="gia@elsewhere.example"),
            self.person("Gia", "left", 20, device="7", email="gia@elsewhere.example"),
        )
        names = {(p.name, p.email, p.duration) for p in self.instance().participant_ids}
        self.assertEqual(
            names, {("Ada Host", "ada.host@example.com", 0), ("External participant", False, 600)}
        )
        stored = str(self.instance().participant_ids.read()) + str(
            self.instance().participant_ids.stay_ids.read()
        )
        self.assertNotIn("elsewhere", stored)
        self.assertNotIn("Gia", stored)

    def test_report_closes_the_matter(self):
        """Zoom's own list wins over the events it covers, whichever comes first."""
        rows = [
            ParticipantRow.read(
                {
                    "id": "UserBobExample00000002",
                    "user_id": "16779264",
                    "name": "Bob User",
                    "user_email": "bob.user@example.com",
                    "join_time": "2026-05-04T08:02:06Z",
                    "leave_time": "2026-05-04T08:58:30Z",
                    "duration": 3384,
                },
                [],
            )
        ]
        events = [
            sample(name)
            for name in (
                "meeting.started",
                "meeting.participant_joined",
                "meeting.participant_left",
                "meeting.ended",
            )
        ]

        def report(integration):
            instance = self.meeting(integration=integration).instance_ids
            seen = [self.env["zoom.import"]._row_observation(row, 1) for row in rows]
            self.env["zoom.participant"]._upsert_stays({instance: seen})

        first = self.new_integration(name="Report last")
        self.apply(*events, integration=first)
        report(first)
        second = self.new_integration(name="Report in between")
        self.apply(events[0], integration=second)
        report(second)
        self.apply(*events[1:], integration=second)
        people = self.meeting(integration=first).instance_ids.participant_ids
        self.assertEqual((people.duration, len(people.stay_ids)), (3384, 1))
        keep = ("name", "duration", "join_time", "leave_time", "state", "role_raw")
        self.assertEqual(
            people.read(keep)[0] | {"id": 0},
            self.meeting(integration=second).instance_ids.participant_ids.read(keep)[0] | {"id": 0},
        )

    def test_many_people_cost_few_statements(self):
        bodies = [
            self.person(f"Person {n}", "joined", n % 50, device=str(n), email=f"p{n}@example.com")
            for n in range(60)
        ]
        self.apply(bodies[0])
        start = self.env.cr.sql_log_count
        self.apply(*bodies[1:], split_calls=False)
        self.assertLess(self.env.cr.sql_log_count - start, 60)
        self.assertEqual(self.instance().participant_count, 60)
