import hashlib
import json
import secrets
import time

from odoo import api, fields, models
from odoo.tools import SQL

from .. import keyring
from ..core import oauth2
from ..core.errors import (
    AuthError,
    BreakerOpen,
    ConnectorError,
    RateLimited,
    ReconnectRequired,
    RemoteUnavailable,
    StateError,
)
from ..cursors import own_cursor
from .connector_integration import plain_words

STATE_PREFIX = "oauth_state:"
STATE_PURPOSE = "oauth-state"
STATE_SECONDS = 600


class ConnectorIntegrationOAuth(models.AbstractModel):
    """OAuth 2.0 as a person meets it: connect, verify, disconnect."""

    _inherit = "connector.integration"

    def _oauth2_client(self):
        """Return an :class:`core.oauth2.OAuth2Client` for this account.

        :raises ConfigurationError: credentials are missing
        """
        self.ensure_one()
        client_id, client_secret = self._oauth2_credentials()
        return oauth2.OAuth2Client(
            self._oauth2_endpoints(),
            client_id,
            client_secret,
            self._form_transport(),
            clock=time.time,
            redirect_uri=self.redirect_uri or None,
            pkce=self._oauth2_pkce(),
        )

    # -- connect -----------------------------------------------------------------------------

    def action_connect(self):
        """Connect: ask the vendor for access at once, or send the browser to the vendor's page."""
        self.ensure_one()
        self.check_access("write")
        if self._oauth2_grant() == "authorization_code":
            start, _callback = self._oauth2_routes()
            return {
                "type": "ir.actions.act_url",
                "url": f"{start}?integration_id={self.id}",
                "target": "self",
            }
        try:
            self._token_renew(first=True)
        except ConnectorError as exc:
            self._connector_store({"state": "error", "state_message": plain_words(exc)})
            return self._connector_notice("danger", plain_words(exc))
        self._connected()
        return self.action_verify()

    def _connected(self):
        self.ensure_one()
        self._connector_store(
            {
                "state": "connected",
                "state_message": None,
                "connected_at": fields.Datetime.now(),
                "connected_by": self.env.uid,
            }
        )
        self.env["connector.api.log"]._log_audit(self, "token", "connected")
        self._alert_clear("auth_lost")

    def _oauth_start(self, session_binding):
        """Begin a connection; return the vendor's address to send the browser to.

        :param session_binding: text that only this browser's session has
        :raises ConfigurationError: credentials, redirect address or encryption key are missing
        """
        self.ensure_one()
        self.check_access("write")
        verifier, jti = oauth2.new_verifier(), secrets.token_urlsafe(16)
        client = self._oauth2_client()
        store = self.env["connector.secret"]
        pending = {"verifier": verifier, "until": time.time() + STATE_SECONDS}
        store._secret_set(self, STATE_PREFIX + jti, json.dumps(pending))
        state = oauth2.encode_state(
            keyring.key_ring(self.env).derive(STATE_PURPOSE),
            {
                "model": self._name,
                "id": self.id,
                "uid": self.env.uid,
                "jti": jti,
                "session": _digest(session_binding),
            },
            STATE_SECONDS,
            now=time.time(),
        )
        return client.authorization_url(state, verifier, scope=self._oauth2_scopes())

    @api.model
    def _oauth_callback(self, params, session_binding):
        """Finish a connection that :meth:`_oauth_start` began in the same session.

        :param params: query of the vendor's redirect (``code``, ``state``, or ``error``)
        :return: the connected integration
        :raises StateError: the answer was not asked for, is too late, or was used already
        :raises ConnectorError: the vendor gave no access
        """
        keys = keyring.key_ring(self.env).derive_all(STATE_PURPOSE)
        claims = oauth2.decode_state(keys, params.get("state"), time.time())
        if (
            claims.get("model") != self._name
            or claims.get("uid") != self.env.uid
            or claims.get("session") != _digest(session_binding)
        ):
            raise StateError("This connection was started in another browser session.")
        integration = self.browse(claims["id"]).exists()
        if not integration:
            raise StateError("The integration does not exist any more.")
        integration.check_access("write")
        verifier = integration._oauth_take_state(claims["jti"])
        if params.get("error"):
            denied = params["error"] == "access_denied"
            raise AuthError(
                "Access was not granted." if denied else "The vendor refused the connection.",
                remedy="Press Connect again and allow the access."
                if denied
                else "Check client ID, client secret and redirect address at the vendor.",
            )
        if not params.get("code"):
            raise StateError("The vendor's answer holds no code.")
        token = integration._oauth2_client().exchange(params["code"], verifier)
        integration._token_save(token)
        integration._connected()
        return integration

    def _oauth_take_state(self, jti):
        """Use up the single-use state; two callbacks cannot both have it."""
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            cr.execute(
                SQL(
                    "SELECT id FROM connector_secret WHERE res_model = %s AND res_id = %s"
                    " AND name = %s FOR UPDATE",
                    self._name,
                    self.id,
                    STATE_PREFIX + jti,
                )
            )
            if not cr.fetchone():
                raise StateError("This answer of the vendor was used already.")
            pending = json.loads(mine._secret_get(STATE_PREFIX + jti))
            self.env["connector.secret"].with_env(mine.env)._secret_set(
                self, STATE_PREFIX + jti, None
            )
        if pending["until"] < time.time():
            raise StateError("The connection took too long and has expired.")
        return pending["verifier"]

    # -- disconnect, verify ------------------------------------------------------------------

    def action_disconnect(self):
        """Revoke the access at the vendor if it can be reached; forget it here in any case."""
        self.check_access("write")
        notices = []
        for integration in self:
            revoked = None
            try:
                token = integration._token_load()
                if token:
                    revoked = integration._oauth2_client().revoke(token.access_token)
            except ConnectorError as exc:
                notices.append(plain_words(exc))
                revoked = False
            integration._token_forget()
            # sudo: nobody has rights on breakers; disconnecting resets the one of the account.
            self.env["connector.breaker"].sudo().search(
                [("res_model", "=", self._name), ("res_id", "=", integration.id)]
            ).unlink()
            integration._connector_store(
                {
                    "state": "draft",
                    "state_message": None,
                    "connected_at": None,
                    "connected_by": None,
                    "token_expires_at": None,
                }
            )
            integration._alert_clear("auth_lost")
            integration._alert_clear("breaker_open")
            self.env["connector.api.log"]._log_audit(
                integration,
                "token",
                "disconnected" if revoked else "disconnected here only",
            )
        if notices:
            return self._connector_notice(
                "warning",
                self.env._(
                    "Disconnected here, but the vendor could not be told: %(reason)s Remove the"
                    " app's access at the vendor.",
                    reason=" ".join(notices),
                ),
            )
        return self._connector_notice("success", self.env._("Disconnected."))

    def action_verify(self):
        """Make one cheap call and show in plain words how it went."""
        self.ensure_one()
        self.check_access("write")
        try:
            message = self._connector_verify()
        except ReconnectRequired as exc:
            if self.state != "draft":
                self._connector_store({"state": "reconnect", "state_message": plain_words(exc)})
            return self._connector_notice("danger", plain_words(exc))
        except (BreakerOpen, RateLimited, RemoteUnavailable) as exc:
            # The vendor's bad hour says nothing about the connection.
            return self._connector_notice("warning", plain_words(exc))
        except ConnectorError as exc:
            self._connector_store({"state": "error", "state_message": plain_words(exc)})
            return self._connector_notice("danger", plain_words(exc))
        self._connector_store(
            {
                "state": "connected",
                "state_message": message,
                "last_verified_at": fields.Datetime.now(),
            }
        )
        self._alert_clear("auth_lost")
        return self._connector_notice("success", message)

    def _connector_notice(self, kind, message):
        """Return the action that shows ``message`` and reloads the form."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "sticky": kind != "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
