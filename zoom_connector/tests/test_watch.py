from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..models import zoom_integration_watch
from .common import ZoomHttpCase, sample


@tagged("post_install", "-at_install")
class TestWatch(ZoomHttpCase):
    """Alerts that nobody would notice otherwise: raised with a remedy, closed by themselves."""

    def setUp(self):
        super().setUp()
        self.before = fields.Datetime.now() - timedelta(days=3)
        self.integration._connector_store({"state": "connected", "connected_at": self.before})

    def alert(self, cause):
        self.env.invalidate_all()
        return self.env["connector.alert"].search(
            [("cause", "=", cause), ("integration_id", "=", self.integration.id)], limit=1
        )

    def held(self, **ago):
        return fields.Datetime.to_string(fields.Datetime.now() - timedelta(**ago))

    def test_silence_is_told_and_ends_with_the_next_delivery(self):
        self.integration._watch_silence(self.held(hours=5))
        alert = self.alert("webhook_silence")
        self.assertEqual(alert.state, "open")
        self.assertIn("Event Subscriptions", alert.remedy)
        self.integration._watch_silence(self.held(hours=5))
        self.assertEqual(self.alert("webhook_silence").count, 2)
        self.deliver(sample("meeting.started"))
        self.drain()
        self.assertEqual(self.alert("webhook_silence").state, "resolved")

    def test_no_silence_when_something_came_since(self):
        self.deliver(sample("meeting.started"))
        self.integration._watch_silence(self.held(hours=5))
        self.assertFalse(self.alert("webhook_silence"))

    def test_meetings_before_the_connection_prove_nothing(self):
        self.integration._watch_silence(self.held(days=5))
        self.integration._watch_silence(None)
        self.assertFalse(self.alert("webhook_silence"))

    def test_quota(self):
        zoom_integration_watch._told_at.clear()
        nearly = {
            "category": "Heavy",
            "type": "Daily-limit",
            "limit": "1000",
            "remaining": "90",
        }
        self.integration._watch_quota(nearly, 200)
        alert = self.alert("quota_heavy")
        self.assertEqual(alert.state, "open")
        self.assertIn("90 of 1000", alert.message)
        # Told once, not at each of the remaining calls.
        self.integration._watch_quota({**nearly, "remaining": "89"}, 200)
        self.assertEqual(self.alert("quota_heavy").count, 1)
        self.integration._watch_quota({**nearly, "type": "QPS"}, 200)
        self.assertEqual(self.alert("quota_heavy").state, "open")
        self.integration._watch_quota({**nearly, "remaining": "990"}, 200)
        self.assertEqual(self.alert("quota_heavy").state, "resolved")
        self.integration._watch_quota({"type": "Daily-limit", "limit": "many"}, 200)
        self.integration._watch_quota({}, None)

    def test_scopes(self):
        self.integration._watch_scopes(["report:read:user:admin"])
        alert = self.alert("scope_missing")
        self.assertEqual(alert.state, "open")
        self.assertIn("attendance", alert.message)
        self.assertIn("report:read:user:admin", alert.remedy)
        self.integration._watch_scopes([])
        self.assertEqual(self.alert("scope_missing").state, "resolved")
