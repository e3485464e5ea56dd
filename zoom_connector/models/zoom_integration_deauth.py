"""The app was removed in Zoom: Zoom's data goes, and nothing new of it is kept."""

from odoo import api, fields, models

from ..adapters import events as zoom_events


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    deauthorized_at = fields.Datetime(
        "Removed in Zoom",
        readonly=True,
        copy=False,
        help="When somebody removed the app in Zoom; empty again as soon as it is connected anew.",
    )

    def _deauthorized(self, at):
        """Delete what Zoom requires to be deleted (vendor page "Deauthorization").

        The tokens are gone already. The rest may be much, so a job does it, page by page.

        :param at: Zoom's time of the removal, naive UTC
        """
        self.ensure_one()
        self._connector_store({"deauthorized_at": at or fields.Datetime.now()})
        self.env["zoom.wipe"]._enqueue(self)

    def _connected(self):
        result = super()._connected()
        if self.deauthorized_at:
            self._connector_store({"deauthorized_at": None})
        return result

    def _connector_apply(self, event_type, pairs):
        """Leave out what arrives after the removal, and do not even keep it."""
        gone = self.deauthorized_at and self.state != "connected"
        if not gone or isinstance(pairs[0][1], zoom_events.Deauthorized):
            return super()._connector_apply(event_type, pairs)
        events = self.env["connector.event"].union(*(event for event, _fact in pairs))
        self._forget_payloads(events.ids)
        note = "ignored: the app was removed in Zoom"
        return {event.id: note for event, _fact in pairs}

    @api.model
    def _forget_payloads(self, event_ids):
        """Empty deliveries; what is left says that something came, not what."""
        self.env.cr.execute(
            "UPDATE connector_event SET payload = '{}', error = NULL, remedy = NULL, note = NULL,"
            " subject_key = NULL, external_key = 'wiped:' || id WHERE id = ANY(%s)",
            (event_ids,),
        )
        self.env["connector.event"].invalidate_model()
