from odoo import api, fields, models

USER = "hootsuite_connector.group_hootsuite_user"


class CrmLead(models.Model):
    _inherit = "crm.lead"

    hootsuite_reason = fields.Text(
        "Why it is here (Hootsuite)",
        readonly=True,
        copy=False,
        help="Which routing rule made it of a social message, and why.",
    )
    hootsuite_message_ids = fields.One2many(
        "hootsuite.message",
        "target_id",
        "Social messages",
        domain=[("target_model", "=", "crm.lead")],
        groups=USER,
    )
    hootsuite_message_count = fields.Integer(
        "Messages on social networks", compute="_compute_hootsuite_message_count", groups=USER
    )

    @api.depends_context("uid")
    def _compute_hootsuite_message_count(self):
        counts = dict(
            self.env["hootsuite.message"]._read_group(
                [("target_model", "=", "crm.lead"), ("target_id", "in", self.ids)],
                ["target_id"],
                ["__count"],
            )
        )
        for lead in self:
            lead.hootsuite_message_count = counts.get(lead.id, 0)

    def action_view_hootsuite_messages(self):
        """List the social messages that became this lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_message_action"
        )
        action["domain"] = [("target_model", "=", "crm.lead"), ("target_id", "=", self.id)]
        action["context"] = {}
        return action
