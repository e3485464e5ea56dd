"""Settings of an account about recording files: hours, archive, space, and what space is left."""

from urllib.parse import urlsplit

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import archive
from ..tools.windows import in_window, next_window

GB = 10**9
MB = 10**6
FORECAST_DAYS = 90
# A forecast beyond that is no use to anybody.
FAR_DAYS = 3650
DOWNLOAD_HOSTS = ("*.zoom.us",)


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    recording_rule_ids = fields.One2many(
        "zoom.recording.rule", "integration_id", "Rules for recording files"
    )
    offpeak_begin = fields.Float(
        "Quiet hours from", default=22.0, help="In the company's time zone."
    )
    offpeak_end = fields.Float("Quiet hours until", default=6.0)
    offpeak_size = fields.Integer(
        "Big files from",
        default=500,
        help="MB. Files of this size and more are copied, compressed and archived in the quiet hours "
        "only. 0: at any time.",
    )
    offpeak_zone = fields.Char("Time zone", compute="_compute_offpeak_zone")
    archive_url = fields.Char(
        "Archive address",
        # Only whoever may change the server: it says where the server writes files.
        groups="base.group_system",
        help="Folder for archived files, as an fsspec address: file:///mnt/archive/zoom, "
        "s3://bucket/zoom, sftp://host/zoom ... Credentials belong into the server's environment or "
        "fsspec's configuration, not in here.",
    )
    download_hosts = fields.Char(
        "Further download hosts",
        groups="base.group_system",
        help="Zoom's downloads come from zoom.us. If yours come from other hosts, name them here, "
        "separated by spaces.",
    )
    storage_limit = fields.Float(
        "Space for recordings", help="GB in Odoo; 0: no limit. New copies wait when it is used up."
    )
    storage_alert = fields.Integer(
        "Warn at", default=80, help="Percent of the space; managers are told."
    )
    storage_used = fields.Float("Used", compute="_compute_storage", digits=(16, 3), help="GB")
    storage_archived = fields.Float(
        "In the archive", compute="_compute_storage", digits=(16, 3), help="GB"
    )
    storage_rate = fields.Float(
        "Growth", compute="_compute_storage", digits=(16, 3), help="GB a day, last 90 days"
    )
    storage_days = fields.Integer(
        "Days until the warning",
        compute="_compute_storage",
        help="At the rate of the last 90 days.",
    )
    storage_forecast = fields.Char("Forecast", compute="_compute_storage")

    @api.constrains("offpeak_begin", "offpeak_end", "offpeak_size")
    def _check_offpeak(self):
        for integration in self:
            hours = (integration.offpeak_begin, integration.offpeak_end)
            if min(hours) < 0 or max(hours) > 24 or integration.offpeak_size < 0:
                raise ValidationError(self.env._("Quiet hours lie between 0:00 and 24:00."))

    @api.constrains("storage_limit", "storage_alert")
    def _check_storage(self):
        for integration in self:
            if integration.storage_limit < 0 or not 1 <= integration.storage_alert <= 100:
                raise ValidationError(
                    self.env._("Space cannot be negative, and the warning is 1 to 100 percent.")
                )

    @api.constrains("archive_url")
    def _check_archive_url(self):
        for integration in self:
            if not integration.archive_url:
                continue
            if urlsplit(integration.archive_url).password:
                raise ValidationError(
                    self.env._(
                        "Leave the password out of the archive address. Give it in the server's "
                        "environment or in fsspec's configuration files."
                    )
                )
            try:
                archive.open_store(integration.archive_url)
            except archive.ArchiveError as exc:
                raise ValidationError(str(exc)) from exc

    @api.constrains("download_hosts")
    def _check_download_hosts(self):
        for integration in self:
            for host in (integration.download_hosts or "").split():
                bare = host.removeprefix("*.")
                if "." not in bare or not bare.replace("-", "").replace(".", "").isalnum():
                    raise ValidationError(self.env._("%(host)s is no host name.", host=host))

    @api.depends("company_id")
    def _compute_offpeak_zone(self):
        for integration in self:
            integration.offpeak_zone = integration._recording_zone()

    def _recording_zone(self):
        """Return the company's time zone: that of its contact, else of its working hours."""
        # sudo: the time zone of the account's own company, nothing of it is shown.
        company = self.company_id.sudo()
        zone = company.partner_id.tz
        if not zone and "resource_calendar_id" in company._fields:
            zone = company.resource_calendar_id.tz
        return zone if zone in pytz.all_timezones_set else "UTC"

    def _big_work_at(self, size, now):
        """Return when work on a file of `size` bytes may begin, naive UTC; `now` if at once."""
        if not self.offpeak_size or size < self.offpeak_size * MB:
            return now
        hours = (self.offpeak_begin, self.offpeak_end, self._recording_zone())
        return now if in_window(now, *hours) else next_window(now, *hours)

    # -- downloads ---------------------------------------------------------------------------------

    def _allowed_hosts(self):
        """Downloads go to other hosts than the API (vendor page "Get meeting recordings": download_url
        names the account's own host and may redirect)."""
        hosts = super()._allowed_hosts()
        if not self.env.context.get("zoom_download"):
            return hosts
        if self.environment == "sandbox":
            # The sandbox's storage is the same machine under its other name.
            loopback = {"127.0.0.1", "localhost"}
            return (*hosts, *(loopback if loopback & set(hosts) else ()))
        # sudo: a setting for administrators, needed to do the work.
        return (*hosts, *DOWNLOAD_HOSTS, *(self.sudo().download_hosts or "").split())

    def _insecure_hosts(self):
        hosts = super()._insecure_hosts()
        loopback = {"127.0.0.1", "localhost"}
        return hosts | loopback if hosts & loopback else hosts

    def _recording_client(self):
        """Return the client of this account that may go to the hosts of downloads."""
        self.ensure_one()
        return self.with_context(zoom_download=True)._zoom_client()

    # -- space -------------------------------------------------------------------------------------

    def _space_used(self):
        """Return bytes of recordings in Odoo."""
        # sudo: a sum over the account, whoever looks.
        [[total]] = (
            self.env["zoom.recording"]
            .sudo()
            ._read_group([("integration_id", "in", self.ids)], [], ["stored_size:sum"])
        )
        return total or 0.0

    def _compute_storage(self):
        # sudo: sums over the account, no record is shown.
        Recording = self.env["zoom.recording"].sudo()
        now = fields.Datetime.now()
        since = fields.Datetime.subtract(now, days=FORECAST_DAYS)
        for integration in self:
            mine = [("integration_id", "=", integration.id)]
            [[used, archived]] = Recording._read_group(
                mine, [], ["stored_size:sum", "archived_size:sum"]
            )
            [[recent, first]] = Recording._read_group(
                [*mine, ("downloaded_at", ">=", since)],
                [],
                ["stored_size:sum", "downloaded_at:min"],
            )
            days = min(FORECAST_DAYS, max(1, (now - first).days)) if first else FORECAST_DAYS
            rate = (recent or 0.0) / days
            integration.storage_used = (used or 0.0) / GB
            integration.storage_archived = (archived or 0.0) / GB
            integration.storage_rate = rate / GB
            left = integration._threshold() - (used or 0.0)
            integration.storage_days = (
                int(max(0.0, left) / rate) if rate and integration.storage_limit else 0
            )
            integration.storage_forecast = integration._forecast_text(left, rate)

    def _threshold(self):
        """Return the bytes at which managers are warned."""
        return self.storage_limit * GB * self.storage_alert / 100

    def _forecast_text(self, left, rate):
        if not self.storage_limit:
            return self.env._("No limit is set.")
        if left <= 0:
            return self.env._("The warning level is reached.")
        if not rate:
            return self.env._("Nothing was added in the last 90 days.")
        if left / rate > FAR_DAYS:
            return self.env._("It lasts for more than ten years at the rate of the last 90 days.")
        return self.env._(
            "The warning level is reached in %(days)s days at the rate of the last 90 days.",
            days=int(left / rate),
        )

    def _check_space(self):
        """Raise or close the alert about the space for recordings."""
        for integration in self:
            used = integration._space_used()
            if integration.storage_limit and used >= integration._threshold():
                integration._alert(
                    "recording_space",
                    self.env._(
                        "Recordings take %(used).1f of %(limit).1f GB.",
                        used=used / GB,
                        limit=integration.storage_limit,
                    ),
                    self.env._(
                        "Archive or delete recordings earlier (Recordings in the Zoom integration), "
                        "or raise the limit."
                    ),
                )
            else:
                integration._alert_clear("recording_space")

    def action_storage_report(self):
        """Open the space report of this account."""
        return self._open_zoom("zoom_storage_action")

    @api.model_create_multi
    def create(self, vals_list):
        integrations = super().create(vals_list)
        for integration in integrations:
            self.env["zoom.recording.rule"]._for(integration)
        return integrations
