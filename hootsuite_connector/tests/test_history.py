from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data

from .common import HootsuiteCase


@tagged("post_install", "-at_install")
class TestHistory(HootsuiteCase):
    """Old runs are summed up, old events deleted (H15)."""

    def run_of(self, days, kind="Profiles and people", state="done", integration=None, **counts):
        integration = integration or self.integration
        began = fields.Datetime.now() - timedelta(days=days)
        values = {"created": 1, "updated": 2, "unchanged": 3, "failed": 0, "api_calls": 4, **counts}
        return self.env["connector.sync.run"].create(
            {
                "integration_model": integration._name,
                "integration_id": integration.id,
                "kind": kind,
                "state": state,
                "started_at": began,
                "finished_at": began + timedelta(seconds=10),
                **values,
            }
        )

    def event(self, days, state, key):
        return self.env["connector.event"].create(
            {
                "integration_model": self.integration._name,
                "integration_id": self.integration.id,
                "event_type": "relay.message",
                "external_key": key,
                "occurred_at": fields.Datetime.now(),
                "received_at": fields.Datetime.now() - timedelta(days=days),
                "last_delivery_at": fields.Datetime.now() - timedelta(days=days),
                "state": state,
            }
        )

    def archive(self):
        self.env.flush_all()
        self.env["hootsuite.history"]._cron_archive()

    def history(self, **values):
        domain = [("integration_id", "=", self.integration.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["hootsuite.history"].search(domain)

    def test_old_runs_become_sums(self):
        day = (fields.Datetime.now() - timedelta(days=100)).day
        old = self.run_of(100) | self.run_of(100, state="failed", failed=5)
        other = self.run_of(100, kind="Figures")
        recent, running = self.run_of(10), self.run_of(200, state="running")
        self.archive()
        self.assertFalse((old | other).exists())
        self.assertEqual((recent | running).exists(), recent | running)
        found = self.history(kind="Profiles and people")
        self.assertEqual(
            (found.runs, found.failed_runs, found.created, found.failed, found.api_calls),
            (2, 1, 2, 5, 8),
        )
        self.assertEqual((found.month.day, found.seconds), (1, 20))
        self.assertEqual(self.history(kind="Figures").runs, 1)
        self.assertTrue(day)

    def test_a_second_time_adds_up(self):
        self.run_of(100)
        self.archive()
        self.archive()
        self.run_of(100)
        self.archive()
        self.assertEqual(self.history().runs, 2)

    def test_runs_of_others_are_left_alone(self):
        other = self.new_integration(name="Other")
        self.run_of(100, integration=other)
        self.archive()
        self.assertFalse(self.history())
        self.assertEqual(
            self.env["hootsuite.history"].search([("integration_id", "=", other.id)]).runs, 1
        )

    def test_events_are_kept_as_long_as_messages(self):
        self.integration.keep_days = 30
        gone = self.event(31, "dead", "a") | self.event(40, "quarantined", "b")
        kept = self.event(29, "dead", "c")
        self.archive()
        self.assertFalse(gone.exists())
        self.assertTrue(kept.exists())

    def test_for_ever(self):
        self.integration.keep_days = 0
        event = self.event(4000, "dead", "a")
        self.archive()
        self.assertTrue(event.exists())

    def test_alert_about_contact_data_closes_after_a_week(self):
        own_cursors_see_test_data(self)
        self.integration._alert("crm_import", "x", "y")
        event = self.event(1, "done", "a")
        event.event_type = "inbox.import_error"
        alert = self.env["connector.alert"].search(
            [("integration_id", "=", self.integration.id), ("cause", "=", "crm_import")]
        )
        self.archive()
        self.assertEqual(alert.state, "open")
        event.last_delivery_at = fields.Datetime.now() - timedelta(days=8)
        self.archive()
        alert.invalidate_recordset()
        self.assertEqual(alert.state, "resolved")
