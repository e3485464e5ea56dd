from odoo import fields, models


class ConnectorMetric(models.Model):
    _inherit = "connector.metric"

    name = fields.Selection(
        selection_add=[("quota_used", "Calls counted by the vendor today")],
        ondelete={"quota_used": "cascade"},
    )
