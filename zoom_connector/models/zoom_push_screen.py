"""Buttons of the outbox, and the scheduled action that sends what no job sent."""

import time

from odoo import api, fields, models

from odoo.addons.connector_base import compat

from .zoom_push import BUSY_SECONDS, JOB_SECONDS

RUNNER_GRACE = 20  # seconds that a fresh change is left to the job runner
LATE = 3600  # seconds after which a waiting change is worth an alert
KEEP_DAYS = 30


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    def _retry(self):
        rows = self.filtered(lambda row: row.state in ("pending", "blocked", "failed"))
        for row in rows:
            meeting = row.meeting_id
            if row.holds and meeting.presence == "deleted":
                # Somebody decided: the meeting that was deleted in Zoom shall be made anew.
                meeting.calendar_target = meeting._calendar_target(meeting._invited_partners())
        rows.write(
            {"state": "pending", "next_try_at": False, "tries": 0, "holds": False, "error": False}
        )
        if rows:
            rows._enqueue()

    def action_retry(self):
        """Send these changes again, at once."""
        self.check_access("write")
        self.sudo()._retry()  # sudo: jobs are made by code

    def action_drop(self):
        """Give these changes up: Zoom keeps what it has, and the calendar follows Zoom again."""
        self.check_access("write")
        rows = self.sudo().filtered(
            lambda row: row.state not in ("sending", "done")
        )  # sudo: as above
        meetings = rows.meeting_id
        for row in rows:
            self.env["connector.api.log"]._log_audit(
                row.integration_id, "config", f"dropped: {row.action} of a meeting"
            )
        rows.unlink()
        meetings._sync_calendar()

    def action_open_event(self):
        """Open the calendar event."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "calendar.event",
            "res_id": self.event_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _due(self):
        """Return the rows that no job took in time."""
        now = fields.Datetime.now()
        late = fields.Datetime.subtract(now, seconds=RUNNER_GRACE)
        return self.search(
            [
                ("state", "in", ("pending", "sending")),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", now),
                ("write_date", "<=", late),
            ],
            order="priority, id",
            limit=500,
        )

    @api.model
    def _cron_push(self):
        """Scheduled action, every minute: send what no job sent; tell when something waits long."""
        self._unblock()
        due = self._due()
        left = self._push_now(due, deadline=time.monotonic() + JOB_SECONDS) if due else None
        if left is not None and left <= BUSY_SECONDS:
            self.env.ref("zoom_connector.ir_cron_zoom_push")._trigger()
        self._watch_late()
        self.env["calendar.event"]._zoom_invite_late()
        compat.cron_progress(self.env, len(due), 0)

    @api.model
    def _unblock(self):
        """Look now and then whether somebody has helped what waits for the account."""
        self.search(
            [
                ("state", "=", "blocked"),
                ("next_try_at", "<=", fields.Datetime.now()),
                "|",
                ("integration_id", "=", False),
                ("integration_id.state", "=", "connected"),
            ],
            limit=500,
        )._retry()

    @api.model
    def _watch_late(self):
        late = fields.Datetime.subtract(fields.Datetime.now(), seconds=LATE)
        waiting = dict(
            self._read_group(
                [("state", "in", ("pending", "sending", "blocked")), ("create_date", "<", late)],
                ["integration_id"],
                ["__count"],
            )
        )
        for account in self.env["zoom.integration"].search([("state", "!=", "draft")]):
            if waiting.get(account):
                account._alert(
                    "push_waiting",
                    self.env._(
                        "%(count)s changes of the calendar have been waiting for Zoom for more than "
                        "an hour.",
                        count=waiting[account],
                    ),
                    self.env._("Open Zoom > Outgoing Changes: each says what it waits for."),
                )
            else:
                account._alert_clear("push_waiting")

    @api.autovacuum
    def _gc_done(self):
        """Forget what was sent long ago."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        rows = self.sudo().search(  # sudo: housekeeping of all accounts
            [("state", "=", "done"), ("done_at", "<", limit)], limit=10_000
        )
        rows.unlink()
