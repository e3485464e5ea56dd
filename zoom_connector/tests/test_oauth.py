from urllib.parse import parse_qs, urlsplit

from odoo.tests import new_test_user, tagged

from .common import ZoomHttpCase
from .stub_world import StubWorld


@tagged("post_install", "-at_install")
class TestConnect(ZoomHttpCase):
    """The way of a person who authorizes the app in the browser."""

    def setUp(self):
        super().setUp()
        self.world = StubWorld(self)
        self.integration.write(
            {
                "app_kind": "user_oauth",
                "environment": "sandbox",
                "sandbox_url": self.world.server.url,
                "account_id": False,
            }
        )
        self.world.server.on(
            "POST",
            "/zoom/oauth/token",
            {
                "access_token": "first-access-token",
                "refresh_token": "first-refresh-token",
                "token_type": "bearer",
                "expires_in": 3599,
                "scope": "meeting:read:list_meetings user:read:user",
            },
        )
        me = {
            "id": self.world.ADA,
            "first_name": "Ada",
            "last_name": "Host",
            "email": "ada.host@example.com",
            "type": 2,
            "status": "active",
            "account_id": "AcctExampleCo000000001",
        }
        self.world.server.on("GET", self.world.v2("/users/me"), me)
        new_test_user(
            self.env,
            "zoom_connect_manager",
            password="zoom_connect_manager",
            groups="zoom_connector.group_zoom_manager",
        )
        new_test_user(
            self.env,
            "zoom_connect_user",
            password="zoom_connect_user",
            groups="base.group_user,zoom_connector.group_zoom_user",
        )

    def start(self):
        action = self.integration.action_connect()
        self.assertEqual(action["type"], "ir.actions.act_url")
        return self.url_open(action["url"], allow_redirects=False)

    def callback(self, **params):
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return self.url_open(f"/zoom_oauth/callback?{query}", allow_redirects=False)

    def state_of(self, response):
        return parse_qs(urlsplit(response.headers["Location"]).query)["state"][0]

    def test_there_and_back(self):
        self.authenticate("zoom_connect_manager", "zoom_connect_manager")
        away = self.start()
        self.assertEqual(away.status_code, 303)
        address = urlsplit(away.headers["Location"])
        query = parse_qs(address.query)
        self.assertEqual(address.path, "/zoom/oauth/authorize")
        self.assertEqual(query["client_id"], [self.integration.client_id])
        self.assertEqual(query["redirect_uri"], [self.integration.redirect_uri])
        self.assertEqual(query["code_challenge_method"], ["S256"])
        back = self.callback(code="the-code", state=query["state"][0])
        self.assertEqual(back.status_code, 303)
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "connected")
        (call,) = self.world.server.calls_of("POST", "/zoom/oauth/token")
        self.assertEqual(call["form"]["code"], "the-code")
        self.assertTrue(call["form"]["code_verifier"])
        self.env["zoom.import"]._run_job(self.integration.id)
        self.env.invalidate_all()
        self.assertEqual(self.integration.account_id, "AcctExampleCo000000001")

    def test_answer_is_taken_once(self):
        self.authenticate("zoom_connect_manager", "zoom_connect_manager")
        state = self.state_of(self.start())
        self.assertEqual(self.callback(code="the-code", state=state).status_code, 303)
        again = self.callback(code="the-code", state=state)
        self.assertEqual(again.status_code, 400)
        self.assertEqual(len(self.world.server.calls_of("POST", "/zoom/oauth/token")), 1)

    def test_person_says_no(self):
        self.authenticate("zoom_connect_manager", "zoom_connect_manager")
        response = self.callback(error="access_denied", state=self.state_of(self.start()))
        self.assertEqual(response.status_code, 400)
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "draft")

    def test_forged_state(self):
        self.authenticate("zoom_connect_manager", "zoom_connect_manager")
        self.assertEqual(self.callback(code="x", state="forged").status_code, 400)
        self.assertFalse(self.world.server.calls_of("POST", "/zoom/oauth/token"))

    def test_only_managers_connect(self):
        self.authenticate("zoom_connect_user", "zoom_connect_user")
        response = self.url_open(
            f"/zoom_oauth/start?integration_id={self.integration.id}", allow_redirects=False
        )
        self.assertEqual(response.status_code, 400)
        self.authenticate(None, None)
        response = self.url_open(
            f"/zoom_oauth/start?integration_id={self.integration.id}", allow_redirects=False
        )
        self.assertIn("/web/login", response.headers["Location"])
