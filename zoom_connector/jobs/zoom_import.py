from odoo import api, fields, models


class ZoomImport(models.AbstractModel):
    """First import: users, and their meetings, attendance and recordings of the sync window."""

    _name = "zoom.import"
    _inherit = "zoom.sync"
    _description = "Zoom Import"
    _kind = "Import"
    _stream = "import"

    @api.model
    def _first_position(self, integration):
        return self._window_position(integration, integration.sync_past_days)

    @api.model
    def _done(self, run):
        run.integration._connector_store({"last_import_at": fields.Datetime.now()})
