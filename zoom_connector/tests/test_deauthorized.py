import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..jobs.zoom_wipe import ELSEWHERE, KEPT, PARTS
from .common import ZoomHttpCase, sample

# People who exist in Zoom only: not one trace of them may stay.
NAMES = ("Nora Needle", "nora.needle@secret.example", "Quintus Haystack", "quintus@secret.example")
WORDS = ("Topsecret topic", "Agenda of Nora", "chat-of-nora", "Needletranscript")


@tagged("post_install", "-at_install")
class TestDeauthorized(ZoomHttpCase):
    """The app is removed in Zoom: everything of Zoom is deleted, and a proof stays."""

    def setUp(self):
        super().setUp()
        self.integration._connector_store({"state": "connected"})
        self.integration.env["connector.secret"]._secret_set(
            self.integration, "token", json.dumps({"access_token": "planted-token"})
        )
        self.nora = self.env["res.partner"].create(
            {"name": "Customer of ours", "email": "someone@customer.example"}
        )

    def spoil(self, body):
        """Put the needles into a vendor sample, wherever a person or a text stands."""
        text = json.dumps(body)
        for name, needle in (
            ("Bob Example", NAMES[0]),
            ("Bob User", NAMES[0]),
            ("bob.user@example.com", NAMES[1]),
        ):
            text = text.replace(name, needle)
        body = json.loads(text)
        thing = body["payload"].get("object", {})
        if "topic" in thing:
            thing["topic"] = WORDS[0]
        person = thing.get("participant") or thing.get("registrant") or {}
        if "user_name" in person:
            person.update(user_name=NAMES[0], email=NAMES[1])
        elif person:
            person.update(first_name="Quintus", last_name="Haystack", email=NAMES[3])
        if body["event"] == "meeting.created":
            thing["agenda"] = WORDS[1]
            thing["settings"]["meeting_invitees"] = [{"email": NAMES[1]}]
        return body

    def plant(self):
        """Bring Zoom's data into every place that holds any."""
        self.integration.partner_policy = "create"
        for name in (
            "meeting.created",
            "meeting.started",
            "meeting.participant_joined",
            "meeting.participant_left",
            "meeting.ended",
            "meeting.registration_created",
            "recording.completed",
            "user.created",
        ):
            self.assertEqual(self.deliver(self.spoil(sample(name))).status_code, 200)
        self.drain()
        meeting = self.meeting()
        instance = meeting.instance_ids
        self.assertEqual(meeting.topic, WORDS[0])
        self.assertIn(NAMES[0], instance.participant_ids.mapped("name"))
        self.assertEqual(instance.participant_ids.partner_id.mapped("name"), [NAMES[0]])
        self.env["ir.attachment"].create(
            {
                "name": "chat.txt",
                "res_model": "zoom.meeting.instance",
                "res_id": instance.id,
                "datas": base64.b64encode(WORDS[2].encode()),
                "description": WORDS[3],
            }
        )
        account = {"integration_model": "zoom.integration", "integration_id": self.integration.id}
        conflict = self.env["zoom.conflict"].create({"meeting_id": meeting.id})
        conflict.message_post(body=NAMES[0])
        push = self.env["zoom.push"].create(
            {
                "subject": f"meeting:{meeting.id}",
                "action": "update",
                "name": WORDS[0],
                "meeting_id": meeting.id,
                "integration_id": self.integration.id,
                "wish": {"topic": WORDS[0], "invitees": [NAMES[1]]},
            }
        )
        report = self.env["zoom.reconcile.report"].create({"integration_id": self.integration.id})
        self.env["zoom.reconcile.line"].create(
            {
                "report_id": report.id,
                "key": "k",
                "kind": "missing",
                "side": "odoo",
                "subject": "planned",
                "direction": "in",
                "name": WORDS[0],
                "data": {"meetings": [{"host_email": NAMES[1]}]},
            }
        )
        self.env["connector.data.issue"].create({**account, "message": f"Who is {NAMES[0]}?"})
        self.integration._alert("unknown", f"{NAMES[0]} has no account")
        self.env["connector.api.log"]._insert(
            self.env.cr,
            self.integration,
            {
                "path": f"/users/{NAMES[1]}",
                "request": NAMES[0],
                "response": WORDS[1],
                "error": NAMES[3],
            },
        )
        self.env["connector.api.log"]._log_sync_error(
            self.integration, "read", ValueError(NAMES[0])
        )
        run = self.env["connector.sync.run"]._run_start(self.integration, "Import")
        self.env["connector.sync.run"]._run_finish(run, message=f"{NAMES[2]}: not found")
        self.env["zoom.import"]._save_position(self.integration, {"failures": [NAMES[0]]})
        quarantined = self.env["connector.event"].search([], limit=1)
        quarantined.write({"state": "quarantined", "error": f"bad value {NAMES[0]}"})
        self.assertTrue(push)
        self.env.flush_all()
        return meeting

    def everywhere(self, *needles):
        """Return the (table, needle) in which any column of any row holds a needle."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = []
        for (table,) in self.env.cr.fetchall():
            for needle in needles:
                query = SQL(
                    "SELECT count(*) FROM %s AS t WHERE t::text ILIKE %s",
                    SQL.identifier(table),
                    f"%{needle}%",
                )
                self.env.cr.execute(query)
                if self.env.cr.fetchone()[0]:
                    found.append((table, needle))
        return found

    def remove_app(self, **payload):
        body = sample("app_deauthorized")
        later = fields.Datetime.now() + timedelta(minutes=1)
        body["payload"]["deauthorization_time"] = later.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        body["payload"].update(payload)
        self.deliver(body)
        self.drain()

    def wipe(self, budget=60.0):
        runs = self.env["connector.sync.run"]
        run = runs
        for _job in range(400):
            self.env.flush_all()
            self.env["zoom.wipe"]._run_job(self.integration.id, budget=budget)
            self.env.invalidate_all()
            run = runs.search([("kind", "=", "Deletion")], limit=1)
            if run.state != "running":
                break
        self.assertNotEqual(run.state, "running")
        return run

    def test_no_trace_is_left(self):
        meeting = self.plant()
        zoom_id, join_url = meeting.zoom_id, meeting.join_url
        event = meeting.calendar_event_id
        files = self.env["ir.attachment"].search([("name", "=", "chat.txt")])
        self.assertTrue(self.everywhere(*NAMES, *WORDS[:2], WORDS[3]))
        self.remove_app()
        self.assertFalse(self.integration._token())
        self.assertEqual(self.integration.state, "reconnect")
        jobs = self.env["queue.job"].search([("model_name", "=", "zoom.wipe")])
        self.assertEqual(len(jobs), 1)
        self.assertEqual(self.wipe().state, "done")
        self.assertEqual(self.everywhere(*NAMES, *WORDS, zoom_id, join_url, "planted-token"), [])
        self.assertFalse(files.exists())
        # The time in the organizer's calendar stays.
        self.assertTrue(event.exists())
        self.assertEqual(event.name, "Zoom meeting")
        self.assertTrue(event.start)
        self.assertFalse(event.zoom_meeting_id)
        proof = self.env["connector.proof"].search([])
        self.assertEqual(
            (proof.kind, proof.integration_id), ("deauthorization", self.integration.id)
        )
        self.assertGreater(proof.counts["zoom.participant"], 0)
        self.assertGreater(proof.counts["deliveries emptied"], 0)
        self.assertTrue(proof.intact)

    def test_every_model_is_deleted_or_kept_on_purpose(self):
        """A model that somebody adds must be decided about; without a way to the account it fails."""
        paths = self.env["zoom.wipe"]._account_models()
        undecided = {
            name for name, path in paths.items() if not path and name not in (*KEPT, *ELSEWHERE)
        }
        self.assertEqual(undecided, set())
        self.assertLessEqual(set(PARTS), set(paths))
        self.plant()
        self.remove_app()
        self.wipe()
        for name, path in paths.items():
            if name not in (*KEPT, *ELSEWHERE):
                domain = [(path, "=", self.integration.id), *PARTS.get(name, [])]
                found = self.env[name].with_context(active_test=False).search(domain)
                self.assertFalse(found, name)

    def test_what_people_wrote_in_odoo_stays(self):
        meeting = self.plant()
        event = meeting.calendar_event_id
        contact = meeting.instance_ids.participant_ids.partner_id
        used = self.env["calendar.event"].create(
            {
                "name": "Lunch with a person met in Zoom",
                "start": "2030-05-05 10:00:00",
                "stop": "2030-05-05 11:00:00",
                "partner_ids": [(6, 0, contact.ids)],
            }
        )
        event.with_context(zoom_sync=True).write(
            {"name": "My own words", "description": "<p>My notes</p>"}
        )
        mine = self.env["calendar.event"].create(
            {
                "name": "Demo for a customer",
                "start": "2030-05-04 10:00:00",
                "stop": "2030-05-04 11:00:00",
                "partner_ids": [(6, 0, self.nora.ids)],
            }
        )
        own = self.env["zoom.meeting"].create(
            {
                "integration_id": self.integration.id,
                "zoom_id": "99900011122",
                "topic": "Demo for a customer",
                "zoom_type": 2,
                "push_origin": "odoo",
                "join_url": "https://zoom.example.com/j/99900011122",
            }
        )
        mine.with_context(zoom_sync=True).write(
            {"zoom_meeting_id": own.id, "zoom_key": "single", "videocall_location": own.join_url}
        )
        other = self.new_integration(name="Another account", account_id="other", client_id="other")
        self.apply(sample("meeting.created"), integration=other)
        self.remove_app()
        self.wipe()
        self.assertEqual(event.name, "My own words")
        self.assertIn("My notes", event.description)
        self.assertEqual(mine.name, "Demo for a customer")
        self.assertEqual(mine.partner_ids, self.nora)
        self.assertFalse(mine.videocall_location)
        self.assertFalse(mine.zoom_requested)
        self.assertTrue(self.nora.exists())
        self.assertEqual(used.partner_ids, contact.exists(), "used by the company since")
        self.assertFalse(self.env["zoom.contact"].search([("partner_id", "=", contact.id)]))
        self.assertTrue(self.integration.client_id)
        self.assertTrue(self.meeting(integration=other).calendar_event_id)

    def test_legal_hold_keeps_its_files_and_nothing_else(self):
        meeting = self.plant()
        held, *rest = meeting.instance_ids.recording_ids
        manager = new_test_user(
            self.env, "hold_manager", groups="zoom_connector.group_zoom_manager"
        )
        held.with_user(manager).action_hold()
        file = self.env["ir.attachment"].create(
            {
                "name": "evidence.mp4",
                "res_model": "zoom.meeting.instance",
                "res_id": meeting.instance_ids.id,
                "datas": base64.b64encode(b"evidence"),
            }
        )
        held.attachment_id = file
        self.remove_app()
        self.wipe()
        self.assertTrue(held.exists())
        self.assertEqual(file.exists().raw, b"evidence")
        self.assertFalse(self.env["zoom.recording"].union(*rest).exists())
        self.assertFalse(self.env["zoom.participant"].search([]))
        self.assertEqual(meeting.topic, "Recording on legal hold")
        self.assertEqual(self.everywhere(*NAMES, *WORDS[:2]), [])
        proof = self.env["connector.proof"].search([])
        self.assertIn("1 recording files on legal hold", proof.kept)

    def test_stopped_in_the_middle_it_goes_on(self):
        self.plant()
        self.remove_app()
        self.assertEqual(self.wipe(budget=-1.0).state, "done")
        self.assertEqual(self.everywhere(*NAMES, *WORDS), [])
        self.assertEqual(self.env["connector.proof"].search_count([]), 1)

    def test_what_comes_afterwards_is_not_kept(self):
        self.plant()
        self.remove_app()
        self.wipe()
        late = self.spoil(sample("meeting.participant_joined"))
        late["event_ts"] += 1000
        late["payload"]["object"]["participant"]["participant_uuid"] = "lateLate"
        self.assertEqual(self.deliver(late).status_code, 200)
        self.drain()
        self.assertEqual(self.everywhere(*NAMES), [])
        self.assertFalse(self.env["zoom.participant"].search([]))

    def test_another_app_or_account_removes_nothing(self):
        self.plant()
        self.remove_app(client_id="somebody-else")
        self.assertEqual(self.integration.state, "connected")
        self.assertFalse(self.env["queue.job"].search([("model_name", "=", "zoom.wipe")]))

    def test_archived_account_is_wiped_as_well(self):
        self.plant()
        self.remove_app()
        self.integration.active = False
        self.assertEqual(self.wipe().state, "done")
        self.assertEqual(self.everywhere(*NAMES), [])

    def test_proofs_are_append_only_and_show_tampering(self):
        first = self.prove("one")
        second = self.prove("two")
        for do in (lambda: first.write({"basis": "x"}), first.unlink):
            with self.assertRaises(UserError):
                do()
        self.assertTrue(first.intact and second.intact)
        self.env.cr.execute("UPDATE connector_proof SET basis = 'x' WHERE id = %s", (first.id,))
        self.env.invalidate_all()
        self.assertFalse(first.intact)
        self.assertTrue(second.intact)
        self.env.cr.execute("DELETE FROM connector_proof WHERE id = %s", (first.id,))
        self.env.invalidate_all()
        self.assertFalse(second.intact)
        manager = new_test_user(
            self.env, "proof_manager", groups="zoom_connector.group_zoom_manager"
        )
        self.assertEqual(second.with_user(manager).kind, "deauthorization")
        user = new_test_user(
            self.env, "proof_user", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        with self.assertRaises(AccessError):
            second.with_user(user).read(["basis"])
        with self.assertRaises(AccessError):
            self.env["connector.proof"].with_user(manager).create({"basis": "mine"})

    def prove(self, basis):
        return self.env["connector.proof"]._add(
            self.integration, "deauthorization", basis, fields.Datetime.now(), {"things": 3}
        )
