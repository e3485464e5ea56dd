import os
import threading

import requests

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import (
    CommittedCase,
    let_threads_work,
    sandbox,
    use_new_key,
)

from ..adapters.events import split
from ..tools.recording_file import digest_file


@tagged("post_install", "-at_install")
class TestRecordingRace(CommittedCase):
    """Several workers want the same files at the same time, with real transactions and locks."""

    integration_model = "zoom.integration"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        use_new_key(cls)

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        self.control("reset")
        with self.committed() as env:
            self.account_id = env["zoom.integration"]._connector_provision_sandbox(self.info).id
        with self.committed() as env:
            account = env["zoom.integration"].browse(self.account_id)
            account.offpeak_size = 0
            account.recording_rule_ids.write({"policy": "download"})
            truth = self.control(
                "zoom/run_meeting",
                participants=2,
                recording=True,
                deliver=False,
                sizes={"MP4": 3_000_000},
            )
            for body in truth["bodies"]:
                if body["event"] == "recording.completed":
                    self.tell(env, body)
            self.files = env["zoom.recording"].search([("integration_id", "=", account.id)]).ids
        self.control("calls", "DELETE")

    def tell(self, env, body):
        account = env["zoom.integration"].browse(self.account_id)
        for fact in split(body):
            parsed, _issues = account._connector_parse(fact.event_type, fact.payload)
            account._connector_apply(fact.event_type, [(env["connector.event"], parsed)])
        env.flush_all()

    def delete_leftovers(self):
        with self.committed() as env:
            files = env["zoom.recording"].search([("integration_id", "=", self.account_id)])
            attachments = files.attachment_id.sudo()
            paths = [attachments._full_path(name) for name in attachments.mapped("store_fname")]
            files.unlink()
            env["queue.job"].search([("model_name", "=like", "zoom.%")]).unlink()
        for path in paths:
            os.unlink(path)
        with self.committed() as env:
            events = env["calendar.event"].with_context(active_test=False)
            events.search([("zoom_meeting_id.integration_id", "=", self.account_id)]).unlink()
        return super().delete_leftovers()

    def control(self, route, method="POST", **values):
        send = {"json": values} if method == "POST" else {"params": values}
        response = requests.request(
            method, f"{self.info['control_url']}/{route}", timeout=30, **send
        )
        response.raise_for_status()
        return response.json()

    def test_three_workers_fetch_each_file_once(self):
        let_threads_work(self)
        start, failures = threading.Barrier(3), []

        def work():
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    start.wait(30)
                    env["zoom.download"]._run_job(self.account_id, 30.0)
            except Exception as exc:
                failures.append(exc)
                raise

        threads = [threading.Thread(target=work) for _number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(failures, [])
        with self.committed() as env:
            env["zoom.download"]._run_job(self.account_id, 30.0)
        with self.committed() as env:
            files = env["zoom.recording"].browse(self.files)
            self.assertEqual(set(files.mapped("download_state")), {"done"})
            attachments = env["ir.attachment"].search(
                [("res_model", "=", "zoom.recording"), ("res_id", "in", files.ids)]
            )
            self.assertEqual(len(attachments), len(files))
            self.assertEqual(attachments, files.attachment_id.sorted("id", reverse=True))
        calls = [
            call["path"] for call in self.control("calls", "GET", path="/rec/storage/")["calls"]
        ]
        self.assertEqual(len(calls), len(files), calls)

    def test_two_that_have_the_file_store_it_once(self):
        """Even without the lock of the job (another database node, an older version)."""
        file_id = self.files[0]
        paths = []
        for number in range(2):
            with self.committed() as env:
                folder = env["zoom.storage"]._folder()
            paths.append(os.path.join(folder, f"{file_id}.race{number}"))
            with open(paths[-1], "wb") as file:
                file.write(b"WEBVTT the same content")
        first, second = self.registry.cursor(), self.registry.cursor()
        self.addCleanup(second.close)
        self.addCleanup(first.close)
        one = api.Environment(first, SUPERUSER_ID, {})["zoom.recording"].browse(file_id)
        one._keep_file(paths[0], digest_file(paths[0]))
        one.env.flush_all()
        first.commit()
        other = api.Environment(second, SUPERUSER_ID, {})["zoom.recording"].browse(file_id)
        other._keep_file(paths[1], digest_file(paths[1]))
        second.commit()
        for path in paths:
            os.unlink(path)
        with self.committed() as env:
            found = env["ir.attachment"].search(
                [("res_model", "=", "zoom.recording"), ("res_id", "=", file_id)]
            )
            self.assertEqual(len(found), 1)
            self.assertEqual(found.raw, b"WEBVTT the same content")
