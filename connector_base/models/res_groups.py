from odoo import api, models

from .. import compat


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model
    def _connector_set_category(self):
        """Show the connector group in its section of the user form; runs at every update."""
        compat.set_group_category(
            self.env,
            self.env.ref("connector_base.group_connector_manager"),
            self.env.ref("connector_base.module_category_connector"),
        )
