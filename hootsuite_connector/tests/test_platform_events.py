from odoo import fields
from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data

from .common import ORGANIZATION, HootsuiteCase, sample


@tagged("post_install", "-at_install")
class TestAppEvents(HootsuiteCase):
    """An app that was uninstalled has no access any more."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.integration._connector_store(
            {"state": "connected", "connected_at": "2026-01-01 00:00:00"}
        )

    def uninstalled(self, **data):
        (row,) = sample("platform_app_uninstalled_organization")
        row["data"].update(data)
        return [row]

    def test_uninstalled_by_our_organization(self):
        self.apply(self.uninstalled())
        self.assertEqual(self.integration.state, "reconnect")
        self.assertIn("uninstalled", self.integration.state_message)
        alert = self.env["connector.alert"].search([("cause", "=", "auth_lost")])
        self.assertEqual((len(alert), alert.state), (1, "open"))

    def test_uninstalled_elsewhere(self):
        notes = self.apply(self.uninstalled(organization={"id": "1"}))
        self.assertTrue(notes[0].startswith("ignored: "))
        self.assertEqual(self.integration.state, "connected")

    def test_late_event_does_not_undo_a_new_connection(self):
        rows = self.uninstalled()
        self.apply(rows)
        self.integration._connector_store(
            {
                "state": "connected",
                "connected_at": fields.Datetime.add(fields.Datetime.now(), seconds=5),
            }
        )
        self.apply(rows)
        self.assertEqual(self.integration.state, "connected")

    def test_member_of_a_user_app(self):
        self.integration.write({"app_kind": "user", "member_ref": "15240789"})
        self.env.flush_all()
        rows = sample("platform_app_installed_member")
        rows[0]["data"]["state"] = "UNINSTALLED"
        rows[0]["data"].pop("organization", None)
        rows[0]["data"]["member"] = {"id": "1"}
        self.apply(rows)
        self.assertEqual(self.integration.state, "connected")
        rows[0]["data"]["member"] = {"id": "15240789"}
        rows[0]["seq_no"] = "2"
        self.apply(rows)
        self.assertEqual(self.integration.state, "reconnect")

    def test_installed(self):
        self.apply(sample("platform_app_installed_member"))
        self.assertEqual(self.integration.state, "connected")

    def test_organization_is_known_by_the_account(self):
        self.assertEqual(self.integration.organization_ref, ORGANIZATION)
