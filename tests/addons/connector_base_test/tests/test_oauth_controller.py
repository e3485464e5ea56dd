import datetime
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.connector_base.tests.common import start_stub, use_new_key

from .common import demo_values


@tagged("post_install", "-at_install")
class TestOAuthController(HttpCase):
    """Connect as a person does: start, the vendor's page, callback."""

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.server = start_stub(self)
        self.server.on(
            "POST",
            "/oauth/token",
            {"access_token": "acc", "refresh_token": "ref", "expires_in": 3600, "scope": "a"},
        )
        self.server.on("GET", "/v2/me", {"name": "Anna"})
        self.integration = self.env["demo.integration"].create(
            demo_values(self.env, api_url=self.server.url)
        )
        self.manager = new_test_user(
            self.env,
            "cb_demo",
            password="cb_demo_pw",
            groups="connector_base_test.group_demo_manager",
        )
        self.user = new_test_user(self.env, "cb_user", password="cb_user_pw")
        self.authenticate("cb_demo", "cb_demo_pw")

    def start(self):
        """Press Connect; return the query of the vendor's page."""
        action = self.integration.with_user(self.manager).action_connect()
        response = self.url_open(action["url"], allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        location = urlsplit(response.headers["Location"])
        self.assertEqual(
            f"{location.scheme}://{location.netloc}{location.path}",
            f"{self.server.url}/oauth/authorize",
        )
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    def come_back(self, **query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        response = self.url_open(f"/demo_oauth/callback?{text}", allow_redirects=False)
        self.env.invalidate_all()
        return response

    def test_connect(self):
        query = self.start()
        self.assertEqual(query["redirect_uri"], self.integration.redirect_uri)
        self.assertEqual(query["code_challenge_method"], "S256")
        response = self.come_back(code="c0de", state=query["state"])
        self.assertEqual(response.status_code, 303)
        self.assertIn(f"demo.integration/{self.integration.id}", response.headers["Location"])
        self.assertEqual(
            (self.integration.state, self.integration.connected_by), ("connected", self.manager)
        )
        form = self.server.calls_of("POST", "/oauth/token")[0]["form"]
        self.assertEqual((form["code"], form["grant_type"]), ("c0de", "authorization_code"))
        self.assertEqual(form["redirect_uri"], query["redirect_uri"])
        self.assertEqual(self.integration._access_token(), "acc")

    def assertNotConnected(self, response, text):
        self.assertEqual(response.status_code, 400)
        self.assertIn(text, response.text)
        self.assertEqual(self.integration.state, "draft")
        self.assertEqual(self.server.calls_of("POST", "/oauth/token"), [])

    def test_state_works_once(self):
        query = self.start()
        self.come_back(code="c0de", state=query["state"])
        response = self.come_back(code="c0de", state=query["state"])
        self.assertEqual(response.status_code, 400)
        self.assertIn("used already", response.text)
        self.assertEqual(len(self.server.calls_of("POST", "/oauth/token")), 1)
        self.assertEqual(self.integration.state, "connected")

    def test_state_of_another_session(self):
        query = self.start()
        self.authenticate("cb_demo", "cb_demo_pw")
        self.assertNotConnected(
            self.come_back(code="c0de", state=query["state"]), "another browser session"
        )

    def test_forged_state(self):
        for state in ("", "nonsense", self.start()["state"][:-3] + "abc"):
            self.assertNotConnected(
                self.come_back(code="c0de", state=state), "does not belong to a connection"
            )

    def test_state_that_is_too_old(self):
        query = self.start()
        with freeze_time(datetime.datetime.now() + datetime.timedelta(seconds=601), tick=True):
            self.assertNotConnected(self.come_back(code="c0de", state=query["state"]), "expired")

    def test_person_who_says_no(self):
        query = self.start()
        self.assertNotConnected(
            self.come_back(error="access_denied", state=query["state"]), "not granted"
        )

    def test_vendor_that_refuses_the_code(self):
        query = self.start()
        self.server.on(
            "POST", "/oauth/token", (400, {"reason": "Invalid code", "error": "invalid_grant"})
        )
        response = self.come_back(code="c0de", state=query["state"])
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.integration.state, "draft")
        self.assertNotIn("c0de", response.text)

    def test_users_cannot_connect(self):
        self.authenticate("cb_user", "cb_user_pw")
        response = self.url_open(
            f"/demo_oauth/start?integration_id={self.integration.id}", allow_redirects=False
        )
        self.assertNotConnected(response, "Only a manager")

    def test_strangers_are_sent_to_the_login(self):
        self.authenticate(None, None)
        response = self.url_open(
            f"/demo_oauth/start?integration_id={self.integration.id}", allow_redirects=False
        )
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_missing_credentials_are_told(self):
        self.integration.client_id = False
        response = self.url_open(
            f"/demo_oauth/start?integration_id={self.integration.id}", allow_redirects=False
        )
        self.assertNotConnected(response, "client ID")

    def test_nonsense_integration(self):
        for number in ("", "abc", "999999"):
            response = self.url_open(
                f"/demo_oauth/start?integration_id={number}", allow_redirects=False
            )
            self.assertNotConnected(response, "does not exist")
