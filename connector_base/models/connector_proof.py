import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

LOCK_CLASS = 0x70726F66  # "prof": our namespace of PostgreSQL advisory locks


class ConnectorProof(models.Model):
    """That personal data was deleted: when, why, how much. Holds none itself, and is never changed.

    Each entry carries a digest of its content and of the entry before it, so that a changed or removed
    entry shows.
    """

    _name = "connector.proof"
    _description = "Connector Proof"
    _order = "id desc"
    _rec_name = "basis"

    kind = fields.Selection(
        [
            ("deauthorization", "Account disconnected by the vendor"),
            ("erasure", "Person erased"),
            ("retention", "Kept long enough"),
        ],
        required=True,
        readonly=True,
    )
    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    basis = fields.Char("Because of", required=True, readonly=True)
    asked_at = fields.Datetime("Asked", required=True, readonly=True)
    done_at = fields.Datetime("Done", required=True, readonly=True)
    counts = fields.Json(readonly=True, help="Kind of data: how many were deleted.")
    counts_text = fields.Text("What was deleted", compute="_compute_counts_text")
    kept = fields.Text("What was kept, and why", readonly=True)
    digest = fields.Char(readonly=True, required=True)
    intact = fields.Boolean(compute="_compute_intact", help="Neither changed nor out of its place.")
    company_id = fields.Many2one("res.company", readonly=True)

    @api.depends("counts")
    def _compute_counts_text(self):
        for proof in self:
            proof.counts_text = "\n".join(
                f"{name}: {count}" for name, count in sorted((proof.counts or {}).items())
            )

    def _compute_intact(self):
        for proof in self:
            proof.intact = proof.digest == proof._digest(proof._previous_digest())

    def _previous_digest(self):
        self.ensure_one()
        # sudo: the chain runs over all companies; only a digest is used.
        return self.sudo().search([("id", "<", self.id)], order="id desc", limit=1).digest or ""

    def _digest(self, previous):
        self.ensure_one()
        values = {name: self[name] for name in self._digested_names()}
        return self._digest_of(values, previous)

    @api.model
    def _digested_names(self):
        return (
            "kind",
            "integration_model",
            "integration_id",
            "basis",
            "asked_at",
            "done_at",
            "counts",
            "kept",
        )

    @api.model
    def _digest_of(self, values, previous):
        content = {name: values[name] or "" for name in self._digested_names()}
        content["previous"] = previous
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _add(self, integration, kind, basis, asked_at, counts, kept=""):
        """Add an entry in the present transaction.

        :param datetime asked_at: naive UTC
        :param dict counts: kind of data -> how many were deleted; numbers only
        :param str kept: what was kept and why, without personal data
        """
        # One chain: who adds an entry waits for the one before it.
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s, 0)", LOCK_CLASS))
        # sudo: background work adds entries, nobody else may.
        proofs = self.sudo()
        values = {
            "kind": kind,
            "integration_model": integration._name,
            "integration_id": integration.id,
            "basis": basis,
            "asked_at": asked_at.replace(microsecond=0),
            "done_at": fields.Datetime.now(),
            "counts": counts,
            "kept": kept,
        }
        previous = proofs.search([], order="id desc", limit=1).digest or ""
        return proofs.create(
            {
                **values,
                "company_id": integration.company_id.id,
                "digest": self._digest_of(values, previous),
            }
        )

    def write(self, vals):  # pylint: disable=method-required-super
        """Proofs are append-only.

        :raises UserError: always
        """
        raise UserError(self.env._("A proof is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Proofs are append-only.

        :raises UserError: always
        """
        raise UserError(self.env._("A proof is never deleted."))
