"""Reconciliation: what Zoom has is compared with what Odoo has; differences become a report.

The comparison asks what an upsert *would* change, with the very functions that the upsert uses, and
writes nothing but the report. What a person, or the daily schedule, wants repaired goes through the
upserts (inwards) and through the outbox (outwards), see `zoom_heal.py`.
"""

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, PayloadError, Rejected

from .zoom_sync_steps import PAGE, chunks, now_ms

COMPARED = ("planned", "held", "recordings")
# With today this is the month that Zoom's lists cover in one go; what is older was compared
# on the days before.
PAST_DAYS = 29
# More orphans than this, and a greater share than this, are no accident of single meetings.
MANY_ORPHANS, ORPHAN_SHARE = 10, 0.2


class ZoomReconcile(models.AbstractModel):
    """Compares an account with Zoom: dry run, or with repair of what is safe."""

    _name = "zoom.reconcile"
    _inherit = "zoom.sync"
    _description = "Zoom Reconciliation"
    _kind = "Reconciliation"
    _stream = "reconcile"

    @api.model
    def _first_position(self, integration):
        """Begin the oldest report that waits, or one of the daily comparison."""
        position = self._window_position(integration, min(integration.sync_past_days, PAST_DAYS))
        with self._page_env() as env:
            reports = env["zoom.reconcile.report"]
            report = reports.search(
                [("integration_id", "=", integration.id), ("state", "=", "waiting")],
                order="id",
                limit=1,
            ) or reports.create(
                {
                    "integration_id": integration.id,
                    "mode": "heal" if integration.reconcile_policy == "heal" else "dry",
                }
            )
            report.write(
                {
                    "state": "running",
                    "started_at": fields.Datetime.now(),
                    "window_from": position["from"],
                    "window_to": position["to"],
                }
            )
            return {**position, "report_id": report.id, "mode": report.mode}

    @api.model
    def _run_locked(self, integration, deadline):
        """A report that was asked for while this one ran is worked on next."""
        result = super()._run_locked(integration, deadline)
        with self._page_env() as env:
            more = env["zoom.reconcile.report"].search_count(
                [("integration_id", "=", integration.id), ("state", "=", "waiting")], limit=1
            )
        if more and not self._load_position(integration).get("run_id"):
            self._enqueue(integration)
        return result

    @api.model
    def _steps(self, run):
        position = run.position
        # Read once per job: resuming costs one statement, and the list does not change.
        if not position["users_read"]:
            self._read_hosts(run)
        run.hosts = self._hosts(run)
        run.host_names = {host[2]: host[1] for host in run.hosts}
        while position["after"] < len(run.hosts):
            host = run.hosts[position["after"]]
            user = {"zoom_id": host[0], "name": host[1], "key": host[2]}
            for index in range(position["phase"], len(COMPARED)):
                run.check_time()
                try:
                    getattr(self, f"_compare_{COMPARED[index]}")(run, user)
                except (NotFound, Rejected, PayloadError) as exc:
                    # One user's data never stops the others.
                    self._failed_item(run, user["name"], exc)
                self._page(run, lambda env, mine: None, phase=index + 1, skip=0)
            done = position["after"] + 1
            self._page(
                run,
                lambda env, mine, done=done: self._report(env, run).write({"hosts_done": done}),
                after=done,
                phase=0,
            )
        for step in ("outward", "sample", "judge", "repair", "finish"):
            if not position.get(step):
                run.check_time()
                getattr(self, f"_step_{step}")(run)
                self._page(run, lambda env, mine: None, **{step: True})

    @api.model
    def _report(self, env, run):
        return env["zoom.reconcile.report"].browse(run.position["report_id"])

    @api.model
    def _hosts(self, run):
        with self._page_env() as env:
            return self._report(env, run).hosts or []

    # -- users ---------------------------------------------------------------------------------

    @api.model
    def _read_hosts(self, run):
        """Read the users; their list is kept on the report, so that the position is a number."""
        at = now_ms()
        alone = run.integration.app_kind == "user_oauth"
        rows = [run.client.me()] if alone else run.client.users()
        hosts = []
        for page in chunks(rows, PAGE):
            # A person's own authorization only answers to "me" (vendor page "Using OAuth").
            hosts += [
                ["me" if alone else user.user_id, user.name, user.user_id]
                for user in page
                if user.user_id and (alone or user.status == "active")
            ]
            if run.position["mode"] == "heal":
                self._page(
                    run, lambda env, mine, page=page: self._store_users(run, env, mine, page, at)
                )
            else:
                self._page(
                    run, lambda env, mine, page=page: self._compare_users(run, env, mine, page, at)
                )
        self._page(
            run,
            lambda env, mine: self._report(env, run).write(
                {"hosts": hosts, "host_count": len(hosts)}
            ),
            users_read=True,
        )

    @api.model
    def _end(self, run_position, integration, state, message=None):
        """Close the report that a position belongs to."""
        if not run_position.get("report_id"):
            return
        with self._page_env() as env:
            report = env["zoom.reconcile.report"].browse(run_position["report_id"]).exists()
            calls = env["connector.sync.run"].browse(run_position.get("run_id")).exists()
            report.write(
                {
                    "state": state,
                    "finished_at": fields.Datetime.now(),
                    "message": message,
                    "api_calls": calls.api_calls,
                }
            )

    @api.model
    def _stopped(self, run, exc):
        position = dict(run.position)
        result = super()._stopped(run, exc)
        # Only a run that was given up comes here; one that waits has raised.
        self._end(position, run.integration, "failed", result)
        return result

    @api.model
    def _broken(self, integration, exc):
        position = self._load_position(integration)
        result = super()._broken(integration, exc)
        self._end(position, integration, "failed", self.env._("Odoo could not work it out."))
        return result

    @api.model
    def _step_finish(self, run):
        """Close the report while the position still names it, so that no crash leaves it open."""
        self._tell(run)
        self._end(run.position, run.integration, "done", self._summary(run))

    @api.model
    def _done(self, run):
        run.integration._connector_store({"last_reconcile_at": fields.Datetime.now()})
