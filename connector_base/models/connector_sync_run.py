from odoo import api, fields, models
from odoo.tools import SQL

from ..core.redaction import redact
from ..cursors import own_cursor

KEEP_DAYS = 180
COUNTS = ("created", "updated", "unchanged", "failed", "api_calls")


class ConnectorSyncRun(models.Model):
    """One import or reconciliation: what it did, how it ended. Written on its own cursor, so that
    people see it while it runs and after it failed."""

    _name = "connector.sync.run"
    _description = "Connector Sync Run"
    _order = "started_at desc, id desc"
    _rec_name = "kind"
    _log_access = False

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    integration_name = fields.Char(string="Integration", readonly=True)
    kind = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("partial", "Done with Failures"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
    finished_at = fields.Datetime(string="Finished", readonly=True)
    heartbeat_at = fields.Datetime(string="Last Sign of Life", readonly=True)
    duration = fields.Float(string="Duration (s)", compute="_compute_duration")
    created = fields.Integer(readonly=True)
    updated = fields.Integer(readonly=True)
    unchanged = fields.Integer(readonly=True)
    failed = fields.Integer(readonly=True)
    api_calls = fields.Integer(string="API Calls", readonly=True)
    message = fields.Text(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @api.depends("started_at", "finished_at", "heartbeat_at")
    def _compute_duration(self):
        for run in self:
            end = run.finished_at or run.heartbeat_at
            run.duration = (end - run.started_at).total_seconds() if end else 0.0

    @api.model
    def _run_start(self, integration, kind):
        """Begin a run, visible at once.

        :param kind: what runs, in words people know ("Import", "Reconciliation")
        :return: id of the run
        """
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    "INSERT INTO connector_sync_run (integration_model, integration_id,"
                    " integration_name, kind, state, started_at, heartbeat_at, company_id, created,"
                    " updated, unchanged, failed, api_calls)"
                    " VALUES (%s, %s, %s, %s, 'running', now() AT TIME ZONE 'UTC',"
                    " now() AT TIME ZONE 'UTC', %s, 0, 0, 0, 0, 0) RETURNING id",
                    integration._name,
                    integration.id,
                    integration._connector_cached_name(),
                    kind,
                    integration._connector_cached_company() or None,
                )
            )
            return cr.fetchone()[0]

    @api.model
    def _run_progress(self, run_id, message=None, **counts):
        """Add to the counts (``created, updated, unchanged, failed, api_calls``) of a run."""
        unknown = set(counts) - set(COUNTS)
        if unknown:
            raise ValueError(f"unknown counts: {sorted(unknown)}")
        with own_cursor(self.env) as cr:
            self._update(cr, run_id, message, counts)

    @api.model
    def _run_finish(self, run_id, state=None, message=None, **counts):
        """End a run.

        :param state: ``done``, ``partial`` or ``failed``; by default judged by the failed count
        """
        with own_cursor(self.env) as cr:
            self._update(cr, run_id, message, counts)
            cr.execute(
                SQL(
                    "UPDATE connector_sync_run SET finished_at = now() AT TIME ZONE 'UTC',"
                    " state = COALESCE(%s, CASE WHEN failed > 0 THEN 'partial' ELSE 'done' END)"
                    " WHERE id = %s",
                    state,
                    run_id,
                )
            )

    @api.model
    def _update(self, cr, run_id, message, counts):
        changes = [SQL("heartbeat_at = now() AT TIME ZONE 'UTC'")]
        if message:
            changes.append(SQL("message = %s", redact(message)))
        for name, value in counts.items():
            column = SQL.identifier(name)
            changes.append(SQL("%s = %s + %s", column, column, value))
        cr.execute(
            SQL("UPDATE connector_sync_run SET %s WHERE id = %s", SQL(", ").join(changes), run_id)
        )

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            "DELETE FROM connector_sync_run"
            " WHERE started_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            (KEEP_DAYS,),
        )
