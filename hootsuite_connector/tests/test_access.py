from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .common import HootsuiteCase

MODELS = ("organization", "team", "member", "profile")


@tagged("post_install", "-at_install")
class TestAccess(HootsuiteCase):
    """User, manager, and people outside the groups; companies apart (B15)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "hoot_user", groups="hootsuite_connector.group_hootsuite_user"
        )
        cls.manager = new_test_user(
            cls.env, "hoot_manager", groups="hootsuite_connector.group_hootsuite_manager"
        )
        cls.stranger = new_test_user(cls.env, "hoot_stranger", groups="base.group_user")
        cls.profile = cls.env["hootsuite.profile"].create(
            {
                "integration_id": cls.integration.id,
                "hootsuite_id": "1",
                "name": "Page",
                "network": "facebook",
            }
        )

    def test_stranger_sees_nothing(self):
        for model in ("integration", *MODELS):
            with self.assertRaises(AccessError, msg=model):
                self.env[f"hootsuite.{model}"].with_user(self.stranger).search([])

    def test_user_reads_but_changes_nothing(self):
        self.assertTrue(self.profile.with_user(self.user).name)
        self.assertTrue(self.integration.with_user(self.user).status_panel)
        for record in (self.profile, self.integration):
            with self.assertRaises(AccessError):
                record.with_user(self.user).name = "x"

    def test_user_sees_neither_credentials_nor_raw_events(self):
        mine = self.integration.with_user(self.user)
        for name in ("client_id", "client_secret", "crm_secret", "webhook_key", "agent_url"):
            with self.assertRaises(AccessError, msg=name):
                mine.read([name])
        with self.assertRaises(AccessError):
            self.env["connector.event"].with_user(self.user).search([])

    def test_user_cannot_press_the_buttons(self):
        for name in ("action_connect", "action_verify", "action_disconnect", "action_import"):
            with self.assertRaises(AccessError, msg=name):
                getattr(self.integration.with_user(self.user), name)()

    def test_manager_manages(self):
        self.integration.with_user(self.manager).name = "Renamed"
        self.env["connector.event"].with_user(self.manager).search([])
        self.integration.with_user(self.manager).action_import()

    def test_manager_of_hootsuite_sees_hootsuite_only(self):
        rows = self.env["connector.api.log"].with_user(self.manager).search([])
        self.assertLessEqual(set(rows.mapped("integration_model")), {"hootsuite.integration"})

    def test_companies_apart(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        theirs = self.new_integration(name="Theirs", company_id=other.id)
        profile = self.env["hootsuite.profile"].create(
            {
                "integration_id": theirs.id,
                "hootsuite_id": "2",
                "name": "Their page",
                "network": "facebook",
            }
        )
        seen = self.env["hootsuite.profile"].with_user(self.manager).search([])
        self.assertIn(self.profile, seen)
        self.assertNotIn(profile, seen)
        with self.assertRaises(AccessError):
            theirs.with_user(self.manager).read(["name"])

    def test_mirror_is_not_written_by_hand(self):
        with self.assertRaises(AccessError):
            self.profile.with_user(self.manager).needs_reconnect = True

    def test_copy_of_the_database_knows_no_account(self):
        """What `odoo-bin neutralize` runs (B17)."""
        key = self.integration.webhook_key
        self.env.flush_all()
        with file_open("hootsuite_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertEqual((self.integration.state, self.integration.active), ("draft", False))
        self.assertFalse(self.integration.client_id)
        self.assertFalse(self.integration.organization_ref)
        self.assertNotEqual(self.integration.webhook_key, key)
        self.assertEqual(self.integration.platform_scheme, "closed")
