import hashlib
import json
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from .. import compat
from ..cursors import own_cursor

LOCK_CLASS = 0x63616368  # "cach": our namespace of PostgreSQL advisory locks


class ConnectorCache(models.Model):
    """When a slow-moving list of a vendor (users, profiles, templates) was read, and what it was.

    The records made of a list are the cache; a row here says until when they count as fresh, and
    the fingerprint of the last answer, so that an equal answer writes nothing. Vendors without
    ETag or Last-Modified are conditional by content this way.
    """

    _name = "connector.cache"
    _description = "Connector Cache"
    _order = "integration_model, integration_id, resource"
    _rec_name = "resource"
    _log_access = False

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    resource = fields.Char(required=True, readonly=True, help="Name of the list.")
    fingerprint = fields.Char(readonly=True, help="Hash of the last answer.")
    fetched_at = fields.Datetime(string="Read", readonly=True)
    expires_at = fields.Datetime(string="Fresh Until", readonly=True)
    changed_at = fields.Datetime(string="Last Change", readonly=True)
    reads = fields.Integer(readonly=True, help="How often it was read.")
    unchanged = fields.Integer(readonly=True, help="How often the answer was the same as before.")
    company_id = fields.Many2one("res.company", readonly=True)

    _resource_unique = compat.Constraint(
        "UNIQUE (integration_model, integration_id, resource)",
        "A list of an integration is cached once.",
    )

    @api.model
    def _refresh(self, integration, resource, fetch, store, lifetime, force=False):
        """Read a list if it is not fresh any more; one request at a time for each list.

        Reads and writes on cursors of its own: what was stored is committed on return.

        :param resource: name of the list, unique within the integration
        :param fetch: called without arguments; returns the typed objects (or plain JSON values)
        :param store: called with ``(integration, objects)`` on a superuser environment of its own,
            only when the answer differs from the last one
        :param lifetime: seconds for which the answer counts as fresh
        :param force: read even when it is fresh
        :return: ``"fresh"``, ``"busy"`` (another worker reads it now), ``"unchanged"`` or
            ``"stored"``
        :raises ConnectorError: what ``fetch`` raised; the list stays as it was
        """
        with self._only_one(integration, resource) as mine:
            if not mine:
                return "busy"
            fingerprint, fresh = self._look(integration, resource)
            if fresh and not force:
                return "fresh"
            objects = fetch()
            found = self._fingerprint(objects)
            same = found == fingerprint
            with own_cursor(self.env, read_committed=False) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                if not same:
                    account = env[integration._name].browse(integration.id)
                    store(account.with_company(account.company_id), objects)
                    env.flush_all()
                self._note(cr, integration, resource, found, lifetime, same)
        return "unchanged" if same else "stored"

    @api.model
    def _expire(self, integration, resource=None):
        """Let the next look read the list (or all lists) again, and take the answer as new."""
        # sudo: whoever learns that a list changed may say so.
        domain = [
            ("integration_model", "=", integration._name),
            ("integration_id", "=", integration.id),
        ]
        if resource:
            domain.append(("resource", "=", resource))
        self.sudo().search(domain).write({"expires_at": False, "fingerprint": False})

    @contextmanager
    def _only_one(self, integration, resource):
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))",
                    LOCK_CLASS,
                    f"{integration._name},{integration.id},{resource}",
                )
            )
            yield cr.fetchone()[0]

    @api.model
    def _look(self, integration, resource):
        """Return (fingerprint of the last answer or None, whether it is fresh)."""
        with own_cursor(self.env) as cr:
            cr.execute(
                SQL(
                    "SELECT fingerprint, COALESCE(expires_at > now() AT TIME ZONE 'UTC', false)"
                    " FROM connector_cache WHERE integration_model = %s AND integration_id = %s"
                    " AND resource = %s",
                    integration._name,
                    integration.id,
                    resource,
                )
            )
            return cr.fetchone() or (None, False)

    @api.model
    def _note(self, cr, integration, resource, fingerprint, lifetime, same):
        cr.execute(
            SQL(
                """
                INSERT INTO connector_cache AS c (integration_model, integration_id, resource,
                    fingerprint, fetched_at, expires_at, changed_at, reads, unchanged, company_id)
                VALUES (%(model)s, %(id)s, %(resource)s, %(fingerprint)s,
                    now() AT TIME ZONE 'UTC',
                    now() AT TIME ZONE 'UTC' + %(lifetime)s * interval '1 second',
                    now() AT TIME ZONE 'UTC', 1, 0, %(company)s)
                ON CONFLICT (integration_model, integration_id, resource) DO UPDATE SET
                    fingerprint = excluded.fingerprint,
                    fetched_at = excluded.fetched_at,
                    expires_at = excluded.expires_at,
                    changed_at = CASE WHEN %(same)s THEN c.changed_at ELSE excluded.changed_at END,
                    reads = c.reads + 1,
                    unchanged = c.unchanged + %(same)s::int
                """,
                model=integration._name,
                id=integration.id,
                resource=resource,
                fingerprint=fingerprint,
                lifetime=lifetime,
                company=integration._connector_cached_company() or None,
                same=same,
            )
        )

    @api.model
    def _fingerprint(self, objects):
        text = json.dumps(objects, sort_keys=True, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value):
    """Return what JSON can hold of a typed object (pydantic) or of a date."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump else str(value)
