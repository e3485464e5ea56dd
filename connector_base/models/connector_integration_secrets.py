import hashlib

from odoo import api, models, tools
from odoo.exceptions import MissingError

from .. import keyring
from ..core.errors import ConnectorError
from .connector_integration import user_error
from .connector_secret import MASK


class ConnectorIntegrationSecrets(models.AbstractModel):
    """Write-only secret fields, live webhook secrets, and what the hot path keeps in memory."""

    _inherit = "connector.integration"

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

    def _store_secrets(self, values):
        """Store the secret fields that a person filled in; those not named stay as they are.

        No field inverse does this: fields that share a compute are protected together while one of
        them is written, so the others would read as empty there.

        :param values: ``{name: text, MASK for unchanged, or empty to forget}``
        """
        for integration in self:
            for name, value in values.items():
                if value != MASK:
                    integration._secret_set(name, (value or "").strip())
        # Show the mask again: the answer to the browser must not carry the secret.
        self.invalidate_recordset(list(values))

    def _compute_has_previous_webhook_secret(self):
        for integration in self:
            integration.has_previous_webhook_secret = bool(
                integration._origin.id
                and self.env["connector.secret"]._secret_known(
                    integration._origin, ["webhook_secret_previous"]
                )
            )

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
        return self._connector_cached_secrets(self._connector_key_stamp())

    @api.model
    def _connector_key_stamp(self):
        """Return a part for the key of caches of secrets: when the list of encryption keys
        changes, nothing decrypted before is used."""
        where, text = keyring.source()
        return hashlib.sha256(f"{where}\0{text}".encode()).digest()

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
