from odoo import api, models


class HootsuiteMirrorJob(models.AbstractModel):
    _inherit = "hootsuite.mirror"

    @api.model
    def _done(self, run):
        """The first figures are read when it is known whose: after the first read of profiles."""
        first = not run.integration.last_mirror_at
        result = super()._done(run)
        if first and run.integration.figures_on:
            self.env["hootsuite.figures"]._enqueue(run.integration)
        return result
