from odoo.tests import TransactionCase, tagged

from odoo.addons.connector_base.tests.common import use_new_key

from .common import demo_values, fact


@tagged("post_install", "-at_install")
class TestIntake(TransactionCase):
    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.integration = self.env["demo.integration"].create(demo_values(self.env))
        self.model = self.env["connector.event"]
        self.integration._connector_cached_company()

    def events(self):
        return self.model.search([("integration_id", "=", self.integration.id)], order="id")

    def jobs(self):
        self.env.flush_all()
        return self.env["queue.job"].search([("identity_key", "=like", "connector.drain:%")])

    def test_all_facts_of_a_body_with_one_statement(self):
        with self.assertQueryCount(1):
            taken = self.model._intake(self.integration, [fact(n) for n in range(50)], "req")
        self.assertEqual((taken["created"], taken["doubled"]), (50, 0))
        event = self.events()[0]
        self.assertEqual(
            (event.event_type, event.state, event.deliveries, event.request_id, event.company_id),
            ("thing.changed", "received", 1, "req", self.env.company),
        )

    def test_second_delivery_counts_up(self):
        self.model._intake(self.integration, [fact(1)])
        taken = self.model._intake(self.integration, [fact(1), fact(2)])
        self.assertEqual((taken["created"], taken["doubled"]), (1, 1))
        self.assertEqual(self.events().mapped("deliveries"), [2, 1])

    def test_one_fact_twice_in_one_body(self):
        taken = self.model._intake(self.integration, [fact(1), fact(1)])
        self.assertEqual((taken["created"], taken["doubled"]), (1, 1))

    def test_equal_keys_of_two_accounts_are_two_facts(self):
        other = self.env["demo.integration"].create(demo_values(self.env, name="Other"))
        self.model._intake(self.integration, [fact(1)])
        self.assertEqual(self.model._intake(other, [fact(1)])["created"], 1)

    def test_one_subject_one_lane(self):
        self.model._intake(
            self.integration, [fact(n, name="a") for n in range(10)] + [fact(99, name="b")]
        )
        lanes = {e.lane for e in self.events() if e.subject_key == "a"}
        self.assertEqual(len(lanes), 1)
        self.model._intake(self.integration, [fact(100 + n) for n in range(40)])
        self.assertEqual(set(self.events().mapped("lane")), {0, 1, 2, 3})

    def test_text_that_a_database_does_not_take(self):
        odd = fact(1, name="nul\x00 and \ud800 surrogate", text="\x00\ud800 ü")
        self.model._intake(self.integration, [odd])
        self.model._intake(self.integration, [odd])
        self.assertEqual(self.events().deliveries, 2)

    def test_very_long_keys(self):
        facts = [fact(n, event_type="thing.changed") for n in ("x" * 5000 + "1", "x" * 5000 + "2")]
        self.assertEqual(self.model._intake(self.integration, facts)["created"], 2)
        self.assertEqual(self.model._intake(self.integration, facts)["doubled"], 2)

    def test_a_burst_needs_one_job_per_lane(self):
        for n in range(50):
            taken = self.model._intake(self.integration, [fact(n)])
            self.model._wake(taken["lanes"])
        self.assertEqual(len(self.jobs()), 4)

    def test_a_started_job_does_not_count_as_waiting(self):
        self.model._wake({0})
        self.jobs().write({"state": "started"})
        self.env.flush_all()
        self.model._wake({0})
        self.assertEqual(sorted(self.jobs().mapped("state")), ["pending", "started"])

    def test_a_burst_is_gathered_for_a_moment(self):
        self.model._wake({0, 1, 2, 3}, delay=2)
        self.model._wake({1}, delay=2)
        self.model._wake({2})
        job = self.jobs()
        self.assertEqual((len(job), job.method_name), (1, "_drain_all"))
        self.assertTrue(job.eta)
        self.assertEqual(job.channel, "root.connector.realtime")

    def test_a_later_job_does_not_stand_in_the_way(self):
        self.env["connector.drain"]._enqueue(0, eta=60)
        self.model._wake({0})
        self.assertEqual(len(self.jobs()), 2)

    def test_doubled_and_unknown_facts_wake_nobody(self):
        self.model._intake(self.integration, [fact(1)])
        self.assertEqual(self.model._intake(self.integration, [fact(1)])["lanes"], set())
        unknown = self.model._intake(self.integration, [fact(2, event_type="thing.unknown")])
        self.assertEqual(unknown["lanes"], set())
