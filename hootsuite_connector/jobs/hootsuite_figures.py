from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, PayloadError, Rejected, ScopeMissing

from ..adapters.analytics import NETWORK_IDS, PERIOD_DAYS, PROFILES_AT_MOST

# Days of one query: small enough that a page is done in a moment.
PROFILE_DAYS = 30
POST_DAYS = 14
# Figures of posts move for about this long; older ones are read again once a week.
FRESH_DAYS = 30
WEEK = 7
ROWS = 200


class HootsuiteFigures(models.AbstractModel):
    """Reads figures of profiles and posts (Analytics API).

    A query takes ten profiles of one network; a period begins at most two years back (Analytics
    specification). The position is the list of queries still to be made and the day that the readings
    count for, so a stopped run goes on with the next query and ends in the same figures.
    """

    _name = "hootsuite.figures"
    _inherit = "hootsuite.sync"
    _description = "Hootsuite Figures"
    _kind = "Figures"
    _stream = "figures"

    @api.model
    def _first_position(self, integration):
        today = fields.Date.today()
        last = integration.last_figures_at
        whole = min(max(integration.sync_past_days, 1), PERIOD_DAYS)
        # Days that a stop of the service left out are made up for.
        gap = (today - last.date()).days + 2 if last else whole
        days = min(max(gap, 3), whole) if last else whole
        weekly = not last or today.weekday() == 0
        post_days = whole if weekly else min(max(FRESH_DAYS, gap), whole)
        todo = []
        for network, profile_ids in self._profiles(integration):
            todo += self._queries("profiles", network, profile_ids, today, days, PROFILE_DAYS)
            todo += self._queries("posts", network, profile_ids, today, post_days, POST_DAYS)
        return {"day": fields.Date.to_string(today), "todo": todo}

    @api.model
    def _profiles(self, integration):
        """Return [(network, up to ten profile ids)]."""
        with self._page_env() as env:
            profiles = env["hootsuite.profile"].search(
                [
                    ("integration_id", "=", integration.id),
                    ("network_type", "in", NETWORK_IDS),
                ],
                order="network_type, id",
            )
            groups = {}
            for profile in profiles:
                groups.setdefault(profile.network_type, []).append(profile.hootsuite_id)
        return [
            (network, ids[start : start + PROFILES_AT_MOST])
            for network, ids in groups.items()
            for start in range(0, len(ids), PROFILES_AT_MOST)
        ]

    @api.model
    def _queries(self, what, network, profile_ids, today, days, step):
        found = []
        # The first day that Hootsuite still tells moves on while the run waits.
        start = today - timedelta(days=min(days, PERIOD_DAYS - 1))
        while start <= today:
            stop = min(start + timedelta(days=step - 1), today)
            found.append(
                [
                    what,
                    network,
                    profile_ids,
                    fields.Date.to_string(start),
                    fields.Date.to_string(stop),
                ]
            )
            start = stop + timedelta(days=1)
        return found

    @api.model
    def _steps(self, run):
        while run.position["todo"]:
            what, network, profile_ids, since, until = run.position["todo"][0]
            try:
                self._query(run, what, network, profile_ids, since, until)
            except ScopeMissing as exc:
                run.integration._figures_refused(exc)
                self._failed_item(run, what, exc)
                run.position["todo"] = []
                return
            except (NotFound, Rejected, PayloadError) as exc:
                # One query never stops the others.
                self._failed_item(run, f"{what} {network} {since}", exc)
            self._page(run, lambda env, integration: None, todo=run.position["todo"][1:])
            run.check_time()

    @api.model
    def _query(self, run, what, network, profile_ids, since, until):
        since, until = fields.Date.to_date(since), fields.Date.to_date(until)
        day = fields.Date.to_date(run.position["day"])
        read = run.client.profile_figures if what == "profiles" else run.client.post_figures
        rows = []
        for found in read(profile_ids, since=since, until=until, network_id=network):
            rows.append(found)
            if len(rows) == ROWS:
                self._keep(run, what, rows, day)
                rows = []
        self._keep(run, what, rows, day)

    @api.model
    def _keep(self, run, what, rows, day):
        if not rows:
            return

        def store(env, integration):
            metrics = env["hootsuite.metric"]
            if what == "profiles":
                return metrics._store_profiles(integration, rows)
            return metrics._store_posts(integration, rows, day)

        run.counts["updated"] += self._page(run, store)

    @api.model
    def _done(self, run):
        values = {"last_figures_at": fields.Datetime.now()}
        if run.integration.figures_note is False:
            run.integration._alert_clear("figures_scope")
        run.integration._connector_store(values)

    @api.model
    def _cron_figures(self):
        """Scheduled action, daily: read the figures of all accounts in their off-peak hours."""
        for integration in self._connected():
            if integration.figures_on and self._quota_left(integration):
                self._enqueue(integration, eta=self._bulk_eta(integration), priority=20)
