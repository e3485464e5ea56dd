"""Publishing with real transactions: what a killed worker leaves, what two workers do at once."""

from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.tests.common import CommittedCase, sandbox, use_new_key

from ..models.hootsuite_post_push import LOCK_CLASS
from .post_common import FACEBOOK, MANAGER, THREADS, USER, Control


@tagged("post_install", "-at_install")
class TestPostCommit(Control, CommittedCase):
    integration_model = "hootsuite.integration"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_new_key(cls)

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        self.control("reset")
        with self.committed() as env:
            account = env["hootsuite.integration"]._connector_provision_sandbox(self.info)
            self.account_id = account.id
        with self.committed() as env:
            account = env["hootsuite.integration"].browse(self.account_id)
            account.write({"sync_members": False, "approval": "none"})
        with self.committed() as env:
            for _job in range(10):
                env["hootsuite.mirror"]._run_job(self.account_id)
            self.author_id = new_test_user(env, "committed.author", groups=USER).id
            new_test_user(env, "committed.boss", groups=MANAGER)
        with self.committed() as env:
            env["queue.job"].search([("model_name", "=like", "hootsuite.%")]).unlink()

    def delete_leftovers(self):
        with self.committed() as env:
            env["hootsuite.post"].search([]).unlink()
            env["hootsuite.post.plan"].search([]).unlink()
            env["queue.job"].search([("model_name", "=like", "hootsuite.%")]).unlink()
        result = super().delete_leftovers()
        with self.committed() as env:
            users = env["res.users"].search([("login", "=like", "committed.%")])
            partners = users.partner_id
            env["mail.activity"].search([("user_id", "in", users.ids)]).unlink()
            users.unlink()
            partners.unlink()
        return result

    @contextmanager
    def transaction(self):
        """A connection of its own; what it did is only kept when the block commits it."""
        with self.registry.cursor() as cr:
            try:
                yield api.Environment(cr, SUPERUSER_ID, {})
            finally:
                cr.rollback()

    def new_plan(self, env, refs=(FACEBOOK,)):
        account = env["hootsuite.integration"].browse(self.account_id)
        profiles = env["hootsuite.profile"]._known(account, refs)
        plan = (
            env["hootsuite.post.plan"]
            .with_user(self.author_id)
            .create(
                {
                    "integration_id": account.id,
                    "profile_ids": [(6, 0, [profiles[ref].id for ref in refs])],
                    "text": "Committed",
                    "scheduled_at": fields.Datetime.now() + timedelta(days=2),
                }
            )
        )
        plan.action_submit()
        return plan.sudo()

    def age(self, seconds=300):
        """Let attempts have begun earlier, and waits be over."""
        with self.committed() as env:
            for post in env["hootsuite.post"].search([]):
                post.write(
                    {
                        "next_try_at": False,
                        "attempts": [
                            {
                                **attempt,
                                "begun": fields.Datetime.to_string(
                                    fields.Datetime.to_datetime(attempt["begun"])
                                    - timedelta(seconds=seconds)
                                ),
                            }
                            for attempt in post.attempts or []
                        ]
                        or False,
                    }
                )
        with self.committed() as env:
            env.cr.execute(
                "UPDATE hootsuite_post SET write_date = write_date - interval '5 minutes'"
            )

    def test_nothing_is_sent_before_the_commit(self):
        with self.transaction() as env:
            self.new_plan(env)
            env.flush_all()
        with self.committed() as env:
            self.assertFalse(env["hootsuite.post"].search([]))
            self.assertFalse(env["queue.job"].search([("model_name", "=", "hootsuite.post")]))
        self.assertEqual(self.posted(), [])
        with self.committed() as env:
            self.new_plan(env)
        self.assertEqual(self.posted(), [])
        with self.committed() as env:
            (job,) = env["queue.job"].search([("model_name", "=", "hootsuite.post")])
            self.assertEqual(job.channel, "root.connector.realtime")
            env["hootsuite.post"].search([])._push_now()
        self.assertEqual(len(self.remote()), 1)

    def test_killed_between_the_answer_and_the_save(self):
        """The mark says that a call had begun: Hootsuite is searched before it is repeated."""
        with self.committed() as env:
            plan_id = self.new_plan(env, (FACEBOOK, THREADS)).id
        with self.committed() as env:
            posts = env["hootsuite.post"].search([("plan_id", "=", plan_id)])
            for post in posts:
                # What a worker does until it is killed: mark, call, and no more.
                step = post._push_prepare()
                post._push_mark(step, fields.Datetime.now())
                env.flush_all()
                env.cr.commit()
                post._post_client(step).schedule(step.draft)
        self.assertEqual(len(self.remote()), 2)
        self.age()
        with self.committed() as env:
            env["hootsuite.post"]._cron_push()
        with self.committed() as env:
            posts = env["hootsuite.post"].search([("plan_id", "=", plan_id)])
            self.assertEqual(
                set(posts.mapped("hootsuite_id")), {row["id"] for row in self.remote()}
            )
            self.assertEqual(set(posts.mapped("state")), {"scheduled"})
        self.assertEqual((len(self.remote()), len(self.posted())), (2, 2))

    def test_killed_before_the_call(self):
        with self.committed() as env:
            self.new_plan(env)
        with self.committed() as env:
            post = env["hootsuite.post"].search([])
            post._push_mark(post._push_prepare(), fields.Datetime.now())
        self.age()
        with self.committed() as env:
            env["hootsuite.post"]._cron_push()
        self.assertEqual((len(self.remote()), len(self.posted())), (1, 1))

    def test_two_workers_at_once(self):
        """The second one steps back and says when to come again."""
        with self.committed() as env:
            post_id = env["hootsuite.post"].browse(self.new_plan(env).post_ids.ids).id
        with self.transaction() as env:
            plan = env["hootsuite.post"].browse(post_id).plan_id
            env.cr.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (LOCK_CLASS, f"plan:{plan.id}")
            )
            with self.committed() as other:
                self.assertEqual(other["hootsuite.post"].browse(post_id)._push_now(), 1.0)
            self.assertEqual(self.posted(), [])
        with self.committed() as env:
            self.assertIsNone(env["hootsuite.post"].browse(post_id)._push_now())
        self.assertEqual(len(self.posted()), 1)

    def test_withdrawn_while_it_is_being_sent(self):
        """The author's wish during the call is done after it: the message goes again."""
        with self.committed() as env:
            plan_id = self.new_plan(env).id
        with self.committed() as env:
            post = env["hootsuite.post"].search([])
            step = post._push_prepare()
            post._push_mark(step, fields.Datetime.now())
        with self.committed() as env:
            plan = env["hootsuite.post.plan"].with_user(self.author_id).browse(plan_id)
            plan.action_cancel()
        with self.committed() as env:
            post = env["hootsuite.post"].search([])
            made = post._post_client(step).schedule(step.draft)
        with self.committed() as env:
            env["hootsuite.post"].search([])._placed(made[0], step)
        with self.committed() as env:
            env["hootsuite.post"].search([])._push_now()
        self.assertEqual(self.remote(), [])
        with self.committed() as env:
            self.assertEqual(env["hootsuite.post"].search([]).state, "deleted")
