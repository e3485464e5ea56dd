from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint


class HootsuiteTag(models.Model):
    """A tag of Hootsuite, and what of Odoo's campaigns it stands for.

    Tags are case sensitive at Hootsuite (REST specification), so they are here.
    """

    _name = "hootsuite.tag"
    _description = "Hootsuite Tag"
    _order = "name, id"

    name = fields.Char(required=True)
    integration_id = fields.Many2one(
        "hootsuite.integration", "Hootsuite account", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    campaign_id = fields.Many2one(
        "utm.campaign",
        ondelete="set null",
        index="btree_not_null",
        help="Posts of this campaign get the tag; posts with the tag belong to the campaign.",
    )
    source_id = fields.Many2one(
        "utm.source",
        ondelete="set null",
        help="Posts made in Hootsuite with this tag count for the source.",
    )
    medium_id = fields.Many2one(
        "utm.medium",
        ondelete="set null",
        help="Posts of this medium get the tag; posts with the tag belong to the medium.",
    )
    color = fields.Integer()
    post_count = fields.Integer("Posts", compute="_compute_post_count")

    _name_unique = Constraint("UNIQUE (integration_id, name)", "The account has this tag already.")

    @api.depends_context("uid")
    def _compute_post_count(self):
        counts = dict(
            self.env["hootsuite.post"]._read_group(
                [("tag_ids", "in", self.ids)], ["tag_ids"], ["__count"]
            )
        )
        for tag in self:
            tag.post_count = counts.get(tag, 0)

    @api.model
    def _take(self, integration, names):
        """Return the tags of these names, made when they are new, linked to what they stand for.

        :return: recordset in the order of ``names``
        """
        names = list(dict.fromkeys(name for name in names if name))
        if not names:
            return self.browse()
        found = {
            tag.name: tag
            for tag in self.search([("integration_id", "=", integration.id), ("name", "in", names)])
        }
        for name in names:
            if name not in found:
                found[name] = self.create({"name": name, "integration_id": integration.id})
                found[name]._link()
        return self.browse([found[name].id for name in names])

    def _link(self):
        """Link new tags to the campaign, medium or source of their name."""
        for tag in self:
            campaign = self.env["utm.campaign"].search(
                ["|", ("title", "=", tag.name), ("name", "=", tag.name)], limit=1
            )
            if campaign:
                tag.campaign_id = campaign
                continue
            medium = self.env["utm.medium"].search([("name", "=ilike", _exact(tag.name))], limit=1)
            if medium:
                tag.medium_id = medium
                continue
            source = self.env["utm.source"].search([("name", "=ilike", _exact(tag.name))], limit=1)
            if source:
                tag.source_id = source
            elif tag.integration_id.tag_policy == "create":
                tag.campaign_id = self.env["utm.campaign"].create(
                    {"title": tag.name, "is_auto_campaign": True}
                )

    @api.model
    def _for(self, integration, campaign, medium):
        """Return the tags that a post of this campaign and medium gets.

        A campaign without a tag gets one of its title. A medium has a tag only where somebody made
        one.
        """
        tags = self.browse()
        mine = [("integration_id", "=", integration.id)]
        if campaign:
            found = self.search([*mine, ("campaign_id", "=", campaign.id)])
            if not found:
                found = self._take(integration, [campaign.title])
                if not found.campaign_id:
                    found.campaign_id = campaign
            tags |= found
        if medium:
            tags |= self.search([*mine, ("medium_id", "=", medium.id)])
        return tags

    def _utm(self):
        """Return values (campaign_id, source_id, medium_id) that these tags say; first one wins."""
        values = {}
        for name in ("campaign_id", "source_id", "medium_id"):
            known = self.filtered(name)[:1]
            if known:
                values[name] = known[name].id
        return values

    def action_view_posts(self):
        """List the posts with this tag."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hootsuite_connector.hootsuite_post_action"
        )
        return {**action, "domain": [("tag_ids", "in", self.ids)], "context": {}}


def _exact(name):
    """A name as a pattern that only matches itself, whatever its case."""
    return name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
