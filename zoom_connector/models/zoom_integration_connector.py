"""What connector_base asks of a product, answered for Zoom."""

from urllib.parse import urlsplit

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.connector_base.core.facts import Issue
from odoo.addons.connector_base.core.oauth2 import OAuth2Endpoints
from odoo.addons.connector_base.cursors import own_cursor

from ..adapters import events as zoom_events
from ..client.errors import classify
from ..client.zoom_client import ZoomClient

# Vendor page "OAuth 2.0": addresses of the authorization server and of the API.
AUTHORIZATION_SERVER = "https://zoom.us"
API_SERVER = "https://api.zoom.us"
# The global API server answers for every region (vendor page "API architecture").
ZOOM_HOSTS = ("zoom.us", "api.zoom.us")
SANDBOX_NAME = "Zoom Sandbox"


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    @api.model
    def _connector_vendor(self):
        return "zoom"

    def _sandbox_root(self):
        """Return the sandbox's address with the path of its Zoom half."""
        root = (self.sandbox_url or "").rstrip("/")
        if not root:
            raise UserError(self.env._("Enter the address of the sandbox first."))
        return root if root.endswith("/zoom") else f"{root}/zoom"

    def _oauth2_endpoints(self):
        root = AUTHORIZATION_SERVER
        if self.environment == "sandbox":
            root = self._sandbox_root()
        return OAuth2Endpoints(
            authorize_url=f"{root}/oauth/authorize",
            token_url=f"{root}/oauth/token",
            revoke_url=f"{root}/oauth/revoke",
        )

    def _oauth2_grant(self):
        if self.app_kind == "server_to_server":
            return "account_credentials", {"account_id": self.account_id or ""}
        return "authorization_code"

    @api.model
    def _oauth2_routes(self):
        return "/zoom_oauth/start", "/zoom_oauth/callback"

    def _allowed_hosts(self):
        if self.environment == "sandbox":
            return (urlsplit(self._sandbox_root()).hostname,)
        return ZOOM_HOSTS

    def _api_base_url(self):
        if self.environment == "sandbox":
            return f"{self._sandbox_root()}/v2"
        return f"{API_SERVER}/v2"

    def _connector_classify(self, response):
        return classify(response)

    @api.model
    def _connector_known_event(self, event_type):
        return event_type in zoom_events.KNOWN_EVENTS

    def _connector_parse(self, event_type, payload):
        return zoom_events.parse(event_type, payload)

    def _zoom_client(self):
        """Return the `ZoomClient` of this account."""
        self.ensure_one()
        return ZoomClient(self._http_client())

    def _connected(self):
        """Read everything once, as soon as there is access."""
        result = super()._connected()
        if not self.last_import_at:
            self.env["zoom.import"]._enqueue(self)
        return result

    def _connector_verify(self):
        """Read users, the way the account's app kind allows it."""
        self.ensure_one()
        client = self._zoom_client()
        if self.app_kind == "user_oauth":
            user = client.me()
            return self.env._(
                "Zoom answers: authorized by %(name)s (%(email)s).",
                name=user.name,
                email=user.email or "-",
            )
        count = 0
        for _user in client.users():
            count += 1
            if count >= 300:
                # The first page is enough to know that access works.
                break
        return self.env._("Zoom answers: %(count)s active users can be read.", count=count)

    def _report_unknown_hosts(self, users):
        """Raise a data issue for each host who has no Odoo user and was never read."""
        self.ensure_one()
        for user in users:
            if user.user_id:
                continue
            issue = Issue(
                field="host_id",
                message=self.env._(
                    "The host %(host)s of a meeting is not known. The meeting stands in the "
                    "calendar of %(owner)s.",
                    host=user.zoom_id,
                    owner=self.default_owner_id.name,
                ),
                remedy=self.env._(
                    "Press Import Now to read the users of the Zoom account, or open Zoom > "
                    "Configuration > User Mapping and choose the Odoo user of this host."
                ),
            )
            self.env["connector.data.issue"]._add(self, [issue], record=user)

    def _internal_identities(self, observations):
        """Return the Zoom ids and e-mails among `observations` that belong to the account."""
        self.ensure_one()
        ids = {
            seen.values["zoom_user_id"] for seen in observations if seen.values.get("zoom_user_id")
        }
        emails = {seen.values["email"] for seen in observations if seen.values.get("email")}
        users = (
            self.env["zoom.user"]
            .with_context(active_test=False)
            .search(
                [
                    ("integration_id", "=", self.id),
                    ("status", "!=", "unknown"),
                    "|",
                    ("zoom_id", "in", list(ids)),
                    ("email", "in", list(emails)),
                ]
            )
        )
        return (set(users.mapped("zoom_id")) | set(users.mapped("email"))) - {False}

    @api.model
    def _connector_provision_sandbox(self, info):
        """Find or create the integration of the local sandbox, set its credentials, connect.

        :param dict info: what the sandbox prints when it starts: base_url and, under "zoom",
            s2s_client_id, s2s_client_secret, account_id, secret_token
        :return: the integration
        """
        zoom = info.get("zoom") or info
        values = {
            "environment": "sandbox",
            "sandbox_url": info.get("base_url") or info.get("sandbox_url"),
            "app_kind": "server_to_server",
            "client_id": zoom.get("s2s_client_id") or zoom["client_id"],
            "client_secret": zoom.get("s2s_client_secret") or zoom["client_secret"],
            "account_id": zoom["account_id"],
            "webhook_secret": zoom["secret_token"],
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
