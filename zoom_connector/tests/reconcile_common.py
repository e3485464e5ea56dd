"""What the suites about reconciliation share: an imported account in the imitation of Zoom."""

import requests

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox

from .common import ZoomCase


class ReconcileCase(ZoomCase):
    """Real HTTP to the sandbox; the jobs' own cursors share the test's transaction."""

    seed = {
        "users": 3,
        "meetings": 6,
        "recurring": 2,
        "past": 6,
        "participants": 4,
        "recordings": True,
        "spread_days": 20,
    }

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        own_cursors_see_test_data(self)
        self.control("reset")
        self.world = self.control("zoom/seed", silent=True, **self.seed)
        self.account = self.env["zoom.integration"]._connector_provision_sandbox(self.info)
        self.account.invalidate_recordset()
        self.account.default_owner_id = self.owner
        self.env["zoom.integration"].search([("id", "!=", self.account.id)]).active = False
        self.run_job("zoom.import", lambda: self.account.last_import_at)
        # What must have been delivered since then is judged from here on.
        self.forget_calls()

    # -- the sandbox ---------------------------------------------------------------------------

    def control(self, path, verb="POST", **values):
        """One call of the control API."""
        kwargs = {"params": values} if verb == "GET" else {"json": values}
        url = f"{self.info['control_url']}/{path}"
        response = requests.request(verb, url, timeout=60, **kwargs)
        response.raise_for_status()
        return response.json()

    def forget_calls(self):
        self.control("calls", "DELETE")

    def calls(self):
        """Return the API calls seen, as (method, path), without token calls."""
        return [
            (call["method"], call["path"].partition("/v2")[2])
            for call in self.control("calls", "GET")["calls"]
            if "/v2/" in call["path"]
        ]

    def in_zoom(self, action, **values):
        """Let a person change a meeting in Zoom."""
        return self.control("zoom/meeting", action=action, **values)

    # -- Odoo ----------------------------------------------------------------------------------

    def run_job(self, model, finished, limit=60):
        """Do jobs of one kind until the run is over; the sandbox is never waited for."""
        for _job in range(limit):
            self.env.flush_all()
            self.env[model]._run_job(self.account.id)
            self.env.invalidate_all()
            if finished():
                return
        self.fail(f"{model} does not end")

    def dry_run(self):
        """Compare as a manager does with the button; return the report."""
        action = self.account.action_dry_run()
        report = self.env["zoom.reconcile.report"].browse(action["res_id"])
        self.run_job("zoom.reconcile", lambda: report.state in ("done", "failed"))
        self.assertEqual(report.state, "done", report.message)
        return report

    def daily(self):
        """Compare as the daily schedule does; return the report."""
        before = self.env["zoom.reconcile.report"].search([])

        def report():
            return self.env["zoom.reconcile.report"].search([]) - before

        self.run_job("zoom.reconcile", lambda: report().state in ("done", "failed"))
        report = report()
        self.assertEqual(report.state, "done", report.message)
        return report

    def heal(self, lines):
        lines.action_heal()
        self.run_job(
            "zoom.heal", lambda: not lines.filtered(lambda line: line.heal_state == "asked")
        )

    def found(self, report):
        """Return the differences as (kind, side, subject, name)."""
        return sorted((x.kind, x.side, x.subject, x.name) for x in report.line_ids)

    def planned(self, number):
        return self.meeting(str(number), self.account)
