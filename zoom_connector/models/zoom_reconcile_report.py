"""What a comparison with Zoom found, and the button that makes both sides equal."""

from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [("missing", "Missing"), ("changed", "Changed"), ("orphaned", "Orphaned")]
KEEP_DAYS = 180


class ZoomReconcileReport(models.Model):
    """One comparison of a Zoom account with Odoo. A dry run writes this report and nothing else."""

    _name = "zoom.reconcile.report"
    _description = "Zoom Reconciliation"
    _order = "id desc"

    integration_id = fields.Many2one(
        "zoom.integration",
        "Zoom account",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True, index=True)
    mode = fields.Selection(
        [("dry", "Dry run"), ("heal", "Repairs what is safe")],
        required=True,
        default="dry",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    requested_by = fields.Many2one(
        "res.users", readonly=True, ondelete="set null", help="Empty: the daily comparison."
    )
    started_at = fields.Datetime("Started", readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)
    window_from = fields.Date("From", readonly=True)
    window_to = fields.Date("To", readonly=True)
    hosts = fields.Json(
        readonly=True,
        groups="zoom_connector.group_zoom_manager",
        help="Zoom users to read, in this order: the position of the job is a place in this list.",
    )
    host_count = fields.Integer("Zoom users", readonly=True)
    hosts_done = fields.Integer("Users compared", readonly=True)
    progress = fields.Float(compute="_compute_progress", help="Percent of the Zoom users.")
    planned_count = fields.Integer("Meetings compared", readonly=True)
    held_count = fields.Integer("Held meetings compared", readonly=True)
    recording_count = fields.Integer("Recording files compared", readonly=True)
    api_calls = fields.Integer("API calls", readonly=True)
    sample_size = fields.Integer(
        "Meetings to sample", readonly=True, help="So many meetings are read in full, at random."
    )
    tally = fields.Json(readonly=True, help="Kind: count in Zoom, count in Odoo, differing.")
    message = fields.Text(readonly=True)
    line_ids = fields.One2many("zoom.reconcile.line", "report_id", "Differences")
    missing_ids = fields.One2many(
        "zoom.reconcile.line", "report_id", "What is missing", domain=[("kind", "=", "missing")]
    )
    changed_ids = fields.One2many(
        "zoom.reconcile.line", "report_id", "What changed", domain=[("kind", "=", "changed")]
    )
    orphaned_ids = fields.One2many(
        "zoom.reconcile.line", "report_id", "What is left over", domain=[("kind", "=", "orphaned")]
    )
    consistency_ids = fields.One2many("zoom.consistency", "report_id", "Counts")
    missing_count = fields.Integer("Missing", compute="_compute_counts")
    changed_count = fields.Integer("Changed", compute="_compute_counts")
    orphaned_count = fields.Integer("Orphaned", compute="_compute_counts")
    open_count = fields.Integer("To repair", compute="_compute_counts")
    safe_count = fields.Integer("Safe to repair", compute="_compute_counts")
    asked_count = fields.Integer("Being repaired", compute="_compute_counts")
    healed_count = fields.Integer("Repaired", compute="_compute_counts")
    failed_count = fields.Integer("Not repaired", compute="_compute_counts")

    @api.depends("integration_id", "started_at", "create_date")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for report in self:
            moment = report.started_at or report.create_date
            when = ""
            if moment:
                when = f"{fields.Datetime.context_timestamp(report, moment):%Y-%m-%d %H:%M}"
            report.display_name = f"{report.integration_id.name or ''} {when}".strip()

    @api.depends("hosts_done", "host_count", "state")
    def _compute_progress(self):
        for report in self:
            if report.state == "done":
                report.progress = 100.0
            elif report.host_count:
                report.progress = 100.0 * report.hosts_done / report.host_count
            else:
                report.progress = 0.0

    def _compute_counts(self):
        groups = self.env["zoom.reconcile.line"]._read_group(
            [("report_id", "in", self.ids)],
            ["report_id", "kind", "heal_state", "safe"],
            ["__count"],
        )
        for report in self:
            mine = [row[1:] for row in groups if row[0] == report]

            def count(test, mine=mine):
                return sum(number for *values, number in mine if test(*values))

            report.missing_count = count(lambda kind, state, safe: kind == "missing")
            report.changed_count = count(lambda kind, state, safe: kind == "changed")
            report.orphaned_count = count(lambda kind, state, safe: kind == "orphaned")
            report.open_count = count(lambda kind, state, safe: state in ("open", "failed"))
            report.safe_count = count(
                lambda kind, state, safe: state in ("open", "failed") and safe
            )
            report.asked_count = count(lambda kind, state, safe: state in ("asked", "sent"))
            report.healed_count = count(lambda kind, state, safe: state == "healed")
            report.failed_count = count(lambda kind, state, safe: state == "failed")

    # -- buttons -------------------------------------------------------------------------------

    def action_heal_all(self):
        """Repair everything that was found, in the background."""
        return self.line_ids.action_heal()

    def action_heal_safe(self):
        """Repair what changes nothing in Zoom and removes nothing that people planned in Odoo."""
        return self.line_ids.filtered("safe").action_heal()

    def action_compare_again(self):
        """Compare the account once more, without writing anything."""
        self.ensure_one()
        return self.integration_id.action_dry_run()

    def _open_lines(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "zoom_connector.zoom_reconcile_line_action"
        )
        return {
            **action,
            "name": name,
            "domain": [("report_id", "=", self.id), *domain],
            "context": {"create": False},
        }

    def action_open_lines(self):
        return self._open_lines(self.env._("Differences"), [])

    def action_open_missing(self):
        return self._open_lines(self.env._("Missing"), [("kind", "=", "missing")])

    def action_open_changed(self):
        return self._open_lines(self.env._("Changed"), [("kind", "=", "changed")])

    def action_open_orphaned(self):
        return self._open_lines(self.env._("Orphaned"), [("kind", "=", "orphaned")])

    @api.ondelete(at_uninstall=False)
    def _unlink_not_running(self):
        if any(report.state == "running" for report in self):
            raise UserError(self.env._("This comparison is still running."))

    @api.autovacuum
    def _gc_reports(self):
        """Forget old reports; the counts of the consistency checks are kept longer."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        # sudo: housekeeping of all accounts.
        self.sudo().search(
            [("create_date", "<", limit), ("state", "in", ("done", "failed"))], limit=1000
        ).unlink()


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    reconcile_policy = fields.Selection(
        [("heal", "Repair what is safe, report the rest"), ("report", "Only report")],
        "Daily comparison",
        default="heal",
        required=True,
        help="Safe is what brings Odoo up to date with Zoom without taking anything away that "
        "people planned in Odoo. What would change Zoom always waits for a person.",
    )
    reconcile_open_count = fields.Integer(
        "Differences to repair", compute="_compute_reconcile_open_count"
    )

    def _compute_reconcile_open_count(self):
        for integration in self:
            # sudo: a number only; the report behind it follows the user's rights.
            latest = (
                self.env["zoom.reconcile.report"]
                .sudo()
                .search([("integration_id", "=", integration.id), ("state", "=", "done")], limit=1)
            )
            integration.reconcile_open_count = latest.open_count

    def action_dry_run(self):
        """Compare with Zoom in the background and write a report, nothing else."""
        self.check_access("write")
        self.ensure_one()
        # sudo: reports are written by code only; the right to ask was checked above.
        reports = self.env["zoom.reconcile.report"].sudo()
        report = reports.search(
            [("integration_id", "=", self.id), ("state", "=", "waiting"), ("mode", "=", "dry")],
            limit=1,
        ) or reports.create(
            {"integration_id": self.id, "mode": "dry", "requested_by": self.env.uid}
        )
        self.env["zoom.reconcile"]._enqueue(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reconciliation"),
            "res_model": "zoom.reconcile.report",
            "res_id": report.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_view_reconciliation(self):
        return self._open_zoom("zoom_reconcile_report_action")
