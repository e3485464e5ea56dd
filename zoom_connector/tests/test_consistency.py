from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models import zoom_integration_watch
from .reconcile_common import ReconcileCase


@tagged("post_install", "-at_install")
class TestConsistency(ReconcileCase):
    """Counts of both sides and a sample, field by field; and the alerts that a comparison raises."""

    def counts(self, report):
        return {
            row.kind: (row.zoom_count, row.odoo_count, row.gap, row.differing)
            for row in report.consistency_ids
        }

    def check(self):
        self.env["zoom.reconcile.report"].search([]).filtered(lambda report: report.state == "done")
        before = self.env["zoom.reconcile.report"].search([])
        self.env["zoom.sync"]._cron_consistency()
        report = self.env["zoom.reconcile.report"].search([]) - before
        self.run_job("zoom.reconcile", lambda: report.state in ("done", "failed"))
        self.assertEqual(report.state, "done", report.message)
        return report

    def test_both_sides_are_counted(self):
        found = self.counts(self.dry_run())
        self.assertEqual(found["users"], (3, 3, 0, 0))
        for kind in ("planned", "held", "recordings"):
            zoom, odoo, gap, differing = found[kind]
            self.assertGreater(zoom, 0)
            self.assertEqual((odoo, gap, differing), (zoom, 0, 0), kind)
        self.assertNotIn("sample", found)

    def test_gaps_are_kept_as_a_trend(self):
        self.dry_run()
        first, second, third, *_rest = self.world["meetings"]
        self.in_zoom("delete", meeting_id=first)
        self.in_zoom("update", meeting_id=second, topic="Renamed")
        start = fields.Datetime.now() + timedelta(days=2)
        for number in range(2):
            self.in_zoom(
                "create",
                topic=f"New {number}",
                start_time=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
        zoom, odoo, gap, differing = self.counts(self.dry_run())["planned"]
        self.assertEqual((zoom - odoo, gap, differing), (1, 3, 1))
        trend = self.env["zoom.consistency"].search([("kind", "=", "planned")], order="id")
        self.assertEqual(trend.mapped("gap"), [0, 3])
        self.assertEqual(trend.mapped("level"), ["equal", "gap"])

    def test_sample_finds_what_lists_do_not_tell(self):
        number = self.world["meetings"][0]
        meeting = self.planned(number)
        # A list row tells no settings, so nothing but a reading in full can find this.
        self.in_zoom("update", meeting_id=number, settings={"waiting_room": True})
        self.run_details(meeting)
        self.in_zoom("update", meeting_id=number, settings={"waiting_room": False})
        self.assertEqual(self.found(self.dry_run()), [])
        self.account.consistency_sample = 50
        report = self.check()
        self.assertEqual(self.found(report), [("changed", "odoo", "planned", meeting.topic)])
        rows = {row["label"]: (row["odoo"], row["zoom"]) for row in report.line_ids.differences}
        self.assertEqual(rows["Waiting room"], ("on", "off"))
        zoom, _odoo, _gap, differing = self.counts(report)["sample"]
        self.assertGreater(zoom, 3)
        self.assertEqual(differing, 1)
        self.heal(report.line_ids)
        self.assertFalse(meeting.waiting_room)
        self.assertEqual(self.counts(self.check())["sample"][3], 0)

    def test_what_lists_never_told_is_no_difference(self):
        """Right after an import, which reads lists, nothing differs."""
        self.in_zoom(
            "update", meeting_id=self.world["meetings"][0], settings={"waiting_room": True}
        )
        self.account.consistency_sample = 50
        report = self.check()
        self.assertEqual(self.found(report), [])
        zoom, _odoo, _gap, differing = self.counts(report)["sample"]
        self.assertGreater(zoom, 3)
        self.assertEqual(differing, 0)

    def run_details(self, meeting):
        """Let Odoo know all settings of all meetings, as webhooks and reads would have."""
        client = self.account._zoom_client()
        for known in self.env["zoom.meeting"].search([("stop", ">", fields.Datetime.now())]):
            adapter = client.meeting(known.zoom_id, show_previous=True)
            known._upsert(self.account, [adapter], self.account._push_moment())
        self.assertTrue(meeting.waiting_room)

    def test_sample_costs_one_call_each(self):
        self.account.consistency_sample = 2
        self.forget_calls()
        self.check()
        details = [path for _m, path in self.calls() if path.startswith("/meetings/")]
        self.assertEqual(len(details), 2)
        self.account.consistency_sample = 0
        self.forget_calls()
        self.check()
        self.assertFalse([path for _m, path in self.calls() if path.startswith("/meetings/")])

    # -- alerts --------------------------------------------------------------------------------

    def alert(self, cause):
        self.env.invalidate_all()
        return self.env["connector.alert"].search([("cause", "=", cause)], limit=1)

    def test_held_meeting_without_a_delivery_is_silence(self):
        self.account._connector_store({"connected_at": fields.Datetime.now() - timedelta(days=2)})
        start = fields.Datetime.now() - timedelta(hours=4)
        truth = self.control(
            "zoom/run_meeting",
            start=start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            participants=3,
            duration=900,
            deliver=False,
        )
        self.daily()
        self.assertEqual(self.alert("webhook_silence").state, "open")
        self.apply(truth["bodies"][0], integration=self.account)
        self.assertEqual(self.alert("webhook_silence").state, "resolved")

    def test_missing_permission_is_told_until_it_is_there(self):
        every = self.account.scopes_text.split()
        self.control("zoom/app", s2s_scopes=[scope for scope in every if "report:" not in scope])
        self.control("zoom/revoke_tokens")
        self.daily()
        alert = self.alert("scope_missing")
        self.assertEqual(alert.state, "open")
        self.assertIn("attendance", alert.message)
        self.control("zoom/app", s2s_scopes=every)
        self.control("zoom/revoke_tokens")
        self.daily()
        self.assertEqual(self.alert("scope_missing").state, "resolved")

    def test_quota_of_the_day(self):
        zoom_integration_watch._told_at.clear()
        self.control("zoom/limits", day={"Heavy": 45})
        for _day in range(9):
            self.dry_run()
            if self.alert("quota_heavy"):
                break
        self.assertEqual(self.alert("quota_heavy").state, "open")
