from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestRegistrants(PushCase):
    """Registrations are decided in Odoo and carried out by the imitation of Zoom, over HTTP."""

    def setUp(self):
        super().setUp()
        told = self.control(
            "zoom/meeting",
            action="create",
            host_id=self.host.zoom_id,
            topic="Open house",
            start_time=self.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            timezone="UTC",
            duration=60,
            settings={"approval_type": 1},
        )
        self.zoom_id = str(told["meeting_id"])
        meeting = self.account._zoom_client().meeting(self.zoom_id)
        self.meeting_record = self.env["zoom.meeting"]._upsert(self.account, [meeting], 1)
        self.people = {}

    def register(self, *names):
        """Let people register at Zoom and read them. Return the registrations in Odoo."""
        for name in names:
            told = self.control(
                "zoom/register",
                meeting_id=self.zoom_id,
                first_name=name,
                last_name="Registrant",
                email=f"{name.lower()}@client.example",
            )
            self.people[told["registrant_id"]] = name
        self.env["zoom.registrant"]._job_read(self.meeting_record.id)
        self.env.invalidate_all()
        return self.meeting_record.registrant_ids.sorted("name")

    def at_zoom(self):
        """Return name -> status, as Zoom lists them."""
        client = self.account._zoom_client()
        return {
            self.people[person.registrant_id]: status
            for status in ("pending", "approved", "denied")
            for person in client.registrants(self.zoom_id, status=status)
        }

    def run_jobs(self):
        self.env.flush_all()
        wait = self.env["zoom.registrant"]._send_meeting(self.meeting_record.id)
        self.env.invalidate_all()
        return wait

    def told(self):
        """Return how often Zoom was told a decision."""
        return len([path for _method, path in self.calls("PUT") if "registrants" in path])

    def test_read(self):
        self.assertEqual(self.meeting_record.registration_mode, "manual")
        rows = self.register("Ann", "Bob")
        self.assertEqual(rows.mapped("name"), ["Ann Registrant", "Bob Registrant"])
        self.assertEqual(set(rows.mapped("status")), {"pending"})
        self.assertEqual(self.meeting_record.pending_registrant_count, 2)
        # Who is in no list any more has cancelled, or was cancelled in Zoom.
        self.control(
            "zoom/registrant",
            meeting_id=self.zoom_id,
            registrant_id=rows[0].registrant_id,
            action="cancel",
        )
        self.env["zoom.registrant"]._job_read(self.meeting_record.id)
        self.env.invalidate_all()
        self.assertEqual(rows.mapped("status"), ["cancelled", "pending"])

    def test_approve_deny_cancel(self):
        ann, bob, cid, dot = self.register("Ann", "Bob", "Cid", "Dot")
        (ann | bob).action_approve()
        cid.action_deny()
        self.assertEqual(ann.decision_state, "pending")
        self.assertEqual(ann.status, "pending", "nothing is claimed before Zoom did it")
        self.assertIsNone(self.run_jobs())
        self.assertEqual(
            self.at_zoom(),
            {"Ann": "approved", "Bob": "approved", "Cid": "denied", "Dot": "pending"},
        )
        self.assertEqual((ann | bob | cid).mapped("status"), ["approved", "approved", "denied"])
        self.assertFalse(any((ann | bob | cid).mapped("decision_state")))
        self.assertEqual(self.told(), 2, "one call for all of one decision")
        bob.action_cancel()
        cid.action_approve()
        self.run_jobs()
        self.assertEqual(self.at_zoom(), {"Ann": "approved", "Cid": "approved", "Dot": "pending"})
        self.assertEqual(bob.status, "cancelled")
        with self.assertRaises(UserError):
            bob.action_approve()

    def test_a_job_waits_for_the_commit(self):
        ann = self.register("Ann")
        ann.action_approve()
        job = self.env["queue.job"].search(
            [("identity_key", "=", f"zoom.registrant:{self.meeting_record.id}")]
        )
        self.assertEqual((job.state, job.channel), ("pending", "root.connector.realtime"))
        self.assertEqual(self.told(), 0)

    def test_nothing_to_decide(self):
        ann = self.register("Ann")
        ann.action_approve()
        ann.action_approve()
        self.run_jobs()
        ann.action_approve()
        self.assertFalse(ann.decision_state)
        self.run_jobs()
        self.assertEqual(self.told(), 1)

    def test_another_decision_before_the_first_was_sent(self):
        ann = self.register("Ann")
        ann.action_approve()
        ann.action_deny()
        self.run_jobs()
        self.assertEqual((ann.status, self.at_zoom()), ("denied", {"Ann": "denied"}))
        self.assertEqual(self.told(), 1)

    def trouble(self, kind, **values):
        self.fault(kind, "PUT", "/registrants/status", **values)

    def test_answer_lost_after_zoom_did_it(self):
        """Zoom is looked at before it is asked again, and is not asked again."""
        ann = self.register("Ann")
        ann.action_approve()
        self.trouble("execute_then_status", status=500, times=1)
        self.assertTrue(self.run_jobs())
        self.assertTrue(ann.decision_uncertain)
        self.assertIn("pending", ann.decision_state)
        ann.action_retry()
        self.assertIsNone(self.run_jobs())
        self.assertEqual((ann.status, ann.decision_state), ("approved", False))
        self.assertEqual(self.told(), 1)

    def test_zoom_is_away(self):
        ann, bob = self.register("Ann", "Bob")
        (ann | bob).action_approve()
        self.trouble("status", status=500, times=1)
        wait = self.run_jobs()
        self.assertGreater(wait, 1)
        self.assertEqual(ann.decision_state, "pending")
        self.assertTrue(ann.decision_error)
        (ann | bob).write({"decision_next_at": False})
        self.env["zoom.registrant"].flush_model()
        self.env["zoom.registrant"]._send_meeting(self.meeting_record.id)
        self.env.invalidate_all()
        self.assertEqual(set((ann | bob).mapped("status")), {"approved"})

    def test_refusal_is_visible_and_retried(self):
        """What Zoom refuses stands on the registration; the others are not held up."""
        ann, bob = self.register("Ann", "Bob")
        (ann | bob).action_approve()
        self.trouble(
            "status", status=400, body={"code": 300, "message": "Validation failed."}, times=2
        )
        self.run_jobs()
        self.assertEqual(
            sorted((ann | bob).mapped(lambda row: row.decision_state or "done")), ["done", "failed"]
        )
        failed = (ann | bob).filtered("decision_state")
        self.assertTrue(failed.decision_error and failed.decision_remedy)
        self.assertEqual(failed.status, "pending")
        failed.action_retry()
        self.run_jobs()
        self.assertEqual(self.at_zoom(), {"Ann": "approved", "Bob": "approved"})
        self.assertFalse(failed.decision_error)

    def test_give_up(self):
        ann = self.register("Ann")
        ann.action_approve()
        self.trouble(
            "status", status=400, body={"code": 300, "message": "Validation failed."}, times=1
        )
        self.run_jobs()
        self.assertEqual(ann.decision_state, "failed")
        ann.action_give_up()
        self.assertFalse(ann.decision_state or ann.decision_error)

    def test_account_without_connection(self):
        ann = self.register("Ann")
        ann.action_approve()
        self.account._connector_store({"state": "reconnect"})
        self.env.invalidate_all()
        self.run_jobs()
        self.assertEqual(ann.decision_state, "failed")
        self.assertTrue(ann.decision_remedy)
        self.account._connector_store({"state": "connected"})
        self.env.invalidate_all()
        ann.action_retry()
        self.run_jobs()
        self.assertEqual(ann.status, "approved")

    def test_without_a_job_runner(self):
        ann = self.register("Ann")
        ann.action_approve()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE zoom_registrant SET write_date = now() at time zone 'UTC' - interval '1 minute'"
        )
        self.env.invalidate_all()
        self.env["zoom.withhold"]._cron_people()
        self.env.invalidate_all()
        self.assertEqual(ann.status, "approved")

    def test_what_zoom_tells_about_our_decision_changes_nothing(self):
        """The webhook about the approval finds what is there already."""
        ann = self.register("Ann")
        stub = self.listen()
        ann.action_approve()
        self.run_jobs()
        before = ann.read(["status", "name", "email", "decision_state"])
        bodies = self.announced(stub)
        self.assertIn("meeting.registration_approved", [body["event"] for body in bodies])
        self.apply(*bodies, integration=self.account)
        self.assertEqual(ann.read(["status", "name", "email", "decision_state"]), before)
        self.assertEqual(self.told(), 1)

    def test_who_may_decide(self):
        ann = self.register("Ann")
        group = "base.group_user,zoom_connector.group_zoom_user"
        host = new_test_user(self.env, "reg_host", groups=group)
        friend = new_test_user(self.env, "reg_friend", groups=group)
        guest = new_test_user(self.env, "reg_guest", groups=group)
        self.meeting_record.host_id.user_id = host
        self.meeting_record.shared_user_ids = friend
        event = self.meeting_record.calendar_event_id
        event.with_context(no_mail_to_attendees=True).partner_ids |= guest.partner_id
        self.env.flush_all()
        self.env.invalidate_all()
        ann.with_user(host).action_approve()
        ann.with_user(friend).action_deny()
        self.assertEqual(ann.decision_user_id, friend)
        self.assertTrue(ann.with_user(guest).name)
        with self.assertRaises(AccessError):
            ann.with_user(guest).action_approve()
