"""What connector_base asks of a product, answered for Hootsuite."""

import time
from urllib.parse import urlsplit

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.connector_base.core.errors import ConfigurationError, ReconnectRequired
from odoo.addons.connector_base.core.oauth2 import OAuth2Endpoints
from odoo.addons.connector_base.cursors import own_cursor

from ..adapters import events as hootsuite_events
from ..client import HootsuiteClient, classify, quota

API_SERVER = "https://platform.hootsuite.com"
# Media are uploaded to presigned addresses of Amazon S3 (REST specification, "Media").
HOOTSUITE_HOSTS = ("platform.hootsuite.com", "*.amazonaws.com", "*.hootsuite.com")
SANDBOX_NAME = "Hootsuite Sandbox"
# From this share of the daily quota on the managers are told.
QUOTA_ALERT = 0.9
# Seconds between two tellings of one process; thousands of calls may follow.
QUOTA_ALERT_EVERY = 900.0

_quota_told: dict[tuple[str, int], float] = {}


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    @api.model
    def _connector_vendor(self):
        return "hootsuite"

    def _sandbox_root(self):
        """Return the sandbox's address with the path of its Hootsuite half."""
        root = (self.sandbox_url or "").rstrip("/")
        if not root:
            raise UserError(self.env._("Enter the address of the sandbox first."))
        return root if root.endswith("/hootsuite") else f"{root}/hootsuite"

    def _api_base_url(self):
        return self._sandbox_root() if self.environment == "sandbox" else API_SERVER

    def _oauth2_endpoints(self):
        # No revocation endpoint exists (discovery document, REST specification).
        root = self._api_base_url()
        return OAuth2Endpoints(
            authorize_url=f"{root}/oauth2/auth", token_url=f"{root}/oauth2/token", revoke_url=None
        )

    def _oauth2_grant(self):
        if self.app_kind == "organization_app":
            if not self.organization_ref:
                raise ConfigurationError(
                    self.env._("The organization ID is missing."),
                    remedy=self.env._("Enter the number of your organization at Hootsuite."),
                )
            return "organization_app", {"organization_id": self.organization_ref.strip()}
        return "authorization_code"

    @api.model
    def _oauth2_routes(self):
        return "/hootsuite/auth/start", "/hootsuite/auth/callback"

    def _oauth2_scopes(self):
        return tuple((self.scopes or "").split())

    def _allowed_hosts(self):
        if self.environment == "sandbox":
            return (urlsplit(self._sandbox_root()).hostname,)
        return HOOTSUITE_HOSTS

    def _connector_classify(self, response):
        self._note_quota(response)
        error = classify(response)
        if isinstance(error, ReconnectRequired) and self.state != "reconnect":
            # Whatever call finds out first: the app was uninstalled, its tokens are dead.
            self._token_forget()
            self._mark_reconnect(error.message)
        return error

    def _note_quota(self, response):
        """Keep what the headers of an answer say of the calls used today."""
        used, limit = quota(response)
        if used is None:
            return
        metrics = self.env["connector.metric"]
        metrics._buffer(self, "quota_used", used)
        limit = limit or self.daily_limit
        key = (self.env.cr.dbname, self.id)
        now = time.monotonic()
        due = now - _quota_told.get(key, -QUOTA_ALERT_EVERY) >= QUOTA_ALERT_EVERY
        if limit and used >= QUOTA_ALERT * limit and due:
            _quota_told[key] = now
            self._alert(
                "quota",
                self.env._(
                    "%(used)s of %(limit)s calls of today are used.", used=used, limit=limit
                ),
                self.env._(
                    "Nothing to do: work continues tomorrow. If it happens often, read less often or"
                    " fewer days."
                ),
            )

    @api.model
    def _connector_known_event(self, event_type):
        return event_type in hootsuite_events.KNOWN_EVENTS

    def _connector_parse(self, event_type, payload):
        return hootsuite_events.parse(event_type, payload)

    def _hootsuite_client(self, http=None):
        """Return the :class:`client.HootsuiteClient` of this account.

        :param http: another HTTP client than the account's own (one that counts)
        """
        self.ensure_one()
        return HootsuiteClient(http or self._http_client())

    def _connected(self):
        """Read everything once, as soon as there is access."""
        result = super()._connected()
        self._alert_clear("code_replay")
        if not self.last_mirror_at:
            self._sync_now()
        return result

    def _connector_verify(self):
        """Read the authorizing member, or what the organization app can see."""
        self.ensure_one()
        client = self._hootsuite_client()
        if self.app_kind == "organization_app":
            count = len(client.profiles())
            return self.env._(
                "Hootsuite answers: %(count)s social profiles can be read.", count=count
            )
        member = client.me()
        if self.member_ref != member.hootsuite_id:
            self._connector_store({"member_ref": member.hootsuite_id})
        return self.env._(
            "Hootsuite answers: authorized by %(name)s (%(email)s).",
            name=member.full_name or member.hootsuite_id,
            email=member.email or "-",
        )

    @api.model
    def _connector_provision_sandbox(self, info):
        """Find or create the integration of the local sandbox, set its credentials, connect.

        :param dict info: what the sandbox prints when it starts: base_url and, under "hootsuite",
            client_id, client_secret, organization_id, inbox_secret
        :return: the integration; empty when the sandbox has no Hootsuite half
        """
        half = info.get("hootsuite")
        if not half:
            return self.browse()
        values = {
            "environment": "sandbox",
            "sandbox_url": info.get("base_url") or info.get("sandbox_url"),
            "app_kind": "organization_app",
            "client_id": half.get("org_client_id") or half["client_id"],
            "client_secret": half.get("org_client_secret") or half["client_secret"],
            "organization_ref": str(half["organization_id"]),
            "webhook_secret": half["inbox_secret"],
            "crm_secret": half.get("crm_secret") or half["inbox_secret"],
            "platform_scheme": "token",
        }
        # Connecting writes the state on cursors of its own, so the account is committed before.
        with own_cursor(self.env, read_committed=False) as cr:
            mine = self.with_env(self.env(cr=cr))
            integration = mine.search([("name", "=", SANDBOX_NAME)], limit=1)
            if integration:
                integration.write(values)
            else:
                integration = mine.create({**values, "name": SANDBOX_NAME})
            mine.env.flush_all()
        with own_cursor(self.env, read_committed=False) as cr:
            mine = self.with_env(self.env(cr=cr)).browse(integration.id)
            mine.action_connect()
            mine.env.flush_all()
        return self.browse(integration.id)
