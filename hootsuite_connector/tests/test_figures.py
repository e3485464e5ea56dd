from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError

from .post_common import FACEBOOK, PostCase


@tagged("post_install", "-at_install")
class TestFigures(PostCase):
    """Figures against the sandbox's Analytics API."""

    def setUp(self):
        super().setUp()
        self.control("hootsuite/app", app_scopes=["analytics:read"])
        self.control("hootsuite/revoke_tokens")
        self.control("hootsuite/seed", past=120, future=0, failed=0, pending=0, days=50)
        self.account.sync_past_days = 50
        self.env.flush_all()

    def run_import(self, budget=60.0):
        """Do the import to its end; return how many jobs it took."""
        figures, jobs = self.env["hootsuite.figures"], 0
        while True:
            self.env.flush_all()
            figures._run_job(self.account.id, budget=budget)
            jobs += 1
            if not figures._load_position(self.account):
                break
            self.assertLess(jobs, 200)
        self.env.invalidate_all()
        return jobs

    def test_first_figures_wait_until_it_is_known_whose(self):
        jobs = [("model_name", "=", "hootsuite.figures"), ("state", "=", "pending")]
        waiting = self.env["queue.job"]
        waiting.search(jobs).unlink()
        self.account._connector_store({"last_mirror_at": None})
        self.env.invalidate_all()
        self.account._sync_now()
        self.assertEqual(waiting.search_count(jobs), 0)
        self.env.flush_all()
        self.env["hootsuite.mirror"]._run_job(self.account.id)
        self.env.invalidate_all()
        self.assertTrue(self.account.last_mirror_at)
        self.assertEqual(waiting.search_count(jobs), 1)

    def metrics(self, *terms):
        return self.env["hootsuite.metric"].search(
            [("integration_id", "=", self.account.id), *terms]
        )

    def totals(self):
        groups = self.env["hootsuite.metric"]._read_group(
            [("integration_id", "=", self.account.id)],
            ["kind", "profile_id", "name"],
            ["value:sum", "total:max", "__count"],
        )
        return {
            (kind, profile.hootsuite_id, name): numbers for kind, profile, name, *numbers in groups
        }

    def truth(self):
        """Return the posts' figures as the API tells them: {(profile, name): sum}."""
        client = self.account._hootsuite_client()
        today = fields.Date.today()
        found = {}
        profiles = self.env["hootsuite.profile"].search([("integration_id", "=", self.account.id)])
        for profile in profiles:
            if profile.network_type not in ("FACEBOOKPAGE", "TWITTER", "THREADS"):
                continue
            for row in client.post_figures(
                [profile.hootsuite_id],
                since=today - timedelta(50),
                until=today,
                network_id=profile.network_type,
            ):
                for name, number in row.metrics.items():
                    key = (profile.hootsuite_id, name)
                    found[key] = found.get(key, 0) + number
        return found

    def test_import(self):
        self.run_import()
        totals = self.totals()
        truth = self.truth()
        self.assertTrue(truth)
        for (profile, name), number in truth.items():
            self.assertEqual(totals["post", profile, name][0], number, (profile, name))
        days = self.metrics(
            ("kind", "=", "profile"),
            ("profile_id.hootsuite_id", "=", FACEBOOK),
            ("name", "=", "page_views"),
        )
        self.assertEqual(len(days), 50, "every day once")
        followers = self.metrics(
            ("profile_id.hootsuite_id", "=", FACEBOOK), ("name", "=", "total_followers")
        ).sorted("day")
        self.assertEqual(followers[0].value, 0.0)
        # A level is told as it is; what may be added up is the growth.
        self.assertEqual(sum(followers.mapped("value")), followers[-1].total - followers[0].total)
        run = self.env["connector.sync.run"].search([("kind", "=", "Figures")], limit=1)
        self.assertEqual((run.state, run.failed), ("done", 0), run.message)
        self.assertTrue(self.account.last_figures_at)

    def test_stopped_in_many_places_gives_the_same_totals(self):
        self.run_import()
        wanted = self.totals()
        self.metrics().unlink()
        self.env["hootsuite.post"].search([("origin", "=", "network")]).unlink()
        self.account._connector_store({"last_figures_at": None})
        jobs = self.run_import(budget=0)
        self.assertGreater(jobs, 5)
        self.assertEqual(self.totals(), wanted)

    def test_killed_three_times_gives_the_same_totals(self):
        """The import dies three times in the middle of its work, between a page and the next one."""
        self.run_import()
        wanted = self.totals()
        self.metrics().unlink()
        self.env["hootsuite.post"].search([("origin", "=", "network")]).unlink()
        self.account._connector_store({"last_figures_at": None})
        figures = self.env["hootsuite.figures"]
        kills = 0
        for kill in range(3):
            # Some calls succeed, then Hootsuite is gone: the job ends where it stands.
            self.control("faults", "DELETE")
            self.fault("status", "POST", "/v1/analytics/", status=503, skip=3 + kill, times=50)
            self.env.flush_all()
            # No assertRaises: Odoo's own would roll back what the job had committed.
            try:
                figures._run_job(self.account.id, budget=60.0)
            except RetryableJobError:
                kills += 1
            position = figures._load_position(self.account)
            self.assertTrue(position["todo"], "the import knows what is left")
            self.env["connector.breaker"].search([]).unlink()
        self.assertEqual(kills, 3)
        self.control("faults", "DELETE")
        self.run_import()
        self.assertEqual(self.totals(), wanted)

    def test_again_on_the_same_day_changes_nothing(self):
        self.run_import()
        wanted, count = self.totals(), len(self.metrics())
        self.account._connector_store({"last_figures_at": None})
        self.run_import()
        self.assertEqual((self.totals(), len(self.metrics())), (wanted, count))

    def test_history_is_kept(self):
        """Figures of a post grow: each day keeps what it added."""
        metrics = self.env["hootsuite.metric"]
        self.run_import()
        post = self.metrics(("kind", "=", "post"), ("name", "=", "likes"))[:1].post_id
        likes = self.metrics(("post_id", "=", post.id), ("name", "=", "likes"))
        first = likes.total

        class Figures:
            profile_id = post.profile_id.hootsuite_id
            external_id = post.network_ref
            created_at, link, text, kind, tags = None, None, "", None, ()
            metrics = {"likes": first + 5}

        today = fields.Date.today()
        for day, number in ((1, 5), (2, 12), (2, 12)):
            Figures.metrics = {"likes": first + number}
            metrics._store_posts(self.account, [Figures], today + timedelta(days=day))
        rows = self.metrics(("post_id", "=", post.id), ("name", "=", "likes")).sorted("day")
        self.assertEqual(rows.mapped("value"), [first, 5.0, 7.0])
        self.assertEqual(rows[-1].total, first + 12)

    def test_posts_of_hootsuite_meet_their_figures(self):
        pull = self.env["hootsuite.post.pull"]
        pull._run_job(self.account.id, budget=60.0)
        self.env.invalidate_all()
        before = self.env["hootsuite.post"].search_count([("integration_id", "=", self.account.id)])
        self.run_import()
        posts = self.env["hootsuite.post"].search([("integration_id", "=", self.account.id)])
        self.assertEqual(len(posts), before, "known by their id in the network")
        liked = posts.filtered(lambda p: p.network == "facebook" and p.state == "sent")
        self.assertTrue(all(post.interactions for post in liked))

    def test_scope_missing(self):
        """Without analytics:read: said in plain words, and not asked again; the access stays."""
        self.control("hootsuite/app", app_scopes=[])
        self.control("hootsuite/revoke_tokens")
        self.run_import()
        self.account.invalidate_recordset()
        self.assertFalse(self.account.figures_on)
        self.assertIn("analytics:read", self.account.figures_note)
        self.assertEqual(self.account.state, "connected")
        alert = self.env["connector.alert"].search([("cause", "=", "figures_scope")])
        self.assertEqual(alert.state, "open")
        self.assertIn("tick analytics:read", alert.remedy)
        jobs = [("model_name", "=", "hootsuite.figures")]
        before = self.env["queue.job"].search_count(jobs)
        self.env["hootsuite.figures"]._cron_figures()
        self.assertEqual(self.env["queue.job"].search_count(jobs), before)

    def test_windows_and_profiles_of_one_query(self):
        self.account.sync_past_days = 730
        self.env.flush_all()
        position = self.env["hootsuite.figures"]._first_position(self.account)
        oldest = fields.Date.today() - timedelta(days=730)
        for _what, _network, profiles, since, until in position["todo"]:
            self.assertLessEqual(len(profiles), 10)
            self.assertGreaterEqual(fields.Date.to_date(since), oldest)
            self.assertLessEqual(fields.Date.to_date(since), fields.Date.to_date(until))

    def test_figures_run_off_peak(self):
        hour = fields.Datetime.now().hour
        self.account.write({"bulk_from": (hour + 5) % 24, "bulk_to": (hour + 7) % 24})
        self.env.flush_all()
        self.env["queue.job"].search([("model_name", "=", "hootsuite.figures")]).unlink()
        self.env["hootsuite.figures"]._cron_figures()
        (job,) = self.env["queue.job"].search([("model_name", "=", "hootsuite.figures")])
        self.assertGreater(job.eta, fields.Datetime.now() + timedelta(hours=1))
        self.assertEqual(job.channel, "root.connector.bulk")

    def test_no_reading_when_the_quota_is_nearly_used(self):
        self.env["queue.job"].search([("model_name", "=like", "hootsuite.%")]).unlink()
        self.account.daily_limit = 1
        self.env["connector.metric"]._buffer(self.account, "quota_used", 5)
        self.env["connector.metric"]._flush_due(force=True)
        self.env["hootsuite.figures"]._cron_figures()
        self.env["hootsuite.post.pull"]._cron_pull()
        self.assertFalse(self.env["queue.job"].search([("model_name", "=like", "hootsuite.%")]))
