import threading
import time

from odoo import api, fields, models
from odoo.tools import SQL

from .. import compat
from ..cursors import own_cursor
from .connector_integration import set_integration_names

KEEP_DAYS = 400
FLUSH_SECONDS = 15.0

# A product adds its own figures with ``selection_add``.
NAMES = [
    ("api_ms", "Calls to the vendor (ms)"),
    ("api_errors", "Calls to the vendor that failed"),
    ("intake_ms", "Deliveries taken (ms)"),
    ("intake_limited", "Deliveries refused: too many"),
    ("bad_signature", "Deliveries refused: wrong signature"),
    ("no_secret", "Deliveries refused: no secret or no key"),
    ("bad_body", "Deliveries refused: not JSON"),
    ("event_lag_ms", "From delivery to record (ms)"),
    ("events_done", "Events done"),
    ("events_ignored", "Events ignored"),
    ("events_retry", "Events that wait"),
    ("events_dead", "Events given up"),
    ("events_quarantined", "Events quarantined"),
]

# What this process measured since its last flush: {(database, model, id, name): [count, total, max]}
_pending: dict[tuple, list] = {}
_pending_lock = threading.Lock()
_last_flush: dict[str, float] = {}


class ConnectorMetric(models.Model):
    """Figures per integration, name and hour: how often, how much together, the highest."""

    _name = "connector.metric"
    _description = "Connector Metric"
    _order = "hour desc, name"
    _log_access = False

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    name = fields.Selection(NAMES, string="Figure", required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True, index=True)
    count = fields.Integer(readonly=True)
    total = fields.Float(readonly=True)
    maximum = fields.Float(readonly=True, aggregator="max")
    integration_name = fields.Char(string="Integration", compute="_compute_integration_name")
    average = fields.Float(compute="_compute_average")
    last_at = fields.Datetime(string="Last Time", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    _key_unique = compat.Constraint(
        "UNIQUE (integration_model, integration_id, name, hour)",
        "A figure is kept once per integration and hour.",
    )

    @api.depends("integration_model", "integration_id")
    def _compute_integration_name(self):
        set_integration_names(self)

    @api.depends("count", "total")
    def _compute_average(self):
        for metric in self:
            metric.average = metric.total / metric.count if metric.count else 0.0

    @api.model
    def _record(self, integration, name, value=1.0, count=1):
        """Add to the present hour and commit at once, whatever becomes of the work around it."""
        self._write([(integration, name, count, value, value)])

    @api.model
    def _buffer(self, integration, name, value=1.0):
        """Add to this process's memory; written together every few seconds, by whichever call
        comes then. For figures on a hot path: what a killed process had not written is lost."""
        key = (self.env.cr.dbname, integration._name, integration.id, name)
        with _pending_lock:
            entry = _pending.setdefault(key, [0, 0.0, value])
            entry[0] += 1
            entry[1] += value
            entry[2] = max(entry[2], value)

    @api.model
    def _flush_due(self, force=False):
        """Write what :meth:`_buffer` gathered if it is time."""
        dbname, now = self.env.cr.dbname, time.monotonic()
        with _pending_lock:
            if not force and now - _last_flush.get(dbname, 0.0) < FLUSH_SECONDS:
                return
            _last_flush[dbname] = now
            mine = {key: _pending.pop(key) for key in list(_pending) if key[0] == dbname}
        rows = [
            (self.env[model].browse(res_id), name, count, total, maximum)
            for (_db, model, res_id, name), (count, total, maximum) in sorted(mine.items())
            if model in self.env
        ]
        if rows:
            self._write(rows)

    @api.model
    def _write(self, rows):
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s, date_trunc('hour', now() AT TIME ZONE 'UTC'), %s, %s, %s,"
                " now() AT TIME ZONE 'UTC', %s)",
                integration._name,
                integration.id,
                name,
                count,
                total,
                maximum,
                integration._connector_cached_company() or None,
            )
            for integration, name, count, total, maximum in rows
        )
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO connector_metric AS m (integration_model, integration_id, name,
                        hour, count, total, maximum, last_at, company_id)
                    VALUES %s
                    ON CONFLICT (integration_model, integration_id, name, hour) DO UPDATE SET
                        count = m.count + excluded.count,
                        total = m.total + excluded.total,
                        maximum = greatest(m.maximum, excluded.maximum),
                        last_at = excluded.last_at
                    """,
                    values,
                )
            )

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            "DELETE FROM connector_metric"
            " WHERE hour < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            (KEEP_DAYS,),
        )
