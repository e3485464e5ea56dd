from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.core.errors import RemoteUnavailable
from odoo.addons.connector_base.tests.common import (
    CommittedCase,
    own_cursors_see_test_data,
    use_new_key,
)
from odoo.addons.queue_job.exception import RetryableJobError

from .common import ORGANIZATION, HootsuiteCase, HootsuiteMixin
from .stub_world import ADA, BEA, TEAM, StubWorld


@tagged("post_install", "-at_install")
class TestMirror(HootsuiteCase):
    """Organizations, teams, members and profiles (H3), read no more often than needed (B16)."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.world = StubWorld(self)
        self.integration.write(self.world.account())
        self.sales = self.env["crm.team"].create({"name": "example support team"})
        self.ada = new_test_user(
            self.env, "ada_in_odoo", email="Ada.Member@example.com", groups="base.group_user"
        )
        self.integration._token_renew(first=True)
        self.integration._connector_store({"state": "connected"})

    def mirror(self, force=False):
        if force:
            self.env["connector.cache"]._expire(self.integration)
        self.env.flush_all()
        for _job in range(20):
            self.env["hootsuite.mirror"]._run_job(self.integration.id)
            run = self.env["connector.sync.run"].search(
                [("integration_id", "=", self.integration.id)], limit=1, order="id desc"
            )
            if run.state != "running":
                break
        self.env.invalidate_all()
        return run

    def record(self, model, hootsuite_id):
        return self.env[f"hootsuite.{model}"].search(
            [("integration_id", "=", self.integration.id), ("hootsuite_id", "=", hootsuite_id)]
        )

    def alerts(self, state="open"):
        return self.env["connector.alert"].search(
            [
                ("integration_id", "=", self.integration.id),
                ("cause", "=like", "profile_reconnect:%"),
                ("state", "=", state),
            ]
        )

    def test_everything_is_there(self):
        run = self.mirror()
        self.assertEqual((run.state, run.failed), ("done", 0), run.message)
        organization = self.record("organization", ORGANIZATION)
        self.assertEqual(organization.name, "Example Organization")
        self.assertEqual(len(organization.member_ids), 2)
        team = self.record("team", TEAM)
        self.assertEqual(team.organization_id, organization)
        self.assertEqual(team.member_ids, self.record("member", ADA))
        self.assertEqual(team.profile_ids.hootsuite_id, "115185509")
        page = self.record("profile", "115185509")
        self.assertEqual((page.network, page.organization_id), ("facebook", organization))
        self.assertEqual(page.team_ids, team)
        tweets = self.record("profile", "120732387")
        self.assertEqual((tweets.network, tweets.member_id.hootsuite_id), ("twitter", ADA))
        self.assertTrue(self.integration.last_mirror_at)
        self.assertEqual(run.api_calls, len(self.world.api_calls()))

    def test_both_spellings_of_the_time_zone(self):
        self.mirror()
        zones = {self.record("member", ref).timezone for ref in (ADA, BEA)}
        self.assertEqual(zones, {"Europe/Paris"})

    def test_members_and_teams_meet_odoo(self):
        self.mirror()
        self.assertEqual(self.record("member", ADA).user_id, self.ada)
        self.assertFalse(self.record("member", BEA).user_id)
        self.assertEqual(self.record("team", TEAM).sales_team_id, self.sales)

    def test_links_set_by_hand_stay(self):
        self.mirror()
        other = self.env["crm.team"].create({"name": "Other"})
        self.record("team", TEAM).sales_team_id = other
        self.record("member", ADA).user_id = self.env.ref("base.user_admin")
        self.mirror(force=True)
        self.assertEqual(self.record("team", TEAM).sales_team_id, other)
        self.assertEqual(self.record("member", ADA).user_id, self.env.ref("base.user_admin"))

    def test_groups_by_role_only_where_asked_for(self):
        self.mirror()
        self.assertEqual(self.record("member", ADA).role, "manager")
        self.assertEqual(self.record("member", BEA).role, "member")
        manager = "hootsuite_connector.group_hootsuite_manager"
        self.assertFalse(self.ada.has_group(manager))
        self.integration.grant_groups = True
        self.mirror(force=True)
        self.assertTrue(self.ada.has_group(manager))
        self.assertTrue(
            self.env["connector.api.log"].search_count(
                [("kind", "=", "config"), ("route", "like", f"user {self.ada.id} was given")]
            )
        )

    def test_fresh_lists_are_not_read_again(self):
        self.mirror()
        calls = len(self.world.api_calls())
        run = self.mirror()
        self.assertEqual((run.state, run.api_calls), ("done", 0))
        self.assertEqual(len(self.world.api_calls()), calls)

    def test_equal_answer_writes_nothing(self):
        self.mirror()
        page = self.record("profile", "115185509")
        before = page.write_date
        cache = self.env["connector.cache"].search(
            [("integration_id", "=", self.integration.id), ("resource", "=", "profiles")]
        )
        cache.expires_at = False
        self.env.flush_all()
        self.mirror()
        self.assertEqual((cache.reads, cache.unchanged), (2, 1))
        self.assertEqual(page.write_date, before)
        self.assertEqual(len(self.world.calls("/v1/socialProfiles")), 2)

    def test_profile_to_reconnect_is_told_before_a_post_fails(self):
        self.mirror()
        broken = self.record("profile", "131000002")
        self.assertTrue(broken.needs_reconnect)
        self.assertTrue(broken.reconnect_since)
        alert = self.alerts()
        self.assertEqual(alert.cause, "profile_reconnect:131000002")
        self.assertIn("example_page", alert.message)
        self.assertEqual(self.integration.status_level, "red")
        self.mirror(force=True)
        self.assertEqual(self.alerts().count, 1, "told once")
        self.world.profiles[3]["isReauthRequired"] = 0
        self.mirror(force=True)
        self.assertFalse(self.alerts())
        self.assertFalse(self.record("profile", "131000002").reconnect_since)

    def test_profile_that_is_gone_is_archived_and_its_alert_closed(self):
        self.mirror()
        gone = self.world.profiles.pop()
        self.mirror(force=True)
        self.assertFalse(self.record("profile", gone["id"]), "archived")
        self.assertFalse(self.alerts())
        self.world.profiles.append(gone)
        self.mirror(force=True)
        self.assertTrue(self.record("profile", gone["id"]))
        self.assertTrue(self.alerts())

    def test_member_who_left(self):
        self.mirror()
        path = f"/v1/organizations/{ORGANIZATION}/members"
        self.world.on("GET", path, self.world.answer({"data": [{"id": ADA}]}))
        self.mirror(force=True)
        self.assertFalse(self.record("member", BEA))
        self.assertEqual(
            self.record("organization", ORGANIZATION).member_ids, self.record("member", ADA)
        )

    def test_missing_permission_stops_one_item_only(self):
        body = {"errors": [{"code": 4005, "message": "no", "id": "x", "resource": None}]}
        path = f"/v1/organizations/{ORGANIZATION}/teams/{TEAM}/members"
        self.world.on("GET", path, (401, body))
        run = self.mirror()
        self.assertEqual((run.state, run.failed), ("partial", 1))
        self.assertIn("see the members of this team", run.message)
        self.assertTrue(self.record("profile", "115185509"))
        self.assertEqual(self.integration.state, "connected")

    def test_stopped_run_goes_on_where_it_was(self):
        path = self.world.path(f"/v1/members/{BEA}")
        self.world.server.queue("GET", path, *[(503, {})] * 4)
        # No assertRaises: Odoo's rolls back what the run had committed.
        stopped = None
        try:
            self.mirror()
        except RetryableJobError as exc:
            stopped = exc
        self.assertTrue(stopped)
        before = len(self.world.api_calls())
        run = self.mirror()
        self.assertEqual(run.state, "done", run.message)
        read = [call["path"] for call in self.world.api_calls()[before:]]
        self.assertNotIn(self.world.path("/v1/socialProfiles"), read)
        self.assertIn(path, read)

    def test_failed_read_keeps_what_was_there(self):
        cache = self.env["connector.cache"]

        def fetch():
            raise RemoteUnavailable("away")

        with self.assertRaises(RemoteUnavailable):
            cache._refresh(self.integration, "x", fetch, None, 60)
        self.assertFalse(cache.search([("resource", "=", "x")]))

    def test_organization_app_that_lists_no_organizations(self):
        """Nobody is behind its token (code 1202); the organization's name is kept if it was read."""
        body = {"errors": [{"code": 1202, "message": "no", "id": "x", "resource": None}]}
        self.world.on("GET", "/v1/me/organizations", (403, body))
        run = self.mirror()
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(
            self.record("organization", ORGANIZATION).name, f"Organization {ORGANIZATION}"
        )
        self.assertTrue(self.record("team", TEAM))
        self.record("organization", ORGANIZATION).name = "Known Name"
        self.mirror(force=True)
        self.assertEqual(self.record("organization", ORGANIZATION).name, "Known Name")

    def test_profiles_of_one_name_are_told_apart(self):
        self.mirror()
        page = self.record("profile", "115185509")
        self.assertEqual(page.display_name, "Example Page (Facebook)")

    def test_only_profiles_where_members_are_not_wanted(self):
        self.integration.sync_members = False
        run = self.mirror()
        self.assertEqual((run.state, run.api_calls), ("done", 1))
        self.assertEqual(len(self.world.api_calls()), 1)

    def test_scheduled_work_stops_before_the_quota_is_spent(self):
        jobs = self.env["queue.job"]
        mine = [("identity_key", "=", f"hootsuite.mirror:{self.integration.id}")]
        self.env["connector.metric"]._record(self.integration, "quota_used", 95_000)
        self.env["hootsuite.mirror"]._cron_mirror()
        self.assertFalse(jobs.search(mine))
        self.integration.daily_limit = 1_000_000
        self.env["hootsuite.mirror"]._cron_mirror()
        self.assertEqual(len(jobs.search(mine)), 1)


@tagged("post_install", "-at_install")
class TestCache(HootsuiteMixin, CommittedCase):
    """One request at a time for each list, on real connections (B16)."""

    integration_model = "hootsuite.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        with self.committed() as env:
            self.account_id = self.new_integration(env).id

    def refresh(self, env, fetch, resource="profiles", store=None, force=False):
        account = env["hootsuite.integration"].browse(self.account_id)
        return env["connector.cache"]._refresh(
            account, resource, fetch, store or (lambda integration, found: None), 60, force
        )

    def test_second_worker_finds_it_busy(self):
        seen = []

        def fetch():
            with self.committed() as other:
                seen.append(self.refresh(other, lambda: self.fail("read twice")))
                seen.append(self.refresh(other, lambda: [2], resource="another list"))
            return [1]

        with self.committed() as env:
            self.assertEqual(self.refresh(env, fetch), "stored")
            self.assertEqual(seen, ["busy", "stored"])
            self.assertEqual(self.refresh(env, lambda: self.fail("fresh")), "fresh")
            self.assertEqual(self.refresh(env, lambda: [1], force=True), "unchanged")
            self.assertEqual(self.refresh(env, lambda: [3], force=True), "stored")

    def test_what_cannot_be_stored_is_read_again(self):
        def fails(integration, found):
            raise ValueError("broken")

        with self.committed() as env:
            with self.assertRaises(ValueError):
                self.refresh(env, lambda: [1], store=fails)
            self.assertEqual(self.refresh(env, lambda: [1]), "stored")

    def test_cache_goes_with_the_account(self):
        with self.committed() as env:
            self.refresh(env, lambda: [1])
        with self.committed() as env:
            env["hootsuite.integration"].browse(self.account_id).unlink()
            self.assertFalse(
                env["connector.cache"].search([("integration_id", "=", self.account_id)])
            )


@tagged("post_install", "-at_install")
class TestAccessWithdrawn(HootsuiteMixin, CommittedCase):
    """The app was uninstalled, and a job is the first to find out; on real connections, since an
    error must not roll back that it was noted."""

    integration_model = "hootsuite.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.world = StubWorld(self)
        with self.committed() as env:
            account = self.new_integration(env, **self.world.account())
            self.account_id = account.id
        with self.committed() as env:
            account = env["hootsuite.integration"].browse(self.account_id)
            account._token_renew(first=True)
            account._connector_store({"state": "connected"})
        self.world.on("GET", "/v1/socialProfiles", (403, {"error": "request_forbidden"}))

    @mute_logger("odoo.addons.connector_base.models.connector_api_log")
    def test_job_disconnects_and_tells(self):
        with self.committed() as env:
            env["hootsuite.mirror"]._run_job(self.account_id)
        with self.committed() as env:
            account = env["hootsuite.integration"].browse(self.account_id)
            self.assertEqual(account.state, "reconnect")
            self.assertFalse(account._token_load())
            mine = [("integration_id", "=", account.id)]
            run = env["connector.sync.run"].search(mine, limit=1, order="id desc")
            self.assertEqual(run.state, "failed")
            self.assertIn("withdrawn", run.message)
            lost = env["connector.alert"].search([*mine, ("cause", "=", "auth_lost")])
            self.assertEqual(lost.state, "open")
            line = env["ir.logging"].search(
                [("name", "=", "hootsuite.integration"), ("line", "=", str(account.id))]
            )
            self.assertIn("withdrawn", line.message)
            line.unlink()
