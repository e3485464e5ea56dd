import secrets

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import compat
from ..core.errors import ConnectorError
from ..core.redaction import redact
from ..cursors import own_cursor
from .connector_secret import MASK, secret_field

# Fields that the connection itself moves; a change of any other one is a change of settings.
NOT_SETTINGS = {
    "state",
    "state_message",
    "connected_at",
    "connected_by",
    "token_expires_at",
    "last_verified_at",
}


def plain_words(exc):
    """Return what a person should read of ``exc``: what happened and what to do."""
    if not isinstance(exc, ConnectorError):
        return f"{type(exc).__name__}: {redact(str(exc))}"
    return f"{exc.message} {exc.remedy}".strip()


def set_integration_names(records):
    """Fill ``integration_name`` of records with ``integration_model`` and ``integration_id``."""
    for (model, res_id), same in records.grouped(
        lambda record: (record.integration_model, record.integration_id)
    ).items():
        name = False
        if model in records.env:
            # sudo: the name of an account is no secret to those who may see what came of it.
            name = records.env[model].sudo().browse(res_id).exists().display_name
        same.integration_name = name


def user_error(exc):
    """Turn a :class:`ConnectorError` into what Odoo shows in a dialog."""
    return UserError(f"{exc.message}\n\n{exc.remedy}".strip())


class ConnectorIntegration(models.AbstractModel):
    """One account at a vendor. Products inherit it into a model of their own, see DEVELOP.md."""

    _name = "connector.integration"
    _description = "Connector Integration"
    _inherit = ["mail.thread"]

    # XML id of the group that manages the product's integrations and hears of its alerts.
    _connector_manager_group = "connector_base.group_connector_manager"
    # Path of the product's webhook route, without key.
    _connector_webhook_route = None
    # Signed deliveries taken per minute and server process before 429.
    _connector_intake_per_minute = 30_000

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, tracking=True
    )
    state = fields.Selection(
        [
            ("draft", "Not Connected"),
            ("connected", "Connected"),
            ("reconnect", "Reconnect Needed"),
            ("error", "Error"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    state_message = fields.Char(string="Status Detail", readonly=True, copy=False)
    environment = fields.Selection(
        [("production", "Production"), ("sandbox", "Sandbox")],
        default="production",
        required=True,
        help="Sandbox talks to a local imitation of the vendor instead of the vendor.",
    )
    sandbox_url = fields.Char(string="Sandbox Address", copy=False)
    webhook_key = fields.Char(
        required=True,
        copy=False,
        index=True,
        default=lambda self: secrets.token_urlsafe(24),
        groups="connector_base.group_connector_diagnostics",
    )
    webhook_url = fields.Char(
        string="Webhook Address",
        compute="_compute_webhook_url",
        groups="connector_base.group_connector_diagnostics",
        help="Enter this address at the vendor as the receiver of events.",
    )
    webhook_secret = secret_field(
        "Webhook Secret",
        help="Proves that an event comes from the vendor. Without it no event is accepted. After a"
        " change the old one stays valid until you drop it, so that no event is lost meanwhile.",
    )
    has_previous_webhook_secret = fields.Boolean(compute="_compute_has_previous_webhook_secret")
    redirect_uri = fields.Char(
        string="Redirect Address",
        default=lambda self: self._default_redirect_uri(),
        copy=False,
        help="Enter exactly this address in the vendor's app as its OAuth redirect address.",
    )
    connected_at = fields.Datetime(string="Connected On", readonly=True, copy=False)
    connected_by = fields.Many2one("res.users", readonly=True, copy=False)
    token_expires_at = fields.Datetime(
        string="Access Valid Until",
        readonly=True,
        copy=False,
        help="For information: access is renewed by itself before this time.",
    )
    last_verified_at = fields.Datetime(string="Last Successful Check", readonly=True, copy=False)
    last_event_at = fields.Datetime(string="Last Event", compute="_compute_last_event_at")
    last_bad_signature_at = fields.Datetime(
        string="Last Refused Event", compute="_compute_last_bad_signature_at"
    )
    breaker_state = fields.Selection(
        [("closed", "Normal"), ("open", "Paused"), ("half_open", "Testing")],
        string="Calls to the Vendor",
        compute="_compute_breaker_state",
        help="Calls pause by themselves while the vendor does not answer.",
    )
    event_count = fields.Integer(string="Events", compute="_compute_counts")
    dead_count = fields.Integer(string="Events That Need You", compute="_compute_counts")
    call_count = fields.Integer(string="Calls (24 h)", compute="_compute_counts")
    alert_count = fields.Integer(string="Open Alerts", compute="_compute_counts")

    _webhook_key_unique = compat.Constraint(
        "UNIQUE (webhook_key)", "Another integration has this webhook key."
    )

    def _valid_field_parameter(self, field, name):
        return name == "connector_secret" or super()._valid_field_parameter(field, name)

    # -- hooks of a product ------------------------------------------------------------------

    @api.model
    def _connector_vendor(self):
        """Return the vendor's name in lower case, such as ``"zoom"``."""
        raise NotImplementedError

    def _oauth2_endpoints(self):
        """Return the :class:`core.oauth2.OAuth2Endpoints` of the account's environment."""
        raise NotImplementedError

    def _oauth2_grant(self):
        """Return ``"authorization_code"``, or ``(grant_type, params)`` of a grant that can be asked
        for at any time, such as ``("account_credentials", {"account_id": ...})``."""
        return "authorization_code"

    @api.model
    def _oauth2_routes(self):
        """Return ``(start, callback)``, the paths of the product's OAuth controller."""
        raise NotImplementedError

    def _oauth2_credentials(self):
        """Return ``(client_id, client_secret)``."""
        return self.client_id or "", self._secret_get("client_secret") or ""

    @api.model
    def _oauth2_scopes(self):
        """Return the scopes to ask for, for vendors that take them in the address."""
        return ()

    @api.model
    def _oauth2_pkce(self):
        """Return whether the vendor takes PKCE."""
        return True

    def _allowed_hosts(self):
        """Return the hosts that may be called."""
        raise NotImplementedError

    def _api_base_url(self):
        """Return the address that paths of calls are appended to."""
        raise NotImplementedError

    def _connector_classify(self, response):
        """Return the typed error of an answer, or None; see ``core.http_client``."""
        return

    @api.model
    def _connector_known_event(self, event_type):
        """Return whether events of this type are handled; others are stored as ignored."""
        raise NotImplementedError

    def _connector_parse(self, event_type, payload):
        """Return ``(fact, issues)``: a typed object and the :class:`core.facts.Issue` found.

        :raises PayloadError: essential data is missing; the event goes to quarantine
        """
        raise NotImplementedError

    def _connector_apply(self, event_type, pairs):
        """Make records of events of one type, all together.

        Must be commutative (late, doubled and reordered events end in the same records) and may be
        called again for the same events: it runs in a savepoint that is rolled back on any error.

        :param pairs: list of ``(connector.event record, fact)`` in the order of vendor time
        :return: None or ``{event id: note}``; a note that begins with "ignored: " marks the event
            as ignored
        """
        raise NotImplementedError

    def _connector_verify(self):
        """Make one cheap call and return in plain words what it showed."""
        raise NotImplementedError

    @api.model
    def _connector_provision_sandbox(self, info):
        """Find or create the integration of the local sandbox, set its credentials, connect."""
        raise NotImplementedError

    # -- changes -----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        names = set(self._secret_names())
        plain = [{k: v for k, v in vals.items() if k not in names} for vals in vals_list]
        integrations = super().create(plain)
        for integration, vals in zip(integrations, vals_list, strict=True):
            integration._store_secrets({k: v for k, v in vals.items() if k in names})
        self.env.registry.clear_cache()
        return integrations

    def write(self, vals):
        settings = sorted(set(vals) - NOT_SETTINGS)
        secret_names = set(self._secret_names())
        if settings:
            shown = {name: "***" if name in secret_names else str(vals[name]) for name in settings}
            changed = [name for name in settings if vals[name] != MASK]
            if changed:
                for integration in self:
                    self.env["connector.api.log"]._insert(
                        self.env.cr,
                        integration,
                        {
                            "kind": "config",
                            "route": f"changed: {', '.join(changed)}",
                            "request": redact({name: shown[name] for name in changed}),
                        },
                    )
        result = super().write({k: v for k, v in vals.items() if k not in secret_names})
        self._store_secrets({k: v for k, v in vals.items() if k in secret_names})
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        owners = list(self.ids)
        self.env["connector.secret"]._secret_forget(self)
        for model in (
            "connector.data.issue",
            "connector.event",
            "connector.checkpoint",
            "connector.cache",
            "connector.alert",
        ):
            # sudo: what belongs to the account goes with it, whoever may delete the account.
            self.env[model].sudo().search(
                [("integration_model", "=", self._name), ("integration_id", "in", owners)]
            ).unlink()
        self.env["connector.breaker"].sudo().search(  # sudo: as above
            [("res_model", "=", self._name), ("res_id", "in", owners)]
        ).unlink()
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def copy_data(self, default=None):
        """A copy has another name and no secret, key or connection."""
        rows = super().copy_data(default)
        for integration, values in zip(self, rows, strict=True):
            if not (default or {}).get("name"):
                values["name"] = self.env._("%(name)s (copy)", name=integration.name)
        return rows

    # -- state and alerts --------------------------------------------------------------------

    def _connector_store(self, values):
        """Write columns of the integration on an own cursor, so that a rollback cannot lose them.

        When the present transaction itself holds or made the row, it is written there instead:
        waiting for oneself would never end.

        After it, do not ``write`` the same record in the same transaction: it would not see the
        change and fail as a concurrent update.

        :param values: ``{stored column: value}``
        """
        self.ensure_one()
        columns = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()
        )
        query = SQL("UPDATE %s SET %s WHERE id = %s", SQL.identifier(self._table), columns, self.id)
        # What waits to be written goes first: later it would meet a row that changed meanwhile.
        self.flush_recordset()
        try:
            with own_cursor(self.env, lock_timeout=1) as cr:
                cr.execute(query)
                stored = cr.rowcount == 1
        except LockNotAvailable:
            stored = False
        if not stored:
            self.env.cr.execute(query)
        self.invalidate_recordset(list(values))

    def _mark_reconnect(self, reason):
        """The authorization is lost: say so, stop trusting it, tell the managers."""
        self.ensure_one()
        self._connector_store({"state": "reconnect", "state_message": reason})
        self.env["connector.api.log"]._log_audit(self, "token", "reconnect needed", error=reason)
        self._alert(
            "auth_lost",
            reason,
            self.env._("Open the integration and press Connect to authorize again."),
        )

    def _alert(self, cause, message, remedy=""):
        """Open or count the alert of ``cause`` (a word for programs, such as ``auth_lost``)."""
        self.ensure_one()
        self.env["connector.alert"]._raise(self, cause, message, remedy)

    def _alert_clear(self, cause):
        """Close the alert of ``cause``: it is gone."""
        self.ensure_one()
        self.env["connector.alert"]._clear(self, cause)
