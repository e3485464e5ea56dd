"""The outbox of posts: what Odoo wants, and who brings it to Hootsuite.

The record itself says what is wanted (`wanted`), and how far it got (`push_state`, `attempts`). A save only
writes the wish; a job works out after the commit what differs and does one call at a time. How far it got
is committed before and after each call, so that whatever stops the job, nobody publishes twice.
"""

import logging
import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.connector_base import compat
from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.queue_job.exception import RetryableJobError

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x68706F73  # "hpos": our namespace of PostgreSQL advisory locks
JOB_SECONDS = 45.0
BUSY_SECONDS = 1.0
RUNNER_GRACE = 20  # seconds that a fresh wish is left to the job runner
LATE = 3600  # seconds after which a waiting wish is worth an alert


class HootsuitePost(models.Model):
    _inherit = "hootsuite.post"

    # -- wishing ----------------------------------------------------------------------------------

    def _want(self, wanted):
        """Write down what shall be at Hootsuite, and let a job bring it there after the commit."""
        if not self:
            return
        self.write(
            {
                "wanted": wanted,
                "push_state": "pending",
                "next_try_at": False,
                "tries": 0,
                "error": False,
                "remedy": False,
            }
        )
        self._push_enqueue()

    def _take_back(self, state="deleted"):
        """What is at Hootsuite, or may be, shall be gone; the rest stops at once."""
        for post in self.filtered(lambda post: post.state not in ("sent", "deleted")):
            if post.hootsuite_id or post.attempts or post.push_state == "sending":
                post.state = state
                post._want("deleted")
            else:
                post.write(
                    {
                        "state": state,
                        "wanted": "nothing",
                        "push_state": "idle",
                        "next_try_at": False,
                        "error": False,
                        "remedy": False,
                    }
                )

    def _push_again(self):
        """A person wants it tried again."""
        for post in self:
            if post.state in ("failed", "rejected") and post.wanted == "scheduled":
                values = {"state": "approved"}
                if post.hootsuite_id:
                    # Hootsuite gave this message up: a new one is made.
                    values["former_ids"] = [*(post.former_ids or []), post.hootsuite_id]
                    values["hootsuite_id"] = False
                    values["remote_state"] = False
                if not post.scheduled_at or post.scheduled_at <= fields.Datetime.now():
                    values["send_now"] = True
                post.write(values)
                post._want("scheduled")
            elif post.push_state in ("failed", "blocked", "pending"):
                post._want(post.wanted)

    @api.model
    def _push_unblock(self, integration):
        """The account is connected again: go on at once."""
        blocked = self.search(
            [("integration_id", "=", integration.id), ("push_state", "=", "blocked")]
        )
        for post in blocked:
            post._want(post.wanted)

    def _push_enqueue(self):
        # The superuser sends: the outbox and the account are not the saving user's business.
        self.with_user(SUPERUSER_ID).with_delay(
            priority=5, description=f"Hootsuite: bring {len(self)} posts there"
        )._job_push()

    # -- bringing -----------------------------------------------------------------------------------

    def _job_push(self):
        """Job: bring these posts to Hootsuite.

        :raises RetryableJobError: something must wait; the same job goes on then
        """
        wait = self._push_now(deadline=time.monotonic() + JOB_SECONDS)
        if wait is not None:
            raise RetryableJobError(
                "The rest goes on later.", seconds=max(int(wait), 1), ignore_retry=True
            )

    def _push_now(self, deadline=None):
        """Bring what is due of these posts.

        :param float deadline: `time.monotonic()` after which nothing new is begun
        :return: seconds until something of it should be tried again, None when nothing waits
        """
        waits = []
        for post_id in self.ids:
            if deadline is not None and time.monotonic() > deadline:
                waits.append(BUSY_SECONDS)
                break
            wait = self._push_one(post_id)
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)

    @api.model
    def _push_one(self, post_id):
        """Bring one post; one sender at a time for all posts of a plan, which share their files.

        :return: seconds to wait, None when nothing is left to do
        """
        with own_cursor(self.env) as lock_cr:
            mine = self.with_env(self.env(cr=lock_cr)).browse(post_id).exists()
            if not mine:
                return None
            subject = f"plan:{mine.plan_id.id}" if mine.plan_id else f"post:{post_id}"
            lock_cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (LOCK_CLASS, subject)
            )
            if not lock_cr.fetchone()[0]:
                return BUSY_SECONDS
            return self._bring(post_id)

    @api.model
    def _push_due_in(self, post_id):
        """Return seconds until the post is due (0: now), None when nothing is to be done."""

        def work(posts):
            post = posts.browse(post_id).exists()
            if not post or post.push_state not in ("pending", "sending"):
                return None
            if post.next_try_at and post.next_try_at > fields.Datetime.now():
                return (post.next_try_at - fields.Datetime.now()).total_seconds()
            return 0.0

        return self._push_transaction(work)

    @api.model
    def _push_transaction(self, work):
        """Do ``work(model on an own cursor)`` in one transaction; again when somebody else wrote the
        same records, for example a person who saves the post at this moment."""
        for attempt in range(1, 7):
            try:
                with own_cursor(self.env, read_committed=False) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                    result = work(self.with_env(env))
                    env.flush_all()
                return result
            except (psycopg2.OperationalError, psycopg2.IntegrityError):
                if attempt == 6:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None

    # -- scheduled ----------------------------------------------------------------------------------

    @api.model
    def _push_due(self):
        """Return the posts that no job took in time."""
        now = fields.Datetime.now()
        late = fields.Datetime.subtract(now, seconds=RUNNER_GRACE)
        return self.search(
            [
                ("push_state", "in", ("pending", "sending")),
                ("write_date", "<=", late),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", now),
            ],
            order="scheduled_at, id",
            limit=200,
        )

    @api.model
    def _cron_push(self):
        """Scheduled action, every minute: bring what no job brought; ask after what is overdue."""
        blocked = self.search(
            [
                ("push_state", "=", "blocked"),
                ("next_try_at", "<=", fields.Datetime.now()),
                ("integration_id.state", "=", "connected"),
            ],
            limit=200,
        )
        for post in blocked:
            post._want(post.wanted)
        due = self._push_due()
        left = due._push_now(deadline=time.monotonic() + JOB_SECONDS) if due else None
        if left is not None and left <= BUSY_SECONDS:
            self.env.ref("hootsuite_connector.ir_cron_hootsuite_post_push")._trigger()
        self._ask_overdue()
        self._push_watch()
        compat.cron_progress(self.env, len(due), 0)

    @api.model
    def _push_watch(self):
        """Tell the managers when something waits for very long."""
        late = fields.Datetime.subtract(fields.Datetime.now(), seconds=LATE)
        waiting = dict(
            self._read_group(
                [
                    ("push_state", "in", ("pending", "sending", "blocked")),
                    ("write_date", "<", late),
                ],
                ["integration_id"],
                ["__count"],
            )
        )
        for account in self.env["hootsuite.integration"].search([("state", "!=", "draft")]):
            if waiting.get(account):
                account._alert(
                    "posts_waiting",
                    self.env._(
                        "%(count)s posts have been waiting for Hootsuite for more than an hour.",
                        count=waiting[account],
                    ),
                    self.env._("Open Hootsuite > Posts > On Each Profile: each says its reason."),
                )
            else:
                account._alert_clear("posts_waiting")
