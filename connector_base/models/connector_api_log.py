import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.redaction import redact
from ..cursors import own_cursor

_logger = logging.getLogger(__name__)

KEEP_DAYS = 30
VACUUM_BATCH = 10_000


class ConnectorApiLog(models.Model):
    """Every call to a vendor, life of tokens, changes of settings, looks at personal data.

    Rows about calls are written on their own cursor, so that they stay when the work is rolled back.
    """

    _name = "connector.api.log"
    _description = "Connector API Log"
    _order = "create_date desc, id desc"
    _rec_name = "route"

    kind = fields.Selection(
        [
            ("call", "API Call"),
            ("token", "Authorization"),
            ("config", "Settings Change"),
            ("access", "Data Access"),
        ],
        required=True,
        readonly=True,
        default="call",
    )
    integration_model = fields.Char(readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", readonly=True
    )
    integration_name = fields.Char(string="Integration", readonly=True)
    method = fields.Char(readonly=True)
    route = fields.Char(readonly=True, help="Path template of the call, or what happened.")
    path = fields.Char(readonly=True)
    status = fields.Integer(string="HTTP Status", readonly=True, aggregator=False)
    duration_ms = fields.Float(
        string="Duration (ms)", digits=(10, 1), readonly=True, aggregator="avg"
    )
    attempt = fields.Integer(readonly=True, aggregator=False)
    error = fields.Char(readonly=True)
    request = fields.Text(
        string="Request (redacted)",
        readonly=True,
        groups="connector_base.group_connector_diagnostics",
    )
    response = fields.Text(
        string="Response (redacted)",
        readonly=True,
        groups="connector_base.group_connector_diagnostics",
    )
    request_id = fields.Char(string="Vendor Request ID", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    create_date = fields.Datetime(string="Time", readonly=True, index=True)

    def init(self):
        """Index what the integration form counts and lists."""
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS connector_api_log_integration_idx"
            " ON connector_api_log (integration_model, integration_id, create_date DESC)"
        )
        return result

    @api.model
    def _insert(self, cr, integration, values):
        """Insert one row with ``cr``; ``values`` may leave anything out."""
        row = {
            "kind": "call",
            "method": None,
            "route": None,
            "path": None,
            "status": None,
            "duration_ms": None,
            "attempt": None,
            "error": None,
            "request": None,
            "response": None,
            "request_id": None,
            **values,
            "integration_model": integration._name,
            "integration_id": integration.id,
            "integration_name": integration._connector_cached_name(),
            "company_id": integration._connector_cached_company() or None,
            "user_id": self.env.uid,
            "create_uid": self.env.uid,
        }
        cr.execute(
            SQL(
                "INSERT INTO connector_api_log (%s, create_date)"
                " VALUES (%s, now() AT TIME ZONE 'UTC')",
                SQL(", ").join(SQL.identifier(name) for name in row),
                SQL(", ").join(SQL("%s", value or None) for value in row.values()),
            )
        )

    @api.model
    def _log_call(self, integration, record):
        """Keep one :class:`core.http_types.CallRecord`; committed at once."""
        with own_cursor(self.env) as cr:
            self._insert(
                cr,
                integration,
                {
                    "method": record.method,
                    "route": record.route,
                    "path": record.path,
                    "status": record.status,
                    "duration_ms": record.duration_ms,
                    "attempt": record.attempt,
                    "error": record.error,
                    "request": record.request_excerpt,
                    "response": record.response_excerpt,
                    "request_id": record.request_id,
                },
            )

    @api.model
    def _log_audit(self, integration, kind, text, error="", own=True):
        """Keep one audit line.

        :param kind: ``token``, ``config`` or ``access``
        :param own: commit at once on its own cursor; False ties it to the present transaction
        """
        values = {"kind": kind, "route": text, "error": redact(error) if error else None}
        if not own:
            self._insert(self.env.cr, integration, values)
            return
        with own_cursor(self.env) as cr:
            self._insert(cr, integration, values)

    @api.model
    def _log_sync_error(self, integration, what, exc):
        """Put a failure of background work into Odoo's own Logging screen and the server log.

        The text is redacted: exceptions of the database quote the data they choke on.
        """
        message = f"{what}: {type(exc).__name__}: {redact(str(exc))}"
        _logger.warning("%s,%s: %s", integration._name, integration.id, message)
        with own_cursor(self.env) as cr:
            # sudo: users have no rights on ir.logging, the entry is ours.
            self.env(cr=cr)["ir.logging"].sudo().create(
                {
                    "name": integration._name,
                    "type": "server",
                    "dbname": cr.dbname,
                    "level": "WARNING",
                    "message": message,
                    "path": "connector_base",
                    "func": what,
                    "line": str(integration.id),
                }
            )

    @api.autovacuum
    def _gc_old(self):
        """Delete old rows in batches, each in its own transaction."""
        while True:
            with own_cursor(self.env) as cr:
                cr.execute(
                    "DELETE FROM connector_api_log WHERE id IN (SELECT id FROM connector_api_log"
                    " WHERE create_date < now() AT TIME ZONE 'UTC' - %s * interval '1 day'"
                    " ORDER BY create_date LIMIT %s)",
                    (KEEP_DAYS, VACUUM_BATCH),
                )
                if cr.rowcount < VACUUM_BATCH:
                    return
