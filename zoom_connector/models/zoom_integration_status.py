from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

GREY, GREEN, AMBER, RED = "grey", "green", "amber", "red"
ORDER = [GREY, GREEN, AMBER, RED]
LOOK = {
    GREY: ("fa-circle-o text-muted", "Nothing yet"),
    GREEN: ("fa-check-circle text-success", "OK"),
    AMBER: ("fa-exclamation-circle text-warning", "Look at this"),
    RED: ("fa-times-circle text-danger", "Needs you"),
}
# Zoom repeats its validation every 72 hours (vendor page "Using webhooks").
VALIDATION_EVERY = timedelta(hours=72)


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    status_level = fields.Selection(
        [(GREEN, "Working"), (AMBER, "Look at this"), (RED, "Needs you")],
        "Status",
        compute="_compute_status",
    )
    status_summary = fields.Char(compute="_compute_status")
    status_panel = fields.Html(compute="_compute_status", sanitize=False)

    @api.depends_context("tz", "lang")
    @api.depends("state", "state_message", "token_expires_at", "webhook_validated_at")
    def _compute_status(self):
        for integration in self:
            # sudo: whether the account works is no secret to its users; credentials are not shown.
            lines = integration.sudo()._status_lines()
            worst = max([GREEN, *(level for level, *_rest in lines)], key=ORDER.index)
            integration.status_level = worst
            integration.status_summary = next(
                (text for level, _title, text in lines if level == worst), ""
            )
            integration.status_panel = self._status_html(lines)

    @api.model
    def _status_html(self, lines):
        rows = Markup().join(
            Markup(
                '<tr><td class="pe-2"><i class="fa {icon}" role="img" aria-label="{label}" '
                'title="{label}"></i></td><td class="pe-3 text-nowrap"><b>{title}</b></td>'
                "<td>{text}</td></tr>"
            ).format(icon=LOOK[level][0], label=LOOK[level][1], title=title, text=text)
            for level, title, text in lines
        )
        return Markup('<table class="o_zoom_status mb-0">{rows}</table>').format(rows=rows)

    def _status_lines(self):
        """Return [(level, title, text)]: is it working, and what needs whom."""
        self.ensure_one()
        return [
            self._status_connection(),
            self._status_token(),
            self._status_webhook(),
            self._status_last_event(),
            self._status_signatures(),
            self._status_inbox(),
            self._status_vendor(),
            self._status_reading(),
        ]

    def _when(self, moment):
        if not moment:
            return self.env._("never")
        local = fields.Datetime.context_timestamp(self, moment)
        return f"{local:%Y-%m-%d %H:%M}"

    def _status_connection(self):
        title = self.env._("Connection")
        if self.state == "connected":
            return GREEN, title, self.state_message or self.env._("Connected to Zoom.")
        if self.state == "draft":
            missing = [
                name
                for name, value in (
                    (self.env._("client ID"), self.client_id),
                    (self.env._("client secret"), self.client_secret),
                    (
                        self.env._("account ID"),
                        self.account_id or self.app_kind != "server_to_server",
                    ),
                )
                if not value
            ]
            if missing:
                text = self.env._("Not connected. Enter: %(names)s.", names=", ".join(missing))
                return AMBER, title, text
            return AMBER, title, self.env._("Not connected yet. Press Connect to Zoom.")
        return RED, title, self.state_message or self.env._("Press Connect to Zoom again.")

    def _status_token(self):
        title = self.env._("Access")
        if self.state != "connected":
            return (RED if self.state == "reconnect" else AMBER), title, self.env._("No access.")
        text = self.env._(
            "Valid until %(time)s, renewed by itself.", time=self._when(self.token_expires_at)
        )
        return GREEN, title, text

    def _status_webhook(self):
        title = self.env._("Webhook address")
        if not self.webhook_secret:
            return (
                RED,
                title,
                self.env._("No secret token: every event is refused. Enter it below."),
            )
        if self.webhook_validated_at:
            late = self.webhook_validated_at < fields.Datetime.now() - 2 * VALIDATION_EVERY
            text = self.env._(
                "Verified by Zoom on %(time)s.", time=self._when(self.webhook_validated_at)
            )
            if late and not self._recent_event():
                return AMBER, title, text + " " + self.env._("It should have been repeated since.")
            return GREEN, title, text
        if self.last_event_at:
            return GREEN, title, self.env._("Signed events arrive.")
        return AMBER, title, self.env._("Not verified yet: enter the address in Zoom's app page.")

    def _recent_event(self):
        recent = fields.Datetime.now() - VALIDATION_EVERY
        return bool(self.last_event_at and self.last_event_at > recent)

    def _status_last_event(self):
        title = self.env._("Last event")
        return (GREEN if self.last_event_at else GREY), title, self._when(self.last_event_at)

    def _status_signatures(self):
        title = self.env._("Refused events")
        refused = self.last_bad_signature_at
        text = self._when(refused)
        if not refused:
            return GREEN, title, text
        text = self.env._("Last one with a wrong signature: %(time)s.", time=text)
        newer = not self.last_event_at or refused > self.last_event_at
        fresh = refused > fields.Datetime.now() - timedelta(days=1)
        return (AMBER if newer and fresh else GREEN), title, text

    def _status_inbox(self):
        title = self.env._("Inbox")
        # sudo: two numbers; the list behind them follows the user's rights.
        waiting = (
            self.env["connector.event"]
            .sudo()
            .search_count(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "=", self.id),
                    ("state", "in", ("received", "processing", "retry")),
                ]
            )
        )
        text = self.env._(
            "%(waiting)s waiting, %(dead)s need you.", waiting=waiting, dead=self.dead_count
        )
        if self.dead_count:
            return RED, title, text
        return (AMBER if waiting > 1000 else GREEN), title, text

    def _status_vendor(self):
        title = self.env._("Zoom's service")
        if self.breaker_state == "open":
            return AMBER, title, self.env._("Does not answer. Calls pause and go on by themselves.")
        if self.breaker_state == "half_open":
            return AMBER, title, self.env._("Being tried again.")
        return GREEN, title, self.env._("Answers normally.")

    def _status_reading(self):
        title = self.env._("Last import / comparison")
        text = f"{self._when(self.last_import_at)} / {self._when(self.last_reconcile_at)}"
        if not (self.last_import_at or self.last_reconcile_at):
            return AMBER, title, self.env._("Nothing imported yet. Press Import Now.")
        return GREEN, title, text
