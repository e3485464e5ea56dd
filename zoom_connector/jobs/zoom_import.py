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


class ZoomReconcile(models.AbstractModel):
    """Reconciliation: the same reading over the last days, to find what webhooks missed."""

    _name = "zoom.reconcile"
    _inherit = "zoom.sync"
    _description = "Zoom Reconciliation"
    _kind = "Reconciliation"
    _stream = "reconcile"

    @api.model
    def _first_position(self, integration):
        return self._window_position(integration, min(integration.sync_past_days, 30))

    @api.model
    def _done(self, run):
        run.integration._connector_store({"last_reconcile_at": fields.Datetime.now()})
