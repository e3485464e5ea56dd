from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.connector_base.tests.common import use_new_key

from .common import demo_values, fact


@tagged("post_install", "-at_install")
class TestAccess(TransactionCase):
    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.company = self.env["res.company"].create({"name": "Second"})
        self.integration = self.env["demo.integration"].create(demo_values(self.env))
        self.foreign = self.env["demo.integration"].create(
            demo_values(self.env, name="Foreign", company_id=self.company.id)
        )
        for integration in (self.integration, self.foreign):
            self.env["connector.event"]._intake(integration, [fact(1), fact(2, fail="payload")])
        self.user = new_test_user(self.env, "cb_user", groups="base.group_user")
        self.demo_manager = new_test_user(
            self.env, "cb_demo", groups="connector_base_test.group_demo_manager"
        )
        self.manager = new_test_user(
            self.env, "cb_all", groups="connector_base.group_connector_manager"
        )
        self.events = self.env["connector.event"].search(
            [("integration_model", "=", "demo.integration")]
        )

    def seen_by(self, user):
        return (
            self.env["connector.event"]
            .with_user(user)
            .search([("integration_model", "=", "demo.integration")])
            .sudo()
            .mapped("integration_id")
        )

    def test_users_see_no_events(self):
        with self.assertRaises(AccessError):
            self.env["connector.event"].with_user(self.user).search([])
        with self.assertRaises(AccessError):
            self.events[0].with_user(self.user).read(["payload"])
        with self.assertRaises(AccessError):
            self.events[0].with_user(self.user).action_replay()

    def test_managers_see_events_of_their_companies(self):
        for user in (self.demo_manager, self.manager):
            self.assertEqual(set(self.seen_by(user)), {self.integration.id})
        self.manager.company_ids |= self.company
        found = (
            self.env["connector.event"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=[self.env.company.id, self.company.id])
            .search([("integration_model", "=", "demo.integration")])
        )
        self.assertEqual(len(found), 4)

    def test_manager_of_a_product_sees_only_its_events(self):
        self.env.cr.execute(
            "UPDATE connector_event SET integration_model = 'other.integration'"
            " WHERE integration_id = %s AND integration_model = 'demo.integration'",
            (self.integration.id,),
        )
        event = self.env["connector.event"].with_user(self.demo_manager).search([])
        self.assertNotIn("other.integration", event.mapped("integration_model"))

    def test_nobody_writes_the_inbox_over_rpc(self):
        event = self.events.filtered(lambda e: e.integration_id == self.integration.id)[0]
        mine = event.with_user(self.manager)
        for call in (
            lambda: mine.write({"state": "done"}),
            lambda: mine.write({"payload": "{}"}),
            lambda: mine.unlink(),
            lambda: mine.copy(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_event_of_another_company_cannot_be_replayed(self):
        event = self.events.filtered(lambda e: e.integration_id == self.foreign.id)[0]
        event.state = "dead"
        with self.assertRaises(AccessError):
            event.with_user(self.manager).action_replay()
        self.assertEqual(event.state, "dead")

    def test_replay_and_ignore_by_a_manager(self):
        events = self.events.filtered(lambda e: e.integration_id == self.integration.id)
        with self.assertRaises(UserError):
            events.with_user(self.demo_manager).action_replay()  # they are under way
        events.write({"state": "dead", "attempts": 8, "error": "x"})
        events[0].with_user(self.demo_manager).action_replay()
        self.assertEqual((events[0].state, events[0].attempts), ("received", 0))
        self.assertIn(self.demo_manager.name, events[0].note)
        events[1].with_user(self.demo_manager).action_ignore()
        self.assertEqual(events[1].state, "ignored")

    def test_users_cannot_steer_an_integration(self):
        mine = self.integration.with_user(self.user)
        for call in (mine.action_connect, mine.action_disconnect, mine.action_verify):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            mine.read(["webhook_url"])
        with self.assertRaises(AccessError):
            mine.action_drop_previous_webhook_secret()

    def test_only_administrators_reach_the_encryption_screen(self):
        with self.assertRaises(AccessError):
            self.env["connector.encryption"].with_user(self.manager).create({})
