from odoo import Command, api, fields, models

from .. import keyring
from ..core.errors import ConnectorError
from ..models.connector_integration import plain_words, user_error


class ConnectorEncryption(models.TransientModel):
    """Screen about the encryption keys: which there are, what they protect, Re-encrypt.

    It shows ids of keys, never keys.
    """

    _name = "connector.encryption"
    _description = "Connector Encryption"

    source = fields.Selection(
        [
            ("config", "Configuration file, section [connector_base]"),
            ("environment", "Environment variable CONNECTOR_KEYS"),
            ("file", "Key file in the data directory"),
        ],
        string="Keys Come From",
        readonly=True,
    )
    location = fields.Char(string="File", readonly=True)
    problem = fields.Char(readonly=True)
    outdated_count = fields.Integer(string="Secrets Under Old Keys", readonly=True)
    line_ids = fields.One2many("connector.encryption.key", "encryption_id", readonly=True)

    def _compute_display_name(self):
        for screen in self:
            screen.display_name = self.env._("Encryption")

    @api.model
    def default_get(self, fields_list):
        """Fill the screen with the present state of the server."""
        values = super().default_get(fields_list)
        values.update(self._state())
        return values

    @api.model
    def _state(self):
        # sudo: counts per key; nobody has rights on the secrets themselves.
        usage = self.env["connector.secret"].sudo()._secret_usage()
        state: dict[str, object] = {"problem": False, "location": False, "outdated_count": 0}
        key_ids = []
        try:
            where, _text = keyring.source()
            state["source"] = where
            state["location"] = str(keyring.key_file()) if where == "file" else False
            key_ids = keyring.key_ring(self.env).key_ids
        except ConnectorError as exc:
            if usage:
                state["problem"] = plain_words(exc)
        lines = [
            {
                "key_id": key_id,
                "role": "old" if position else "primary",
                "count": usage.pop(key_id, 0),
            }
            for position, key_id in enumerate(key_ids)
        ]
        state["outdated_count"] = sum(line["count"] for line in lines[1:])
        lines += [
            {"key_id": key_id, "role": "missing", "count": count}
            for key_id, count in sorted(usage.items())
        ]
        state["line_ids"] = [Command.create(line) for line in lines]
        return state

    def action_reencrypt(self):
        """Encrypt every secret under the primary key."""
        self.check_access("write")
        try:
            # sudo: nobody has rights on the secrets; the access rights of this screen decide.
            changed = self.env["connector.secret"].sudo()._reencrypt_all()
        except ConnectorError as exc:
            raise user_error(exc) from exc
        self.env.registry.clear_cache()
        again = self.env["ir.actions.act_window"]._for_xml_id(
            "connector_base.connector_encryption_action"
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s secret(s) were encrypted again. Keys that protect none any more can"
                    " be removed from the list.",
                    count=changed,
                ),
                "next": dict(again, target="main"),
            },
        }


class ConnectorEncryptionKey(models.TransientModel):
    """One line of the screen: a key by its id."""

    _name = "connector.encryption.key"
    _description = "Connector Encryption Key"
    _rec_name = "key_id"

    encryption_id = fields.Many2one("connector.encryption", required=True, ondelete="cascade")
    key_id = fields.Char(string="Key ID", readonly=True)
    role = fields.Selection(
        [
            ("primary", "Primary: encrypts and decrypts"),
            ("old", "Old: decrypts only"),
            ("missing", "Missing: its secrets cannot be read"),
        ],
        readonly=True,
    )
    count = fields.Integer(string="Secrets", readonly=True)
