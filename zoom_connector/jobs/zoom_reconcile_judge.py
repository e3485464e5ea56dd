"""After the comparison: a sample field by field, what the counts say, alerts, and what is repaired."""

import random
from datetime import timedelta

from odoo import api, fields, models

from .zoom_reconcile import MANY_ORPHANS, ORPHAN_SHARE
from .zoom_reconcile_data import Finding

# Deliveries may come this late without meaning anything (vendor page "Webhook delays").
DELIVERY_TIME = timedelta(minutes=15)


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    # -- users ---------------------------------------------------------------------------------

    @api.model
    def _store_users(self, run, env, integration, page, at):
        ids = {user.user_id for user in page if user.user_id}
        known = env["zoom.user"]._known(integration, ids)
        self._tally(run, env, "users", len(ids), len(known), 0)
        return super()._store_users(run, env, integration, page, at)

    @api.model
    def _compare_users(self, run, env, integration, page, at):
        """Write a line for each active user that Odoo does not know."""
        people = {user.user_id: user for user in page if user.user_id}
        known = env["zoom.user"]._known(integration, set(people))
        self._tally(run, env, "users", len(people), len(known), 0)
        findings = []
        for zoom_id, user in people.items():
            if zoom_id in known or user.status not in ("active", None, ""):
                continue
            values = {**integration._user_values(user), "status": "active"}
            findings.append(
                Finding(
                    f"user:{zoom_id}",
                    "missing",
                    "odoo",
                    "user",
                    user.name or user.email or zoom_id,
                    data={"users": [{"values": values, "at": at}]},
                )
            )
        self._write_lines(run, env, findings)

    # -- sample --------------------------------------------------------------------------------

    @api.model
    def _step_sample(self, run):
        """Read some planned meetings in full: lists tell neither settings nor guests."""
        position = run.position
        if "sample_left" not in position:
            with self._page_env() as env:
                report = self._report(env, run)
                size = report.sample_size
                meetings = env["zoom.meeting"].search(
                    [
                        ("integration_id", "=", run.integration.id),
                        ("presence", "=", "present"),
                        ("kind", "in", ("scheduled", "series")),
                        ("start", "<", position["to"]),
                        ("stop", ">", fields.Datetime.now()),
                        ("zoom_id", "not in", report.line_ids.mapped("zoom_id")),
                    ]
                )
                chosen = random.Random(report.id).sample(  # noqa: S311 (no secret)
                    meetings.ids, min(size, len(meetings))
                )
                left = [
                    [meeting.zoom_id, meeting.host_id.zoom_id, meeting.host_id.name]
                    for meeting in meetings.browse(chosen)
                ]
            self._page(run, lambda env, mine: None, sample_left=left, sample_size=len(left))
        while position["sample_left"]:
            run.check_time()
            zoom_id, key, name = position["sample_left"][0]
            user = {"zoom_id": key, "key": key, "name": name}
            self._compare_details(run, user, zoom_id, sampled=True)
            self._page(run, lambda env, mine: None, sample_left=position["sample_left"][1:])

    # -- judging -------------------------------------------------------------------------------

    @api.model
    def _held_at(self, run, patch):
        """Remember the latest meeting that was held: its webhooks must have come."""
        if not patch.start or patch.start > fields.Datetime.now() - DELIVERY_TIME:
            return
        start = fields.Datetime.to_string(patch.start)
        run.position["held_latest"] = max(start, run.position.get("held_latest", ""))

    @api.model
    def _step_judge(self, run):
        self._page(run, lambda env, mine: self._judge_orphans(run, env, mine))
        self._page(run, lambda env, mine: self._keep_counts(run, env, mine))
        run.integration._watch_silence(run.position.get("held_latest"))
        run.integration._watch_scopes(run.position.get("scopes") or [])

    @api.model
    def _judge_orphans(self, run, env, integration):
        """Many meetings gone at once look like a lost permission or a wrong account: a person decides."""
        report = self._report(env, run)
        orphans = report.line_ids.filtered(
            lambda line: line.kind == "orphaned" and line.side == "odoo"
        )
        compared = report.planned_count + report.held_count
        suspicious = len(orphans) > MANY_ORPHANS and len(orphans) > ORPHAN_SHARE * compared
        if suspicious:
            orphans.safe = False
            integration._alert(
                "many_orphans",
                self.env._(
                    "Zoom does not know %(count)s meetings that Odoo has.", count=len(orphans)
                ),
                self.env._(
                    "Look at the report under Zoom > Reconciliation. If the meetings were deleted in "
                    "Zoom, press Repair; if not, check which Zoom account the app belongs to."
                ),
            )
        else:
            integration._alert_clear("many_orphans")

    @api.model
    def _keep_counts(self, run, env, integration):
        report = self._report(env, run)
        tally = dict(report.tally or {})
        sampled = run.position.get("sample_size")
        if sampled:
            differing = (tally.pop("sample", None) or [0, 0, 0])[2]
            tally["sample"] = [sampled, sampled, differing]
        missing = {
            "planned": self._in_lines(report, "meetings", "missing"),
            "held": self._in_lines(report, "instances", "missing"),
        }
        env["zoom.consistency"].create(
            [
                {
                    "report_id": report.id,
                    "integration_id": integration.id,
                    "date": fields.Datetime.now(),
                    "kind": kind,
                    "zoom_count": in_zoom,
                    "odoo_count": in_odoo,
                    # Missing on one side plus left over on the other, not their difference.
                    "gap": self._gap(in_zoom, in_odoo, missing.get(kind)),
                    "differing": differing,
                }
                for kind, (in_zoom, in_odoo, differing) in tally.items()
            ]
        )

    @api.model
    def _in_lines(self, report, part, kind):
        return sum(
            len((line.data or {}).get(part, [])) for line in report.line_ids if line.kind == kind
        )

    @api.model
    def _gap(self, in_zoom, in_odoo, missing):
        if missing is None:
            return abs(in_zoom - in_odoo)
        return missing + (in_odoo - (in_zoom - missing))

    # -- repairing -----------------------------------------------------------------------------

    @api.model
    def _step_repair(self, run):
        """The daily comparison repairs what is safe; the rest waits for a person."""
        if run.position["mode"] != "heal":
            return
        self._page(run, lambda env, mine: self._ask_safe(run, env))
        self._heal_asked(run)

    @api.model
    def _ask_safe(self, run, env):
        lines = self._report(env, run).line_ids.filtered(
            lambda line: line.safe and line.heal_state == "open" and line.direction == "in"
        )
        lines.heal_state = "asked"
