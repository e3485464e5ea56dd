import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.core.errors import (
    AuthError,
    BreakerOpen,
    ConnectorError,
    ReconnectRequired,
    RemoteUnavailable,
)
from odoo.addons.connector_base.core.oauth2 import Token
from odoo.addons.connector_base.tests.common import let_threads_work, start_stub, use_new_key

from .common import CLIENT_SECRET, DemoCommittedCase


@tagged("post_install", "-at_install")
class TestTokens(DemoCommittedCase):
    """Tokens over real connections; the vendor rotates single-use refresh tokens."""

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.server = start_stub(self)
        self.integration_id = self.make_integration(api_url=self.server.url)
        self.valid = "refresh-0"
        self.issued = 0
        self.delay = 0.0
        self.lock = threading.Lock()
        self.server.on("POST", "/oauth/token", self.issue)
        self.server.on("POST", "/oauth/revoke", {"status": "success"})
        self.server.on("GET", "/v2/me", self.me)

    def issue(self, call):
        """The vendor's token endpoint: a refresh token works once."""
        time.sleep(self.delay)
        with self.lock:
            given = call["form"].get("refresh_token", self.valid)
            if given != self.valid:
                return 400, {"reason": "Invalid Token!", "error": "invalid_grant"}
            self.issued += 1
            self.valid = f"refresh-{self.issued}"
            return {
                "access_token": f"access-{self.issued}",
                "refresh_token": self.valid,
                "expires_in": 3600,
                "scope": "a b",
            }

    def me(self, call):
        if not self.issued or call["headers"]["Authorization"] != f"Bearer access-{self.issued}":
            return 401, {"code": 124, "message": "Invalid access token."}
        return {"name": "Anna"}

    def connected(self, expires_in=-10):
        """Store a token set as if the integration had been connected some time ago."""
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            env.cr.execute(
                "UPDATE demo_integration SET state = 'connected' WHERE id = %s",
                (self.integration_id,),
            )
            token = Token("access-0", "refresh-0", time.time() + expires_in)
            env["connector.secret"]._secret_set(integration, "token", token.to_json())

    def with_integration(self, work):
        """Return the result of ``work(integration)``; what it raises rolls everything back."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return work(env["demo.integration"].browse(self.integration_id))

    def state(self):
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            return integration.state, integration.state_message

    def test_fresh_token_is_used_as_it_is(self):
        self.connected(expires_in=3000)
        self.assertEqual(self.with_integration(lambda i: i._access_token()), "access-0")
        self.assertEqual(self.server.calls, [])

    def test_expired_token_is_renewed_before_use_and_stays_renewed(self):
        self.connected()
        self.assertEqual(self.with_integration(lambda i: i._access_token()), "access-1")
        self.assertEqual(self.with_integration(lambda i: i._access_token()), "access-1")
        self.assertEqual(self.issued, 1)

    def test_new_pair_survives_the_rollback_of_the_work(self):
        self.connected()

        def work(integration):
            integration._access_token()
            raise ValueError("the work fails")

        with self.assertRaises(ValueError):
            self.with_integration(work)
        self.assertEqual(self.with_integration(lambda i: i._access_token()), "access-1")
        self.assertEqual(self.issued, 1)

    def test_two_workers_one_refresh(self):
        self.connected()
        self.delay = 0.5
        let_threads_work(self)
        tokens = []
        start = threading.Barrier(2)

        def work():
            start.wait()
            tokens.append(self.with_integration(lambda i: i._access_token()))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(tokens, ["access-1", "access-1"])
        self.assertEqual(self.issued, 1)

    def test_two_workers_with_a_refused_token_one_refresh(self):
        self.connected(expires_in=3000)
        let_threads_work(self)
        start = threading.Barrier(2)
        tokens = []

        def work():
            start.wait()
            tokens.append(self.with_integration(lambda i: i._access_token(refused="access-0")))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(tokens, ["access-1", "access-1"])
        self.assertEqual(self.issued, 1)

    def test_death_between_answer_and_save_is_told(self):
        self.connected()

        def die(integration):
            # As the worker does, up to the moment at which it is killed.
            integration._token_refresh(integration._token_load())

        self.with_integration(die)
        self.assertEqual(self.valid, "refresh-1")  # the vendor has rotated, we have not saved
        with self.assertRaises(ReconnectRequired) as caught:
            self.with_integration(lambda i: i._access_token())
        self.assertIn("was lost", caught.exception.message)
        state, message = self.state()
        self.assertEqual(state, "reconnect")
        self.assertIn("was lost", message)
        with self.committed() as env:
            alert = env["connector.alert"].search([("cause", "=", "auth_lost")])
            self.assertIn("Connect", alert.remedy)
        calls = len(self.server.calls)
        with self.assertRaises(ReconnectRequired):
            self.with_integration(lambda i: i._access_token())
        self.assertEqual(len(self.server.calls), calls)  # the dead token is not tried for ever

    def test_refresh_that_was_cut_off_but_not_executed_recovers_by_itself(self):
        self.connected()
        self.server.queue("POST", "/oauth/token", (500, b"oops"))
        with self.assertRaises(RemoteUnavailable):
            self.with_integration(lambda i: i._access_token())
        self.assertEqual(self.with_integration(lambda i: i._access_token()), "access-1")
        self.assertEqual(self.state()[0], "connected")

    def test_dead_refresh_token_asks_to_reconnect(self):
        self.connected()
        self.valid = "other"
        with self.assertRaises(ReconnectRequired):
            self.with_integration(lambda i: i._access_token())
        state, message = self.state()
        self.assertEqual(state, "reconnect")
        self.assertNotIn("was lost", message)

    def test_refused_token_one_refresh_one_replay(self):
        self.connected(expires_in=3000)
        answer = self.with_integration(lambda i: i._http_client().request("GET", "/me").json())
        self.assertEqual(answer, {"name": "Anna"})
        self.assertEqual(self.issued, 1)
        self.assertEqual(len(self.server.calls_of("GET", "/v2/me")), 2)

    def test_vendor_that_refuses_even_new_tokens_is_given_up(self):
        self.connected(expires_in=3000)
        self.server.on("GET", "/v2/me", (401, {"code": 124, "message": "Invalid"}))
        for _ in range(2):
            with self.assertRaises(AuthError):
                self.with_integration(lambda i: i._http_client().request("GET", "/me"))
        self.assertEqual(self.state()[0], "reconnect")
        self.assertEqual(len(self.server.calls_of("POST", "/oauth/revoke")), 1)
        issued = self.issued
        with self.assertRaises(ReconnectRequired):
            self.with_integration(lambda i: i._access_token())
        self.assertEqual(self.issued, issued)

    def test_access_revoked_twice_in_a_row_is_renewed_twice(self):
        """A new token that worked is above suspicion: the next refusal is a revocation as well."""
        self.connected(expires_in=3000)
        for expected in (1, 2):
            answer = self.with_integration(lambda i: i._http_client().request("GET", "/me").json())
            self.assertEqual(answer, {"name": "Anna"})
            self.assertEqual(self.issued, expected)
            # Revoked at the vendor: only the next one is good.
            self.server.queue("GET", "/v2/me", (401, {"code": 124, "message": "Invalid"}))
        answer = self.with_integration(lambda i: i._http_client().request("GET", "/me").json())
        self.assertEqual(answer, {"name": "Anna"})
        self.assertEqual(self.state()[0], "connected")

    def test_server_grant_connects_verifies_and_asks_again(self):
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            integration.grant = "account_credentials"
        with self.assertRaises(ReconnectRequired):
            self.with_integration(lambda i: i._access_token())
        notice = self.with_integration(lambda i: i.action_connect())
        self.assertEqual(notice["params"]["message"], "Connected as Anna.")
        self.assertEqual(self.state(), ("connected", "Connected as Anna."))
        form = self.server.calls_of("POST", "/oauth/token")[0]["form"]
        self.assertEqual(form["account_id"], "demo")
        self.with_integration(lambda i: i._access_token(refused="access-1"))
        self.assertEqual(self.issued, 2)

    def test_wrong_credentials_are_told_in_plain_words(self):
        self.server.on(
            "POST",
            "/oauth/token",
            (400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}),
        )
        with self.committed() as env:
            env["demo.integration"].browse(self.integration_id).grant = "account_credentials"
        notice = self.with_integration(lambda i: i.action_connect())
        self.assertEqual(notice["params"]["type"], "danger")
        self.assertEqual(self.state()[0], "error")
        self.assertNotIn(CLIENT_SECRET, str(notice))

    def test_disconnect_revokes_there_and_forgets_here(self):
        self.connected(expires_in=3000)
        self.with_integration(lambda i: i.action_disconnect())
        self.assertEqual(len(self.server.calls_of("POST", "/oauth/revoke")), 1)
        self.assertEqual(self.state()[0], "draft")
        with self.assertRaises(ReconnectRequired):
            self.with_integration(lambda i: i._access_token())

    def test_disconnect_works_while_the_vendor_is_down(self):
        self.connected(expires_in=3000)
        self.server.on("POST", "/oauth/revoke", (503, b"down"))
        notice = self.with_integration(lambda i: i.action_disconnect())
        self.assertEqual(notice["params"]["type"], "warning")
        self.assertEqual(self.state()[0], "draft")
        self.assertIsNone(self.with_integration(lambda i: i._secret_get("token")))

    def test_verify_while_the_vendor_is_down_does_not_disconnect(self):
        self.connected(expires_in=3000)
        self.server.on("GET", "/v2/me", (503, b"down"))
        notice = self.with_integration(lambda i: i.action_verify())
        self.assertEqual(notice["params"]["type"], "warning")
        self.assertEqual(self.state()[0], "connected")

    def test_every_step_is_on_record_without_secrets(self):
        self.connected()
        self.with_integration(lambda i: i.action_verify())
        with self.committed() as env:
            logs = env["connector.api.log"].search(
                [("integration_model", "=", "demo.integration"), ("kind", "!=", "config")]
            )
            self.assertIn("access renewed", logs.mapped("route"))
            self.assertEqual(
                {(log.method, log.status) for log in logs if log.kind == "call"},
                {("POST", 200), ("GET", 200)},
            )
            shown = str(logs.read())
        for secret in ("access-1", "refresh-0", "refresh-1", CLIENT_SECRET):
            self.assertNotIn(secret, shown)

    @mute_logger("odoo.addons.connector_base.core.http_client")
    def test_breaker_opens_for_all_workers_and_is_told(self):
        self.connected(expires_in=3000)
        self.server.on("GET", "/v2/me", (500, b"oops"))
        for _ in range(3):
            with self.assertRaises(ConnectorError):  # no answer, later paused
                self.with_integration(lambda i: i._http_client().request("GET", "/me"))
        seen = len(self.server.calls)
        with self.assertRaises(BreakerOpen):
            self.with_integration(lambda i: i._http_client().request("GET", "/me"))
        self.assertEqual(len(self.server.calls), seen)
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            self.assertEqual(integration.breaker_state, "open")
            alert = env["connector.alert"].search([("cause", "=", "breaker_open")])
            self.assertEqual(alert.state, "open")
            env.cr.execute("UPDATE connector_breaker SET opened_at = opened_at - 3600")
        self.server.on("GET", "/v2/me", {"name": "Anna"})
        self.with_integration(lambda i: i._http_client().request("GET", "/me"))
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            self.assertEqual(integration.breaker_state, "closed")
            self.assertEqual(env["connector.alert"].browse(alert.id).state, "resolved")
