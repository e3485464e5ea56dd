from odoo import api, models

from odoo.addons.connector_base import compat


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _hootsuite_set_category(self):
        """Show the Hootsuite groups as one choice in the user form, on every series the same."""
        groups = self.env.ref("hootsuite_connector.group_hootsuite_user") | self.env.ref(
            "hootsuite_connector.group_hootsuite_manager"
        )
        category = self.env.ref("hootsuite_connector.module_category_hootsuite")
        compat.set_group_category(self.env, groups, category)
