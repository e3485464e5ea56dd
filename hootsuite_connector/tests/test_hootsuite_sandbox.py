import io
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.tests import tagged

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ReconnectRequired,
    Rejected,
)
from odoo.addons.connector_base.tests.common import (
    CommittedCase,
    own_cursors_see_test_data,
    sandbox,
    use_new_key,
)

from .common import HootsuiteCase, HootsuiteMixin


@tagged("post_install", "-at_install")
class TestAgainstSandbox(HootsuiteCase):
    """The same work against the project's own imitation of Hootsuite, where one runs."""

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        own_cursors_see_test_data(self)
        self.control("reset")

    def control(self, path, **values):
        response = requests.post(f"{self.info['control_url']}/{path}", json=values, timeout=30)
        response.raise_for_status()
        return response.json()

    def provision(self):
        account = self.env["hootsuite.integration"]._connector_provision_sandbox(self.info)
        account.invalidate_recordset()
        self.assertEqual(account.state, "connected", account.state_message)
        return account

    def mirror(self, account):
        for _job in range(30):
            self.env["hootsuite.mirror"]._run_job(account.id)
            account.invalidate_recordset()
            if account.last_mirror_at:
                break
        self.env.invalidate_all()
        return self.env["connector.sync.run"].search(
            [("integration_id", "=", account.id)], limit=1, order="id desc"
        )

    def test_organization_app_reads_its_organization(self):
        account = self.provision()
        run = self.mirror(account)
        self.assertIn(run.state, ("done", "partial"), run.message)
        mine = [("integration_id", "=", account.id)]
        self.assertGreaterEqual(self.env["hootsuite.profile"].search_count(mine), 8)
        self.assertTrue(self.env["hootsuite.team"].search_count(mine))
        self.assertTrue(self.env["hootsuite.member"].search_count(mine))
        alert = self.env["connector.alert"].search(
            [("integration_id", "=", account.id), ("cause", "=like", "profile_reconnect:%")]
        )
        self.assertEqual(alert.cause, "profile_reconnect:131000009")

    def test_provisioning_twice_makes_one_account(self):
        self.assertEqual(self.provision(), self.provision())

    def test_revoked_tokens_are_asked_for_again(self):
        account = self.provision()
        self.control("hootsuite/revoke_tokens")
        self.assertTrue(account._hootsuite_client().profiles())

    def test_real_limits_of_a_second_are_waited_out(self):
        account = self.provision()
        self.control("hootsuite/limits", second=3)
        client = account._hootsuite_client()
        for _call in range(6):
            self.assertTrue(client.profiles())

    def test_media_in_three_steps(self):
        account = self.provision()
        self.control("hootsuite/limits", media_processing=0.0)
        client = account._hootsuite_client()
        data = b"\x89PNG\r\n\x1a\n" + b"0" * 5000
        media = client.upload(io.BytesIO(data), len(data), "image/png")
        self.assertTrue(media.ready)


@tagged("post_install", "-at_install")
class TestMemberAgainstSandbox(HootsuiteMixin, CommittedCase):
    """A member authorizes the app in the sandbox, on real connections."""

    integration_model = "hootsuite.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.half = sandbox()["hootsuite"]
        self.control("reset")
        with self.committed() as env:
            account = self.new_integration(
                env,
                environment="sandbox",
                sandbox_url=sandbox()["base_url"],
                app_kind="user",
                client_id=self.half["client_id"],
                client_secret=self.half["client_secret"],
                organization_ref=False,
            )
            self.account_id = account.id
        self.code = self.connect()

    def control(self, path, **values):
        address = f"{sandbox()['control_url']}/{path}"
        response = requests.post(address, json=values, timeout=30)
        response.raise_for_status()
        return response.json()

    def account(self, env):
        return env["hootsuite.integration"].browse(self.account_id)

    def connect(self):
        """Go to the consent page, press Allow, come back; return the code."""
        with self.committed() as env:
            address = self.account(env)._oauth_start("a browser session")
        page = requests.get(f"{address}&auto=1", allow_redirects=False, timeout=10)
        answer = {k: v[0] for k, v in parse_qs(urlsplit(page.headers["Location"]).query).items()}
        with self.committed() as env:
            env["hootsuite.integration"]._oauth_callback(answer, "a browser session")
        return answer["code"]

    def mirror(self):
        for _job in range(40):
            with self.committed() as env:
                env["hootsuite.mirror"]._run_job(self.account_id)
            with self.committed() as env:
                if self.account(env).last_mirror_at:
                    return

    def test_whole_world_is_mirrored(self):
        self.mirror()
        with self.committed() as env:
            mine = [("integration_id", "=", self.account_id)]

            def count(model, *terms):
                return env[f"hootsuite.{model}"].search_count([*mine, *terms])

            self.assertEqual(count("organization"), 2)
            self.assertEqual(count("team"), 5)
            self.assertGreaterEqual(count("profile"), 12)
            self.assertGreaterEqual(count("member"), 8)
            self.assertGreaterEqual(count("member", ("role", "=", "manager")), 1)
            networks = env["hootsuite.profile"].search(mine).mapped("network")
            self.assertGreaterEqual(len(set(networks)), 8)
            names = env["hootsuite.organization"].search(mine).mapped("name")
            self.assertFalse([name for name in names if name.startswith("Organization ")])

    def test_second_look_makes_no_call(self):
        self.mirror()
        before = self.control_calls()
        with self.committed() as env:
            env["hootsuite.mirror"]._run_job(self.account_id)
        self.assertEqual(self.control_calls(), before)

    def control_calls(self):
        calls = requests.get(f"{sandbox()['control_url']}/calls", timeout=30).json()["calls"]
        return len([call for call in calls if "/hootsuite/v1/" in call["path"]])

    def test_refresh_tokens_rotate(self):
        with self.committed() as env:
            first = self.account(env)._token_load()
            self.account(env)._access_token(refused=first.access_token)
            second = self.account(env)._token_load()
            self.assertNotEqual(first.refresh_token, second.refresh_token)
            self.assertTrue(self.account(env)._hootsuite_client().me())

    def test_stolen_code_disconnects_and_tells(self):
        """Somebody uses the code a second time: Hootsuite revokes everything, we say so."""
        stolen = requests.post(
            self.half["token_url"],
            data={
                "grant_type": "authorization_code",
                "code": self.code,
                "redirect_uri": "http://localhost/other",
            },
            auth=(self.half["client_id"], self.half["client_secret"]),
            timeout=10,
        )
        self.assertEqual(stolen.status_code, 400)
        with self.committed() as env, self.assertRaises(ReconnectRequired):
            self.account(env)._hootsuite_client().me()
        with self.committed() as env:
            account = self.account(env)
            self.assertEqual(account.state, "reconnect")
            self.assertFalse(account._token_load())
            alert = env["connector.alert"].search(
                [("integration_id", "=", account.id), ("cause", "=", "auth_lost")]
            )
            self.assertEqual(alert.state, "open")
        self.connect()
        with self.committed() as env:
            self.assertEqual(self.account(env).state, "connected")

    def test_uninstalled_app_disconnects_and_tells(self):
        self.control("hootsuite/uninstall", member_id=self.half["member_id"])
        with self.committed() as env, self.assertRaises(AuthError):
            self.account(env)._hootsuite_client().me()
        with self.committed() as env:
            self.assertEqual(self.account(env).state, "reconnect")

    def test_inbox_has_an_access_of_its_own(self):
        with self.committed() as env:
            self.account(env).organization_ref = self.half["organization_id"]
        with self.committed() as env:
            self.assertIsInstance(self.account(env)._inbox_client().locks(), dict)
            self.assertTrue(self.account(env)._hootsuite_client().me())

    def test_missing_permission_keeps_the_connection(self):
        with self.committed() as env:
            client = self.account(env)._hootsuite_client()
            with self.assertRaises(Rejected):
                client.teams("999999")
            self.assertTrue(client.me())
            self.assertEqual(self.account(env).state, "connected")
