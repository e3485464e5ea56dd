import datetime

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.jobs import connector_drain_batch as batch
from odoo.addons.connector_base.tests.common import start_stub, use_new_key

from .common import DemoCommittedCase, fact


@tagged("post_install", "-at_install")
class TestDrain(DemoCommittedCase):
    """One worker, really committed rows."""

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.integration_id = self.make_integration()

    def outcome(self, number, *names, event_type="thing.changed"):
        return self.events(self.integration_id, *names)[f"{event_type}:{number}"]

    def due_now(self):
        """Let waiting retries be due, as if time had passed."""
        with self.committed() as env:
            env["connector.event"].search([("state", "=", "retry")]).write(
                {"next_try_at": fields.Datetime.now() - datetime.timedelta(seconds=1)}
            )

    def test_events_become_records_once(self):
        self.take_in(self.integration_id, *[fact(n) for n in range(30)])
        runs = self.drain()
        self.assertEqual(sum(run.claimed for run in runs), 30)
        self.assertEqual(self.things(self.integration_id)["thing7"], (7, 1))
        self.assertEqual(set(self.events(self.integration_id, "state").values()), {"done"})
        self.drain()
        self.assertEqual(self.things(self.integration_id)["thing7"], (7, 1))

    def test_vendor_time_decides_not_arrival(self):
        self.take_in(self.integration_id, fact(2, name="a", seconds=20, size=222))
        self.drain()
        self.take_in(self.integration_id, fact(1, name="a", seconds=10, size=111))
        self.drain()
        self.assertEqual(self.things(self.integration_id)["a"], (222, 2))
        self.assertEqual(
            self.outcome(1, "state", "note"), ("ignored", "ignored: older than what is known")
        )

    def test_order_within_a_batch_is_vendor_time(self):
        self.take_in(
            self.integration_id,
            fact(2, name="a", seconds=20, size=222),
            fact(1, name="a", seconds=10, size=111),
        )
        self.drain()
        self.assertEqual(set(self.events(self.integration_id, "state").values()), {"done"})
        self.assertEqual(self.things(self.integration_id)["a"], (222, 2))

    def test_microseconds_of_the_vendor_are_kept(self):
        self.take_in(self.integration_id, fact(1))
        self.assertEqual(self.outcome(1, "occurred_at").microsecond, 123456)

    def test_halving_isolates_the_bad_event(self):
        facts = [fact(n, name=f"same-lane{n}") for n in range(40)]
        facts[17] = fact(17, name="same-lane17", fail="payload")
        self.take_in(self.integration_id, *facts)
        self.drain()
        states = self.events(self.integration_id, "state")
        self.assertEqual(states.pop("thing.changed:17"), "quarantined")
        self.assertEqual(set(states.values()), {"done"})
        things = self.things(self.integration_id)
        self.assertEqual(len(things), 39)
        self.assertEqual({applied for _size, applied in things.values()}, {1})

    def test_quarantine_says_what_and_what_to_do(self):
        self.take_in(self.integration_id, fact(1, name=""))
        self.drain()
        state, error, remedy = self.outcome(1, "state", "error", "remedy")
        self.assertEqual(
            (state, error, remedy), ("quarantined", "The thing has no name. (name)", "Name it.")
        )

    def test_refusal_of_the_vendor_is_quarantined(self):
        self.take_in(self.integration_id, fact(1, fail="rejected"))
        self.drain()
        self.assertEqual(
            self.outcome(1, "state", "error"), ("quarantined", "The vendor refuses this.")
        )

    def test_unavailable_vendor_is_waited_for_and_never_given_up(self):
        self.take_in(self.integration_id, fact(1, fail="unavailable"))
        for _ in range(batch.MAX_ATTEMPTS + 2):
            self.drain()
            self.due_now()
        state, attempts = self.outcome(1, "state", "attempts")
        self.assertEqual((state, attempts), ("retry", batch.MAX_ATTEMPTS + 2))

    def test_the_vendor_says_how_long_to_wait(self):
        self.take_in(self.integration_id, fact(1, fail="limited"))
        before = fields.Datetime.now()
        self.drain()
        wait = self.outcome(1, "next_try_at") - before
        self.assertGreaterEqual(wait.total_seconds(), 119)

    def test_limit_of_the_account_is_not_tried_with_every_half(self):
        self.take_in(
            self.integration_id,
            *[fact(n, name=f"x{n}", fail="limited") for n in range(40)],
        )
        self.drain()
        self.assertEqual(set(self.events(self.integration_id, "attempts").values()), {1})
        self.assertEqual(set(self.events(self.integration_id, "state").values()), {"retry"})

    @mute_logger("odoo.addons.connector_base.jobs.connector_drain_batch")
    def test_bug_is_retried_then_dead_then_told(self):
        self.take_in(self.integration_id, fact(1, fail="bug"))
        for _ in range(batch.MAX_ATTEMPTS - 1):
            self.drain()
            self.assertEqual(self.outcome(1, "state"), "retry")
            self.due_now()
        self.drain()
        state, attempts, error, remedy = self.outcome(1, "state", "attempts", "error", "remedy")
        self.assertEqual((state, attempts), ("dead", batch.MAX_ATTEMPTS))
        self.assertIn("ValueError", error)
        self.assertNotIn("anna@example.com", error)
        self.assertIn("Replay", remedy)
        with self.committed() as env:
            alert = env["connector.alert"].search([("cause", "=", "dead_letters")])
            self.assertEqual((alert.state, alert.integration_name), ("open", "Demo"))
            self.assertTrue(alert.activity_ids)

    def test_no_personal_data_in_the_log(self):
        self.take_in(self.integration_id, fact(1, fail="bug"))
        with self.assertLogs("odoo.addons.connector_base.jobs.connector_drain_batch") as logs:
            self.drain()
        self.assertIn("_connector_apply", "".join(logs.output))  # where, but not with what
        self.assertNotIn("anna", "".join(logs.output))

    def test_retry_is_not_taken_before_it_is_due(self):
        self.take_in(self.integration_id, fact(1, fail="limited"))
        self.drain()
        self.drain()
        self.assertEqual(self.outcome(1, "attempts"), 1)

    def test_unknown_events_are_kept_as_ignored(self):
        self.take_in(self.integration_id, fact(1, event_type="thing.unknown"))
        runs = self.drain()
        self.assertEqual(sum(run.claimed for run in runs), 0)
        self.assertEqual(self.outcome(1, "state", event_type="thing.unknown"), "ignored")

    def test_broken_optional_field_leaves_an_issue_for_review(self):
        self.take_in(self.integration_id, fact(1, size=-5))
        self.drain()
        self.assertEqual(self.things(self.integration_id)["thing1"], (0, 1))
        with self.committed() as env:
            issue = env["connector.data.issue"].search(
                [("integration_model", "=", "demo.integration")]
            )
            self.assertEqual(
                (issue.field, issue.remedy, issue.state, issue.event_id.external_key),
                ("size", "Correct it.", "open", "thing.changed:1"),
            )

    def test_replay_handles_again_and_wakes_the_lane(self):
        self.take_in(self.integration_id, fact(1, fail="payload"))
        self.drain()
        with self.committed() as env:
            event = env["connector.event"].search([("integration_id", "=", self.integration_id)])
            payload = event.payload.replace('"fail":"payload"', '"fail":"no"')
            event.write({"payload": payload})
            key = f"connector.drain:{event.lane}"
            event.action_replay()
        with self.committed() as env:
            jobs = env["queue.job"].search([("identity_key", "=", key)])
            self.assertEqual((len(jobs), jobs.channel), (1, "root.connector.realtime"))
        self.drain()
        state, attempts, error = self.outcome(1, "state", "attempts", "error")
        self.assertEqual((state, attempts, error), ("done", 1, False))

    def test_events_of_a_deleted_integration_stop_nobody(self):
        self.take_in(self.integration_id, fact(1), fact(2))
        with self.committed() as env:
            env.cr.execute("DELETE FROM demo_integration WHERE id = %s", (self.integration_id,))
        self.drain()
        self.assertEqual(set(self.events(self.integration_id, "state").values()), {"ignored"})

    def test_account_without_access_keeps_its_events_waiting(self):
        server = start_stub(self)
        with self.committed() as env:
            env["demo.integration"].browse(self.integration_id).api_url = server.url
        self.take_in(self.integration_id, fact(1, event_type="thing.read", path="/things/1"))
        for _ in range(batch.MAX_ATTEMPTS + 1):
            self.drain()
            self.due_now()
        state, error, remedy = self.outcome(1, "state", "error", "remedy", event_type="thing.read")
        self.assertEqual((state, error), ("retry", "The integration is not connected."))
        self.assertIn("Connect", remedy)
        self.assertEqual(server.calls, [])
