from odoo import fields, models
from odoo.tools import SQL

from .. import compat
from ..core.breaker import BreakerState
from ..cursors import own_cursor


class ConnectorBreaker(models.Model):
    """Shared state of one integration's circuit breaker, written on its own cursor.

    Times are epoch seconds in double precision: the breaker compares them exactly.
    """

    _name = "connector.breaker"
    _description = "Connector Circuit Breaker"
    _rec_name = "res_model"
    _log_access = False

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    state = fields.Selection(
        [("closed", "Closed"), ("open", "Open"), ("half_open", "Testing")],
        required=True,
        readonly=True,
    )
    failures = fields.Integer(readonly=True)
    opened_at = fields.Float(readonly=True, digits=None)
    probe_at = fields.Float(readonly=True, digits=None)

    _owner_unique = compat.Constraint(
        "UNIQUE (res_model, res_id)", "An integration has one circuit breaker."
    )


class BreakerStorage:
    """:class:`core.breaker.BreakerStorage` over the table, each access in its own transaction."""

    def __init__(self, integration, on_change=None):
        self._env = integration.env
        self._owner = (integration._name, integration.id)
        self._on_change = on_change

    def load(self):
        """Return the committed state."""
        with own_cursor(self._env) as cr:
            return self._read(cr)

    def compare_and_save(self, old, new):
        """Replace ``old`` by ``new`` if it is still the state; tell whether it was."""
        with own_cursor(self._env) as cr:
            cr.execute(
                SQL(
                    "INSERT INTO connector_breaker (res_model, res_id, state, failures)"
                    " VALUES (%s, %s, 'closed', 0) ON CONFLICT (res_model, res_id) DO NOTHING",
                    *self._owner,
                )
            )
            cr.execute(
                SQL(
                    "UPDATE connector_breaker"
                    " SET state = %s, failures = %s, opened_at = %s, probe_at = %s"
                    " WHERE res_model = %s AND res_id = %s AND state = %s AND failures = %s"
                    " AND opened_at IS NOT DISTINCT FROM %s AND probe_at IS NOT DISTINCT FROM %s",
                    new.state,
                    new.failures,
                    new.opened_at,
                    new.probe_at,
                    *self._owner,
                    old.state,
                    old.failures,
                    old.opened_at,
                    old.probe_at,
                )
            )
            saved = cr.rowcount == 1
        if saved and self._on_change and new.state != old.state:
            self._on_change(new)
        return saved

    def _read(self, cr):
        cr.execute(
            SQL(
                "SELECT state, failures, opened_at, probe_at FROM connector_breaker"
                " WHERE res_model = %s AND res_id = %s",
                *self._owner,
            )
        )
        row = cr.fetchone()
        return BreakerState(*row) if row else BreakerState()
