from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from .hootsuite_integration import MANAGER

GREY, GREEN, AMBER, RED = "grey", "green", "amber", "red"
ORDER = [GREY, GREEN, AMBER, RED]
LOOK = {
    GREY: ("fa-circle-o text-muted", "Nothing yet"),
    GREEN: ("fa-check-circle text-success", "OK"),
    AMBER: ("fa-exclamation-circle text-warning", "Look at this"),
    RED: ("fa-times-circle text-danger", "Needs you"),
}
PREFIXES = ("inbox.conversation_", "inbox.message", "platform.", "relay.")


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    status_level = fields.Selection(
        [(GREEN, "Working"), (AMBER, "Look at this"), (RED, "Needs you")],
        "Status",
        compute="_compute_status",
    )
    status_summary = fields.Char(compute="_compute_status")
    status_panel = fields.Html(compute="_compute_status", sanitize=False)

    agent_url = fields.Char(compute="_compute_addresses", groups=MANAGER)
    crm_url = fields.Char(compute="_compute_addresses", groups=MANAGER)
    platform_url = fields.Char(compute="_compute_addresses", groups=MANAGER)
    relay_url = fields.Char(compute="_compute_addresses", groups=MANAGER)

    @api.depends("webhook_key")
    def _compute_addresses(self):
        for integration in self:
            # One address for all: Odoo tells by the shape what arrives.
            address = integration.webhook_url
            integration.agent_url = integration.crm_url = address
            integration.platform_url = integration.relay_url = address

    @api.depends_context("tz", "lang", "uid")
    @api.depends("state", "state_message", "token_expires_at", "platform_scheme")
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
        return Markup('<table class="o_hootsuite_status mb-0">{rows}</table>').format(rows=rows)

    def _status_lines(self):
        """Return [(level, title, text)]: is it working, and what needs whom."""
        self.ensure_one()
        return [
            self._status_connection(),
            self._status_token(),
            self._status_conversations(),
            self._status_platform(),
            self._status_signatures(),
            self._status_inbox(),
            self._status_profiles(),
            self._status_quota(),
            self._status_vendor(),
        ]

    def _when(self, moment):
        if not moment:
            return self.env._("never")
        local = fields.Datetime.context_timestamp(self, moment)
        return f"{local:%Y-%m-%d %H:%M}"

    def _status_connection(self):
        title = self.env._("Connection")
        if self.state == "connected":
            return GREEN, title, self.state_message or self.env._("Connected to Hootsuite.")
        if self.state == "draft":
            missing = [
                name
                for name, value in (
                    (self.env._("client ID"), self.client_id),
                    (self.env._("client secret"), self.client_secret),
                    (
                        self.env._("organization ID"),
                        self.organization_ref or self.app_kind != "organization_app",
                    ),
                )
                if not value
            ]
            if missing:
                text = self.env._("Not connected. Enter: %(names)s.", names=", ".join(missing))
                return AMBER, title, text
            return AMBER, title, self.env._("Not connected yet. Press Connect to Hootsuite.")
        return RED, title, self.state_message or self.env._("Press Connect to Hootsuite again.")

    def _status_token(self):
        title = self.env._("Access")
        if self.state != "connected":
            return (RED if self.state == "reconnect" else AMBER), title, self.env._("No access.")
        if self.app_kind == "user" and "offline" not in (self.scopes or "").split():
            text = self.env._(
                "Valid until %(time)s, then lost: the scope offline is not asked for.",
                time=self._when(self.token_expires_at),
            )
            return AMBER, title, text
        text = self.env._(
            "Valid until %(time)s, renewed by itself.", time=self._when(self.token_expires_at)
        )
        return GREEN, title, text

    def _last_received(self):
        """Return dict prefix of event types -> time of the last delivery."""
        # sudo: times only; the list behind them follows the user's rights.
        groups = (
            self.env["connector.event"]
            .sudo()
            ._read_group(
                [("integration_model", "=", self._name), ("integration_id", "=", self.id)],
                ["event_type"],
                ["last_delivery_at:max"],
            )
        )
        found = {}
        for event_type, moment in groups:
            for prefix in PREFIXES:
                if event_type.startswith(prefix) and moment:
                    found[prefix] = max(moment, found.get(prefix, moment))
        return found

    def _status_conversations(self):
        title = self.env._("Conversations")
        if not (self.webhook_secret or self.crm_secret or self.relay_secret):
            text = self.env._(
                "No secret of Inbox 2.0 or of a relay: every conversation is refused. Enter it below."
            )
            return AMBER, title, text
        last = self._last_received()
        moments = [last[prefix] for prefix in PREFIXES if prefix != "platform." and prefix in last]
        if not moments:
            return AMBER, title, self.env._("Nothing has arrived yet: enter the address in Inbox.")
        return GREEN, title, self.env._("Last one: %(time)s.", time=self._when(max(moments)))

    def _status_platform(self):
        title = self.env._("Platform events")
        if self.platform_scheme == "closed":
            return (
                GREY,
                title,
                self.env._("Closed: the state of posts is read every half hour instead."),
            )
        if self.platform_scheme == "hmac" and not self.platform_secret:
            return RED, title, self.env._("No secret: every platform event is refused.")
        last = self._last_received().get("platform.")
        moments = [moment for moment in (last, self.last_ping_at) if moment]
        if not moments:
            return GREY, title, self.env._("Nothing has arrived yet.")
        return GREEN, title, self.env._("Last one: %(time)s.", time=self._when(max(moments)))

    def _status_signatures(self):
        title = self.env._("Refused events")
        refused = self.last_bad_signature_at
        text = self._when(refused)
        if not refused:
            return GREEN, title, text
        text = self.env._("Last one without a valid proof: %(time)s.", time=text)
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

    def _status_profiles(self):
        title = self.env._("Social profiles")
        if not self.last_mirror_at:
            return GREY, title, self.env._("Not read yet.")
        if self.reconnect_count:
            text = self.env._(
                "%(broken)s of %(count)s must be reconnected in Hootsuite.",
                broken=self.reconnect_count,
                count=self.profile_count,
            )
            return RED, title, text
        return (
            GREEN,
            title,
            self.env._(
                "%(count)s, read on %(time)s.",
                count=self.profile_count,
                time=self._when(self.last_mirror_at),
            ),
        )

    def _quota_used(self):
        """Return the highest count of calls that Hootsuite told today (UTC), 0 when none."""
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
        # sudo: a number only. Grouped, since other connections add to the rows.
        ((highest,),) = (
            self.env["connector.metric"]
            .sudo()
            ._read_group(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "=", self.id),
                    ("name", "=", "quota_used"),
                    ("hour", ">=", today),
                ],
                [],
                ["maximum:max"],
            )
        )
        return int(highest or 0)

    def _status_quota(self):
        title = self.env._("Calls today")
        used, limit = self._quota_used(), self.daily_limit or 100_000
        text = self.env._("%(used)s of %(limit)s.", used=f"{used:,}", limit=f"{limit:,}")
        return (AMBER if used >= 0.9 * limit else GREEN), title, text

    def _status_vendor(self):
        title = self.env._("Hootsuite's service")
        if self.breaker_state == "open":
            return AMBER, title, self.env._("Does not answer. Calls pause and go on by themselves.")
        if self.breaker_state == "half_open":
            return AMBER, title, self.env._("Being tried again.")
        return GREEN, title, self.env._("Answers normally.")

    # -- the webhook addresses -------------------------------------------------------------------

    @api.depends_context("lang", "tz")
    @api.depends("webhook_key", "platform_scheme", "webhook_secret", "crm_secret")
    def _compute_webhook_uses(self):
        for integration in self:
            last = integration._last_received() if integration._origin.id else {}
            rows = Markup().join(
                Markup(
                    '<tr><td class="pe-3"><b>{what}</b></td><td class="pe-3">{where}</td>'
                    '<td class="pe-3">{brings}</td><td class="pe-3">{proof}</td>'
                    '<td class="text-nowrap">{last}</td></tr>'
                ).format(
                    what=what,
                    where=where,
                    brings=brings,
                    proof=proof,
                    last=integration._when(last.get(prefix)),
                )
                for what, where, brings, proof, prefix in integration._webhook_rows()
            )
            integration.webhook_uses = Markup(
                '<table class="table table-sm mb-0"><thead><tr><th>{a}</th><th>{b}</th><th>{c}</th>'
                "<th>{d}</th><th>{e}</th></tr></thead><tbody>{rows}</tbody></table>"
            ).format(
                a=self.env._("What"),
                b=self.env._("Where to enter the address in Hootsuite"),
                c=self.env._("What it brings"),
                d=self.env._("Proof"),
                e=self.env._("Last time"),
                rows=rows,
            )

    def _webhook_rows(self):
        present, absent = self.env._("secret entered"), self.env._("secret missing: refused")
        scheme = dict(self._fields["platform_scheme"]._description_selection(self.env))
        return [
            (
                self.env._("Virtual agent"),
                self.env._("Inbox 2.0 > Admin settings > Virtual agents > Webhook URL"),
                self.env._("Every message of a conversation that the agent holds, at once"),
                present if self.webhook_secret else absent,
                "inbox.message",
            ),
            (
                self.env._("CRM integration"),
                self.env._("Inbox 2.0 > Admin settings > Integration and APIs > CRM"),
                self.env._(
                    "The transcript when people resolve a conversation or set it to pending;"
                    " look-ups of contacts; error messages"
                ),
                present if self.crm_secret else absent,
                "inbox.conversation_",
            ),
            (
                self.env._("Platform events"),
                self.env._("My Apps > your app > Webhook URL (Odoo adds it to its own posts)"),
                self.env._("What became of your posts"),
                scheme.get(self.platform_scheme, ""),
                "platform.",
            ),
            (
                self.env._("Relay"),
                self.env._("Your own program (format: see the documentation)"),
                self.env._("Messages of any other source"),
                present if self.relay_secret else absent,
                "relay.",
            ),
        ]
