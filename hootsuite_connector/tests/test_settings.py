from odoo.tests import tagged

from .common import HootsuiteCase


@tagged("post_install", "-at_install")
class TestSettings(HootsuiteCase):
    """The block in the general settings."""

    def setUp(self):
        super().setUp()
        others = self.env["hootsuite.integration"].search([("id", "!=", self.integration.id)])
        others.active = False

    def audit(self):
        return self.env["connector.api.log"].search_count(
            [("integration_id", "=", self.integration.id), ("kind", "=", "config")]
        )

    def settings(self, **values):
        names = list(self.env["res.config.settings"]._fields)
        defaults = self.env["res.config.settings"].default_get(names)
        return self.env["res.config.settings"].create({**defaults, **values})

    def test_choices_are_read_and_written(self):
        self.integration.keep_days = 90
        settings = self.settings()
        self.assertEqual(settings.hootsuite_integration_id, self.integration)
        self.assertEqual(settings.hootsuite_keep_days, 90)
        self.assertEqual(settings.hootsuite_agent_answer, "listen")
        self.settings(hootsuite_agent_answer="handover", hootsuite_keep_days=0).set_values()
        self.assertEqual(self.integration.agent_answer, "handover")
        self.assertEqual(self.integration.keep_days, 0)

    def test_saving_other_settings_leaves_the_account_alone(self):
        before = self.audit()
        self.settings().set_values()
        self.assertEqual(self.audit(), before)

    def test_several_accounts_are_set_each_by_itself(self):
        self.new_integration(name="Second")
        settings = self.settings(hootsuite_keep_days=5)
        self.assertFalse(settings.hootsuite_integration_id)
        settings.set_values()
        self.assertNotEqual(self.integration.keep_days, 5)
        self.assertFalse(settings.action_open_hootsuite()["res_id"])

    def test_button_opens_the_account(self):
        action = self.settings().action_open_hootsuite()
        self.assertEqual(action["res_id"], self.integration.id)
