from odoo import api, fields, models

USER = "hootsuite_connector.group_hootsuite_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    # The merge wizard moves what points to a contact, so handles survive it.
    hootsuite_handle_ids = fields.One2many(
        "hootsuite.handle", "partner_id", "Social handles", groups=USER
    )
    hootsuite_message_count = fields.Integer(
        "Social messages", compute="_compute_hootsuite_message_count", groups=USER
    )

    def init(self):
        """An index for finding contacts by the digits of their number, however it is written."""
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS res_partner_hootsuite_phone_idx ON res_partner"
            " (ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0')) WHERE phone IS NOT NULL"
        )
        return result

    @api.depends_context("uid")
    def _compute_hootsuite_message_count(self):
        counts = dict(
            self.env["hootsuite.message"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.hootsuite_message_count = counts.get(partner, 0)

    def action_view_hootsuite_messages(self):
        """List the social messages of this contact."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_message_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {}
        return action
