from odoo import api, models


class HootsuiteSync(models.AbstractModel):
    _inherit = "hootsuite.sync"

    @api.model
    def _job_models(self):
        return [
            *super()._job_models(),
            "hootsuite.post.fetch",
            "hootsuite.post.pull",
            "hootsuite.figures",
        ]
