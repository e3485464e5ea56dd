from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models

from ..client import HootsuiteClient

# Hootsuite allows 20 calls a second for everything; background work takes less than half of it.
PACE = 0.12
# Share of the daily quota that background work leaves to people.
QUOTA_KEPT = 0.1


class HootsuiteSync(models.AbstractModel):
    """Frame of Hootsuite's long jobs, see `connector.sync`."""

    _name = "hootsuite.sync"
    _inherit = "connector.sync"
    _description = "Hootsuite Synchronization"

    _integration_model = "hootsuite.integration"
    _pace = PACE

    @api.model
    def _client(self, http):
        return HootsuiteClient(http)

    @api.model
    def _connected(self):
        """Return the accounts that scheduled actions work for."""
        return self.env["hootsuite.integration"].search([("state", "=", "connected")])

    @api.model
    def _quota_left(self, integration):
        """Whether background work may still call today (H13)."""
        limit = integration.daily_limit or 100_000
        left = integration._quota_used() < (1 - QUOTA_KEPT) * limit
        if left:
            integration._alert_clear("quota")
        return left

    @api.model
    def _bulk_eta(self, integration):
        """Return when bulk work may begin: None for now, else the next off-peak hour (UTC)."""
        start, stop = integration.bulk_from, integration.bulk_to
        if start == stop:
            return None
        zone = pytz.timezone(
            integration.company_id.resource_calendar_id.tz or self.env.user.tz or "UTC"
        )
        local = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        hour = local.hour + local.minute / 60
        inside = start <= hour < stop if start < stop else hour >= start or hour < stop
        if inside:
            return None
        begin = datetime.combine(local.date(), datetime.min.time()) + timedelta(hours=start)
        if hour >= start:
            begin += timedelta(days=1)
        return zone.localize(begin).astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _job_models(self):
        """Return the models whose waiting jobs the scheduler does where no job runner is."""
        return ["hootsuite.mirror"]

    @api.model
    def _cron_without_runner(self):
        """Scheduled action: do the waiting Hootsuite jobs where no job runner takes them."""
        self._do_waiting(self._job_models())
