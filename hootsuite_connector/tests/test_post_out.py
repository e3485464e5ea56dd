from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .post_common import (
    FACEBOOK,
    FIVE,
    INSTAGRAM,
    LINKEDIN,
    PINTEREST,
    PIXEL,
    THREADS,
    TWITTER,
    PostCase,
)


@tagged("post_install", "-at_install")
class TestPostOut(PostCase):
    """Posts leave Odoo: real calls to the sandbox."""

    def test_five_profiles_one_refused_one_without_answer(self):
        """Two images to five profiles: three accepted, one refused, one accepted without an answer. In
        the end exactly one message for each, the refused one explained, the author told."""
        self.control(
            "hootsuite/profile",
            profile_id=LINKEDIN,
            refusal={"code": 40025, "message": "Scheduled message limit reached"},
        )
        self.fault(
            "execute_then_hang", "POST", "/v1/messages$", content=THREADS, seconds=25, times=1
        )
        plan = self.new_plan(FIVE, images=2)
        self.approve(plan)
        self.assertFalse(self.posted(), "nothing is sent before the job runs")
        self.push(plan, later=False)
        self.assertEqual(len(self.remote()), 4)
        unknown = self.post_of(plan, THREADS)
        self.assertEqual(unknown.push_state, "pending")
        self.assertTrue(unknown.attempts, "what to look for is written down")
        self.assertFalse(unknown.hootsuite_id)
        self.let_time_pass(plan.sudo().post_ids)
        self.assertIsNone(self.push(plan, rounds=4))

        there = self.remote()
        self.assertEqual(
            sorted(row["profile_id"] for row in there),
            sorted(set(FIVE) - {LINKEDIN}),
            "exactly one message per profile",
        )
        self.assertTrue(all(len(row["media"]) == 2 for row in there))
        self.assertTrue(all(row["text"] == plan.text for row in there))
        for ref in set(FIVE) - {LINKEDIN}:
            post = self.post_of(plan, ref)
            self.assertEqual((post.state, post.push_state), ("scheduled", "idle"), ref)
            (row,) = [row for row in there if row["profile_id"] == ref]
            self.assertEqual(post.hootsuite_id, row["id"])
        refused = self.post_of(plan, LINKEDIN)
        self.assertEqual(refused.state, "failed")
        self.assertIn("allows no more scheduled messages", refused.error)
        self.assertIn("Wait until some are sent", refused.remedy)
        self.assertEqual(plan.state, "partial")
        activity = plan.activity_ids.filtered(lambda a: a.user_id == self.author)
        self.assertEqual(len(activity), 1)
        self.assertIn("LinkedIn", activity.summary)
        self.assertIn("extend the plan", activity.note)

        # The author presses Retry once there is room again.
        self.control("hootsuite/profile", profile_id=LINKEDIN, refusal=None)
        plan.with_user(self.author).action_retry()
        self.push(plan, rounds=3)
        self.assertEqual(len(self.remote()), 5)
        self.assertEqual(plan.state, "scheduled")
        self.assertFalse(plan.activity_ids)

    def test_notice_to_the_author_at_once(self):
        self.control("hootsuite/profile", profile_id=LINKEDIN, refusal={"code": 40025})
        plan = self.new_plan((LINKEDIN,))
        self.approve(plan)
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.push(plan)
        self.env.cr.precommit.run()
        notices = self.env["bus.bus"].search([("message", "like", "simple_notification")])
        self.assertEqual(len(notices), 1)
        self.assertIn(str(self.author.partner_id.id), notices.channel)

    def test_answer_with_an_error_after_it_was_done(self):
        """A 500 after the message was made: it is looked up, not made twice."""
        self.fault("execute_then_status", "POST", "/v1/messages$", status=500, times=1)
        plan = self.new_plan()
        self.approve(plan)
        self.push(plan, rounds=4)
        self.assertEqual(len(self.remote()), 1)
        self.assertEqual(len(self.posted()), 1)
        self.assertEqual(self.post_of(plan, FACEBOOK).hootsuite_id, self.remote()[0]["id"])

    def test_answer_with_an_error_before_anything_was_done(self):
        """A 503 that did nothing: after the message stayed missing long enough, it is made."""
        self.fault("status", "POST", "/v1/messages$", status=503, times=1)
        plan = self.new_plan()
        self.approve(plan)
        self.push(plan, later=False)
        post = self.post_of(plan, FACEBOOK)
        self.assertTrue(post.attempts)
        # Looked for too early, its absence proves nothing.
        post.next_try_at = False
        self.env.flush_all()
        wait = self.push(plan, later=False)
        self.assertGreater(wait, 1)
        self.assertEqual(len(self.posted()), 1)
        self.let_time_pass(post)
        self.push(plan, rounds=3)
        self.assertEqual(len(self.remote()), 1)
        self.assertEqual(len(self.posted()), 2)

    def test_equal_post_of_another_author_is_not_taken_for_ours(self):
        """Two equal posts, both without an answer: two messages, each with its own."""
        self.fault("execute_then_status", "POST", "/v1/messages$", status=500, times=2)
        first, second = self.new_plan(), self.new_plan()
        self.approve(first)
        self.approve(second)
        self.push(first, later=False)
        self.push(second, later=False)
        self.let_time_pass((first | second).sudo().post_ids)
        self.push(first, rounds=3)
        self.push(second, rounds=3)
        ids = {row["id"] for row in self.remote()}
        self.assertEqual(len(ids), 2)
        found = (first | second).sudo().post_ids.mapped("hootsuite_id")
        self.assertEqual(set(found), ids)

    def test_now(self):
        plan = self.new_plan(timing="now", scheduled_at=False)
        self.approve(plan)
        self.push(plan, rounds=3)
        (row,) = self.remote()
        self.assertEqual(row["state"], "SENT")
        post = self.post_of(plan, FACEBOOK)
        self.assertEqual(post.state, "sent")
        self.assertTrue(post.sent_at)
        self.assertEqual(plan.state, "sent")

    def test_now_without_an_answer(self):
        self.fault("execute_then_status", "POST", "/v1/messages$", status=500, times=1)
        plan = self.new_plan(timing="now", scheduled_at=False)
        self.approve(plan)
        self.push(plan, rounds=4)
        self.assertEqual(len(self.remote()), 1)
        self.assertEqual(self.post_of(plan, FACEBOOK).state, "sent")

    def test_change_is_delete_and_schedule_again(self):
        plan = self.send()
        (before,) = self.remote()
        with self.assertRaises(UserError):
            plan.with_user(self.author).text = "Changed behind the approver's back"
        plan.with_user(self.author).action_change()
        self.assertEqual(plan.state, "draft")
        self.push(plan, rounds=2)
        self.assertEqual(self.remote(), [])
        plan.with_user(self.author).write(
            {"text": "Four tents.", "scheduled_at": self.start + timedelta(hours=1)}
        )
        self.approve(plan)
        self.push(plan, rounds=2)
        (after,) = self.remote()
        self.assertNotEqual(after["id"], before["id"])
        self.assertEqual(after["text"], "Four tents.")
        self.assertEqual(self.post_of(plan, FACEBOOK).former_ids, [before["id"]])

    def test_change_before_the_deletion_was_sent(self):
        """Changed and approved again before any job ran: the old message goes, the new one comes."""
        plan = self.send()
        plan.with_user(self.author).action_change()
        plan.with_user(self.author).text = "Four tents."
        self.approve(plan)
        self.push(plan, rounds=3)
        self.assertEqual([row["text"] for row in self.remote()], ["Four tents."])

    def test_deletion_twice_and_of_what_is_gone(self):
        plan = self.send()
        (row,) = self.remote()
        self.control("hootsuite/message", action="delete", message_id=row["id"])
        plan.with_user(self.author).action_cancel()
        self.assertIsNone(self.push(plan, rounds=2))
        post = self.post_of(plan, FACEBOOK)
        self.assertEqual(
            (post.state, post.push_state, post.hootsuite_id), ("deleted", "idle", False)
        )
        self.assertEqual(plan.state, "cancelled")

    def test_taken_back_too_late(self):
        """Sent meanwhile: it stays sent, nothing else is published, the author hears of it."""
        plan = self.send()
        self.control("hootsuite/publish")
        plan.with_user(self.author).action_change()
        plan.with_user(self.author).text = "Four tents."
        self.approve(plan)
        self.push(plan, rounds=3)
        self.assertEqual([row["state"] for row in self.remote()], ["SENT"])
        self.assertEqual(self.post_of(plan, FACEBOOK).state, "sent")
        self.assertTrue(
            plan.activity_ids.filtered(lambda a: "before it could be taken back" in a.summary)
        )

    def test_changed_behind_the_approval(self):
        """What was approved is what goes out: a file exchanged later stops the post."""
        plan = self.new_plan(images=1)
        self.approve(plan)
        plan.sudo().attachment_ids.raw = PIXEL + b"another"
        self.env.flush_all()
        self.push(plan)
        self.assertEqual(self.remote(), [])
        self.assertIn("changed after it was approved", self.post_of(plan, FACEBOOK).error)

    def test_outage_waits_and_goes_on(self):
        plan = self.new_plan()
        self.approve(plan)
        self.account._connector_store({"state": "reconnect"})
        self.push(plan)
        post = self.post_of(plan, FACEBOOK)
        self.assertEqual(post.push_state, "blocked")
        self.assertIn("not connected", post.error)
        self.account._connector_store({"state": "connected"})
        self.env["hootsuite.post"]._push_unblock(self.account)
        self.push(plan, rounds=2)
        self.assertEqual(len(self.remote()), 1)

    def test_far_too_late_is_asked_first(self):
        plan = self.new_plan()
        self.approve(plan)
        late = fields.Datetime.now() - timedelta(hours=3)
        plan.sudo().write({"scheduled_at": late})
        plan.sudo().digest = plan._content_digest()
        plan.sudo().post_ids.state = "approved"
        self.env.flush_all()
        self.push(plan)
        post = self.post_of(plan, FACEBOOK)
        self.assertEqual((post.state, self.remote()), ("failed", []))
        self.assertIn("Retry to send it now", post.remedy)
        plan.with_user(self.author).action_retry()
        self.push(plan, rounds=2)
        self.assertEqual(self.post_of(plan, FACEBOOK).state, "sent")

    def test_media_are_uploaded_once(self):
        plan = self.send((FACEBOOK, INSTAGRAM, TWITTER), images=2)
        calls = self.control("calls", "GET")["calls"]
        puts = [call for call in calls if call["method"] == "PUT"]
        self.assertEqual(len(puts), 2)
        self.assertEqual(len(self.remote()), 3)
        self.assertEqual(plan.state, "scheduled")

    def test_media_that_take_their_time(self):
        self.control("hootsuite/limits", media_processing=3600)
        plan = self.new_plan(images=1)
        self.approve(plan)
        self.assertGreater(self.push(plan, later=False), 1)
        self.assertEqual(self.remote(), [])
        self.control("clock", advance=3700)
        self.let_time_pass(plan.sudo().post_ids)
        self.push(plan, rounds=2)
        self.assertEqual(len(self.remote()), 1)
        calls = self.control("calls", "GET")["calls"]
        self.assertEqual(len([call for call in calls if call["method"] == "PUT"]), 1)

    def test_own_text_for_a_profile(self):
        plan = self.new_plan((FACEBOOK, TWITTER))
        self.post_of(plan, TWITTER).with_user(self.author).own_text = "Short."
        self.approve(plan)
        self.push(plan, rounds=2)
        texts = {row["profile_id"]: row["text"] for row in self.remote()}
        self.assertEqual(texts, {FACEBOOK: plan.text, TWITTER: "Short."})

    # -- approval and rights --------------------------------------------------------------------

    def test_author_cannot_approve_his_own(self):
        plan = self.new_plan()
        plan.action_submit()
        with self.assertRaises(AccessError):
            plan.action_approve()
        own = self.new_plan().sudo()
        own.author_id = self.boss
        own.with_user(self.boss).action_submit()
        with self.assertRaises(UserError):
            own.with_user(self.boss).action_approve()
        self.account.approval = "own"
        own.with_user(self.boss).action_approve()
        self.assertEqual(own.phase, "approved")

    def test_no_approval_needed(self):
        self.account.approval = "none"
        plan = self.new_plan()
        plan.action_submit()
        self.assertEqual(plan.phase, "approved")

    def test_managers_are_asked(self):
        plan = self.new_plan()
        plan.action_submit()
        self.assertIn(self.boss, plan.activity_ids.user_id)
        plan.with_user(self.boss).action_reject()
        self.assertEqual(plan.state, "draft")
        self.assertEqual(plan.activity_ids.user_id, self.author)

    def test_state_is_not_written_by_people(self):
        plan = self.new_plan()
        with self.assertRaises(AccessError):
            plan.write({"phase": "approved"})
        with self.assertRaises(AccessError):
            plan.create({"text": "x", "phase": "approved", "integration_id": self.account.id})
        post = plan.post_ids
        for values in ({"state": "approved"}, {"wanted": "scheduled"}, {"hootsuite_id": "1"}):
            with self.assertRaises(AccessError):
                post.write(values)

    def test_others_posts_are_not_ours_to_change(self):
        plan = self.new_plan().with_user(self.boss)
        other = self.author.copy({"login": "post.other"})
        with self.assertRaises(AccessError):
            plan.with_user(other).write({"text": "Mine now"})
        with self.assertRaises(AccessError):
            plan.with_user(other).action_submit()

    def test_files_that_the_author_may_not_read(self):
        secret = self.env["ir.attachment"].create(
            {"name": "secret.png", "raw": PIXEL, "res_model": "ir.cron", "res_id": 1}
        )
        plan = self.new_plan()
        with self.assertRaises(AccessError):
            plan.write({"attachment_ids": [(4, secret.id)]})

    # -- rules ------------------------------------------------------------------------------------

    def test_refused_before_it_is_sent(self):
        cases = [
            ((TWITTER,), {"text": "x" * 281}, "too long"),
            ((INSTAGRAM,), {}, "needs an image"),
            ((PINTEREST,), {"images": 1}, "board"),
            ((FACEBOOK,), {"text": ""}, "Write something"),
            ((FACEBOOK,), {"scheduled_at": fields.Datetime.now() - timedelta(1)}, "is over"),
            ((TWITTER,), {"images": 5}, "5 images; 4"),
            (("131000009",), {"images": 1}, "reconnected"),
        ]
        for refs, values, words in cases:
            plan = self.new_plan(refs, **values)
            with self.assertRaises(UserError) as caught:
                plan.action_submit()
            self.assertIn(words, str(caught.exception))
            self.assertEqual(plan.phase, "draft")

    def test_preview(self):
        plan = self.new_plan((TWITTER, INSTAGRAM), text="Look <b>here</b>", images=1)
        self.assertIn("/ 280", plan.previews)
        self.assertIn("Look &lt;b&gt;here&lt;/b&gt;", plan.previews)
        self.assertIn("cannot publish on this network", plan.previews)
        self.assertIn(f"/web/image/{plan.attachment_ids.id}/", plan.previews)
        self.assertEqual(plan.problem_count, 0)

    def test_pinterest_gets_its_board_and_no_tags(self):
        campaign = self.env["utm.campaign"].create({"title": "Spring"})
        plan = self.send(
            (PINTEREST, FACEBOOK),
            images=1,
            board="55",
            board_url="https://www.example.com",
            campaign_id=campaign.id,
        )
        tags = {row["profile_id"]: row["tags"] for row in self.remote()}
        self.assertEqual(tags, {PINTEREST: [], FACEBOOK: ["Spring"]})
        self.assertEqual(plan.state, "scheduled")

    # -- scheduled --------------------------------------------------------------------------------

    def test_scheduler_takes_over_where_no_job_runs(self):
        plan = self.new_plan()
        self.approve(plan)
        self.env.cr.execute("UPDATE hootsuite_post SET write_date = write_date - interval '1 hour'")
        self.env.invalidate_all()
        self.env["hootsuite.post"]._cron_push()
        self.assertEqual(len(self.remote()), 1)
        self.assertEqual(
            self.env["queue.job"].search_count([("model_name", "=", "hootsuite.post")]), 1
        )
