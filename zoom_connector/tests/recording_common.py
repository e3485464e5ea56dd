"""What the suites about recordings share: a recording in the imitation of Zoom, known to Odoo as a link."""

import os

import requests

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox

from ..adapters.recording import RecordingFile
from .common import ZoomCase

VTT = b"""WEBVTT

1
00:00:00.000 --> 00:00:04.000
Ada Host: Good morning, let us talk about the quarterly budget.

2
00:00:05.000 --> 00:00:08.000
Bob User: The budget is approved.
"""


class RecordingCase(ZoomCase):
    """Records without network: files are handed to the store as a download would."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.storage = self.env["zoom.storage"]
        self.downloads = self.env["zoom.download"]
        self.clean_parts()

    def clean_parts(self):
        """Files outlive a test whose transaction is rolled back."""
        folder = self.storage._folder()
        before = set(os.listdir(folder))

        def clean():
            for name in set(os.listdir(folder)) - before:
                os.unlink(os.path.join(folder, name))

        self.addCleanup(clean)

    def rule(self, kind, integration=None, **values):
        rule = self.env["zoom.recording.rule"]._for(integration or self.integration)[kind]
        rule.write(values)
        return rule

    def instance(self, uuid="RecordedInstance000001==", integration=None, topic="Quarterly review"):
        integration = integration or self.integration
        meeting = self.env["zoom.meeting"].create(
            {
                "integration_id": integration.id,
                "zoom_id": f"9{abs(hash(uuid)) % 10**9}",
                "topic": topic,
            }
        )
        return self.env["zoom.meeting.instance"].create(
            {"meeting_id": meeting.id, "uuid": uuid, "start": "2026-01-05 09:00:00"}
        )

    def recording(self, instance=None, file_type="TRANSCRIPT", extension="VTT", **values):
        instance = instance or self.instance()
        row = {
            "id": values.pop("file_id", f"file-{file_type}"),
            "file_type": file_type,
            "file_extension": extension,
            "recording_type": values.pop("recording_type", "audio_transcript"),
            "file_size": values.pop("size", len(VTT)),
            "recording_start": values.pop("start", "2026-01-05T09:00:00Z"),
            "recording_end": "2026-01-05T10:00:00Z",
            "play_url": "https://example.zoom.us/rec/play/abc",
            "download_url": "https://example.zoom.us/rec/download/abc",
        }
        file = RecordingFile.read(row, [])
        file.file_id = row["id"]
        recording = self.env["zoom.recording"]._upsert(
            instance.integration_id, [(instance, file, 1, "available")]
        )
        recording.write(values)
        return recording

    def keep(self, recording, data=VTT):
        """Store a file the way a download that has arrived is stored."""
        from ..tools.recording_file import digest_file

        path = os.path.join(self.storage._folder(), f"{recording.id}.part")
        with open(path, "wb") as file:
            file.write(data)
        recording._keep_file(path, digest_file(path))
        os.unlink(path)
        return recording

    def stored(self, recording, data=VTT, **values):
        """Return a recording whose file is in Odoo."""
        return self.keep(recording or self.recording(size=len(data), **values), data)

    def history(self, recording):
        return "\n".join(recording.message_ids.mapped("body"))

    def read_all(self, recording):
        return b"".join(recording._file_pieces())


class SandboxRecordingCase(RecordingCase):
    """Real downloads from the imitation of Zoom."""

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        self.control("reset")
        self.account = self.env["zoom.integration"]._connector_provision_sandbox(self.info)
        self.account.invalidate_recordset()
        self.env["zoom.integration"].search([("id", "!=", self.account.id)]).active = False
        self.account.offpeak_size = 0

    def control(self, route, method="POST", **values):
        send = {"json": values} if method == "POST" else {"params": values}
        response = requests.request(
            method, f"{self.info['control_url']}/{route}", timeout=30, **send
        )
        response.raise_for_status()
        return response.json()

    def record(self, **options):
        """Let a meeting be recorded; return its files in Odoo as dict type -> zoom.recording."""
        truth = self.control(
            "zoom/run_meeting", participants=3, recording=True, deliver=False, **options
        )
        self.apply(*truth["bodies"], integration=self.account)
        self.truth = {
            row["id"]: row for row in self.control("zoom/files", "GET", uuid=truth["uuid"])["files"]
        }
        files = self.env["zoom.recording"].search([("integration_id", "=", self.account.id)])
        return {file.file_type: file for file in files}

    def fault(self, kind, path="/rec/", times=1, **values):
        self.control(
            "faults", kind=kind, match={"method": "GET", "path": path}, times=times, **values
        )

    def calls(self, path="/rec/"):
        return self.control("calls", "GET", path=path)["calls"]

    def run_downloads(self, budget=30.0):
        # The job looks with an environment of its own.
        self.env.flush_all()
        result = self.downloads._run_job(self.account.id, budget)
        self.env.invalidate_all()
        return result
