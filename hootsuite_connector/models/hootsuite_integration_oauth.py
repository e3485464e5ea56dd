"""What Hootsuite's OAuth does differently: a code used twice kills every token it ever gave."""

import hashlib
import logging
import time

from odoo import api, models

from odoo.addons.connector_base import keyring
from odoo.addons.connector_base.core import oauth2
from odoo.addons.connector_base.core.errors import (
    ConfigurationError,
    ConnectorError,
    ReconnectRequired,
    StateError,
)
from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.connector_base.models.connector_integration import plain_words
from odoo.addons.connector_base.models.connector_integration_oauth import STATE_PURPOSE

_logger = logging.getLogger(__name__)

CODE = "code_digest"


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    def action_connect(self):
        """Connect, or say what is missing for it."""
        try:
            return super().action_connect()
        except ConfigurationError as exc:
            return self._connector_notice("danger", plain_words(exc))

    @api.model
    def _oauth_callback(self, params, session_binding):
        """Finish a connection; a code that is used twice disconnects and is told.

        Using a code twice revokes every token issued from it (REST specification, "OAuth"). So a
        code that comes back means that somebody else has it, or that access is dead already.
        """
        try:
            integration = super()._oauth_callback(params, session_binding)
        except StateError:
            self._code_came_back(params)
            raise
        except ReconnectRequired:
            self._code_was_refused(params)
            raise
        integration._code_remember(params["code"])
        return integration

    @api.model
    def _oauth_claimed(self, params):
        """Return the integration that a state of ours names, whether or not it was used."""
        try:
            keys = keyring.key_ring(self.env).derive_all(STATE_PURPOSE)
            claims = oauth2.decode_state(keys, params.get("state"), time.time())
        except StateError:
            return self.browse()
        if claims.get("model") != self._name or claims.get("uid") != self.env.uid:
            return self.browse()
        return self.browse(claims.get("id") or 0).exists()

    @api.model
    def _code_came_back(self, params):
        """A state that was used already brings the very code of the present tokens: a replay."""
        integration = self._oauth_claimed(params)
        if integration and integration._code_is_known(params.get("code")):
            integration._code_replayed()

    @api.model
    def _code_was_refused(self, params):
        """Hootsuite refused a code. If it had been used before, the tokens we hold are dead now:
        one call shows it."""
        integration = self._oauth_claimed(params)
        if not integration or not integration._token_load():
            return
        if integration._code_is_known(params.get("code")):
            integration._code_replayed()
            return
        try:
            integration._connector_verify()
        except ConnectorError as exc:
            _logger.info("%s,%s: after a refused code: %s", self._name, integration.id, exc.message)

    def _code_replayed(self):
        reason = self.env._(
            "The authorization code of this connection was used a second time. Hootsuite withdraws"
            " the access then, and somebody else may have seen the code."
        )
        self._token_forget()
        self._mark_reconnect(reason)
        self._alert(
            "code_replay",
            reason,
            self.env._(
                "Find out who had the address of the authorization (browser history, proxy logs),"
                " then press Connect."
            ),
        )

    def _code_remember(self, code):
        """Keep the code's fingerprint with the tokens it gave."""
        self.ensure_one()
        self._code_store(_digest(code))

    def _code_is_known(self, code):
        return bool(code) and self._secret_get(CODE) == _digest(code)

    def _token_forget(self):
        """Forget the tokens, and with them the code's fingerprint."""
        result = super()._token_forget()
        self._code_store(None)
        return result

    def _code_store(self, text):
        # On an own cursor, as the tokens are: what is rolled back around it changes nothing.
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            mine.env["connector.secret"]._secret_set(mine, CODE, text)


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
