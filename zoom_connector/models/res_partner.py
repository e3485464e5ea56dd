from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    zoom_participant_ids = fields.One2many(
        "zoom.participant", "partner_id", "Zoom attendance", groups="zoom_connector.group_zoom_user"
    )
    zoom_meeting_count = fields.Integer(
        "Zoom meetings attended",
        compute="_compute_zoom_meeting_count",
        groups="zoom_connector.group_zoom_user",
    )

    @api.depends("zoom_participant_ids")
    def _compute_zoom_meeting_count(self):
        counts = dict(
            self.env["zoom.participant"]._read_group(
                [("partner_id", "in", self.ids), ("join_time", "!=", False)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.zoom_meeting_count = counts.get(partner, 0)

    def action_view_zoom_attendance(self):
        """List the Zoom meetings that this contact attended."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "zoom_connector.zoom_participant_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"create": False}
        return action
