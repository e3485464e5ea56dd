from odoo import api, fields, models

USER = "hootsuite_connector.group_hootsuite_user"


class UtmCampaign(models.Model):
    _inherit = "utm.campaign"

    hootsuite_tag_ids = fields.One2many("hootsuite.tag", "campaign_id", groups=USER)
    hootsuite_post_count = fields.Integer(
        "Social posts", compute="_compute_hootsuite_numbers", groups=USER
    )
    hootsuite_interactions = fields.Integer(
        "Social interactions", compute="_compute_hootsuite_numbers", groups=USER
    )

    @api.depends_context("uid")
    def _compute_hootsuite_numbers(self):
        domain = [("campaign_id", "in", self.ids)]
        posts = dict(
            self.env["hootsuite.post"]._read_group(
                [*domain, ("state", "!=", "deleted")], ["campaign_id"], ["__count"]
            )
        )
        interactions = dict(
            self.env["hootsuite.metric"]._read_group(
                [*domain, ("family", "=", "interaction")], ["campaign_id"], ["value:sum"]
            )
        )
        for campaign in self:
            campaign.hootsuite_post_count = posts.get(campaign, 0)
            campaign.hootsuite_interactions = round(interactions.get(campaign, 0))

    def action_view_hootsuite_posts(self):
        """List the social posts of the campaign."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_post_action"
        )
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": {}}

    def action_view_hootsuite_results(self):
        """Show posts, figures, leads, revenue and tickets of the campaign."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_campaign_report_action"
        )
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": {}}
