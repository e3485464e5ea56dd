"""Several secrets that are live at once: one per way in, each with the one it replaced."""

import re

from odoo import models, tools
from odoo.exceptions import ValidationError

# Inbox 2.0 secrets are keys written in hexadecimal (Inbox specification, "Signature").
HEX_SECRETS = ("webhook_secret", "crm_secret")
ROTATED = ("crm_secret", "platform_secret", "relay_secret")
PREVIOUS = "_previous"
WEBHOOK_SETTINGS = (
    "platform_scheme",
    "platform_algorithm",
    "platform_encoding",
    "platform_key_form",
    "agent_answer",
    "lookup_policy",
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    def _secret_set(self, name, text):
        """Store a secret; those of Inbox 2.0 must be hexadecimal, and a replaced one stays alive
        until it is dropped, as ``webhook_secret`` does in connector_base."""
        if text and name in HEX_SECRETS and not _HEX.fullmatch(text):
            raise ValidationError(
                self.env._(
                    "This is no secret of Inbox 2.0: those consist of the digits 0-9 and the letters"
                    " a-f. Copy it once more from Hootsuite."
                )
            )
        if name in ROTATED:
            old = self._secret_get(name) if text else None
            if not text or (old and old != text):
                super()._secret_set(name + PREVIOUS, old)
        return super()._secret_set(name, text)

    def _compute_has_previous_webhook_secret(self):
        names = ["webhook_secret" + PREVIOUS, *(name + PREVIOUS for name in ROTATED)]
        for integration in self:
            integration.has_previous_webhook_secret = bool(
                integration._origin.id
                and self.env["connector.secret"]._secret_known(integration._origin, names)
            )

    def action_drop_previous_webhook_secret(self):
        """Stop accepting the secrets that were replaced."""
        result = super().action_drop_previous_webhook_secret()
        for integration in self:
            for name in ROTATED:
                integration._secret_set(name + PREVIOUS, None)
        return result

    def _inbox_keys(self):
        """Return the live keys of Inbox 2.0 deliveries as bytes: virtual agent, then CRM.

        :raises KeyUnavailable: see ``connector.secret``
        """
        return tuple(
            bytes.fromhex(secret)
            for name in HEX_SECRETS
            for secret in self._live_secrets(name)
            if _HEX.fullmatch(secret)
        )

    @tools.ormcache("self.id")
    def _webhook_settings(self):
        """Return what every delivery needs to know of the account; kept in memory until it is
        written."""
        # sudo: a webhook comes without a user.
        account = self.sudo()
        return {name: account[name] for name in WEBHOOK_SETTINGS}

    def _platform_keys(self):
        """Return the live keys of platform events, in the form the account says.

        :raises KeyUnavailable: see ``connector.secret``
        """
        secrets = self._live_secrets("platform_secret")
        if self._webhook_settings()["platform_key_form"] == "hex":
            return tuple(bytes.fromhex(secret) for secret in secrets if _HEX.fullmatch(secret))
        return secrets

    def _live_secrets(self, name):
        """Return the secret ``name`` and the one it replaced; kept in memory until one changes."""
        if name == "webhook_secret":
            return self._connector_webhook_secrets()
        return self._cached_live_secrets(name, self._connector_key_stamp())

    @tools.ormcache("self.id", "name", "stamp")
    def _cached_live_secrets(self, name, stamp):
        found = (self._secret_get(key) for key in (name, name + PREVIOUS))
        return tuple(secret for secret in found if secret)
