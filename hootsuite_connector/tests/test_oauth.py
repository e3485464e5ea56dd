from urllib.parse import parse_qs, urlsplit

from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.core.errors import ReconnectRequired
from odoo.addons.connector_base.tests.common import CommittedCase, use_new_key

from .common import HootsuiteHttpCase, HootsuiteMixin, sample
from .stub_world import StubWorld


@tagged("post_install", "-at_install")
class TestConnect(HootsuiteHttpCase):
    """The way of a person who authorizes the app in the browser."""

    def setUp(self):
        super().setUp()
        self.world = StubWorld(self)
        self.integration.write(self.world.account(app_kind="user"))
        self.world.on("POST", "/oauth2/token", self.world.token())
        new_test_user(
            self.env,
            "hoot_connects",
            password="hoot_connects",
            groups="hootsuite_connector.group_hootsuite_manager",
        )
        new_test_user(
            self.env,
            "hoot_may_not",
            password="hoot_may_not",
            groups="hootsuite_connector.group_hootsuite_user",
        )
        self.authenticate("hoot_connects", "hoot_connects")

    def start(self):
        action = self.integration.action_connect()
        self.assertEqual(action["type"], "ir.actions.act_url")
        return self.url_open(action["url"], allow_redirects=False)

    def state(self):
        return parse_qs(urlsplit(self.start().headers["Location"]).query)["state"][0]

    def callback(self, **params):
        query = "&".join(f"{name}={value}" for name, value in params.items())
        answer = self.url_open(f"/hootsuite/auth/callback?{query}", allow_redirects=False)
        self.integration.invalidate_recordset()
        return answer

    def connect(self, code="the-code"):
        state = self.state()
        self.assertEqual(self.callback(code=code, state=state).status_code, 303)
        self.assertEqual(self.integration.state, "connected")
        return state

    def refuse_codes(self):
        self.world.on("POST", "/oauth2/token", (400, {"error": "invalid_grant"}))

    def alert(self, cause):
        return self.env["connector.alert"].search(
            [
                ("integration_id", "=", self.integration.id),
                ("cause", "=", cause),
                ("state", "=", "open"),
            ]
        )

    def test_there_and_back(self):
        away = self.start()
        self.assertEqual(away.status_code, 303)
        address = urlsplit(away.headers["Location"])
        query = parse_qs(address.query)
        self.assertEqual(address.path, "/hootsuite/oauth2/auth")
        self.assertEqual(query["response_type"], ["code"])
        self.assertEqual(query["scope"], ["offline analytics:read"])
        self.assertGreaterEqual(len(query["state"][0]), 8)
        self.assertEqual(query["redirect_uri"], [self.integration.redirect_uri])
        self.assertTrue(self.integration.redirect_uri.endswith("/hootsuite/auth/callback"))
        back = self.callback(code="the-code", state=query["state"][0])
        self.assertEqual(back.status_code, 303)
        self.assertEqual(self.integration.state, "connected")
        (call,) = self.world.calls("/oauth2/token", "POST")
        self.assertEqual(call["form"]["grant_type"], "authorization_code")
        self.assertTrue(call["headers"]["Authorization"].startswith("Basic "))
        self.assertNotIn("client_secret", call["form"])
        self.assertEqual(self.integration.member_ref, sample("me.200")["data"]["id"])

    def test_person_says_no(self):
        response = self.callback(error="access_denied", state=self.state())
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.integration.state, "draft")

    def test_forged_state(self):
        self.assertEqual(self.callback(code="x", state="forged").status_code, 400)
        self.assertFalse(self.world.calls("/oauth2/token", "POST"))

    def test_only_managers_connect(self):
        self.authenticate("hoot_may_not", "hoot_may_not")
        path = f"/hootsuite/auth/start?integration_id={self.integration.id}"
        self.assertEqual(self.url_open(path, allow_redirects=False).status_code, 400)

    def test_code_that_comes_back_disconnects_and_tells(self):
        state = self.connect()
        again = self.callback(code="the-code", state=state)
        self.assertEqual(again.status_code, 400)
        self.assertEqual(len(self.world.calls("/oauth2/token", "POST")), 1, "not sent once more")
        self.assertEqual(self.integration.state, "reconnect")
        self.assertFalse(self.integration._token_load())
        self.assertTrue(self.alert("code_replay").remedy)

    def test_used_state_with_another_code_is_only_refused(self):
        state = self.connect()
        self.assertEqual(self.callback(code="another", state=state).status_code, 400)
        self.assertEqual(self.integration.state, "connected")

    def test_same_code_with_a_new_state(self):
        self.connect()
        self.refuse_codes()
        response = self.callback(code="the-code", state=self.state())
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.integration.state, "reconnect")
        self.assertTrue(self.alert("code_replay"))

    def test_expired_code_leaves_the_access_alone(self):
        self.connect()
        self.refuse_codes()
        self.callback(code="expired-code", state=self.state())
        self.assertEqual(self.integration.state, "connected")
        self.assertTrue(self.integration._token_load())

    def test_connecting_again_clears_the_alert(self):
        state = self.connect()
        self.callback(code="the-code", state=state)
        self.connect("a-new-code")
        self.assertFalse(self.alert("code_replay"))
        self.assertFalse(self.alert("auth_lost"))

    def test_refresh_rotates(self):
        self.connect()
        token = self.integration._token_load()
        self.assertEqual(token.refresh_token, "refresh-1")
        self.world.on("POST", "/oauth2/token", self.world.token(2))
        self.integration._access_token(refused=token.access_token)
        self.assertEqual(self.integration._token_load().refresh_token, "refresh-2")


@tagged("post_install", "-at_install")
class TestAccessLost(HootsuiteMixin, CommittedCase):
    """What the loss of the access leaves behind, on real connections: an error must not roll back
    that it was noted."""

    integration_model = "hootsuite.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.world = StubWorld(self)
        self.world.on("POST", "/oauth2/token", self.world.token())
        with self.committed() as env:
            account = self.new_integration(env, **self.world.account(app_kind="user"))
            self.account_id = account.id
        with self.committed() as env:
            self.callback(env, "first-code")

    def callback(self, env, code):
        with self.committed() as other:
            account = other["hootsuite.integration"].browse(self.account_id)
            address = account._oauth_start("a browser session")
        state = parse_qs(urlsplit(address).query)["state"][0]
        return env["hootsuite.integration"]._oauth_callback(
            {"code": code, "state": state}, "a browser session"
        )

    def assert_lost(self, cause):
        with self.committed() as env:
            account = env["hootsuite.integration"].browse(self.account_id)
            self.assertEqual(account.state, "reconnect")
            self.assertFalse(account._token_load())
            alert = env["connector.alert"].search(
                [("integration_id", "=", account.id), ("cause", "=", cause)]
            )
            self.assertEqual(alert.state, "open")

    def refuse(self):
        self.world.on("POST", "/oauth2/token", (400, {"error": "invalid_grant"}))

    def test_refresh_token_used_twice_disconnects_and_tells(self):
        self.refuse()
        with self.committed() as env:
            account = env["hootsuite.integration"].browse(self.account_id)
            token = account._token_load()
            with self.assertRaises(ReconnectRequired):
                account._access_token(refused=token.access_token)
        self.assert_lost("auth_lost")

    def test_code_used_by_somebody_else_kills_the_access_and_is_told(self):
        """A refused code may mean that our tokens are dead: one call shows it."""
        self.refuse()
        self.world.on("GET", "/v1/me", (401, {"error": "request_unauthorized"}))
        with self.committed() as env, self.assertRaises(ReconnectRequired):
            self.callback(env, "other-code")
        self.assert_lost("auth_lost")

    def test_own_code_once_more_disconnects_and_tells(self):
        self.refuse()
        with self.committed() as env, self.assertRaises(ReconnectRequired):
            self.callback(env, "first-code")
        self.assert_lost("code_replay")
