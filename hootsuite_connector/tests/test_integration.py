from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    RateLimited,
    Rejected,
)
from odoo.addons.connector_base.tests.common import own_cursors_see_test_data

from .common import ORGANIZATION, HootsuiteCase, sample
from .stub_world import StubWorld


@tagged("post_install", "-at_install")
class TestIntegration(HootsuiteCase):
    """Credentials, connection and what its errors lead to."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.world = StubWorld(self)
        # Its own: figures that wait in the memory of the process outlive a test.
        self.integration = self.new_integration(**self.world.account())
        self.env.flush_all()

    def connect(self):
        self.integration.action_connect()
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "connected", self.integration.state_message)

    def alerts(self):
        return self.env["connector.alert"].search(
            [("integration_id", "=", self.integration.id), ("state", "=", "open")]
        )

    def test_real_defaults(self):
        fresh = self.env["hootsuite.integration"].new({"name": "New"})
        self.assertEqual(fresh.scopes.split(), ["offline", "analytics:read"])
        self.assertEqual(fresh.platform_scheme, "closed")
        self.assertEqual(fresh.app_kind, "user")

    def test_scopes_that_do_not_exist_are_refused(self):
        with self.assertRaises(ValidationError):
            self.integration.scopes = "social_media_read offline_access"

    def test_inbox_secret_must_be_hexadecimal(self):
        for name in ("webhook_secret", "crm_secret"):
            with self.assertRaises(ValidationError):
                self.integration.write({name: "not hexadecimal"})

    def test_organization_app_connects_without_a_person(self):
        self.connect()
        (call,) = self.world.calls("/oauth2/token", "POST")
        self.assertEqual(
            call["form"], {"grant_type": "organization_app", "organization_id": ORGANIZATION}
        )
        self.assertTrue(call["headers"]["Authorization"].startswith("Basic "))
        self.assertIn("4 social profiles", self.integration.state_message)

    def test_organization_app_without_number_says_so(self):
        self.integration.organization_ref = False
        with self.assertRaises(ConfigurationError) as caught:
            self.integration._oauth2_grant()
        self.assertIn("organization ID", caught.exception.message)
        notice = self.integration.action_connect()
        self.assertEqual(notice["params"]["type"], "danger")
        self.assertIn("organization ID", notice["params"]["message"])

    def test_connecting_reads_everything_once(self):
        self.connect()
        jobs = self.env["queue.job"].search(
            [("identity_key", "=", f"hootsuite.mirror:{self.integration.id}")]
        )
        self.assertEqual(len(jobs), 1)

    def test_permission_error_with_401_keeps_the_connection(self):
        """Codes 1201 and 4002-4010 come as 401; they must not renew or lose the access."""
        self.connect()
        tokens = len(self.world.calls("/oauth2/token", "POST"))
        for code in (1201, 4003, 4005, 4006, 4009):
            body = {"errors": [{"code": code, "message": "no", "id": "x", "resource": None}]}
            self.world.on("GET", "/v1/socialProfiles", (401, body))
            with self.assertRaises(Rejected) as caught:
                self.integration._hootsuite_client().profiles()
            self.assertEqual(caught.exception.code, code)
            self.assertIn("permission", caught.exception.remedy)
        self.assertEqual(len(self.world.calls("/oauth2/token", "POST")), tokens)
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "connected")
        self.assertFalse(self.alerts())

    def test_verify_with_missing_permission_does_not_disconnect(self):
        self.connect()
        body = {"errors": [{"code": 4009, "message": "no", "id": "x", "resource": None}]}
        self.world.on("GET", "/v1/socialProfiles", (401, body))
        self.integration.action_verify()
        self.integration.invalidate_recordset()
        self.assertTrue(self.integration._token_load(), "the access is still there")

    def test_expired_token_is_renewed_once_and_the_call_repeated(self):
        self.connect()
        self.world.on("POST", "/oauth2/token", self.world.token(2, refresh=False))
        good = self.world.answer({"data": self.world.profiles})
        dead = {"errors": [{"code": 1032, "message": "x", "id": "y", "resource": None}]}
        for answer in ((401, dead), (401, {"error": "request_unauthorized"})):
            self.world.server.queue("GET", self.world.path("/v1/socialProfiles"), answer, good)
            self.assertEqual(len(self.integration._hootsuite_client().profiles()), 4)
        self.assertEqual(len(self.world.calls("/oauth2/token", "POST")), 3)

    def test_token_refused_even_after_renewal(self):
        self.connect()
        self.world.on("GET", "/v1/socialProfiles", (401, {"error": "request_unauthorized"}))
        with self.assertRaises(AuthError):
            self.integration._hootsuite_client().profiles()
        self.assertEqual(len(self.world.calls("/v1/socialProfiles")), 3)

    def test_uninstalled_app_asks_to_reconnect(self):
        self.connect()
        self.world.on("GET", "/v1/socialProfiles", (403, {"error": "request_forbidden"}))
        self.integration.action_verify()
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "reconnect")

    def test_quota_headers_are_kept_and_alert(self):
        self.connect()
        self.env["connector.metric"]._flush_due(force=True)
        self.assertEqual(self.integration._quota_used(), 1234)
        self.assertFalse(self.alerts())
        headers = {"X-Account-Quota": "100000 per day", "X-Account-Quota-Used": "95000"}
        self.world.on("GET", "/v1/socialProfiles", (200, {"data": []}, headers))
        self.integration._hootsuite_client().profiles()
        self.env["connector.metric"]._flush_due(force=True)
        self.assertEqual(self.alerts().mapped("cause"), ["quota"])
        sync = self.env["hootsuite.sync"]
        self.assertFalse(sync._quota_left(self.integration))
        self.integration.daily_limit = 1_000_000
        self.assertTrue(sync._quota_left(self.integration))
        self.assertFalse(self.alerts(), "closed by itself when there is room again")

    def test_daily_limit_waits_for_the_next_day(self):
        self.connect()
        body = {"errors": [{"code": 1003, "message": "Account plan limit exceeded", "id": "x"}]}
        headers = {"X-Account-Quota": "100000 per day", "X-Account-Quota-Used": "100000"}
        self.world.on("GET", "/v1/socialProfiles", (429, body, headers))
        with self.assertRaises(RateLimited) as caught:
            self.integration._hootsuite_client().profiles()
        self.assertEqual(caught.exception.scope, "day")
        self.assertLessEqual(caught.exception.retry_after, 86460)
        self.assertEqual(len(self.world.calls("/v1/socialProfiles")), 2, "not asked again at once")

    def test_short_limit_without_retry_after_backs_off_and_goes_on(self):
        self.connect()
        body = sample("error_rate_limit.429")
        good = self.world.answer({"data": []})
        self.world.server.queue(
            "GET", self.world.path("/v1/socialProfiles"), (429, body), (429, body), good
        )
        self.assertEqual(self.integration._hootsuite_client().profiles(), [])

    def test_inbox_calls_have_a_token_of_their_own(self):
        """A member's token is not taken there, an organization app's not for figures."""
        self.integration.app_kind = "user"
        self.env.flush_all()
        path = "/inbox/v1/queue/lock"
        dead = (401, {"error": "request_unauthorized"})
        good = (200, {"locks": []})
        self.world.server.queue("GET", self.world.path(path), dead, good, good)
        client = self.integration._inbox_client()
        self.assertEqual(client.locks(), {})
        asked = self.world.calls("/oauth2/token", "POST")
        self.assertEqual({call["form"]["grant_type"] for call in asked}, {"organization_app"})
        self.assertEqual(len(asked), 2, "renewed once")
        self.assertEqual(self.integration._inbox_client().locks(), {})
        self.assertEqual(len(self.world.calls("/oauth2/token", "POST")), 2, "kept")
        self.integration.action_disconnect()
        self.assertFalse(self.integration._inbox_token_load())

    def test_inbox_needs_an_organization(self):
        self.integration.write({"app_kind": "user", "organization_ref": False})
        with self.assertRaises(ConfigurationError):
            self.integration._inbox_client()

    def test_disconnect_forgets_here(self):
        """Hootsuite has no address to revoke at."""
        self.connect()
        self.integration.action_disconnect()
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "draft")
        self.assertFalse(self.integration._token_load())

    def test_status_panel(self):
        self.assertEqual(self.integration.status_level, "amber")
        self.connect()
        self.integration.invalidate_recordset()
        self.assertIn("Hootsuite answers", self.integration.status_panel)
        self.integration.action_disconnect()
        self.integration._mark_reconnect("The access is lost.")
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.status_level, "red")
        self.assertEqual(self.integration.status_summary, "The access is lost.")

    def test_webhook_addresses_are_shown_with_their_use(self):
        addresses = {
            self.integration.agent_url,
            self.integration.crm_url,
            self.integration.platform_url,
        }
        self.assertEqual(addresses, {self.integration.webhook_url})
        table = str(self.integration.webhook_uses)
        for words in ("Virtual agent", "CRM integration", "Platform events", "Relay"):
            self.assertIn(words, table)
        self.integration.crm_secret = False
        self.integration.invalidate_recordset()
        self.assertIn("secret missing", str(self.integration.webhook_uses))

    def test_secrets_are_never_readable(self):
        names = ["client_secret", "webhook_secret", "crm_secret", "relay_secret"]
        (row,) = self.integration.read(names)
        self.assertEqual({row[name] for name in names}, {"\u2022" * 8})

    def test_bulk_work_waits_for_its_hours(self):
        sync = self.env["hootsuite.sync"]
        self.integration.write({"bulk_from": 0, "bulk_to": 0})
        self.assertIsNone(sync._bulk_eta(self.integration))
        hour = fields.Datetime.now().hour
        calendar = self.integration.company_id.resource_calendar_id
        calendar.tz = "UTC"
        self.integration.write({"bulk_from": hour, "bulk_to": (hour + 2) % 24})
        self.assertIsNone(sync._bulk_eta(self.integration))
        self.integration.write({"bulk_from": (hour + 3) % 24, "bulk_to": (hour + 5) % 24})
        eta = sync._bulk_eta(self.integration)
        self.assertEqual(eta.hour, (hour + 3) % 24)
        self.assertGreater(eta, fields.Datetime.now())

    @mute_logger("odoo.sql_db")
    def test_webhook_key_is_unique(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.new_integration(webhook_key=self.integration.webhook_key)
            self.env.flush_all()
