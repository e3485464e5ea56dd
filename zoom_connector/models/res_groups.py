from odoo import api, models

from odoo.addons.connector_base import compat


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _zoom_set_category(self):
        """Show the Zoom groups as one choice in the user form, on every series the same."""
        groups = self.env.ref("zoom_connector.group_zoom_user") | self.env.ref(
            "zoom_connector.group_zoom_manager"
        )
        category = self.env.ref("zoom_connector.module_category_zoom")
        compat.set_group_category(self.env, groups, category)
