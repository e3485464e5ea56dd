"""Registrations that are read from Zoom: all of a meeting, on demand and once a day."""

import time

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import (
    ConnectorError,
    NotFound,
    Rejected,
    ScopeMissing,
    is_retryable,
)
from odoo.addons.queue_job.exception import RetryableJobError

from .zoom_registrant_send import STATUSES

# Zoom's approval_type (vendor page "Create a meeting", settings).
MODES = {0: "automatic", 1: "manual", 2: "none"}


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    registration_mode = fields.Selection(
        [
            ("automatic", "Everybody is approved"),
            ("manual", "Each is approved by hand"),
            ("none", "No registration"),
        ],
        "Registration",
        readonly=True,
    )
    pending_registrant_count = fields.Integer(
        "Waiting for approval", compute="_compute_pending_registrant_count"
    )

    def _compute_pending_registrant_count(self):
        counts = dict(
            self.env["zoom.registrant"]._read_group(
                [("meeting_id", "in", self.ids), ("status", "=", "pending")],
                ["meeting_id"],
                ["__count"],
            )
        )
        for meeting in self:
            meeting.pending_registrant_count = counts.get(meeting, 0)

    @api.model
    def _settings_values(self, settings):
        values = super()._settings_values(settings)
        if settings.approval_type in MODES:
            values["registration_mode"] = MODES[settings.approval_type]
        return values

    def action_read_registrants(self):
        """Read the registrations of these meetings from Zoom, in the background."""
        self.check_access("read")
        for meeting in self:
            # sudo: everybody who sees a meeting may ask for fresh data; the job stores it.
            self.env["zoom.registrant"].sudo()._enqueue_read(meeting)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The registrations are being read from Zoom."),
            },
        }


class ZoomRegistrant(models.Model):
    _inherit = "zoom.registrant"

    @api.model
    def _enqueue_read(self, meeting):
        self.with_delay(
            identity_key=f"zoom.registrant.read:{meeting.id}",
            # No topic: what the queue shows is not bound by the meeting's visibility.
            description="Zoom: read registrations",
        )._job_read(meeting.id)

    @api.model
    def _job_read(self, meeting_id):
        """Job: read all registrations of a meeting.

        :raises RetryableJobError: Zoom cannot be asked at the moment
        """
        meeting = self.env["zoom.meeting"].browse(meeting_id).exists()
        account = meeting.integration_id
        if not meeting or account.state != "connected" or meeting.presence == "deleted":
            return self.env._("There is nothing to read.")
        at = int(time.time() * 1000)
        client = account._zoom_client()
        try:
            rows = [
                (status, registrant)
                for status in STATUSES
                for registrant in client.registrants(meeting.zoom_id, status=status)
            ]
        except (NotFound, Rejected, ScopeMissing) as exc:
            return exc.message
        except ConnectorError as exc:
            if is_retryable(exc):
                wait = int(min(max(exc.retry_after or 60, 5), 900))
                raise RetryableJobError(exc.message, seconds=wait, ignore_retry=True) from exc
            return exc.message
        self._store_read(meeting, rows, at)
        return self.env._("%(count)s registrations", count=len(rows))

    @api.model
    def _store_read(self, meeting, rows, at):
        """Keep what Zoom's lists say; a registration that is in none of them was cancelled.

        :param list rows: (status, adapter `Registrant`)
        """
        statements = [
            (
                meeting,
                registrant.registrant_id,
                at,
                {
                    "name": registrant.name,
                    "email": (registrant.email or "").lower(),
                    "status": status,
                },
            )
            for status, registrant in rows
        ]
        listed = {registrant.registrant_id for _status, registrant in rows}
        gone = meeting.registrant_ids.filtered(
            lambda row: row.registrant_id not in listed and row.status != "cancelled"
        )
        statements += [(meeting, row.registrant_id, at, {"status": "cancelled"}) for row in gone]
        if statements:
            self._upsert(meeting.integration_id, statements)

    @api.model
    def _cron_read(self):
        """Scheduled action, daily: read the registrations of the meetings that lie ahead."""
        meetings = self.env["zoom.meeting"].search(
            [
                ("integration_id.state", "=", "connected"),
                ("presence", "=", "present"),
                ("registration_mode", "in", ("automatic", "manual")),
                ("calendar_event_ids.stop", ">=", fields.Datetime.now()),
            ]
        )
        for meeting in meetings:
            self._enqueue_read(meeting)
