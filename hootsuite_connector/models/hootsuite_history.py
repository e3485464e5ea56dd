"""Old events and old runs: what is kept of them, and for how long."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint, cron_progress

from ..adapters.inbox import FAILURE_EVENT

# Runs older than this are summed up by month; connector_base deletes them after half a year.
ARCHIVE_AFTER_DAYS = 60
BATCH = 1000


class HootsuiteHistory(models.Model):
    """Synchronizations of one kind in one month, summed up: the archive of old sync runs."""

    _name = "hootsuite.history"
    _description = "Hootsuite Sync History"
    _order = "month desc, kind"
    _rec_name = "kind"

    integration_id = fields.Many2one(
        "hootsuite.integration", "Hootsuite account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    kind = fields.Char("What", required=True, readonly=True)
    month = fields.Date(required=True, readonly=True)
    runs = fields.Integer(readonly=True)
    failed_runs = fields.Integer(readonly=True)
    created = fields.Integer("New", readonly=True)
    updated = fields.Integer("Changed", readonly=True)
    failed = fields.Integer("Failed Records", readonly=True)
    api_calls = fields.Integer("Calls", readonly=True)
    seconds = fields.Float("Duration (s)", readonly=True)

    _month_unique = Constraint(
        "UNIQUE (integration_id, kind, month)", "A month is summed up once per kind."
    )

    @api.model
    def _cron_archive(self):
        """Scheduled action, daily: sum up old runs and delete them; delete events that nobody
        looked after within the time for which messages are kept."""
        limit = fields.Datetime.now() - timedelta(days=ARCHIVE_AFTER_DAYS)
        remaining = 0
        # Archived accounts, too: what they left behind grows old as well.
        accounts = self.env["hootsuite.integration"].with_context(active_test=False)
        for integration in accounts.search([("id", "!=", False)]):
            remaining += self._archive_runs(integration, limit)
            self._close_import_alert(integration)
            if integration.keep_days:
                self._drop_events(
                    integration, fields.Datetime.now() - timedelta(days=integration.keep_days)
                )
        cron_progress(self.env, BATCH, remaining)

    @api.model
    def _close_import_alert(self, integration):
        """Close the alert about contact data when Hootsuite has not complained for a week."""
        week_ago = fields.Datetime.now() - timedelta(days=7)
        recent = self.env["connector.event"].search_count(
            [
                ("integration_model", "=", integration._name),
                ("integration_id", "=", integration.id),
                ("event_type", "=", FAILURE_EVENT),
                ("last_delivery_at", ">=", week_ago),
            ],
            limit=1,
        )
        if not recent:
            integration._alert_clear("crm_import")

    @api.model
    def _archive_runs(self, integration, limit):
        """Sum up one batch of finished runs that began before ``limit``.

        :return: 1 when more are left, else 0
        """
        # One statement: a run is either still a run or part of a sum, whatever interrupts.
        self.env.cr.execute(
            SQL(
                """
                WITH old AS (
                    DELETE FROM connector_sync_run WHERE id IN (
                        SELECT id FROM connector_sync_run
                         WHERE integration_model = %(model)s AND integration_id = %(id)s
                           AND state <> 'running' AND started_at < %(limit)s
                         ORDER BY started_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
                    RETURNING *
                ), sums AS (
                    SELECT kind, date_trunc('month', started_at)::date AS month, count(*) AS runs,
                           count(*) FILTER (WHERE state = 'failed') AS failed_runs,
                           sum(created) AS created, sum(updated) AS updated,
                           sum(failed) AS failed, sum(api_calls) AS api_calls,
                           sum(COALESCE(EXTRACT(EPOCH FROM finished_at - started_at), 0))
                               AS seconds
                      FROM old GROUP BY 1, 2
                ), kept AS (
                    INSERT INTO hootsuite_history AS h (integration_id, company_id, kind, month,
                        runs, failed_runs, created, updated, failed, api_calls, seconds,
                        create_uid, create_date, write_uid, write_date)
                    SELECT %(id)s, %(company)s, kind, month, runs, failed_runs, created, updated,
                           failed, api_calls, seconds, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                           now() AT TIME ZONE 'UTC'
                      FROM sums
                    ON CONFLICT (integration_id, kind, month) DO UPDATE SET
                        runs = h.runs + excluded.runs,
                        failed_runs = h.failed_runs + excluded.failed_runs,
                        created = h.created + excluded.created,
                        updated = h.updated + excluded.updated,
                        failed = h.failed + excluded.failed,
                        api_calls = h.api_calls + excluded.api_calls,
                        seconds = h.seconds + excluded.seconds,
                        write_date = excluded.write_date
                )
                SELECT count(*) FROM old
                """,
                model=integration._name,
                id=integration.id,
                company=integration.company_id.id,
                limit=limit,
                batch=BATCH,
                uid=self.env.uid,
            )
        )
        (count,) = self.env.cr.fetchone()
        self.env["connector.sync.run"].invalidate_model()
        self.invalidate_model()
        return 1 if count == BATCH else 0

    @api.model
    def _drop_events(self, integration, limit):
        """Delete events whose last delivery was before ``limit``, also those that wait for a
        person: their payloads hold what people wrote."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM connector_event WHERE id IN (SELECT id FROM connector_event"
                " WHERE integration_model = %s AND integration_id = %s AND last_delivery_at < %s"
                " AND state NOT IN ('processing') ORDER BY id LIMIT %s)",
                integration._name,
                integration.id,
                limit,
                BATCH,
            )
        )
        self.env["connector.event"].invalidate_model()
