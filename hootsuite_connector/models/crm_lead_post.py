from odoo import api, fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    hootsuite_post_id = fields.Many2one(
        "hootsuite.post",
        "Social post",
        compute="_compute_hootsuite_post_id",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups="hootsuite_connector.group_hootsuite_user",
        help="The post whose link brought the lead: each post has a source of its own.",
    )

    @api.depends("source_id")
    def _compute_hootsuite_post_id(self):
        # sudo: leads come in from the website too, whose users know no posts; the field has groups.
        posts = self.env["hootsuite.post"].sudo()
        found = {
            post.source_id.id: post.id
            for post in posts.search(
                [("source_id", "in", self.source_id.ids), ("origin", "=", "odoo")], order="id desc"
            )
        }
        for lead in self:
            lead.hootsuite_post_id = found.get(lead.source_id.id, False)
