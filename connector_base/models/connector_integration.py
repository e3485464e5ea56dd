import datetime
import hashlib
import secrets

from psycopg2.errors import LockNotAvailable

from odoo import api, fields, models, tools
from odoo.exceptions import MissingError, UserError
from odoo.tools import SQL

from .. import compat, keyring
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
        string="Webhook Key",
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
        return None

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

    # -- computed fields ---------------------------------------------------------------------

    @api.model
    def _default_redirect_uri(self):
        return self.get_base_url() + self._oauth2_routes()[1]

    @api.depends("webhook_key")
    def _compute_webhook_url(self):
        for integration in self:
            route = integration._connector_webhook_route
            integration.webhook_url = (
                f"{integration.get_base_url()}{route}/{integration.webhook_key}" if route else False
            )

    def _secret_names(self):
        return [
            name
            for name, field in self._fields.items()
            if getattr(field, "connector_secret", False)
        ]

    def _compute_secret_fields(self):
        names = self._secret_names()
        for integration in self:
            known = set()
            if integration._origin.id:
                known = self.env["connector.secret"]._secret_known(integration._origin, names)
            for name in names:
                integration[name] = MASK if name in known else False

    def _inverse_secret_fields(self):
        names = self._secret_names()
        for integration in self:
            for name in names:
                value = integration[name]
                if value != MASK:
                    integration._secret_set(name, (value or "").strip())
        # Show the mask again: the answer to the browser must not carry the secret.
        self.invalidate_recordset(names)

    def _compute_has_previous_webhook_secret(self):
        for integration in self:
            integration.has_previous_webhook_secret = bool(
                integration._origin.id
                and self.env["connector.secret"]._secret_known(
                    integration._origin, ["webhook_secret_previous"]
                )
            )

    def _compute_last_event_at(self):
        for integration in self:
            # sudo: the time of the last event is no secret to those who may see the account.
            last = (
                self.env["connector.event"]
                .sudo()
                .search_fetch(
                    [
                        ("integration_model", "=", self._name),
                        ("integration_id", "=", integration._origin.id or 0),
                    ],
                    ["received_at"],
                    order="received_at DESC",
                    limit=1,
                )
            )
            integration.last_event_at = last.received_at

    def _compute_last_bad_signature_at(self):
        # sudo: as in _compute_last_event_at.
        groups = (
            self.env["connector.metric"]
            .sudo()
            ._read_group(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "in", self._origin.ids),
                    ("name", "=", "bad_signature"),
                ],
                ["integration_id"],
                ["last_at:max"],
            )
        )
        last = dict(groups)
        for integration in self:
            integration.last_bad_signature_at = last.get(integration._origin.id, False)

    def _compute_breaker_state(self):
        # sudo: as in _compute_last_event_at.
        breakers = (
            self.env["connector.breaker"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self._origin.ids)])
        )
        states = {breaker.res_id: breaker.state for breaker in breakers}
        for integration in self:
            integration.breaker_state = states.get(integration._origin.id, "closed")

    def _compute_counts(self):
        mine = [("integration_model", "=", self._name), ("integration_id", "in", self._origin.ids)]
        day_ago = fields.Datetime.now() - datetime.timedelta(days=1)

        def counts(model, *terms):
            # sudo: numbers only; the lists behind them follow the user's rights.
            groups = self.env[model].sudo()._read_group(
                mine + list(terms), ["integration_id"], ["__count"]
            )
            return dict(groups)

        events = counts("connector.event")
        dead = counts("connector.event", ("state", "in", ("dead", "quarantined")))
        calls = counts(
            "connector.api.log", ("kind", "=", "call"), ("create_date", ">=", day_ago)
        )
        alerts = counts("connector.alert", ("state", "=", "open"))
        for integration in self:
            key = integration._origin.id
            integration.event_count = events.get(key, 0)
            integration.dead_count = dead.get(key, 0)
            integration.call_count = calls.get(key, 0)
            integration.alert_count = alerts.get(key, 0)

    # -- secrets -----------------------------------------------------------------------------

    def _secret_get(self, name):
        """Return a secret in clear, or None. Server code only.

        :raises KeyUnavailable: see ``connector.secret``
        """
        self.ensure_one()
        return self.env["connector.secret"]._secret_get(self, name)

    def _secret_set(self, name, text):
        """Store or forget (empty text) a secret; a new webhook secret keeps the old one alive.

        :raises UserError: no encryption key, or one that does not fit what is stored
        """
        self.ensure_one()
        store = self.env["connector.secret"]
        try:
            if name == "webhook_secret":
                if text:
                    old = store._secret_get(self, name)
                    if old and old != text:
                        store._secret_set(self, "webhook_secret_previous", old)
                else:
                    store._secret_set(self, "webhook_secret_previous", None)
            store._secret_set(self, name, text)
        except ConnectorError as exc:
            raise user_error(exc) from exc
        self.env.registry.clear_cache()

    def action_drop_previous_webhook_secret(self):
        """Stop accepting the webhook secret that was replaced."""
        self.check_access("write")
        for integration in self:
            integration._secret_set("webhook_secret_previous", None)
            self.env["connector.api.log"]._log_audit(
                integration, "config", "previous webhook secret dropped", own=False
            )

    def _connector_webhook_secrets(self):
        """Return the live webhook secrets, newest first; kept in memory until one changes.

        :raises KeyUnavailable: see ``connector.secret``
        """
        self.ensure_one()
        # Part of the cache's key: when the key list changes, nothing decrypted before is used.
        where, text = keyring.source()
        stamp = hashlib.sha256(f"{where}\0{text}".encode()).digest()
        return self._connector_cached_secrets(stamp)

    @tools.ormcache("self.id", "stamp")
    def _connector_cached_secrets(self, stamp):
        found = (self._secret_get(name) for name in ("webhook_secret", "webhook_secret_previous"))
        return tuple(secret for secret in found if secret)

    # -- what the hot path needs to know, in memory ------------------------------------------

    @tools.ormcache("self.id")
    def _connector_cached_row(self):
        # sudo: background work of any user; name and company only.
        integration = self.sudo().exists()
        if not integration:
            raise MissingError(self.env._("This integration does not exist any more."))
        return integration.name, integration.company_id.id

    def _connector_cached_name(self):
        """Return the name, or False for an integration that is not (yet) committed."""
        try:
            return self._connector_cached_row()[0]
        except MissingError:
            return False

    def _connector_cached_company(self):
        """Return the id of the company, or False as :meth:`_connector_cached_name`."""
        try:
            return self._connector_cached_row()[1]
        except MissingError:
            return False

    @api.model
    def _connector_account(self, key=None):
        """Return the active integration a webhook is meant for, empty when there is none.

        :param key: from the address; without one the only active integration is meant
        """
        try:
            return self.browse(self._connector_cached_account(key or None))
        except MissingError:
            return self.browse()

    @api.model
    @tools.ormcache("key")
    def _connector_cached_account(self, key):
        # sudo: a webhook comes without a user. Unknown keys raise, so that a stranger's guesses
        # cannot push everything else out of the cache.
        domain = [("active", "=", True)] + ([("webhook_key", "=", key)] if key else [])
        found = self.sudo().search(domain, limit=2)
        if len(found) != 1:
            raise MissingError(self.env._("No such integration."))
        return found.id

    # -- changes -----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        integrations = super().create(vals_list)
        self.env.registry.clear_cache()
        return integrations

    def write(self, vals):
        settings = sorted(set(vals) - NOT_SETTINGS)
        if settings:
            secret_names = set(self._secret_names())
            shown = {
                name: "***" if name in secret_names else str(vals[name]) for name in settings
            }
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
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        owners = list(self.ids)
        self.env["connector.secret"]._secret_forget(self)
        for model in (
            "connector.data.issue",
            "connector.event",
            "connector.checkpoint",
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
        query = SQL(
            "UPDATE %s SET %s WHERE id = %s", SQL.identifier(self._table), columns, self.id
        )
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

    # -- smart buttons -----------------------------------------------------------------------

    def _connector_open(self, action, domain=()):
        self.ensure_one()
        result = self.env["ir.actions.act_window"]._for_xml_id(f"connector_base.{action}")
        result["domain"] = [
            ("integration_model", "=", self._name),
            ("integration_id", "=", self.id),
            *domain,
        ]
        result["context"] = {}
        return result

    def action_view_events(self):
        """List the events of this integration."""
        return self._connector_open("connector_event_action")

    def action_view_dead_events(self):
        """List the events that wait for a person."""
        return self._connector_open(
            "connector_event_action", [("state", "in", ["dead", "quarantined"])]
        )

    def action_view_calls(self):
        """List the calls of this integration."""
        return self._connector_open("connector_api_log_action")

    def action_view_alerts(self):
        """List the open alerts of this integration."""
        return self._connector_open("connector_alert_action", [("state", "=", "open")])
