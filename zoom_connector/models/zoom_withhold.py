"""Making stored deliveries nameless, and the records of meetings that became confidential."""

import json
import logging
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.cursors import own_cursor

from .zoom_integration_privacy import PERSONAL

_logger = logging.getLogger(__name__)

PAGE = 500
# Whatever was being received or handled when the switch was turned has ended by then.
SETTLED = timedelta(minutes=3)


class ZoomWithhold(models.AbstractModel):
    """Background half of confidentiality: the inbox.

    The records are made nameless in the transaction that turns a meeting confidential. Stored
    deliveries are many and are written by others at the same time, so a job goes through them, and
    goes on looking until nothing can be under way any more that began before the switch.
    """

    _name = "zoom.withhold"
    _description = "Zoom Names Taken Out"

    @api.model
    def _enqueue(self):
        # sudo: whoever may turn the switch; the job works for all accounts.
        self.sudo().with_delay(
            identity_key="zoom.withhold", description="Zoom: take names out of deliveries"
        )._run_job()

    @api.model
    def _run_job(self):
        """Job and scheduled action: take the names out of whatever still holds some."""
        for model in ("zoom.meeting", "zoom.integration"):
            with own_cursor(self.env) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                waiting = [
                    (record.id, record.withhold_since)
                    for record in env[model].search([("withhold_since", "!=", False)], order="id")
                ]
            for record_id, since in waiting:
                try:
                    self._run_one(model, record_id, since)
                except psycopg2.OperationalError as exc:
                    # Deliveries are being handled at this moment: it stays marked, and the
                    # scheduled action comes back within a minute.
                    _logger.info("Taking names out of Zoom's deliveries waits: %s", exc.pgcode)

    @api.model
    def _run_one(self, model, record_id, since):
        """Go through the deliveries of one meeting or account; note when it is settled."""
        settled = fields.Datetime.now() - since > SETTLED
        if model == "zoom.meeting":
            with own_cursor(self.env, read_committed=False) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                meeting = env[model].browse(record_id).exists()
                if meeting.confidential:
                    meeting._withhold_records()
                account, zoom_ids = meeting.integration_id.id, [meeting.zoom_id]
                env.flush_all()
        else:
            account, zoom_ids = record_id, None
        last, changed = 0, 0
        while last is not None:
            with own_cursor(self.env) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                last, done = self.with_env(env)._page(account, zoom_ids, last)
                changed += done
        if changed:
            _logger.info("Names were taken out of %s deliveries of Zoom", changed)
        if settled:
            with own_cursor(self.env) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
                record = env[model].browse(record_id).exists()
                if record.withhold_since == since:
                    record.withhold_since = False
                    env.flush_all()

    @api.model
    def _page(self, account_id, zoom_ids, after):
        """Make one page of deliveries nameless.

        :return: (id of the last one looked at or None at the end, how many were changed)
        """
        account = self.env["zoom.integration"].browse(account_id).exists()
        if not account:
            return None, 0
        of_meeting = SQL("AND subject_key = ANY(%s)", zoom_ids) if zoom_ids else SQL("")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, event_type, subject_key, payload FROM connector_event
                 WHERE integration_model = 'zoom.integration' AND integration_id = %s
                   AND id > %s AND event_type LIKE ANY(%s) %s
                 ORDER BY id LIMIT %s FOR NO KEY UPDATE
                """,
                account.id,
                after,
                [f"{prefix}%" for prefix in PERSONAL],
                of_meeting,
                PAGE,
            )
        )
        if not rows:
            return None, 0
        internal_only, confidential = account._withheld_subjects({row[2] for row in rows} - {None})
        changed = 0
        for event_id, event_type, subject, text in rows:
            payload = json.loads(text or "null")
            if not isinstance(payload, dict):
                continue
            after_it = account._withhold_payload(
                event_type, payload, subject in confidential, internal_only
            )
            if after_it != payload:
                changed += 1
                self.env.cr.execute(
                    SQL(
                        "UPDATE connector_event SET payload = %s WHERE id = %s",
                        json.dumps(after_it, separators=(",", ":")),
                        event_id,
                    )
                )
        return rows[-1][0], changed

    @api.model
    def _cron_people(self):
        """Scheduled action, every minute: do what no job did."""
        self._run_job()
        self.env["zoom.registrant"]._cron_send()
        self.env["zoom.user"]._cron_tell_attendance()
