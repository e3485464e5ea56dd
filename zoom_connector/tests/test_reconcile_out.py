from datetime import timedelta

from odoo.tests import tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestReconcileOut(PushCase):
    """What the calendar wants and Zoom lacks: found without a call, sent through the outbox."""

    def compare(self):
        action = self.account.action_dry_run()
        report = self.env["zoom.reconcile.report"].browse(action["res_id"])
        self.env.flush_all()
        for _job in range(20):
            if report.state == "done":
                break
            self.env["zoom.reconcile"]._run_job(self.account.id)
            self.env.invalidate_all()
        self.assertEqual(report.state, "done", report.message)
        return report

    def heal(self, lines):
        lines.action_heal()
        self.env.flush_all()
        self.env["zoom.heal"]._run_job(self.account.id)
        self.env.invalidate_all()

    def lost(self):
        """Forget the rows of the outbox, as if a restored backup did not have them."""
        self.commit()
        self.env["zoom.push"].search([]).unlink()

    def found(self, report):
        return [(x.kind, x.side, x.subject, x.name) for x in report.line_ids]

    def test_what_is_on_its_way_is_no_difference(self):
        self.event()
        self.commit()
        self.assertFalse(self.found(self.compare()))
        self.push()
        self.assertFalse(self.found(self.compare()))

    def test_event_without_meeting(self):
        event = self.event()
        self.lost()
        report = self.compare()
        self.assertEqual(self.found(report), [("missing", "zoom", "event", event.name)])
        line = report.line_ids
        self.assertFalse(line.safe)
        self.heal(line)
        self.assertEqual(line.heal_state, "sent")
        self.assertEqual(self.rows().priority, 10)
        self.push()
        self.assertEqual(line.heal_state, "healed")
        self.assertEqual(len(self.in_zoom()), 1)
        self.assertTrue(event.zoom_meeting_id)
        self.assertFalse(self.found(self.compare()))

    def test_change_that_never_reached_zoom(self):
        event = self.event()
        self.push()
        later = self.start + timedelta(hours=3)
        event.with_user(self.sales).write(
            {"name": "Changed in Odoo", "start": later, "stop": later + timedelta(hours=1)}
        )
        self.lost()
        report = self.compare()
        self.assertEqual(self.found(report), [("changed", "zoom", "planned", "Changed in Odoo")])
        rows = {row["label"]: row for row in report.line_ids.differences}
        self.assertEqual(rows["Topic"]["zoom"], "Demo for Greta")
        self.assertIn("Dates", rows)
        self.heal(report.line_ids)
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.topic, "Changed in Odoo")
        self.assertEqual(meeting.start.replace(tzinfo=None), later)
        self.assertEqual(report.line_ids.heal_state, "healed")
        self.assertFalse(self.found(self.compare()))

    def test_meeting_whose_event_is_gone(self):
        event = self.event()
        self.push()
        event.with_user(self.sales).active = False
        self.lost()
        report = self.compare()
        self.assertEqual(self.found(report), [("orphaned", "zoom", "planned", "Demo for Greta")])
        self.heal(report.line_ids)
        self.push()
        self.assertFalse(self.in_zoom())
        self.assertEqual(report.line_ids.heal_state, "healed")
        self.assertFalse(self.found(self.compare()))

    def test_what_zoom_refuses_is_said_on_the_line(self):
        event = self.event()
        self.lost()
        line = self.compare().line_ids
        self.heal(line)
        self.fault(
            "status",
            "POST",
            "/meetings$",
            status=400,
            body={"code": 3161, "message": "Your user account is not allowed meeting hosting."},
        )
        self.push()
        self.assertEqual(line.heal_state, "failed")
        self.assertTrue(line.error)
        self.assertTrue(event.zoom_push_message)

    def test_daily_comparison_sends_nothing_by_itself(self):
        self.event()
        self.lost()
        self.env["zoom.reconcile"]._run_job(self.account.id)
        self.env.invalidate_all()
        self.assertFalse(self.rows())
        line = self.env["zoom.reconcile.line"].search([])
        self.assertEqual(line.heal_state, "open")

    def test_budget_of_the_host_is_kept(self):
        self.account.write({"push_daily_limit": 1, "push_batch_reserve": 0})
        for number in range(2):
            self.event(
                name=f"Event {number}",
                start=self.start + timedelta(days=number),
                stop=self.start + timedelta(days=number, hours=1),
            )
        self.lost()
        self.heal(self.compare().line_ids)
        self.push()
        self.assertEqual(len(self.in_zoom()), 1)
        self.assertEqual(sorted(self.rows().mapped("state")), ["done", "pending"])
