import time

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from odoo.addons.connector_base.controllers import webhook
from odoo.addons.connector_base.core.crypto import KeyRing
from odoo.addons.connector_base.tests.common import encryption_keys, use_new_key

from .common import WEBHOOK_SECRET, demo_values, encode, event_body, signed_headers

URL = "/demo/webhook/event"


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase):
    """Deliveries over HTTP, signed for real."""

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.env["demo.integration"].search([]).active = False
        self.integration = self.env["demo.integration"].create(demo_values(self.env))
        self.env.flush_all()
        for window in (
            webhook.bad_by_source,
            webhook.bad_by_integration,
            webhook.good_by_integration,
            webhook.taken_by_database,
        ):
            window.clear()
            self.addCleanup(window.clear)

    def deliver(self, raw, headers=None, url=URL):
        return self.url_open(url, data=raw, headers=headers or signed_headers(raw))

    def events(self):
        self.env.invalidate_all()
        return self.env["connector.event"].search([("integration_id", "=", self.integration.id)])

    def count(self, name):
        self.env.invalidate_all()
        return sum(
            self.env["connector.metric"]
            .search([("integration_id", "=", self.integration.id), ("name", "=", name)])
            .mapped("count")
        )

    def assertRefused(self, response, status, metric=None):
        self.assertEqual(response.status_code, status, response.text)
        self.assertEqual(list(response.json()), ["error"])
        self.assertFalse(self.events())
        if metric:
            self.assertEqual(self.count(metric), 1)

    def test_signed_event_is_stored_and_a_job_waits(self):
        response = self.deliver(encode(event_body(1)))
        self.assertEqual((response.status_code, response.text), (200, ""))
        event = self.events()
        self.assertEqual(
            (event.state, event.subject_key, event.request_id), ("received", "thing1", "req-1")
        )
        jobs = self.env["queue.job"].search(
            [("identity_key", "=", f"connector.drain:{event.lane}")]
        )
        self.assertEqual(len(jobs), 1)

    def test_burst_needs_few_jobs(self):
        for number in range(30):
            self.assertEqual(self.deliver(encode(event_body(number))).status_code, 200)
        self.assertEqual(len(self.events()), 30)
        jobs = self.env["queue.job"].search([("identity_key", "=like", "connector.drain:%")])
        self.assertLessEqual(len(jobs), 5)

    def test_address_with_key_names_the_account(self):
        other = self.env["demo.integration"].create(
            demo_values(self.env, name="Other", webhook_secret="other-secret")
        )
        self.env.flush_all()
        raw = encode(event_body(1))
        self.assertEqual(self.deliver(raw).status_code, 404)  # two accounts: which one?
        url = f"{URL}/{self.integration.webhook_key}"
        self.assertEqual(self.deliver(raw, url=url).status_code, 200)
        url = f"{URL}/{other.webhook_key}"
        self.assertEqual(self.deliver(raw, url=url).status_code, 401)
        headers = signed_headers(raw, "other-secret")
        self.assertEqual(self.deliver(raw, headers, url=url).status_code, 200)

    def test_unknown_key(self):
        self.assertRefused(self.deliver(encode(event_body(1)), url=f"{URL}/guess"), 404)

    def test_second_delivery_counts_up(self):
        raw = encode(event_body(1))
        for _ in range(3):
            self.assertEqual(self.deliver(raw).status_code, 200)
        self.assertEqual(self.events().deliveries, 3)

    def test_forged_signature(self):
        raw = encode(event_body(1))
        self.assertRefused(self.deliver(raw, signed_headers(raw, "guess")), 401, "bad_signature")
        self.env.invalidate_all()
        self.assertTrue(self.integration.last_bad_signature_at)

    def test_signature_of_another_body(self):
        headers = signed_headers(encode(event_body(2)))
        self.assertRefused(self.deliver(encode(event_body(1)), headers), 401, "bad_signature")

    def test_missing_signature(self):
        raw = encode(event_body(1))
        headers = signed_headers(raw)
        del headers["X-Demo-Signature"]
        self.assertRefused(self.deliver(raw, headers), 401, "bad_signature")

    def test_timestamp_an_hour_off(self):
        raw = encode(event_body(1))
        headers = signed_headers(raw, stamp=int(time.time()) - 3600)
        self.assertRefused(self.deliver(raw, headers), 401, "bad_signature")

    def test_no_secret_configured_accepts_nothing(self):
        self.integration.webhook_secret = False
        self.env.flush_all()
        raw = encode(event_body(1))
        response = self.deliver(raw)
        self.assertRefused(response, 503, "no_secret")
        self.assertEqual(response.json()["error"], "not configured")
        self.assertEqual(self.deliver(raw, signed_headers(raw, "guess")).status_code, 503)

    def test_missing_encryption_key_accepts_nothing_and_is_told(self):
        with encryption_keys(KeyRing.generate_key()):
            self.assertRefused(self.deliver(encode(event_body(1))), 503, "no_secret")
        alert = self.env["connector.alert"].search([("cause", "=", "encryption")])
        self.assertIn("key", alert.remedy)

    def test_old_secret_works_until_dropped(self):
        self.integration.webhook_secret = "second-secret"
        self.env.flush_all()
        raw = encode(event_body(1))
        self.assertEqual(self.deliver(raw, signed_headers(raw, WEBHOOK_SECRET)).status_code, 200)
        self.assertEqual(self.deliver(raw, signed_headers(raw, "second-secret")).status_code, 200)
        self.integration.action_drop_previous_webhook_secret()
        self.env.flush_all()
        self.assertEqual(self.deliver(raw, signed_headers(raw, WEBHOOK_SECRET)).status_code, 401)

    def test_two_megabytes(self):
        raw = encode(event_body(1, text="x" * 2_000_000))
        self.assertEqual(self.deliver(raw).status_code, 413)
        self.assertFalse(self.events())

    def test_form_body(self):
        response = self.url_open(URL, data={"payload": "{}"})
        self.assertRefused(response, 415)

    def test_not_json(self):
        for number, raw in enumerate((b"hello", b" ", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000)):
            with self.subTest(raw[:10]):
                response = self.deliver(raw)
                self.assertEqual(response.status_code, 400)
                self.assertEqual(self.count("bad_body"), number + 1)
        self.assertFalse(self.events())

    def test_json_array(self):
        self.assertRefused(self.deliver(encode([event_body(1)])), 400, "bad_body")

    def test_get_is_not_allowed(self):
        self.assertEqual(self.url_open(URL).status_code, 405)

    def test_unknown_event_is_acknowledged_and_ignored(self):
        self.assertEqual(self.deliver(encode(event_body(1, type="thing.new"))).status_code, 200)
        self.assertEqual(self.events().state, "ignored")

    def test_body_nobody_can_split_is_kept_without_secrets(self):
        body = event_body(1, download_token="tok-123456", nested=[{"password": "pw-123456"}])
        del body["id"]
        raw = encode(body)
        self.assertEqual(self.deliver(raw).status_code, 200)
        self.assertEqual(self.deliver(raw).status_code, 200)
        event = self.events()
        self.assertEqual((event.state, event.deliveries), ("quarantined", 2))
        self.assertTrue(event.remedy)
        self.assertIn("thing1", event.payload)
        self.assertNotIn("tok-123456", event.payload)
        self.assertNotIn("pw-123456", event.payload)

    def test_challenge_is_answered_only_when_signed(self):
        raw = encode({"type": "ping", "token": "abc"})
        self.assertEqual(self.deliver(raw).json(), {"pong": "abc"})
        response = self.deliver(raw, {"Content-Type": "application/json"})
        self.assertRefused(response, 401)

    def test_source_of_many_bad_signatures_is_blocked_but_the_vendor_is_heard(self):
        raw = encode(event_body(1))
        bad = signed_headers(raw, "guess")
        statuses = [self.deliver(raw, bad).status_code for _ in range(25)]
        self.assertEqual(statuses, [401] * 20 + [429] * 5)
        self.env.invalidate_all()
        alert = self.env["connector.alert"].search([("cause", "=", "bad_signatures")])
        self.assertEqual((alert.state, alert.integration_name), ("open", "Demo"))
        self.assertEqual(self.deliver(raw).status_code, 200)

    def test_intake_limit(self):
        raw = encode(event_body(1))
        now = time.monotonic()
        owner = (self.env.cr.dbname, "demo.integration", self.integration.id)
        for _ in range(self.integration._connector_intake_per_minute):
            webhook.good_by_integration.add(owner, now)
        # Not a 4xx, which vendors take for final: signed deliveries are welcome again later.
        response = self.deliver(raw)
        self.assertRefused(response, 503, "intake_limited")
        self.assertGreater(int(response.headers["Retry-After"]), 0)

    def test_without_database_the_vendor_is_asked_to_repeat(self):
        """Every webhook has a route for the time when the database cannot be reached."""
        routes = http.root.nodb_routing_map.bind("localhost")
        for path in ("/demo/webhook/event", "/demo/webhook/event/some-key"):
            rule, _args = routes.match(path, method="POST", return_rule=True)
            self.assertTrue(rule.endpoint.routing["connector_webhook"])
        # The session names no database and several could be meant: Odoo serves it without any.
        self.opener.cookies.clear()
        self.addCleanup(config.__setitem__, "dbfilter", config["dbfilter"])
        config["dbfilter"] = "^there is no such database$"
        response = self.deliver(encode(event_body(1)))
        self.assertEqual(response.status_code, 503)
        self.assertGreater(int(response.headers["Retry-After"]), 0)

    @mute_logger("odoo.sql_db")
    def test_nothing_in_the_answer_or_the_log_tells_a_secret(self):
        raw = encode(event_body(1))
        with self.assertLogs(level="DEBUG") as logs:
            self.deliver(raw)
            self.deliver(raw, signed_headers(raw, "guess"))
        self.assertNotIn(WEBHOOK_SECRET, "".join(logs.output))
