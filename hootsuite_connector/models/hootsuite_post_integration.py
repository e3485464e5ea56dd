"""Posts and figures on the account: settings, numbers of the overview."""

from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.cursors import own_cursor

BARS = "▁▂▃▄▅▆▇█"
TREND_DAYS = 14


class HootsuiteIntegration(models.Model):
    _inherit = "hootsuite.integration"

    approval = fields.Selection(
        [
            ("second", "A second person approves"),
            ("own", "Managers may approve their own posts"),
            ("none", "No approval needed"),
        ],
        default="second",
        required=True,
        help="Who lets a post go out: a Hootsuite manager other than its author, or any manager.",
    )
    link_policy = fields.Selection(
        [
            ("track", "Short tracked links, where Odoo's link tracker is installed"),
            ("utm", "Add campaign, source and medium to the address"),
            ("none", "Leave them as they are"),
        ],
        "Links in posts",
        default="track",
        required=True,
        help="Whoever follows a link and becomes a lead on your website is traced to the post.",
    )
    tag_policy = fields.Selection(
        [
            ("match", "Only tags that are linked to a campaign, or have its name"),
            ("create", "Every new tag becomes a campaign"),
        ],
        "Campaigns from Hootsuite's tags",
        default="match",
        required=True,
    )
    figures_on = fields.Boolean(
        "Read figures",
        default=True,
        help="Figures of posts and profiles are read every day. Needs the scope analytics:read.",
    )
    figures_note = fields.Char(readonly=True, copy=False)
    last_figures_at = fields.Datetime("Last read of figures", readonly=True, copy=False)
    last_posts_at = fields.Datetime("Last read of posts", readonly=True, copy=False)

    posts_today = fields.Integer("Posts due today", compute="_compute_post_numbers")
    posts_failed = fields.Integer(compute="_compute_post_numbers")
    posts_sent_week = fields.Integer("Posts sent in 7 days", compute="_compute_post_numbers")
    posts_waiting = fields.Integer("Posts to approve", compute="_compute_post_numbers")
    interactions_week = fields.Integer("Interactions in 7 days", compute="_compute_post_numbers")
    interactions_trend = fields.Char("Trend of interactions", compute="_compute_post_numbers")

    @api.depends_context("uid", "tz")
    def _compute_post_numbers(self):
        now = fields.Datetime.now()
        day = fields.Datetime.context_timestamp(self, now).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        start = now - (fields.Datetime.context_timestamp(self, now) - day)
        end = start + timedelta(days=1)
        week = now - timedelta(days=7)

        def counts(model, *terms):
            groups = self.env[model]._read_group(
                [("integration_id", "in", self.ids), *terms], ["integration_id"], ["__count"]
            )
            return dict(groups)

        today = counts(
            "hootsuite.post",
            ("state", "in", ("waiting", "approved", "scheduled")),
            ("scheduled_at", ">=", start),
            ("scheduled_at", "<", end),
        )
        failed = counts("hootsuite.post", ("state", "in", ("failed", "rejected")), self._fresh())
        sent = counts("hootsuite.post", ("state", "=", "sent"), ("sent_at", ">=", week))
        waiting = counts("hootsuite.post.plan", ("state", "=", "waiting"))
        daily = {}
        for account, date, value in self.env["hootsuite.metric"]._read_group(
            [
                ("integration_id", "in", self.ids),
                ("family", "=", "interaction"),
                ("day", ">=", now.date() - timedelta(days=TREND_DAYS)),
                ("kind", "=", "profile"),
            ],
            ["integration_id", "day:day"],
            ["value:sum"],
        ):
            daily.setdefault(account, {})[fields.Date.to_date(date)] = value
        for account in self:
            account.posts_today = today.get(account, 0)
            account.posts_failed = failed.get(account, 0)
            account.posts_sent_week = sent.get(account, 0)
            account.posts_waiting = waiting.get(account, 0)
            # Whole days: figures of today come tomorrow.
            days = [now.date() - timedelta(days=back) for back in range(TREND_DAYS, 0, -1)]
            values = [daily.get(account, {}).get(date, 0) for date in days]
            account.interactions_week = round(sum(values[-7:]))
            account.interactions_trend = self._bars(values)

    @api.model
    def _fresh(self):
        """Domain term: failures of the last 30 days; older ones are history."""
        return ("write_date", ">=", fields.Datetime.now() - timedelta(days=30))

    @api.model
    def _bars(self, values):
        """Return a small picture of the values, one character each."""
        top = max(values, default=0)
        if top <= 0:
            return ""
        return "".join(BARS[min(int(max(v, 0) / top * len(BARS)), len(BARS) - 1)] for v in values)

    # -- buttons ---------------------------------------------------------------------------------

    def action_view_posts_today(self):
        """List what is due today."""
        now = fields.Datetime.now()
        local = fields.Datetime.context_timestamp(self, now)
        start = now - (local - local.replace(hour=0, minute=0, second=0, microsecond=0))
        return self._open_hootsuite(
            "hootsuite_post_action",
            [
                ("state", "in", ("waiting", "approved", "scheduled")),
                ("scheduled_at", ">=", start),
                ("scheduled_at", "<", start + timedelta(days=1)),
            ],
        )

    def action_view_posts_failed(self):
        """List the posts that failed lately."""
        return self._open_hootsuite(
            "hootsuite_post_action", [("state", "in", ("failed", "rejected")), self._fresh()]
        )

    def action_view_posts_sent(self):
        """List what was sent in the last seven days."""
        week = fields.Datetime.now() - timedelta(days=7)
        return self._open_hootsuite(
            "hootsuite_post_action", [("state", "=", "sent"), ("sent_at", ">=", week)]
        )

    def action_view_posts_waiting(self):
        """List what waits for approval."""
        return self._open_hootsuite("hootsuite_post_plan_action", [("state", "=", "waiting")])

    def action_view_figures(self):
        """Show the interactions as a graph."""
        return self._open_hootsuite(
            "hootsuite_metric_action", [("family", "=", "interaction"), ("kind", "=", "profile")]
        )

    def action_read_figures(self):
        """Read figures (again), after the scope was added."""
        self.check_access("write")
        # sudo: the notes are written by code; the right to the account was checked.
        self.sudo().write({"figures_on": True, "figures_note": False})
        for integration in self:
            self.env["hootsuite.figures"]._enqueue(integration)

    @api.model
    def _connector_provision_sandbox(self, info):
        """In a demonstration the posts of the world stand for campaigns of their tags."""
        integration = super()._connector_provision_sandbox(info)
        if integration:
            # The account was committed elsewhere: this transaction may be too old to see it.
            with own_cursor(self.env, read_committed=False) as cr:
                mine = self.with_env(self.env(cr=cr)).browse(integration.id)
                if not mine.last_posts_at:
                    mine.tag_policy = "create"
                mine.env.flush_all()
        return integration

    # -- what runs -------------------------------------------------------------------------------

    def _sync_now(self):
        result = super()._sync_now()
        self.env["hootsuite.post.pull"]._enqueue(self)
        # Without profiles there is nothing to ask for; the first read of profiles goes on to figures.
        if self.figures_on and self.last_mirror_at:
            self.env["hootsuite.figures"]._enqueue(self)
        return result

    def _connected(self):
        """New access may cover what the old one did not; blocked posts go out."""
        result = super()._connected()
        for account in self.sudo():  # sudo: the state of background work
            if account.figures_note:
                account._connector_store({"figures_on": True, "figures_note": None})
                account._alert_clear("figures_scope")
        self.env["hootsuite.post"].sudo()._push_unblock(self)  # sudo: as above
        return result

    def _figures_refused(self, exc):
        """The authorization does not cover figures: say so, and stop asking."""
        words = self.env._(
            "Hootsuite does not let this app read figures: its authorization lacks analytics:read."
        )
        remedy = self.env._(
            "At Hootsuite, tick analytics:read on the app (Security > REST API), enter the scopes"
            " “offline analytics:read” here, press Disconnect and Connect. Everything else works"
            " without it."
        )
        self._connector_store({"figures_on": False, "figures_note": words})
        self._alert("figures_scope", words, remedy)
