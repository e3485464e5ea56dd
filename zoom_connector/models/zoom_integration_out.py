"""What an account's administrator decides about sending, and how our own echo is recognised."""

import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.connector_base.core.errors import ConnectorError

from ..tools import register
from .zoom_budget import VENDOR_LIMIT

_logger = logging.getLogger(__name__)


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    push_policy = fields.Selection(
        [("all", "All Zoom meetings"), ("own", "Only meetings made in Odoo")],
        "Send changes of",
        default="all",
        required=True,
        help="Which meetings follow the calendar: also those that were made in Zoom, or only those "
        "that Odoo made.",
    )
    default_host_id = fields.Many2one(
        "zoom.user",
        "Default host",
        ondelete="set null",
        domain="[('integration_id', '=', id), ('status', '=', 'active')]",
        help="Hosts the meetings of organizers who have no Zoom user of their own.",
    )
    default_template_id = fields.Many2one(
        "zoom.meeting.template", "Default template", ondelete="set null"
    )
    push_daily_limit = fields.Integer(
        "Changes a day",
        default=VENDOR_LIMIT,
        help="Zoom allows 100 new or changed meetings per host and day (UTC).",
    )
    push_batch_reserve = fields.Integer(
        "Kept for people",
        default=20,
        help="Mass changes stop this far before the limit; what people do one by one may use it all.",
    )
    push_waiting_count = fields.Integer("Waiting for Zoom", compute="_compute_push_counts")
    push_failed_count = fields.Integer("Not accepted", compute="_compute_push_counts")

    @api.constrains("push_daily_limit", "push_batch_reserve")
    def _check_push_limits(self):
        for account in self:
            if not 0 < account.push_daily_limit <= 1000:
                raise ValidationError(self.env._("Changes a day must be between 1 and 1000."))
            if not 0 <= account.push_batch_reserve < account.push_daily_limit:
                raise ValidationError(
                    self.env._("What is kept for people must be less than the changes a day.")
                )

    def _compute_push_counts(self):
        groups = (
            self.env["zoom.push"]
            .sudo()  # numbers only; the list behind them follows the user's rights
            ._read_group(
                [("integration_id", "in", self.ids), ("state", "!=", "done")],
                ["integration_id", "state"],
                ["__count"],
            )
        )
        counts = {(account.id, state): count for account, state, count in groups}
        for account in self:
            account.push_failed_count = counts.get((account.id, "failed"), 0)
            account.push_waiting_count = sum(
                counts.get((account.id, state), 0) for state in ("pending", "sending", "blocked")
            )

    def action_view_pushes(self):
        return self._open_zoom("zoom_push_action", [("state", "!=", "done")])

    def action_view_budgets(self):
        return self._open_zoom("zoom_budget_action")

    def action_read_templates(self):
        """List the meeting templates that the account's users keep in Zoom."""
        self.ensure_one()
        self.check_access("write")
        client = self._zoom_client()
        Template = self.env[
            "zoom.meeting.template"
        ].sudo()  # the list of the account, as Zoom has it
        count, failed = 0, []
        hosts = self.env["zoom.user"].search(
            [("integration_id", "=", self.id), ("status", "=", "active")]
        )
        for host in hosts:
            try:
                count += len(Template._upsert_vendor(host, client.templates(host.zoom_id)))
            except ConnectorError as exc:
                # One user without licence or permission does not hide the templates of the others.
                _logger.info("Templates of a Zoom user could not be read: %s", exc.message)
                failed.append(f"{host.name}: {exc.message}")
        message = self.env._("%(count)s templates are kept in Zoom.", count=count)
        return self._notify_started(" ".join([message, *failed[:3]]))

    def _connected(self):
        """What waited for the account goes on as soon as there is access."""
        result = super()._connected()
        # sudo: rows of the account that has just been connected.
        self.env["zoom.push"].sudo().search(
            [("integration_id", "=", self.id), ("state", "=", "blocked")]
        )._retry()
        return result

    def _default_asked_settings(self):
        """Return the account's settings for new meetings: vendor names and values."""
        self.ensure_one()
        return {
            "waiting_room": self.default_waiting_room,
            "join_before_host": self.default_join_before_host and not self.default_waiting_room,
            "mute_upon_entry": self.default_mute_upon_entry,
            "auto_recording": self.default_recording_mode,
        }

    # -- our own echo --------------------------------------------------------------------------

    def _handle_meeting_changed(self, pairs):
        """Leave out the events with which Zoom tells us what we have just told Zoom.

        Such an event says nothing new, and reading the meeting again because of it would be a
        superfluous call. What makes an event an echo: its time lies within our own change, and every
        value in it is the one that we sent or read back.
        """
        notes, rest = {}, []
        for event, fact in pairs:
            if self.env["zoom.push"]._is_echo(self, fact, self._changed_patch(fact)):
                notes[event.id] = "ignored: echo of a change that Odoo made"
            else:
                rest.append((event, fact))
        if rest:
            notes.update(super()._handle_meeting_changed(rest) or {})
        return notes or None

    @api.model
    def _push_moment(self):
        """Return now, in ms since 1970."""
        return register.to_ms(fields.Datetime.now())
