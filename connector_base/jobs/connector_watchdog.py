import datetime
import logging
import time

from odoo import api, fields, models

from .. import compat
from ..core.redaction import redact
from ..cursors import own_cursor

_logger = logging.getLogger(__name__)

CRON_BUDGET = 45.0
# Younger events are left to the job runner.
RUNNER_GRACE = datetime.timedelta(seconds=15)
RUNNER_DEAD_AFTER = datetime.timedelta(seconds=60)
BACKLOG_AFTER = datetime.timedelta(minutes=10)
RUN_DEAD_AFTER = datetime.timedelta(hours=2)


class ConnectorWatchdog(models.AbstractModel):
    """Every minute: drains what nobody drained, and says when the job runner is down.

    It does the whole work where no job runner exists (Odoo.sh, small servers).
    """

    _inherit = "connector.drain"

    @api.model
    def _cron_watchdog(self):
        """Scheduled action. Never raises: repeated failures would switch the schedule off."""
        deadline = time.monotonic() + CRON_BUDGET
        lanes = self._lanes_due()
        done = 0
        for lane in lanes:
            budget = deadline - time.monotonic()
            if budget <= 0:
                break
            try:
                run = self._run_lane(lane, budget)
            except Exception as exc:  # noqa: BLE001 (the other lanes must still be drained)
                _logger.warning(
                    "Draining lane %s failed: %s: %s", lane, type(exc).__name__, redact(str(exc))
                )
                run = None
            if run is None or not run.more:
                done += 1
        if done < len(lanes):
            self.env.ref("connector_base.ir_cron_watchdog")._trigger()
        # On a cursor of its own: the one of the scheduler does not see what was just drained.
        with own_cursor(self.env) as cr:
            now = self.with_env(self.env(cr=cr))
            now._watch_job_runner()
            now._watch_dead_letters()
            now._watch_backlog()
            now._watch_sync_runs()
        self.env["connector.metric"]._flush_due(force=True)
        compat.cron_progress(self.env, done, len(lanes) - done)

    @api.model
    def _lanes_due(self):
        """Return the lanes with work that no drain job took in time."""
        self.env.cr.execute(
            """
            SELECT lane FROM connector_event
            WHERE (state = 'received' AND received_at < %(late)s)
                OR (state = 'retry' AND next_try_at <= %(now)s)
                OR (state = 'processing' AND claimed_at < %(late)s)
            GROUP BY lane ORDER BY min(occurred_at)
            """,
            {
                "late": fields.Datetime.now() - RUNNER_GRACE,
                "now": fields.Datetime.now(),
            },
        )
        return [lane for (lane,) in self.env.cr.fetchall()]

    @api.model
    def _watch_job_runner(self):
        """Drain jobs that wait while no job at all was taken: the runner is down."""
        late = fields.Datetime.now() - RUNNER_DEAD_AFTER
        self.env.cr.execute(
            """
            SELECT count(*) FILTER (WHERE state IN ('pending', 'enqueued')
                    AND identity_key LIKE 'connector.drain:%%'
                    AND COALESCE(eta, date_created) < %(late)s) AS waiting,
                count(*) FILTER (WHERE date_started >= %(late)s) AS taken
            FROM queue_job WHERE state IN ('pending', 'enqueued') OR date_started >= %(late)s
            """,
            {"late": late},
        )
        waiting, taken = self.env.cr.fetchone()
        alerts = self.env["connector.alert"]
        if waiting and not taken:
            alerts._raise(
                None,
                "job_runner",
                self.env._(
                    "The job runner does not take jobs. Events are handled once a minute by the"
                    " scheduler instead of at once."
                ),
                self.env._(
                    "Start Odoo with --load=base,web,queue_job and workers, or accept the delay on"
                    " servers without job runner."
                ),
            )
        else:
            alerts._clear(None, "job_runner")

    @api.model
    def _watch_dead_letters(self):
        """Close the alerts about events whose events were replayed or ignored."""
        # sudo: the scheduler looks after all integrations.
        alerts = (
            self.env["connector.alert"]
            .sudo()
            .search([("state", "=", "open"), ("cause", "=", "dead_letters")])
        )
        for alert in alerts:
            if alert.integration_model in self.env:
                integration = self.env[alert.integration_model].browse(alert.integration_id)
                if integration.exists() and not integration.dead_count:
                    integration._alert_clear("dead_letters")

    @api.model
    def _watch_backlog(self):
        """Say so when events wait long although the drains run: there are too few workers."""
        self.env.cr.execute(
            "SELECT count(*), min(received_at) FROM connector_event"
            " WHERE state = 'received' AND attempts = 0 AND received_at < %s",
            (fields.Datetime.now() - BACKLOG_AFTER,),
        )
        count, oldest = self.env.cr.fetchone()
        alerts = self.env["connector.alert"]
        if count:
            alerts._raise(
                None,
                "backlog",
                self.env._(
                    "%(count)s event(s) wait to be handled, the oldest since %(oldest)s (UTC).",
                    count=count,
                    oldest=fields.Datetime.to_string(oldest),
                ),
                self.env._(
                    "If this does not get better by itself, give the channel"
                    " root.connector.realtime more capacity and Odoo more workers."
                ),
            )
        else:
            alerts._clear(None, "backlog")

    @api.model
    def _watch_sync_runs(self):
        """End the runs whose worker died: they would look as if they ran for ever."""
        # sudo: the scheduler looks after all runs.
        runs = self.env["connector.sync.run"].sudo()
        for run in runs.search(
            [
                ("state", "=", "running"),
                ("heartbeat_at", "<", fields.Datetime.now() - RUN_DEAD_AFTER),
            ]
        ):
            run._run_finish(
                run.id, "failed", self.env._("It gave no sign of life; its worker was stopped.")
            )
