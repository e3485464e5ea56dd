"""Sending with real transactions: what is rolled back, what two people do at once, what a crash leaves."""

from contextlib import contextmanager
from datetime import timedelta

import requests

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import CommittedCase, sandbox, use_new_key

from ..models.marks import QUIET


@tagged("post_install", "-at_install")
class TestPushCommit(CommittedCase):
    integration_model = "zoom.integration"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_new_key(cls)

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        self.control("reset")
        self.world = self.control(
            "zoom/seed", users=2, meetings=0, recurring=0, past=0, silent=True
        )
        row = next(user for user in self.world["users"] if user["type"] == 2)
        with self.committed() as env:
            account = env["zoom.integration"]._connector_provision_sandbox(self.info)
            self.account_id = account.id
        with self.committed() as env:
            account = env["zoom.integration"].browse(self.account_id)
            user = env["res.users"].create(
                {"name": "Cora Committed", "login": "cora.committed@example.com"}
            )
            self.user_id = user.id
            env["zoom.user"]._upsert(
                account, [{"zoom_id": row["id"], "email": row["email"], "status": "active"}], 1
            )
            env["zoom.user"].search([("zoom_id", "=", row["id"])]).user_id = user
        self.start = (fields.Datetime.now() + timedelta(days=2)).replace(microsecond=0)
        self.control("calls", "DELETE")

    def delete_leftovers(self):
        with self.committed() as env:
            events = env["calendar.event"].with_context(active_test=False, **QUIET)
            events.search([("name", "like", "Committed")]).unlink()
            env["queue.job"].search([("model_name", "=like", "zoom.%")]).unlink()
            env["zoom.push"].search([]).unlink()
        result = super().delete_leftovers()
        with self.committed() as env:
            user = env["res.users"].browse(getattr(self, "user_id", 0)).exists()
            partner = user.partner_id
            user.unlink()
            partner.unlink()
        return result

    def control(self, path, verb="POST", **values):
        kwargs = {"params": values} if verb == "GET" else {"json": values}
        url = f"{self.info['control_url']}/{path}"
        response = requests.request(verb, url, timeout=30, **kwargs)
        response.raise_for_status()
        return response.json()

    def posts(self):
        found = self.control("calls", "GET")["calls"]
        return [c for c in found if c["method"] == "POST" and c["path"].endswith("/meetings")]

    @contextmanager
    def transaction(self):
        """A connection of its own; what it did is only kept when the block commits it."""
        with self.registry.cursor() as cr:
            try:
                yield api.Environment(cr, SUPERUSER_ID, {})
            finally:
                cr.rollback()

    def new_event(self, env, name="Committed event"):
        return env["calendar.event"].create(
            {
                "name": name,
                "start": self.start,
                "stop": self.start + timedelta(hours=1),
                "user_id": self.user_id,
                "partner_ids": [
                    (6, 0, env["res.users"].browse(self.user_id).partner_id.ids),
                ],
                "zoom_requested": True,
            }
        )

    def meetings(self):
        with self.committed() as env:
            account = env["zoom.integration"].browse(self.account_id)
            client = account._zoom_client()
            return [m for user in self.world["users"] for m in client.meetings(user["id"])]

    def push(self):
        with self.committed() as env:
            return env["zoom.push"].search([("state", "=", "pending")])._push_now()

    def test_rolled_back_event_leaves_nothing(self):
        with self.transaction() as env:
            self.new_event(env)
            env.flush_all()
            env.cr.precommit.run()
            self.assertTrue(env["zoom.push"].search([]))
        with self.committed() as env:
            self.assertFalse(env["zoom.push"].search([]))
            self.assertFalse(env["queue.job"].search([("model_name", "=", "zoom.push")]))
        self.push()
        self.assertEqual(self.posts(), [])

    def test_nothing_is_sent_before_the_commit(self):
        with self.transaction() as env:
            event = self.new_event(env)
            self.assertEqual(self.posts(), [])
            env.cr.commit()
            event_id = event.id
        self.assertEqual(self.posts(), [])
        self.push()
        with self.committed() as env:
            self.assertTrue(env["calendar.event"].browse(event_id).zoom_meeting_id)
        self.assertEqual(len(self.posts()), 1)

    def test_half_rolled_back_save(self):
        with self.transaction() as env:
            event = self.new_event(env)
            try:
                with env.cr.savepoint():
                    self.new_event(env, "Committed never")
                    raise ValueError
            except ValueError:
                env.cr.commit()
            event_id = event.id
        self.push()
        self.assertEqual([m.topic for m in self.meetings()], ["Committed event"])
        with self.committed() as env:
            self.assertTrue(env["calendar.event"].browse(event_id).videocall_location)

    def test_one_sender_at_a_time(self):
        """A second sender of the same meeting steps back, and says when to come again."""
        with self.committed() as env:
            self.new_event(env)
        with self.committed() as env:
            row = env["zoom.push"].search([])
            subject = row.subject
        with self.transaction() as env:
            env.cr.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (0x7A707573, subject))
            self.assertEqual(self.push(), 1.0)
            self.assertEqual(self.posts(), [])
        self.assertIsNone(self.push())
        self.assertEqual(len(self.posts()), 1)

    def test_save_while_it_is_being_sent(self):
        """The user's save neither waits nor fails, and its wish is sent after the one under way."""
        with self.committed() as env:
            event_id = self.new_event(env).id
        with self.committed() as env:
            row = env["zoom.push"].search([])
            step = row._prepare(False)
            row._mark(step)
            row_id = row.id
        with self.committed() as env:
            client = env["zoom.integration"].browse(self.account_id)._zoom_client()
            adapter = client.create_meeting(step.host_key, step.draft)
        with self.committed() as env:
            env["calendar.event"].browse(event_id).name = "Committed newer"
        with self.committed() as env:
            env["zoom.push"].browse(row_id)._created(step, adapter, 1, 2, False)
        self.push()
        with self.committed() as env:
            env["zoom.push"]._cron_push()
        self.assertEqual([m.topic for m in self.meetings()], ["Committed newer"])
        with self.committed() as env:
            self.assertEqual(env["calendar.event"].browse(event_id).name, "Committed newer")

    def test_crash_between_call_and_answer(self):
        """The row says that a call had begun: Zoom is searched before the call is repeated."""
        with self.committed() as env:
            event_id = self.new_event(env).id
        with self.committed() as env:
            row = env["zoom.push"].search([])
            step = row._prepare(False)
            row._mark(step)
        with self.committed() as env:
            client = env["zoom.integration"].browse(self.account_id)._zoom_client()
            client.create_meeting(step.host_key, step.draft)
        with self.committed() as env:
            env.cr.execute("UPDATE zoom_push SET write_date = write_date - interval '5 minutes'")
        with self.committed() as env:
            env["zoom.push"]._cron_push()
        (meeting,) = self.meetings()
        self.assertEqual(len(self.posts()), 1)
        with self.committed() as env:
            event = env["calendar.event"].browse(event_id)
            self.assertEqual(event.zoom_meeting_id.zoom_id, meeting.zoom_id)
            self.assertEqual(env["zoom.push"].search([]).mapped("state"), ["done"])

    def test_switched_off_while_it_is_being_made(self):
        with self.committed() as env:
            event_id = self.new_event(env).id
        with self.committed() as env:
            row = env["zoom.push"].search([])
            step = row._prepare(False)
            row._mark(step)
            row_id = row.id
        with self.committed() as env:
            client = env["zoom.integration"].browse(self.account_id)._zoom_client()
            adapter = client.create_meeting(step.host_key, step.draft)
        with self.committed() as env:
            env["calendar.event"].browse(event_id).zoom_requested = False
        with self.committed() as env:
            env["zoom.push"].browse(row_id)._created(step, adapter, 1, 2, False)
        with self.committed() as env:
            env["zoom.push"].search([("state", "!=", "done")])._push_now()
        self.assertEqual(self.meetings(), [])
        with self.committed() as env:
            self.assertTrue(env["calendar.event"].browse(event_id).active)
