"""Calls of Inbox 2.0 need a token of their own: that of the organization app."""

import time

from odoo import models

from odoo.addons.connector_base.core import oauth2
from odoo.addons.connector_base.core.errors import ConfigurationError
from odoo.addons.connector_base.cursors import own_cursor

from ..client import HootsuiteClient

INBOX_TOKEN = "inbox_token"  # noqa: S105 (the name of a secret, not a secret)


class InboxTokens:
    """Token source of Inbox calls, for accounts that a member authorized.

    Such a token can be asked for at any time and is not rotated, so two workers that ask at once do
    no harm.
    """

    def __init__(self, integration):
        self._integration = integration
        self._token = None

    def get(self):
        """Return a valid token, asking for one if need be."""
        if self._token is None or not self._token.is_fresh(time.time()):
            stored = self._integration._inbox_token_load()
            fresh = stored and stored.is_fresh(time.time())
            self._token = stored if fresh else self._integration._inbox_token_ask()
        return self._token.access_token

    def invalidate(self, bad):
        """Return another token than ``bad``."""
        stored = self._integration._inbox_token_load()
        if stored and stored.access_token != bad and stored.is_fresh(time.time()):
            self._token = stored
        else:
            self._token = self._integration._inbox_token_ask()
        return self._token.access_token

    def confirm(self, good):
        """Nothing is suspicious about a token that can be asked for at any time."""


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    def _inbox_client(self):
        """Return a client for the calls of Inbox 2.0.

        :raises ConfigurationError: the organization ID is missing
        """
        self.ensure_one()
        if self.app_kind == "organization_app":
            return self._hootsuite_client()
        if not self.organization_ref:
            raise ConfigurationError(
                self.env._("Inbox 2.0 can only be called for an organization."),
                remedy=self.env._(
                    "Enter the number of your organization at Hootsuite in the integration, and let"
                    " Hootsuite link your app to it."
                ),
            )
        return HootsuiteClient(self._connector_http(self._api_base_url(), InboxTokens(self)))

    def _inbox_token_load(self):
        with own_cursor(self.env) as cr:
            text = self.with_env(self.env(cr=cr))._secret_get(INBOX_TOKEN)
        return oauth2.Token.from_json(text) if text else None

    def _inbox_token_ask(self):
        token = self._oauth2_client().grant(
            "organization_app", organization_id=self.organization_ref.strip()
        )
        self._inbox_token_store(token.to_json())
        self.env["connector.api.log"]._log_audit(self, "token", "access to Inbox renewed")
        return token

    def _inbox_token_store(self, text):
        with own_cursor(self.env) as cr:
            mine = self.with_env(self.env(cr=cr))
            mine.env["connector.secret"]._secret_set(mine, INBOX_TOKEN, text)

    def _token_forget(self):
        """Forget the access to Inbox as well."""
        result = super()._token_forget()
        self._inbox_token_store(None)
        return result
