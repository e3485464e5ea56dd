from odoo import api, fields, models
from odoo.tools import SQL

from .. import compat, keyring
from ..core import crypto, errors

MASK = "\u2022" * 8
"""What a secret field shows when a secret is stored. Saving the mask back changes nothing."""


def secret_field(string, help=None, **kwargs):  # noqa: A002 (the name Odoo's fields use)
    """Make a write-only field of a ``connector.integration`` model, stored encrypted.

    Reading gives :data:`MASK` or nothing, writing text stores it, writing nothing forgets it. The
    name of the field is the name of the secret (``self._secret_get("client_secret")``).
    """
    return fields.Char(
        string=string,
        help=help,
        compute="_compute_secret_fields",
        readonly=False,  # written by create() and write() of the integration
        copy=False,
        exportable=False,
        connector_secret=True,
        **kwargs,
    )


class ConnectorSecret(models.Model):
    """Encrypted tokens and secrets of records.

    Nobody has access rights here, whatever his groups: only the server's own code reads it, through
    the private methods below, always as superuser.
    """

    _name = "connector.secret"
    _description = "Connector Secret"
    _rec_name = "name"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    value = fields.Text(required=True, readonly=True, help="Encrypted value.")
    key_id = fields.Char(required=True, readonly=True, index=True)

    _owner_name_unique = compat.Constraint(
        "UNIQUE (res_model, res_id, name)", "A record has one secret of each name."
    )

    @api.model
    def _secret_context(self, res_model, res_id, name):
        return f"{res_model},{res_id},{name}"

    @api.model
    def _secret_get(self, record, name):
        """Return the secret ``name`` of ``record`` in clear, or None.

        :raises KeyUnavailable: the key that encrypted it is not in the key list
        :raises ConfigurationError: the stored value is damaged
        """
        self.env.cr.execute(
            SQL(
                "SELECT value FROM connector_secret WHERE res_model = %s AND res_id = %s AND name = %s",
                record._name,
                record.id,
                name,
            )
        )
        row = self.env.cr.fetchone()
        if row is None:
            return None
        context = self._secret_context(record._name, record.id, name)
        return keyring.key_ring(self.env).decrypt(row[0], context)

    @api.model
    def _secret_set(self, record, name, text):
        """Store ``text`` as the secret ``name`` of ``record``; empty text forgets it.

        A value that the present keys cannot read is not overwritten: the key may come back.
        Forgetting it is always possible.

        :raises KeyUnavailable: no key, or the stored value needs a key that is not in the list
        """
        if not text:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM connector_secret WHERE res_model = %s AND res_id = %s AND name = %s",
                    record._name,
                    record.id,
                    name,
                )
            )
            return
        ring = keyring.key_ring(self.env, create=True)
        token = ring.encrypt(text, self._secret_context(record._name, record.id, name))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO connector_secret (res_model, res_id, name, value, key_id,
                    create_uid, create_date, write_uid, write_date)
                VALUES (%(model)s, %(id)s, %(name)s, %(value)s, %(key)s, %(uid)s,
                    now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (res_model, res_id, name) DO UPDATE SET value = excluded.value,
                    key_id = excluded.key_id, write_uid = excluded.write_uid,
                    write_date = excluded.write_date
                WHERE connector_secret.key_id = ANY(%(known)s)
                RETURNING id
                """,
                model=record._name,
                id=record.id,
                name=name,
                value=token,
                key=ring.primary_id,
                uid=self.env.uid,
                known=ring.key_ids,
            )
        )
        if not self.env.cr.fetchone():
            raise errors.KeyUnavailable(
                "A stored secret was encrypted with a key that is not in the key list;"
                " it was left as it is.",
                remedy="Put the missing key back into the key list and restart Odoo. If the key is"
                " lost for good, empty the field, save, and enter the secret again.",
            )

    @api.model
    def _secret_known(self, record, names):
        """Return the set of those ``names`` that ``record`` has a secret of; decrypts nothing."""
        self.env.cr.execute(
            SQL(
                "SELECT name FROM connector_secret"
                " WHERE res_model = %s AND res_id = %s AND name = ANY(%s)",
                record._name,
                record.id,
                list(names),
            )
        )
        return {name for (name,) in self.env.cr.fetchall()}

    @api.model
    def _secret_forget(self, records):
        """Forget every secret of ``records``."""
        if records.ids:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM connector_secret WHERE res_model = %s AND res_id = ANY(%s)",
                    records._name,
                    records.ids,
                )
            )

    @api.model
    def _secret_usage(self):
        """Return ``{key id: number of secrets encrypted with it}``."""
        groups = self.sudo()._read_group([], ["key_id"], ["__count"])  # sudo: no one has rights
        return dict(groups)

    @api.model
    def _reencrypt_all(self):
        """Encrypt every secret under the primary key.

        All or nothing: when one secret cannot be read, none is changed.

        :return: number of secrets that were under another key
        :raises KeyUnavailable: a key that is still needed is not in the list
        """
        ring = keyring.key_ring(self.env)
        self.env.cr.execute(
            "SELECT id, res_model, res_id, name, value FROM connector_secret ORDER BY id FOR UPDATE"
        )
        changed = 0
        for secret_id, res_model, res_id, name, value in self.env.cr.fetchall():
            if not ring.needs_reencrypt(value):
                continue
            context = self._secret_context(res_model, res_id, name)
            token = ring.encrypt(ring.decrypt(value, context), context)
            self.env.cr.execute(
                SQL(
                    "UPDATE connector_secret SET value = %s, key_id = %s,"
                    " write_date = now() AT TIME ZONE 'UTC' WHERE id = %s",
                    token,
                    crypto.KeyRing.key_id_of(token),
                    secret_id,
                )
            )
            changed += 1
        self.invalidate_model()
        return changed

    @api.autovacuum
    def _gc_oauth_states(self):
        """Forget connections that were begun but never finished (see OAuth states)."""
        self.env.cr.execute(
            "DELETE FROM connector_secret WHERE name LIKE 'oauth_state:%'"
            " AND create_date < now() AT TIME ZONE 'UTC' - interval '1 hour'"
        )
