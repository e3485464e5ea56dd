import requests

from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox

from .common import HootsuiteCase


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
        import io

        account = self.provision()
        self.control("hootsuite/limits", media_processing=0.0)
        client = account._hootsuite_client()
        data = b"\x89PNG\r\n\x1a\n" + b"0" * 5000
        media = client.upload(io.BytesIO(data), len(data), "image/png")
        self.assertTrue(media.ready)
