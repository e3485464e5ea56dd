from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import file_open

from odoo.addons.connector_base.core.crypto import KeyRing
from odoo.addons.connector_base.core.errors import KeyUnavailable
from odoo.addons.connector_base.models.connector_secret import MASK
from odoo.addons.connector_base.tests.common import encryption_keys, use_new_key

from .common import CLIENT_SECRET, WEBHOOK_SECRET, demo_values, fact


@tagged("post_install", "-at_install")
class TestIntegration(TransactionCase):
    def setUp(self):
        super().setUp()
        self.key = use_new_key(self)
        self.integration = self.env["demo.integration"].create(demo_values(self.env))
        self.manager = new_test_user(
            self.env,
            "cb_demo",
            groups="connector_base_test.group_demo_manager,base.group_allow_export",
        )
        self.mine = self.integration.with_user(self.manager)

    def test_secret_fields_show_only_that_something_is_stored(self):
        self.assertEqual(self.mine.client_secret, MASK)
        self.assertEqual(self.integration._secret_get("client_secret"), CLIENT_SECRET)
        self.mine.client_secret = ""
        self.assertFalse(self.mine.client_secret)
        self.assertIsNone(self.integration._secret_get("client_secret"))

    def test_answer_to_saving_does_not_carry_the_secret(self):
        spec = {"name": {}, "client_secret": {}, "webhook_secret": {}}
        answer = self.mine.web_save({"client_secret": "brand-new-secret"}, spec)
        self.assertNotIn("brand-new-secret", str(answer))
        self.assertEqual(answer[0]["client_secret"], MASK)
        self.assertEqual(self.integration._secret_get("client_secret"), "brand-new-secret")
        answer = (
            self.env["demo.integration"]
            .with_user(self.manager)
            .web_save(demo_values(self.env, client_secret="another-new-secret"), spec)
        )
        self.assertNotIn("another-new-secret", str(answer))

    def test_saving_the_form_back_changes_no_secret(self):
        self.mine.write({"client_secret": MASK, "webhook_secret": MASK, "name": "Renamed"})
        self.assertEqual(self.integration._secret_get("client_secret"), CLIENT_SECRET)
        self.assertEqual(self.integration._connector_webhook_secrets(), (WEBHOOK_SECRET,))

    def test_nothing_gives_a_secret_away(self):
        names = list(self.mine.fields_get())
        shown = str(self.mine.read(names)) + str(self.mine.export_data(names)["datas"])
        copy = self.mine.copy()
        shown += str(copy.read(names)) + str(self.mine.copy_data())
        for secret in (CLIENT_SECRET, WEBHOOK_SECRET):
            self.assertNotIn(secret, shown)
        self.assertFalse(copy.client_secret)
        self.assertNotEqual(copy.webhook_key, self.mine.webhook_key)
        self.assertEqual((copy.state, copy.name), ("draft", "Demo (copy)"))

    def test_new_webhook_secret_keeps_the_old_one_alive_until_dropped(self):
        self.assertEqual(self.integration._connector_webhook_secrets(), (WEBHOOK_SECRET,))
        self.mine.webhook_secret = "second"
        self.assertTrue(self.mine.has_previous_webhook_secret)
        self.assertEqual(self.integration._connector_webhook_secrets(), ("second", WEBHOOK_SECRET))
        self.mine.action_drop_previous_webhook_secret()
        self.assertEqual(self.integration._connector_webhook_secrets(), ("second",))

    def test_clearing_the_webhook_secret_closes_the_door(self):
        self.mine.webhook_secret = "second"
        self.mine.webhook_secret = False
        self.assertEqual(self.integration._connector_webhook_secrets(), ())

    def test_saving_with_the_wrong_key_is_told_and_changes_nothing(self):
        for name in ("webhook_secret", "client_secret"):
            with (
                encryption_keys(KeyRing.generate_key()),
                self.assertRaises(UserError) as caught,
                self.env.cr.savepoint(),
            ):
                self.mine.write({name: "x"})
            self.assertIn("key", str(caught.exception))
        self.assertEqual(self.integration._secret_get("client_secret"), CLIENT_SECRET)
        self.assertEqual(self.integration._connector_webhook_secrets(), (WEBHOOK_SECRET,))

    def test_decrypted_secrets_do_not_outlive_a_change_of_keys(self):
        self.integration._connector_webhook_secrets()
        with encryption_keys(KeyRing.generate_key()), self.assertRaises(KeyUnavailable):
            self.integration._connector_webhook_secrets()

    def test_change_of_settings_is_on_record_without_the_secret(self):
        self.mine.write({"client_id": "other-app", "client_secret": "very-new-secret"})
        log = self.env["connector.api.log"].search(
            [("kind", "=", "config"), ("integration_id", "=", self.integration.id)], limit=1
        )
        self.assertEqual(log.route, "changed: client_id, client_secret")
        self.assertEqual(log.user_id, self.manager)
        self.assertNotIn("very-new-secret", str(log.read()))

    def test_addresses_are_unique_and_complete(self):
        other = self.env["demo.integration"].create(demo_values(self.env, name="Other"))
        self.assertNotEqual(other.webhook_url, self.integration.webhook_url)
        self.assertTrue(
            self.integration.webhook_url.endswith(
                f"/demo/webhook/event/{self.integration.webhook_key}"
            )
        )
        self.assertEqual(len(self.integration.webhook_key), 32)
        self.assertTrue(self.integration.redirect_uri.endswith("/demo_oauth/callback"))

    def test_account_of_a_webhook(self):
        model = self.env["demo.integration"]
        model.search([("id", "!=", self.integration.id)]).active = False
        self.assertEqual(model._connector_account(), self.integration)
        self.assertEqual(model._connector_account(self.integration.webhook_key), self.integration)
        self.assertFalse(model._connector_account("guess"))
        other = model.create(demo_values(self.env, name="Other"))
        self.assertFalse(model._connector_account())  # which one is meant?
        self.assertEqual(model._connector_account(other.webhook_key), other)
        other.active = False
        self.assertFalse(model._connector_account(other.webhook_key))
        self.assertEqual(model._connector_account(), self.integration)

    def test_deleting_takes_secrets_and_events_along(self):
        key = (self.integration._name, self.integration.id)
        self.integration.unlink()
        self.env.cr.execute(
            "SELECT count(*) FROM connector_secret WHERE res_model = %s AND res_id = %s", key
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_neutralized_copy_knows_nothing_and_does_nothing(self):
        self.env["connector.event"]._intake(self.integration, [fact(1)])
        self.env["connector.drain"]._enqueue(0)
        self.env.flush_all()
        with file_open("connector_base/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.integration.client_secret)
        self.assertEqual(self.env["connector.secret"].search_count([]), 0)
        event = self.env["connector.event"].search(
            [("integration_id", "=", self.integration.id)], limit=1
        )
        self.assertEqual(event.state, "ignored")
        job = self.env["queue.job"].search([("identity_key", "=", "connector.drain:0")])
        self.assertEqual(job.state, "cancelled")

    def test_form_of_an_event_opens_for_a_manager(self):
        event = self.env["connector.event"].create(
            {
                "integration_model": "demo.integration",
                "integration_id": self.integration.id,
                "event_type": "thing.changed",
                "external_key": "x",
                "occurred_at": "2026-01-01 00:00:00",
                "received_at": "2026-01-01 00:00:00",
                "payload": '{"name": "Über", "id": 1}',
                "company_id": self.env.company.id,
            }
        )
        form = Form(event.with_user(self.manager))
        self.assertIn('"name": "Über"', form.payload_pretty)
        self.assertEqual(form.integration_name, "Demo")
