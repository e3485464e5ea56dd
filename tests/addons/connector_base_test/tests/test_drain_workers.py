import threading

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.connector_base.jobs import connector_drain as drain
from odoo.addons.connector_base.tests.common import let_threads_work, use_new_key
from odoo.addons.queue_job.exception import RetryableJobError

from .common import DemoCommittedCase, fact


@tagged("post_install", "-at_install")
class TestDrainWorkers(DemoCommittedCase):
    """Several workers and workers that die, over real connections."""

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.integration_id = self.make_integration()

    def lane_of(self, number):
        return self.events(self.integration_id, "lane")[f"thing.changed:{number}"]

    def set_crash(self, name):
        with self.committed() as env:
            env["ir.config_parameter"].set_param("demo.crash", name)
        self.addCleanup(self._unset_crash)

    def _unset_crash(self):
        with self.committed() as env:
            env["ir.config_parameter"].set_param("demo.crash", False)

    def die_in_drain(self):
        """Run the drain until a worker dies in it, nobody cleaning up."""
        with self.assertRaises(KeyboardInterrupt):
            self.drain()

    def test_second_worker_leaves_the_lane_alone(self):
        self.take_in(self.integration_id, fact(1))
        lane = self.lane_of(1)
        with own_cursor(self.env) as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (drain.LOCK_CLASS, lane))
            self.assertIsNone(self.env["connector.drain"]._run_lane(lane, 5))
            with self.assertRaises(RetryableJobError) as caught:
                self.env["connector.drain"]._drain_lane(lane)
            self.assertTrue(caught.exception.ignore_retry)
        self.assertEqual(self.things(self.integration_id), {})

    def test_two_threads_drain_everything_once(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(300)])
        let_threads_work(self)
        failures = []

        def work():
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    for lane in range(4):
                        env["connector.drain"]._run_lane(lane, 30)
            except Exception as exc:  # noqa: BLE001 (shown by the assertion below)
                failures.append(exc)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.drain()
        things = self.things(self.integration_id)
        self.assertEqual(len(things), 300)
        self.assertEqual({applied for _size, applied in things.values()}, {1})

    def test_worker_that_dies_loses_and_doubles_nothing(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(20)])
        self.set_crash("thing3")
        self.die_in_drain()
        lane = self.lane_of(3)
        in_lane = [n for n in range(20) if self.lane_of(n) == lane]
        states = self.events(self.integration_id, "state")
        self.assertEqual({states[f"thing.changed:{n}"] for n in in_lane}, {"processing"})
        self._unset_crash()
        self.drain()
        self.assertEqual(set(self.events(self.integration_id, "state").values()), {"done"})
        things = self.things(self.integration_id)
        self.assertEqual(len(things), 20)
        self.assertEqual({applied for _size, applied in things.values()}, {1})

    def test_event_that_kills_workers_ends_alone_and_dead(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(20)])
        self.set_crash("thing3")
        for _ in range(drain.CRASHES_DEAD):
            self.die_in_drain()
        self.drain()
        states = self.events(self.integration_id, "state")
        self.assertEqual(states.pop("thing.changed:3"), "dead")
        self.assertEqual(set(states.values()), {"done"})
        self.assertIn("server log", self.events(self.integration_id, "remedy")["thing.changed:3"])

    def test_death_between_commit_and_settling_does_not_apply_again(self):
        self.take_in(self.integration_id, fact(1))
        lane = self.lane_of(1)
        model = self.env["connector.drain"]
        claims = model._claim(lane)
        model._apply_claims(claims, drain.LaneRun(), set())
        # The worker dies here: records and outcome are committed, the event is not marked yet.
        self.assertEqual(self.events(self.integration_id, "state")["thing.changed:1"], "processing")
        self.drain()
        self.assertEqual(self.events(self.integration_id, "state")["thing.changed:1"], "done")
        self.assertEqual(self.things(self.integration_id)["thing1"], (1, 1))

    def test_two_workers_with_one_claim_commit_once(self):
        """Were the lane's lock ever lost, the outcome's unique key lets only one commit."""
        self.take_in(self.integration_id, fact(1))
        model = self.env["connector.drain"]
        claims = model._claim(self.lane_of(1))
        model._apply_claims(claims, drain.LaneRun(), set())
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            model._apply_claims(claims, drain.LaneRun(), set())
        self.assertEqual(self.things(self.integration_id)["thing1"], (1, 1))

    @mute_logger("odoo.sql_db")
    def test_serialization_failure_repeats_the_batch(self):
        """Another transaction changes the record the batch is about to write."""
        self.take_in(self.integration_id, fact(1, name="a", size=1))
        self.drain()
        self.take_in(self.integration_id, fact(2, name="a", size=2, seconds=5))
        lane = self.lane_of(2)
        let_threads_work(self)
        with own_cursor(self.env) as cr:
            cr.execute("UPDATE demo_thing SET applied = applied + 100 WHERE name = 'a'")
            done = []
            thread = threading.Thread(target=lambda: done.append(self._run_in_thread(lane)))
            thread.start()
            # The batch waits for our lock; our commit then makes its snapshot outdated.
            self._wait_for_blocked()
        thread.join()
        self.assertEqual(done[0].counts, {"done": 1})
        self.assertEqual(self.things(self.integration_id)["a"], (2, 102))

    def _run_in_thread(self, lane):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["connector.drain"]._run_lane(lane, 30)

    def _wait_for_blocked(self):
        for _ in range(200):
            with own_cursor(self.env) as cr:
                cr.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock' AND query LIKE '%%demo_thing%%'"
                )
                if cr.fetchone()[0]:
                    return
            threading.Event().wait(0.05)
        self.fail("the drain never met the lock")

    def test_second_delivery_during_a_drain_disturbs_nobody(self):
        self.take_in(self.integration_id, fact(1))
        model = self.env["connector.drain"]
        claims = model._claim(self.lane_of(1))
        with own_cursor(self.env, read_committed=False) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            outcomes = model.with_env(env)._apply_batch(claims)
            # The vendor sends the event again while the batch is being applied.
            self.assertEqual(self.take_in(self.integration_id, fact(1))["doubled"], 1)
            model._insert_outcomes(cr, outcomes)
        self.drain()
        self.assertEqual(
            self.events(self.integration_id, "state", "deliveries")["thing.changed:1"], ("done", 2)
        )
        self.assertEqual(self.things(self.integration_id)["thing1"], (1, 1))

    def test_burst_job_drains_every_lane(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(40)])
        with self.committed() as env:
            env["connector.drain"]._drain_all()
            self.assertFalse(env["queue.job"].search([("method_name", "=", "_drain_lane")]))
        self.assertEqual(len(self.things(self.integration_id)), 40)

    def test_burst_job_leaves_busy_and_full_lanes_to_jobs_of_their_own(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(20)])
        many = [fact(1000 + n, name="one-subject") for n in range(drain.BATCH + 1)]
        self.take_in(self.integration_id, *many)
        full = self.events(self.integration_id, "lane")["thing.changed:1000"]
        busy = (full + 1) % 4
        with own_cursor(self.env) as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (drain.LOCK_CLASS, busy))
            with self.committed() as env:
                env["connector.drain"]._drain_all()
        with self.committed() as env:
            jobs = env["queue.job"].search([("method_name", "=", "_drain_lane")])
            self.assertEqual(
                set(jobs.mapped("identity_key")),
                {f"connector.drain:{full}", f"connector.drain:{busy}"},
            )
            left = env["connector.event"].search([("state", "=", "received")])
            self.assertEqual(set(left.mapped("lane")), {full, busy})

    def test_what_is_written_on_an_own_cursor_is_kept(self):
        """Also when nobody holds the environment it was written with any more."""
        with own_cursor(self.env) as cr:
            self.env(cr=cr)["demo.integration"].browse(self.integration_id).api_url = "http://x"
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            self.assertEqual(integration.api_url, "http://x")

    def test_time_box_queues_the_rest(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(5)])
        lane = self.lane_of(1)
        with self.committed() as env:
            env["connector.drain"]._drain_lane(lane, budget=0)
            env.flush_all()
            jobs = env["queue.job"].search([("identity_key", "=", f"connector.drain:{lane}")])
            self.assertEqual(len(jobs), 1)

    def test_waiting_retry_queues_a_later_job(self):
        self.take_in(self.integration_id, fact(1, fail="limited"))
        lane = self.lane_of(1)
        with self.committed() as env:
            env["connector.drain"]._drain_lane(lane)
            job = env["queue.job"].search([("identity_key", "=", f"connector.drain:{lane}:later")])
            due = self.events(self.integration_id, "next_try_at")["thing.changed:1"]
            self.assertEqual(job.eta, due.replace(microsecond=0))
