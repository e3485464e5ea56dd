import datetime

from odoo import fields
from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import use_new_key

from .common import DemoCommittedCase, fact


@tagged("post_install", "-at_install")
class TestWatchdog(DemoCommittedCase):
    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.integration_id = self.make_integration()

    def watch(self):
        with self.committed() as env:
            env["connector.drain"]._cron_watchdog()

    def age(self, seconds):
        with self.committed() as env:
            env["connector.event"].search([]).write(
                {"received_at": fields.Datetime.now() - datetime.timedelta(seconds=seconds)}
            )

    def job_runner_alert(self):
        with self.committed() as env:
            return env["connector.alert"].search([("cause", "=", "job_runner")]).mapped("state")

    def test_fresh_events_are_left_to_the_job_runner(self):
        self.take_in(self.integration_id, fact(1))
        self.watch()
        self.assertEqual(self.things(self.integration_id), {})

    def test_old_events_are_drained_without_a_job_runner(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(20)])
        self.age(30)
        self.watch()
        self.assertEqual(len(self.things(self.integration_id)), 20)

    def test_due_retries_are_drained(self):
        self.take_in(self.integration_id, fact(1, fail="limited"))
        self.drain()
        with self.committed() as env:
            env["connector.event"].search([]).write({"next_try_at": fields.Datetime.now()})
        self.watch()
        self.assertEqual(self.events(self.integration_id, "attempts")["thing.changed:1"], 2)

    def test_what_a_dead_worker_took_is_drained(self):
        self.take_in(self.integration_id, fact(1))
        lane = self.events(self.integration_id, "lane")["thing.changed:1"]
        self.env["connector.drain"]._claim(lane)
        with self.committed() as env:
            env["connector.event"].search([]).write(
                {"claimed_at": fields.Datetime.now() - datetime.timedelta(seconds=60)}
            )
        self.watch()
        self.assertEqual(self.things(self.integration_id)["thing1"], (1, 1))

    def test_job_runner_that_is_down_is_told_and_taken_back(self):
        with self.committed() as env:
            env["connector.drain"]._enqueue(0)
        self.watch()
        self.assertEqual(self.job_runner_alert(), [])
        with self.committed() as env:
            env.cr.execute(
                "UPDATE queue_job SET date_created = now() AT TIME ZONE 'UTC' - interval '5 min',"
                " date_started = NULL WHERE identity_key = 'connector.drain:0'"
            )
        self.watch()
        self.assertEqual(self.job_runner_alert(), ["open"])
        with self.committed() as env:
            env["queue.job"].search([("identity_key", "=", "connector.drain:0")]).unlink()
        self.watch()
        self.assertEqual(self.job_runner_alert(), ["resolved"])

    def test_run_whose_worker_died_ends_as_failed(self):
        with self.committed() as env:
            integration = env["demo.integration"].browse(self.integration_id)
            runs = env["connector.sync.run"]
            dead, alive = (runs._run_start(integration, kind) for kind in ("Import", "Other"))
        with self.committed() as env:
            env["connector.sync.run"].browse(dead).write(
                {"heartbeat_at": fields.Datetime.now() - datetime.timedelta(hours=3)}
            )
        self.watch()
        with self.committed() as env:
            run = env["connector.sync.run"].browse(dead)
            self.assertEqual(run.state, "failed")
            self.assertIn("no sign of life", run.message)
            self.assertEqual(env["connector.sync.run"].browse(alive).state, "running")

    def test_backlog_is_told_and_taken_back(self):
        self.take_in(self.integration_id, fact(1))
        self.age(1200)
        with self.committed() as env:
            env["connector.drain"]._watch_backlog()
        with self.committed() as env:
            alert = env["connector.alert"].search([("cause", "=", "backlog")])
            self.assertEqual(alert.state, "open")
        self.watch()  # drains, too
        with self.committed() as env:
            self.assertEqual(env["connector.alert"].browse(alert.id).state, "resolved")

    def test_job_that_began_before_the_event_failed_tells_of_it(self):
        """A job has read its own record before it drains: its view of the database is older."""
        with self.committed() as env:
            env["connector.event"].search_count([])
            self.take_in(self.integration_id, fact(1, fail="payload"))
            for lane in range(4):
                env["connector.drain"]._run_lane(lane, 30)
        with self.committed() as env:
            alert = env["connector.alert"].search([("cause", "=", "dead_letters")])
            self.assertEqual(alert.state, "open")

    def test_alert_about_dead_events_closes_when_they_are_ignored(self):
        self.take_in(self.integration_id, fact(1, fail="payload"))
        self.drain()
        with self.committed() as env:
            alert = env["connector.alert"].search([("cause", "=", "dead_letters")])
            self.assertEqual(alert.state, "open")
            env["connector.event"].search([("state", "=", "quarantined")]).action_ignore()
        self.watch()
        with self.committed() as env:
            self.assertEqual(env["connector.alert"].browse(alert.id).state, "resolved")
