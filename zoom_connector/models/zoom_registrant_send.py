"""Decisions about registrations: taken in Odoo, carried out in Zoom.

The decision is stored on the registration and sent by a job after the commit. Before a decision whose
fate is unknown is sent again, Zoom's lists are read: what Zoom did already is not asked for twice.
"""

import time

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    Rejected,
    RemoteUnavailable,
    is_retryable,
)
from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.queue_job.exception import RetryableJobError

TARGETS = {"approve": "approved", "deny": "denied", "cancel": "cancelled"}
STATUSES = ("pending", "approved", "denied")
LOCK_CLASS = 0x7A726567  # "zreg": our namespace of PostgreSQL advisory locks
AT_ONCE = 30  # registrations in one call; small, so that one that Zoom refuses is found quickly
LONGEST_WAIT = 900  # seconds
RUNNER_GRACE = 20  # seconds that a fresh decision is left to the job runner
TRIES = 6


class ZoomRegistrant(models.Model):
    _inherit = "zoom.registrant"

    decision = fields.Selection(
        [("approve", "Approve"), ("deny", "Deny"), ("cancel", "Cancel")],
        readonly=True,
        copy=False,
        help="What Zoom has still to be told.",
    )
    decision_state = fields.Selection(
        [("pending", "On its way to Zoom"), ("failed", "Zoom was not told")],
        "Sending",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    decision_user_id = fields.Many2one("res.users", "Decided by", readonly=True, copy=False)
    decision_error = fields.Char("Why not", readonly=True, copy=False)
    decision_remedy = fields.Char("What to do", readonly=True, copy=False)
    decision_tries = fields.Integer(readonly=True, copy=False)
    decision_next_at = fields.Datetime("Next try", readonly=True, copy=False)
    decision_uncertain = fields.Boolean(
        readonly=True, copy=False, help="It was sent, and nobody knows what became of it."
    )
    may_decide = fields.Boolean(compute="_compute_may_decide")

    @api.depends_context("uid")
    @api.depends("meeting_id.user_id", "meeting_id.shared_user_ids")
    def _compute_may_decide(self):
        for row in self:
            meeting = row.meeting_id
            row.may_decide = meeting.is_mine or self.env.user in meeting.shared_user_ids

    # -- buttons -----------------------------------------------------------------------------------

    def action_approve(self):
        """Approve these registrations in Zoom."""
        return self._decide("approve")

    def action_deny(self):
        """Deny these registrations in Zoom."""
        return self._decide("deny")

    def action_cancel(self):
        """Cancel these registrations in Zoom."""
        return self._decide("cancel")

    def action_retry(self):
        """Tell Zoom again, at once."""
        failed = self._check_may_decide().filtered("decision_state")
        failed.write({"decision_state": "pending", "decision_next_at": False, "decision_tries": 0})
        failed._enqueue_decisions()

    def action_give_up(self):
        """Leave the registrations as Zoom has them."""
        self._check_may_decide()._clear_decision()

    def _check_may_decide(self):
        """Return the registrations for writing; raise AccessError unless the user may decide."""
        self.check_access("read")
        if not all(self.mapped("may_decide")):
            raise AccessError(
                self.env._(
                    "Only the host of the meeting, those it is shared with and Zoom managers "
                    "decide about registrations."
                )
            )
        # sudo: nobody may write registrations by hand; the right to decide was checked.
        return self.sudo()

    def _decide(self, action):
        rows = self._check_may_decide()
        wanted = rows.filtered(lambda row: row.status != TARGETS[action])
        if action != "cancel" and "cancelled" in wanted.mapped("status"):
            raise UserError(
                self.env._(
                    "A cancelled registration cannot be taken back; the person registers again."
                )
            )
        (rows - wanted).filtered("decision_state")._clear_decision()
        wanted.write(
            {
                "decision": action,
                "decision_state": "pending",
                "decision_user_id": self.env.uid,
                "decision_error": False,
                "decision_remedy": False,
                "decision_tries": 0,
                "decision_next_at": False,
            }
        )
        wanted._enqueue_decisions()

    def _clear_decision(self):
        self.write(
            {
                "decision": False,
                "decision_state": False,
                "decision_error": False,
                "decision_remedy": False,
                "decision_next_at": False,
                "decision_uncertain": False,
            }
        )

    def _enqueue_decisions(self):
        """Let one job per meeting send what waits, once the transaction is committed."""
        for meeting in self.meeting_id:
            # The superuser sends: the account is not the deciding user's business.
            self.env["zoom.registrant"].with_user(SUPERUSER_ID).with_delay(
                identity_key=f"zoom.registrant:{meeting.id}",
                description=f"Zoom: decisions about registrations ({meeting.topic})",
                priority=5,
            )._job_send(meeting.id)

    # -- sending -----------------------------------------------------------------------------------

    @api.model
    def _job_send(self, meeting_id):
        """Job: send the decisions about the registrations of one meeting.

        :raises RetryableJobError: something must wait; the same job goes on then
        """
        wait = self._send_meeting(meeting_id)
        if wait is not None:
            raise RetryableJobError(
                "Zoom gets the rest later.", seconds=max(int(wait), 1), ignore_retry=True
            )

    @api.model
    def _send_meeting(self, meeting_id):
        """Send what is due; one sender per meeting.

        :return: seconds to wait for the rest, None when nothing is left to do
        """
        with own_cursor(self.env) as lock_cr:
            lock_cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_CLASS, meeting_id))
            if not lock_cr.fetchone()[0]:
                return 2
            while batch := self._own_transaction(lambda model: model._claim_batch(meeting_id)):
                self._send_batch(batch)
        return self._own_transaction(lambda model: model._seconds_to_wait(meeting_id))

    @api.model
    def _own_transaction(self, work):
        """Do `work(self)` in one transaction; again when somebody else wrote the same rows."""
        for attempt in range(1, 7):
            try:
                with own_cursor(self.env, read_committed=False) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    result = work(self.with_env(env))
                    env.flush_all()
                return result
            except (psycopg2.OperationalError, psycopg2.IntegrityError):
                if attempt == 6:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None

    @api.model
    def _due_domain(self):
        return [
            ("decision_state", "=", "pending"),
            "|",
            ("decision_next_at", "=", False),
            ("decision_next_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _claim_batch(self, meeting_id):
        """Write down that some decisions are sent now.

        :return: None, or dict account, meeting, action, rows (ids), people, uncertain
        """
        due = self.search([("meeting_id", "=", meeting_id), *self._due_domain()], order="id")
        if not due:
            return None
        # One that was tried before goes alone, so that it does not hold up the others.
        first = due[0]
        rows = (
            first
            if first.decision_tries
            else due.filtered(
                lambda row: row.decision == first.decision and not row.decision_tries
            )[:AT_ONCE]
        )
        uncertain = any(rows.mapped("decision_uncertain"))
        rows.write({"decision_uncertain": True})
        return {
            "account": first.integration_id.id,
            "meeting": meeting_id,
            "zoom_id": first.meeting_id.zoom_id,
            "action": first.decision,
            "rows": rows.ids,
            "people": [(row.registrant_id, row.email or None) for row in rows],
            "uncertain": uncertain,
        }

    @api.model
    def _send_batch(self, batch):
        begun = int(time.time() * 1000)
        try:
            account = self.env["zoom.integration"].browse(batch["account"])
            if account.state != "connected":
                raise ConfigurationError(
                    self.env._("The Zoom account is not connected."),
                    remedy=self.env._("An administrator connects it, then press Retry."),
                )
            client = account._zoom_client()
            people = batch["people"]
            if batch["uncertain"]:
                people = self._not_yet_done(client, batch)
            if people:
                client.decide_registrants(batch["zoom_id"], batch["action"], people)
        except ConnectorError as exc:
            error = exc
            self._own_transaction(lambda model: model.browse(batch["rows"])._sending_failed(error))
            return
        self._own_transaction(
            lambda model: model.browse(batch["rows"])._sent(batch["action"], begun)
        )

    @api.model
    def _not_yet_done(self, client, batch):
        """Return those of the people for whom Zoom did not carry out the decision."""
        target = TARGETS[batch["action"]]
        found = {}
        for status in STATUSES:
            for registrant in client.registrants(batch["zoom_id"], status=status):
                found[registrant.registrant_id] = status
        # A cancelled registration is in no list any more.
        return [row for row in batch["people"] if found.get(row[0], "cancelled") != target]

    def _sent(self, action, at):
        """Zoom did it: keep the new state as one of Zoom's own statements."""
        rows = self.exists()
        for integration, mine in rows.grouped("integration_id").items():
            self._upsert(
                integration,
                [
                    (row.meeting_id, row.registrant_id, at, {"status": TARGETS[action]})
                    for row in mine
                ],
            )
        # Somebody may have decided otherwise while it was being sent; then that goes out now.
        rows.filtered(lambda row: row.decision == action)._clear_decision()
        (rows.filtered("decision")).write({"decision_uncertain": False})

    def _sending_failed(self, exc):
        rows = self.exists()
        unknown = isinstance(exc, RemoteUnavailable) and exc.maybe_executed
        for row in rows:
            tries = row.decision_tries + 1
            vals = {
                "decision_tries": tries,
                "decision_error": exc.message,
                "decision_remedy": exc.remedy or False,
                "decision_uncertain": unknown,
                "decision_state": "failed",
                "decision_next_at": False,
            }
            # Refused together: each is tried alone, because one of them may be the reason.
            again = isinstance(exc, Rejected) and len(rows) > 1
            if again or (is_retryable(exc) and tries < TRIES):
                wait = 0 if again else exc.retry_after or min(5 * 2**tries, LONGEST_WAIT)
                vals["decision_state"] = "pending"
                vals["decision_next_at"] = fields.Datetime.add(
                    fields.Datetime.now(), seconds=int(wait)
                )
            elif isinstance(exc, AuthError | ConfigurationError) and not exc.remedy:
                vals["decision_remedy"] = self.env._(
                    "An administrator looks at the Zoom account, then press Retry."
                )
            row.write(vals)

    @api.model
    def _seconds_to_wait(self, meeting_id):
        waiting = self.search([("meeting_id", "=", meeting_id), ("decision_state", "=", "pending")])
        if not waiting:
            return None
        now = fields.Datetime.now()
        return min(
            max(((row.decision_next_at or now) - now).total_seconds(), 1.0) for row in waiting
        )

    @api.model
    def _cron_send(self):
        """Scheduled action, every minute: send what no job sent."""
        late = fields.Datetime.subtract(fields.Datetime.now(), seconds=RUNNER_GRACE)
        due = self.search([*self._due_domain(), ("write_date", "<=", late)], limit=500)
        for meeting in due.meeting_id:
            self._send_meeting(meeting.id)
