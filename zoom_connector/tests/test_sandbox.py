import random

import requests

from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox

from .common import ZoomCase


@tagged("post_install", "-at_install")
class TestSandbox(ZoomCase):
    """The same work against the project's own imitation of Zoom, where one runs.

    Loaded only where a sandbox runs (see `__init__`); elsewhere `TestSync` and `TestWebhook` cover
    the same ways with vendor samples.
    """

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        own_cursors_see_test_data(self)

    def control(self, path, **values):
        response = requests.post(f"{self.info['control_url']}/{path}", json=values, timeout=30)
        response.raise_for_status()
        return response.json()

    def test_import_of_a_seeded_account(self):
        self.control("reset")
        world = self.control(
            "zoom/seed", users=3, meetings=6, recurring=2, past=4, participants=5, silent=True
        )
        integration = self.env["zoom.integration"]._connector_provision_sandbox(self.info)
        integration.invalidate_recordset()
        self.assertEqual(integration.state, "connected")
        for _job in range(20):
            self.env["zoom.import"]._run_job(integration.id)
            if integration.last_import_at:
                break
        self.env.invalidate_all()
        run = self.env["connector.sync.run"].search(
            [("integration_id", "=", integration.id)], limit=1
        )
        self.assertEqual((run.state, run.failed), ("done", 0), run.message)
        mine = [("integration_id", "=", integration.id)]
        self.assertTrue(world)
        self.assertEqual(self.env["zoom.user"].search_count(mine), 3)
        series = self.env["zoom.meeting"].search([*mine, ("kind", "=", "series")])
        self.assertEqual(len(series), 2)
        for meeting in series:
            self.assertTrue(meeting.calendar_event_ids.recurrence_id, meeting.calendar_note)
        instances = self.env["zoom.meeting.instance"].search(mine)
        self.assertTrue(instances)
        self.assertTrue(instances.participant_ids)
        self.assertTrue(instances.recording_ids)

    def test_a_run_of_a_meeting_right_to_the_second(self):
        self.control("reset")
        integration = self.env["zoom.integration"]._connector_provision_sandbox(self.info)
        truth = self.control(
            "zoom/run_meeting",
            participants=25,
            rejoin=2,
            guests=1,
            duration=3600,
            recording=True,
            deliver=False,
        )
        self.apply(*truth["bodies"], integration=integration)
        instance = self.env["zoom.meeting.instance"].search(
            [("integration_id", "=", integration.id)]
        )
        self.assertEqual(len(instance), 1)
        told = sorted((person["name"], person["seconds"]) for person in truth["participants"])
        found = sorted((p.name, p.duration) for p in instance.participant_ids)
        self.assertEqual(found, told)
        self.assertTrue(instance.recording_ids)
        self.assertTrue(all(instance.recording_ids.mapped("file_size")))

    def test_mixed_events_shuffled_and_doubled(self):
        """Hundreds of events of all kinds: the records of any order equal those of the orderly run."""
        self.control("reset")
        bodies = self.control("zoom/events", count=400, mix="all", seed=5)["bodies"]
        orderly = self.new_integration(name="Orderly", account_id=False, client_id=False)
        self.apply(*bodies, integration=orderly)
        wanted = self.snapshot(orderly)
        for seed in (1, 2):
            rng = random.Random(seed)
            mixed = bodies + rng.sample(bodies, len(bodies) // 5)
            rng.shuffle(mixed)
            wild = self.new_integration(name=f"Wild {seed}", account_id=False, client_id=False)
            self.apply(*mixed, integration=wild, split_calls=False)
            found = self.snapshot(wild)
            for kind, rows in wanted.items():
                self.assertEqual(found[kind], rows, kind)
