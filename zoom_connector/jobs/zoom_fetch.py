from odoo import api, models

from .zoom_sync import BUDGET_SECONDS

AT_ONCE = 50


class ZoomFetch(models.AbstractModel):
    """Authoritative reads of single meetings, asked for by webhooks that told too little.

    A flag on the meeting is the queue: however many events ask, each meeting is read once, and the
    inbox never waits for Zoom.
    """

    _name = "zoom.fetch"
    _inherit = "zoom.sync"
    _description = "Zoom Meeting Read"
    _kind = "Meeting details"
    _stream = "fetch"

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        with self._page_env() as env:
            waiting = env["zoom.meeting"].search_count(
                [("integration_id", "=", integration_id), ("needs_read", "=", True)], limit=1
            )
        if not waiting:
            return self.env._("Nothing to read.")
        return super()._run_job(integration_id, budget)

    @api.model
    def _first_position(self, integration):
        return {}

    @api.model
    def _steps(self, run):
        while zoom_ids := self._flagged(run):
            for zoom_id in zoom_ids:
                self._read_details(run, zoom_id)
                self._page(run, lambda env, mine, zoom_id=zoom_id: self._unflag(env, mine, zoom_id))
                run.check_time()

    @api.model
    def _flagged(self, run):
        with self._page_env() as env:
            meetings = env["zoom.meeting"].search(
                [("integration_id", "=", run.integration.id), ("needs_read", "=", True)],
                order="id",
                limit=AT_ONCE,
            )
            return meetings.mapped("zoom_id")

    @api.model
    def _unflag(self, env, integration, zoom_id):
        env["zoom.meeting"]._known(integration, {zoom_id}).get(
            zoom_id, env["zoom.meeting"]
        ).needs_read = False

    @api.model
    def _done(self, run):
        """Nothing to note: the meetings say themselves when they were read."""
