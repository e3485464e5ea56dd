"""One difference between Zoom and Odoo, in plain words, and what became of it."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.connector_base.compat import Constraint

from .zoom_reconcile_report import KINDS

OPEN = ("open", "failed")


class ZoomReconcileLine(models.Model):
    """Something that one side has and the other lacks, has differently, or has alone by mistake."""

    _name = "zoom.reconcile.line"
    _description = "Difference from Zoom"
    _order = "report_id desc, kind, side, start, id"

    report_id = fields.Many2one(
        "zoom.reconcile.report", required=True, readonly=True, ondelete="cascade", index=True
    )
    integration_id = fields.Many2one(
        related="report_id.integration_id", store=True, index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="report_id.company_id", store=True, index=True)
    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    side = fields.Selection(
        [("odoo", "Odoo"), ("zoom", "Zoom")],
        required=True,
        readonly=True,
        help="Where it is missing, outdated or left over.",
    )
    subject = fields.Selection(
        [
            ("planned", "Planned meeting"),
            ("held", "Held meeting"),
            ("attendance", "Attendance"),
            ("recording", "Recording"),
            ("event", "Calendar event"),
            ("user", "Zoom user"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char("What", readonly=True)
    what = fields.Char("Difference", compute="_compute_what")
    zoom_id = fields.Char("Meeting ID", readonly=True, index=True)
    uuid = fields.Char("Instance UUID", readonly=True)
    start = fields.Datetime(readonly=True)
    host_name = fields.Char("Host", readonly=True)
    meeting_id = fields.Many2one(
        "zoom.meeting", readonly=True, ondelete="set null", index="btree_not_null"
    )
    instance_id = fields.Many2one("zoom.meeting.instance", readonly=True, ondelete="set null")
    event_id = fields.Many2one(
        "calendar.event", readonly=True, ondelete="set null", index="btree_not_null"
    )
    differences = fields.Json(
        readonly=True, help="List of {label, odoo, zoom}: the fields that differ, as texts."
    )
    difference_html = fields.Html("In Detail", compute="_compute_difference_html", sanitize=False)
    direction = fields.Selection(
        [("in", "Odoo takes over what Zoom has"), ("out", "Zoom gets what Odoo has")],
        "Repair",
        required=True,
        readonly=True,
    )
    safe = fields.Boolean(
        readonly=True,
        help="Brings Odoo up to date and takes nothing away that people planned in Odoo.",
    )
    heal_state = fields.Selection(
        [
            ("open", "Open"),
            ("asked", "Being repaired"),
            ("sent", "On its way to Zoom"),
            ("healed", "Repaired"),
            ("failed", "Not repaired"),
        ],
        "State",
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    error = fields.Text("Reason", readonly=True)
    asked_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    healed_at = fields.Datetime("Repaired at", readonly=True)
    data = fields.Json(
        readonly=True,
        groups="zoom_connector.group_zoom_manager",
        help="What Zoom said, as the functions that make records take it, with its vendor time.",
    )

    _key_unique = Constraint("UNIQUE (report_id, key)", "A difference is reported once.")

    @api.depends("kind", "side", "subject")
    def _compute_what(self):
        words = {
            ("missing", "odoo"): self.env._("Odoo does not have it"),
            ("missing", "zoom"): self.env._("Zoom does not have it"),
            ("changed", "odoo"): self.env._("Odoo has other values"),
            ("changed", "zoom"): self.env._("Zoom has other values"),
            ("orphaned", "odoo"): self.env._("Odoo has it, Zoom does not have it any more"),
            ("orphaned", "zoom"): self.env._("Zoom still has it, the calendar does not"),
        }
        for line in self:
            line.what = words.get((line.kind, line.side))

    @api.depends("differences")
    @api.depends_context("lang")
    def _compute_difference_html(self):
        head = Markup("<tr><th>{}</th><th>{}</th><th>{}</th></tr>").format(
            self.env._("Field"), self.env._("In Odoo"), self.env._("In Zoom")
        )
        for line in self:
            rows = [
                Markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>").format(
                    row["label"], row["odoo"], row["zoom"]
                )
                for row in line.differences or []
            ]
            line.difference_html = (
                Markup(
                    '<table class="table table-sm"><thead>{}</thead><tbody>{}</tbody></table>'
                ).format(head, Markup().join(rows))
                if rows
                else False
            )

    # -- repairing -----------------------------------------------------------------------------

    def action_heal(self):
        """Repair these differences in the background."""
        self._check_manager()
        lines = self.filtered(lambda line: line.heal_state in OPEN)
        if not lines:
            raise UserError(self.env._("Nothing of this is left to repair."))
        # sudo: lines are written by code only; who may press the button was checked above.
        lines.sudo().write({"heal_state": "asked", "error": False, "asked_by": self.env.uid})
        for integration in lines.integration_id:
            self.env["zoom.heal"]._enqueue(integration)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s differences are being repaired in the background.",
                    count=len(lines),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _check_manager(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("zoom_connector.group_zoom_manager"):
            raise AccessError(self.env._("Only a Zoom manager can do this."))

    def action_open_record(self):
        """Open what the difference is about, as far as Odoo has it."""
        self.ensure_one()
        record = self.instance_id or self.meeting_id or self.event_id
        if not record:
            raise UserError(self.env._("Odoo does not have it yet; repair it first."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
