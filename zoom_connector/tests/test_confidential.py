import json
from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged

from odoo.addons.connector_base.tests.common import (
    encryption_keys,
    own_cursors_see_test_data,
)

from ..adapters.people import ParticipantRow
from ..tools import people, privacy, tally
from .common import ZoomCase, ZoomHttpCase, sample

EVENTS = (
    "meeting.started",
    "meeting.participant_joined.host",
    "meeting.participant_joined",
    "meeting.participant_joined.guest",
    "meeting.participant_left",
    "meeting.participant_left.guest",
    "meeting.ended",
    "meeting.registration_created",
    "meeting.participant_joined.registrant",
    "recording.completed",
)
# Every name and address in these samples, and every id that leads to one.
NAMES = (
    "Bob User",
    "bob.user@example.com",
    "Gia Guest",
    "Rita",
    "rita",
    "UserBobExample00000002",
)


def created():
    """Return the announcement of the meeting, nobody invited in Zoom.

    Who is invited is the plan and stands on the calendar event as well, guarded by its privacy; what
    is withheld is who came.
    """
    body = sample("meeting.created")
    body["payload"]["object"].get("settings", {}).pop("meeting_invitees", None)
    return body


class Leaks:
    """Looks for names wherever the connector can have put them."""

    def leaks(self, integration=None):
        """Return {table: names found} over all tables of the connector, read as they lie in SQL."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            " AND table_type = 'BASE TABLE'"
            " AND (table_name LIKE 'zoom\\_%%' OR table_name LIKE 'connector\\_%%'"
            " OR table_name IN ('mail_message', 'queue_job', 'calendar_event', 'ir_attachment'))",
        )
        found = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{table}\" t")
            text = self.env.cr.fetchone()[0]
            hits = {name for name in NAMES if name in text}
            if hits:
                found[table] = hits
        return found


@tagged("post_install", "-at_install")
class TestConfidential(Leaks, ZoomCase):
    """Of confidential meetings numbers are kept, whatever Zoom sends and whenever."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)

    def event(self):
        return self.meeting().calendar_event_id

    def figures(self):
        held = self.meeting().instance_ids
        return held.participant_count, held.person_seconds, round(held.average_share, 6)

    def open_figures(self):
        """Return the figures of the same events in an account where nothing is confidential."""
        other = self.new_integration(name="Open")
        self.apply(created(), *map(sample, EVENTS), integration=other)
        held = self.meeting(integration=other).instance_ids
        result = (held.participant_count, held.person_seconds, round(held.average_share, 6))
        self.env["zoom.meeting"].search([("integration_id", "=", other.id)]).unlink()
        self.env["zoom.user"].search([("integration_id", "=", other.id)]).unlink()
        return result

    def test_same_numbers_no_names(self):
        wanted = self.open_figures()
        self.assertGreater(wanted[0], 2)
        self.apply(created())
        self.event().privacy = "private"
        self.assertTrue(self.meeting().confidential)
        self.apply(*map(sample, EVENTS))
        self.assertEqual(self.figures(), wanted)
        self.assertFalse(self.meeting().instance_ids.participant_ids)
        self.assertFalse(any(self.meeting().registrant_ids.mapped("name")))
        self.assertEqual(len(self.meeting().registrant_ids), 1)
        self.assertEqual(self.leaks(), {})

    def test_any_order_and_repeats(self):
        wanted = self.open_figures()
        self.apply(created())
        self.meeting().keep_confidential = True
        bodies = [sample(name) for name in EVENTS]
        self.apply(*reversed(bodies))
        self.assertEqual(self.figures(), wanted)
        self.apply(*bodies[3:], *bodies)
        self.assertEqual(self.figures(), wanted)
        self.assertEqual(self.leaks(), {})

    def test_turned_on_while_it_runs_and_afterwards(self):
        wanted = self.open_figures()
        for count in (4, len(EVENTS)):
            with self.subTest(after=count):
                self.env["zoom.meeting"].search(
                    [("integration_id", "=", self.integration.id)]
                ).unlink()
                self.apply(created(), *map(sample, EVENTS[:count]))
                self.assertTrue(self.leaks())
                self.event().privacy = "confidential"
                self.assertEqual(self.leaks(), {})
                self.apply(*map(sample, EVENTS))
                self.assertEqual(self.figures(), wanted)
                self.assertEqual(self.leaks(), {})

    def rows(self):
        return [
            ParticipantRow.read(
                {
                    "id": "UserBobExample00000002" if who == "bob" else "",
                    "user_id": device,
                    "name": "Bob User" if who == "bob" else "Gia Guest",
                    "user_email": "bob.user@example.com" if who == "bob" else "",
                    "join_time": f"2026-05-04T08:{start:02}:00Z",
                    "leave_time": f"2026-05-04T08:{stop:02}:00Z",
                    "duration": (stop - start) * 60,
                },
                [],
            )
            for who, device, start, stop in (
                ("bob", "1", 5, 25),
                ("bob", "2", 20, 30),
                ("gia", "3", 0, 10),
            )
        ]

    def test_report_settles_the_figures(self):
        """Zoom's report is counted, not kept; what comes after it changes nothing."""
        self.apply(created())
        self.meeting().keep_confidential = True
        self.apply(sample("meeting.started"), sample("meeting.ended"))
        held = self.meeting().instance_ids
        self.env["zoom.import"]._store_people(
            self.env, self.integration, {held.uuid: self.rows()}, 1
        )
        # Bob from :05 to :30 on two devices, Gia ten minutes.
        self.assertEqual(self.figures()[:2], (2, 25 * 60 + 10 * 60))
        self.assertTrue(held.tally_closed)
        self.assertFalse(held.sudo().tally)
        self.apply(sample("meeting.participant_joined"), sample("meeting.participant_left"))
        self.assertEqual(self.figures()[:2], (2, 35 * 60))
        self.assertEqual(self.leaks(), {})

    def test_tally_goes_when_nothing_more_can_come(self):
        self.apply(created())
        self.meeting().keep_confidential = True
        self.apply(*map(sample, EVENTS))
        held = self.meeting().instance_ids
        before = self.figures()
        self.assertTrue(held.sudo().tally)
        self.env["zoom.meeting.instance"]._gc_tallies()
        self.assertFalse(held.sudo().tally)
        self.assertEqual(self.figures(), before)

    def test_tally_is_for_nobody(self):
        from odoo.exceptions import AccessError

        self.apply(created())
        self.meeting().keep_confidential = True
        self.apply(*map(sample, EVENTS))
        with self.assertRaises(AccessError):
            self.meeting().instance_ids.with_user(self.env.ref("base.user_admin")).read(["tally"])

    def test_one_private_date_makes_the_series_confidential(self):
        self.apply(sample("meeting.created.recurring"))
        meeting = self.env["zoom.meeting"].search(
            [("integration_id", "=", self.integration.id), ("kind", "=", "series")]
        )
        self.assertFalse(meeting.confidential)
        meeting.calendar_event_ids[-1].privacy = "private"
        self.assertTrue(meeting.confidential)
        meeting.calendar_event_ids.privacy = "public"
        self.assertFalse(meeting.confidential)

    def test_open_again_keeps_names_from_the_next_time_on(self):
        self.apply(created(), sample("meeting.started"))
        self.event().privacy = "private"
        self.event().privacy = "public"
        self.apply(sample("meeting.participant_joined"), sample("meeting.participant_left"))
        self.assertFalse(self.meeting().instance_ids.participant_ids)
        body = sample("meeting.participant_joined")
        body["payload"]["object"]["uuid"] = "nextTime=="
        self.apply(body)
        names = self.meeting().instance_ids.participant_ids.mapped("name")
        self.assertEqual(names, ["Bob User"])

    def test_a_private_event_whose_meeting_odoo_made(self):
        """The meeting is confidential from the moment it is linked to its private event."""
        self.apply(created())
        event = self.event()
        meeting = self.meeting()
        event.write({"zoom_meeting_id": False})
        event.privacy = "private"
        self.assertFalse(meeting.confidential)
        event.write({"zoom_meeting_id": meeting.id})
        self.assertTrue(meeting.confidential)

    def test_texts_of_the_recording_leave_odoo(self):
        self.apply(created(), sample("meeting.started"), sample("recording.completed"))
        held = self.meeting().instance_ids
        for file in held.recording_ids:
            file.attachment_id = self.env["ir.attachment"].create(
                {
                    "name": file.kind,
                    "raw": b"what was said",
                    "res_model": "zoom.recording",
                    "res_id": file.id,
                }
            )
        self.assertTrue(held.share_url)
        self.meeting().keep_confidential = True
        kept = {file.kind for file in held.recording_ids if file.attachment_id}
        self.assertEqual(kept & {"transcript", "chat", "summary"}, set())
        self.assertIn("video", kept)
        self.assertFalse(held.share_url)
        self.apply(sample("recording.completed"))
        self.assertFalse(held.share_url)

    def test_saving_does_not_fail_without_the_key(self):
        """The server's key is broken: names go all the same, and the figures so far stay."""
        self.apply(created(), *map(sample, EVENTS))
        before = self.figures()
        with encryption_keys("broken"):
            self.event().privacy = "private"
            self.env.flush_all()
        self.assertEqual(self.leaks(), {})
        self.assertEqual(self.figures(), before)
        self.assertTrue(self.meeting().instance_ids.tally_closed)

    def test_buttons_lead_to_the_figures(self):
        self.apply(created())
        self.meeting().keep_confidential = True
        self.apply(*map(sample, EVENTS))
        meeting, held = self.meeting(), self.meeting().instance_ids
        self.assertEqual(meeting.participant_count, held.participant_count)
        self.assertEqual(self.event().zoom_participant_count, held.participant_count)
        for action in (meeting.action_open_participants(), self.event().action_zoom_attendance()):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, held)

    def test_warning_before_names_go(self):
        self.apply(created(), *map(sample, EVENTS))
        event = self.event().new(origin=self.event())
        event.privacy = "private"
        self.assertIn("warning", event._onchange_zoom_privacy() or {})


@tagged("post_install", "-at_install")
class TestConfidentialInbox(Leaks, ZoomHttpCase):
    """Deliveries are made nameless before they are stored, and those stored before, later."""

    def deliver_all(self, names=EVENTS):
        for name in names:
            self.assertEqual(self.deliver(sample(name)).status_code, 200)

    def test_nothing_is_stored_with_a_name(self):
        self.deliver(created())
        self.drain()
        self.meeting().keep_confidential = True
        self.env.flush_all()
        self.deliver_all()
        self.assertEqual(self.leaks(), {})
        self.drain()
        self.assertEqual(set(self.inbox().mapped("state")), {"done"})
        self.assertEqual(self.leaks(), {})
        held = self.meeting().instance_ids
        self.assertEqual(held.participant_count, 4)
        # The same fact once more is the same fact.
        count = len(self.inbox())
        self.deliver_all()
        self.assertEqual(len(self.inbox()), count)

    def test_what_is_stored_becomes_nameless(self):
        self.deliver(created())
        self.deliver_all()
        self.drain()
        self.assertTrue(self.leaks())
        meeting = self.meeting()
        meeting.keep_confidential = True
        self.env.flush_all()
        self.env["zoom.withhold"]._run_job()
        self.env.invalidate_all()
        self.assertEqual(self.leaks(), {})
        # It goes on looking until nothing can be under way any more.
        self.assertTrue(meeting.withhold_since)
        meeting.withhold_since = fields.Datetime.now() - timedelta(minutes=5)
        self.env.flush_all()
        self.env["zoom.withhold"]._run_job()
        self.env.invalidate_all()
        self.assertFalse(meeting.withhold_since)
        # Replaying nameless deliveries changes no number.
        before = (meeting.instance_ids.participant_count, meeting.instance_ids.person_seconds)
        self.inbox().action_replay()
        self.drain()
        self.assertEqual(
            before, (meeting.instance_ids.participant_count, meeting.instance_ids.person_seconds)
        )

    def test_outsiders_in_the_inbox(self):
        """Where only people of the account are named, deliveries name nobody else either."""
        self.integration.participant_level = "internal"
        self.env.flush_all()
        names = [name for name in EVENTS if "registration" not in name]
        self.deliver_all(names)
        stored = " ".join(self.inbox().mapped("payload"))
        for name in NAMES:
            self.assertNotIn(name, stored)
        self.assertIn("Ada Host", stored)
        self.drain()
        people_seen = self.meeting().instance_ids.participant_ids
        self.assertEqual(
            sorted(people_seen.mapped("name")),
            ["Ada Host", "External participant", "External participant", "External participant"],
        )
        self.assertFalse(
            any(people_seen.mapped("partner_id.email")) and self.bob in people_seen.partner_id
        )

    def test_outsiders_when_the_choice_is_made_later(self):
        self.deliver_all([name for name in EVENTS if "participant" in name])
        self.assertIn("Bob User", " ".join(self.inbox().mapped("payload")))
        self.integration.participant_level = "internal"
        self.env.flush_all()
        self.env["zoom.withhold"]._run_job()
        self.env.invalidate_all()
        self.assertNotIn("Bob User", " ".join(self.inbox().mapped("payload")))


class TestNameless(TransactionCase):
    """The arithmetic without records."""

    def digest(self, text):
        return f"<{text}>"

    def observation(self, **values):
        row = {
            "device": values.pop("device", "1"),
            "participant_uuid": values.pop("uuid", None),
        }
        return people.Observation(at=1, values=values, **row)

    def test_a_delivery_and_a_report_row_prove_the_same(self):
        body = {"user_id": "1", "email": "Bob@Example.com", "user_name": "Bob", "id": "ZBOB"}
        plain = self.observation(email="bob@example.com", name="Bob", zoom_user_id="ZBOB")
        privacy.conceal(plain, self.digest)
        kept = privacy.conceal_person(body, self.digest)
        stored = self.observation(email=kept["email"], zoom_user_id=kept["id"])
        privacy.conceal(stored, self.digest)
        self.assertEqual(plain.keys, stored.keys)
        self.assertEqual(privacy.conceal_person(kept, self.digest), kept)
        self.assertTrue(privacy.is_concealed(kept))
        self.assertFalse(privacy.is_concealed(body))
        self.assertNotIn("bob@", json.dumps(kept).lower().replace("<bob@example.com>", ""))

    def test_guests_of_one_name_stay_two(self):
        seen = [self.observation(device=str(n), uuid=f"U{n}", name="iPhone") for n in (1, 2)]
        for one in seen:
            privacy.conceal(one, self.digest)
        self.assertEqual(len(tally.add(None, seen)), 2)

    def test_tally_survives_json(self):
        start = fields.Datetime.to_datetime("2026-05-04 08:00:00")
        seen = [self.observation(email="a@example.com"), self.observation(email="a@example.com")]
        seen[0].join, seen[1].leave = start, start + timedelta(minutes=10)
        for one in seen:
            privacy.conceal(one, self.digest)
        first = json.loads(json.dumps(tally.add(None, seen[:1])))
        both = json.loads(json.dumps(tally.add(first, seen[1:])))
        self.assertEqual(tally.figures(both, start, start + timedelta(minutes=20)), (1, 600, [0.5]))
        self.assertEqual(tally.add(both, seen), both)
