"""Counts of both sides, kept as a trend."""

from odoo import api, fields, models

KINDS = [
    ("users", "Zoom users"),
    ("planned", "Planned meetings"),
    ("held", "Held meetings"),
    ("people", "People in held meetings"),
    ("recordings", "Recording files"),
    ("sample", "Meetings compared field by field"),
]
KEEP_DAYS = 730


class ZoomConsistency(models.Model):
    """What one comparison counted of one kind of thing, before anything was repaired."""

    _name = "zoom.consistency"
    _description = "Zoom Consistency"
    _order = "date desc, id desc"
    _rec_name = "kind"

    report_id = fields.Many2one(
        "zoom.reconcile.report", readonly=True, ondelete="set null", index="btree_not_null"
    )
    integration_id = fields.Many2one(
        "zoom.integration",
        "Zoom account",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, readonly=True, index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    zoom_count = fields.Integer("In Zoom", readonly=True)
    odoo_count = fields.Integer("In Odoo", readonly=True)
    gap = fields.Integer(readonly=True, help="Missing on one side or the other.")
    differing = fields.Integer(readonly=True, help="On both sides, with other values.")
    level = fields.Selection(
        [("equal", "Equal"), ("gap", "Gap")], "Result", compute="_compute_level", store=True
    )

    @api.depends("gap", "differing")
    def _compute_level(self):
        for row in self:
            row.level = "gap" if row.gap or row.differing else "equal"

    @api.autovacuum
    def _gc_rows(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        # sudo: housekeeping of all accounts.
        self.sudo().search([("date", "<", limit)], limit=10_000).unlink()


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    consistency_sample = fields.Integer(
        "Meetings to sample",
        default=20,
        help="The weekly check reads so many planned meetings in full and compares every field; "
        "lists do not tell settings and guests. Each costs one call.",
    )

    def _ask_consistency(self):
        """Let a dry run with a sample be made; its counts are kept as a trend."""
        self.ensure_one()
        # sudo: reports are written by code only.
        self.env["zoom.reconcile.report"].sudo().create(
            {
                "integration_id": self.id,
                "mode": "dry",
                "sample_size": max(self.consistency_sample, 0),
            }
        )
        self.env["zoom.reconcile"]._enqueue(self)

    def action_consistency(self):
        """Count both sides and compare a sample, in the background."""
        self.check_access("write")
        for integration in self:
            integration._ask_consistency()
        return self._notify_started(self.env._("The check runs in the background."))
