from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..adapters.conversation import CommentStateFact, PostStateFact
from .post_common import FACEBOOK, LINKEDIN, PostCase


@tagged("post_install", "-at_install")
class TestPostIn(PostCase):
    """Posts come in: windows, events, polling; against the sandbox."""

    def pull(self):
        for _job in range(20):
            self.env.flush_all()
            self.env["hootsuite.post.pull"]._run_job(self.account.id)
            if not self.env["hootsuite.post.pull"]._load_position(self.account):
                break
        self.env.invalidate_all()
        return self.env["connector.sync.run"].search(
            [("integration_id", "=", self.account.id), ("kind", "=", "Posts")],
            limit=1,
            order="id desc",
        )

    def fetch(self):
        self.env.flush_all()
        self.env["hootsuite.post.fetch"]._run_job(self.account.id)
        self.env.invalidate_all()

    def posts(self, *terms):
        return self.env["hootsuite.post"].search([("integration_id", "=", self.account.id), *terms])

    def hints(self):
        return self.env["hootsuite.post.hint"].search([("integration_id", "=", self.account.id)])

    def event(self, remote_id, state):
        notes = self.env["hootsuite.post"]._apply_states(
            self.account, [PostStateFact(remote_id, state, fields.Datetime.now())]
        )
        self.env.flush_all()
        return notes

    def test_posts_made_in_hootsuite(self):
        world = self.control("hootsuite/seed", past=150, future=20, failed=3, pending=1, days=60)
        self.account.sync_past_days = 61
        run = self.pull()
        self.assertEqual((run.state, run.failed), ("done", 0), run.message)
        theirs = {row["id"]: row for row in self.remote() if row["profile_id"] != "131000009"}
        found = {post.hootsuite_id: post for post in self.posts()}
        visible = {
            ref
            for ref, row in theirs.items()
            if self.env["hootsuite.profile"]._known(self.account, [row["profile_id"]])
        }
        self.assertEqual(set(found), visible)
        self.assertGreater(len(found), 100, "several pages")
        states = {"SENT": "sent", "SCHEDULED": "scheduled", "PENDING_APPROVAL": "waiting"}
        states["SEND_FAILED_PERMANENTLY"] = "failed"
        for ref, post in found.items():
            row = theirs[ref]
            self.assertEqual(post.state, states[row["state"]])
            self.assertEqual(post.text, row["text"])
            self.assertEqual(post.profile_id.hootsuite_id, row["profile_id"])
            self.assertEqual(sorted(post.tag_ids.mapped("name")), sorted(row["tags"]))
            self.assertEqual(post.origin, "hootsuite")
        self.assertTrue(world["pending"])
        calls = len(self.control("calls", "GET")["calls"])
        again = self.pull()
        self.assertEqual((again.created, again.updated), (0, 0))
        self.assertEqual(again.unchanged, len(found))
        self.assertLess(len(self.control("calls", "GET")["calls"]) - calls, 14)

    def test_pull_stopped_in_the_middle_goes_on(self):
        self.control("hootsuite/seed", past=160, future=0, failed=0, pending=0, days=25)
        self.account.sync_past_days = 26
        pull = self.env["hootsuite.post.pull"]
        stopped = 0
        while True:
            self.env.flush_all()
            pull._run_job(self.account.id, budget=0)
            if not pull._load_position(self.account):
                break
            stopped += 1
        self.assertGreater(stopped, 2)
        visible = self.account._hootsuite_client()
        now = fields.Datetime.now()
        rows = list(visible.messages(now - timedelta(26), now))
        self.assertEqual(
            set(self.posts().mapped("hootsuite_id")), {row.hootsuite_id for row in rows}
        )

    def test_event_is_only_a_hint(self):
        """An event that lies changes nothing: what counts is what the API answers."""
        plan = self.send()
        post = self.post_of(plan, FACEBOOK)
        self.event(post.hootsuite_id, "SEND_FAILED_PERMANENTLY")
        self.event(post.hootsuite_id, "SENT")
        self.assertEqual(len(self.hints()), 1, "read once, however many events ask")
        self.fetch()
        self.assertEqual(post.state, "scheduled")
        self.assertFalse(self.hints())
        self.control("hootsuite/publish")
        self.event(post.hootsuite_id, "SENT")
        self.fetch()
        self.assertEqual((post.state, plan.state), ("sent", "sent"))
        self.assertTrue(post.post_url)
        # Late and reordered events find it sent already.
        self.event(post.hootsuite_id, "SCHEDULED")
        self.fetch()
        self.assertEqual(post.state, "sent")

    def test_events_of_a_post_made_in_hootsuite(self):
        made = self.control(
            "hootsuite/post", profile_ids=[LINKEDIN], text="From there", **{"in": 86400}
        )
        ref = made["messages"][0]["id"]
        self.event(ref, "SCHEDULED")
        self.fetch()
        post = self.posts(("hootsuite_id", "=", ref))
        self.assertEqual(
            (post.text, post.origin, post.state), ("From there", "hootsuite", "scheduled")
        )
        self.control("hootsuite/message", action="delete", message_id=ref)
        self.event(ref, "DELETED")
        self.fetch()
        self.assertEqual(post.state, "deleted")

    def test_a_message_that_is_missing_while_it_is_uploaded(self):
        plan = self.send()
        post = self.post_of(plan, FACEBOOK)
        self.control("hootsuite/limits", upload_gap=120)
        self.control("hootsuite/publish")
        self.event(post.hootsuite_id, "SENT")
        plan.sudo().post_ids.scheduled_at = fields.Datetime.now()
        self.fetch()
        self.assertEqual(post.state, "scheduled", "missing is not deleted")
        self.assertTrue(self.hints().next_try_at)
        self.control("clock", advance=130)
        self.hints().next_try_at = False
        self.fetch()
        self.assertEqual(post.state, "sent")

    def test_failure_is_told_and_retried(self):
        plan = self.send()
        post = self.post_of(plan, FACEBOOK)
        former = post.hootsuite_id
        self.control("hootsuite/message", action="fail", message_id=former)
        self.event(former, "SEND_FAILED_PERMANENTLY")
        self.fetch()
        self.assertEqual((post.state, plan.state), ("failed", "failed"))
        self.assertIn("Facebook", post.error)
        (activity,) = plan.activity_ids.filtered(lambda a: a.user_id == self.author)
        self.assertIn("did not go out", activity.summary)
        # Told once, however often it is read.
        self.event(former, "SEND_FAILED_PERMANENTLY")
        self.fetch()
        self.assertEqual(len(plan.activity_ids), 1)
        plan.with_user(self.author).action_retry()
        self.push(plan, rounds=2)
        states = sorted(row["state"] for row in self.remote())
        self.assertEqual(states, ["SCHEDULED", "SEND_FAILED_PERMANENTLY"])
        self.assertNotEqual(post.hootsuite_id, former)
        # The pull knows the failed one as the past of this post.
        self.pull()
        self.assertEqual(len(self.posts()), 1)

    def test_deleted_in_hootsuite_found_by_polling(self):
        plan = self.send()
        post = self.post_of(plan, FACEBOOK)
        self.control("hootsuite/message", action="delete", message_id=post.hootsuite_id)
        self.pull()
        self.assertTrue(self.hints())
        self.fetch()
        self.assertEqual(post.state, "deleted")
        self.assertTrue(plan.activity_ids.filtered(lambda a: "was deleted" in a.summary))

    def test_overdue_posts_are_asked_after(self):
        plan = self.send()
        self.control("hootsuite/publish")
        plan.sudo().post_ids.scheduled_at = fields.Datetime.now() - timedelta(minutes=10)
        self.env.flush_all()
        self.env["hootsuite.post"]._cron_push()
        self.fetch()
        self.assertEqual(self.post_of(plan, FACEBOOK).state, "sent")

    def test_pull_meets_a_message_whose_answer_is_unknown(self):
        """The outbox has not heard that the message exists: the pull leaves it to the outbox."""
        self.fault("execute_then_status", "POST", "/v1/messages$", status=500, times=1)
        plan = self.new_plan()
        self.approve(plan)
        self.push(plan, later=False)
        self.pull()
        self.assertEqual(len(self.posts()), 1)
        self.push(plan, rounds=3)
        self.let_time_pass(plan.sudo().post_ids)
        self.push(plan, rounds=3)
        self.assertEqual(len(self.posts()), 1)
        self.assertEqual(self.posts().state, "scheduled")

    def test_approval_in_hootsuite(self):
        self.control("hootsuite/profile", profile_id=FACEBOOK, approval=True)
        plan = self.send()
        post = self.post_of(plan, FACEBOOK)
        self.assertEqual((post.state, post.remote_state), ("waiting", "PENDING_APPROVAL"))
        self.control("hootsuite/message", action="reject", message_id=post.hootsuite_id)
        self.event(post.hootsuite_id, "REJECTED")
        self.fetch()
        self.assertEqual(post.state, "rejected")
        self.assertTrue(plan.activity_ids)

    def test_comments(self):
        made = self.control("hootsuite/comment", profile_id=FACEBOOK)
        facts = [CommentStateFact(made["id"], "PENDING_APPROVAL", fields.Datetime.now())]
        notes = self.env["hootsuite.post"]._apply_comment_states(self.account, facts)
        self.assertEqual(notes, {0: "ignored: Nothing to do."})
        # An event that lies raises no alert.
        facts = [CommentStateFact(made["id"], "FAILED", fields.Datetime.now())]
        self.env["hootsuite.post"]._apply_comment_states(self.account, facts)
        self.fetch()
        alerts = [("cause", "=", f"comment:{made['id']}"), ("state", "=", "open")]
        self.assertFalse(self.env["connector.alert"].search(alerts))
        self.control("hootsuite/comment", comment_id=made["id"], state="FAILED")
        self.env["hootsuite.post"]._apply_comment_states(self.account, facts)
        self.fetch()
        self.assertIn("could not be published", self.env["connector.alert"].search(alerts).message)

    def test_flood_of_invented_ids(self):
        from ..models import hootsuite_post_hint

        room = hootsuite_post_hint.WAITING_AT_MOST
        self.env["hootsuite.post.hint"]._add(
            self.account, "message", [(f"9{n}", "SENT", None) for n in range(room)]
        )
        notes = self.event("123", "SENT")
        self.assertIn("ignored", notes[0])
        plan = self.send()
        self.assertFalse(self.event(self.post_of(plan, FACEBOOK).hootsuite_id, "SENT"))
