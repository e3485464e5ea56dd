import hashlib
import os
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .recording_common import SandboxRecordingCase


@tagged("post_install", "-at_install")
class TestRecordingDownload(SandboxRecordingCase):
    """Files come from Zoom to Odoo, whole and once, whatever breaks on the way."""

    def test_small_files_come_and_big_ones_stay_links(self):
        files = self.record()
        self.assertEqual(
            {kind: file.download_state for kind, file in files.items()},
            {
                "MP4": "none",
                "M4A": "none",
                "CHAT": "waiting",
                "TIMELINE": "waiting",
                "TRANSCRIPT": "waiting",
            },
        )
        self.run_downloads()
        for kind in ("CHAT", "TIMELINE", "TRANSCRIPT"):
            file, truth = files[kind], self.truth[files[kind].file_id]
            self.assertEqual((file.download_state, file.tier), ("done", "recent"), kind)
            content = self.read_all(file)
            self.assertEqual(len(content), truth["size"])
            self.assertEqual(hashlib.sha256(content).hexdigest(), truth["sha256"])
            self.assertEqual(file.sha256, truth["sha256"])
            self.assertEqual(file.attachment_id.raw, content)
            self.assertEqual(file.attachment_id.file_size, truth["size"])
            self.assertEqual(
                (file.attachment_id.res_model, file.attachment_id.res_id),
                ("zoom.recording", file.id),
            )
        self.assertFalse(files["MP4"].attachment_id)
        names = files["CHAT"].instance_id.recording_ids.attachment_id.mapped("name")
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse([name for name in names if "/" in name])

    def test_rules_decide_per_kind(self):
        self.rule("video", self.account, policy="download")
        self.rule("chat", self.account, policy="link")
        files = self.record()
        self.run_downloads()
        self.assertEqual(files["MP4"].download_state, "done")
        self.assertEqual(files["CHAT"].download_state, "none")
        self.assertFalse(files["CHAT"].attachment_id)

    def test_a_person_asks_for_one_file(self):
        files = self.record()
        files["MP4"].action_download()
        self.run_downloads()
        self.assertEqual(files["MP4"].tier, "recent")
        self.assertIn(files["MP4"].sha256, self.history(files["MP4"]))
        with self.assertRaises(UserError):
            files["MP4"].action_download()

    def test_three_cuts_and_the_bytes_already_here_are_not_fetched_again(self):
        self.rule("video", self.account, policy="download")
        files = self.record(sizes={"MP4": 4_000_000})
        self.fault("execute_then_cut", path="/rec/storage/", times=3)
        files["CHAT"].instance_id.recording_ids.filtered(
            lambda file: file.kind != "video"
        ).download_state = "none"
        self.run_downloads()
        self.assertEqual(files["MP4"].download_state, "done", files["MP4"].download_error)
        self.assertEqual(files["MP4"].sha256, self.truth[files["MP4"].file_id]["sha256"])
        asked = [call["range"] for call in self.calls("/rec/storage/")]
        self.assertEqual(asked, ["", "bytes=2000000-", "bytes=3000000-", "bytes=3500000-"])

    def test_the_next_job_goes_on_where_a_killed_one_stopped(self):
        self.rule("video", self.account, policy="download")
        files = self.record(sizes={"MP4": 1_000_000})
        video = files["MP4"]
        (files["CHAT"] | files["TIMELINE"] | files["TRANSCRIPT"] | files["M4A"]).write(
            {"download_state": "none"}
        )
        path = self.downloads._part_path(video.id)
        with open(path, "wb") as part:
            part.write(self.content(video)[:600_000])
        video.write({"download_state": "running", "download_received": 500_000.0})
        self.env.flush_all()
        self.downloads._cron_downloads()  # sees that nobody is at it any more
        self.env.invalidate_all()
        self.assertEqual(video.download_state, "done")
        self.assertEqual(video.sha256, self.truth[video.file_id]["sha256"])
        self.assertEqual([call["range"] for call in self.calls("/rec/storage/")], ["bytes=500000-"])
        self.assertFalse(os.path.exists(path))

    def content(self, file):
        """Return what the imitation of Zoom sends."""
        client = self.account._recording_client()
        with client.open_recording(file.download_url) as stream:
            data = b"".join(stream)
        self.control("calls", "DELETE")
        return data

    def test_zoom_away_waits_and_tells_and_comes_back(self):
        files = self.record()
        self.fault("status", status=503, times=20)
        self.run_downloads()
        file = files["TRANSCRIPT"]
        self.assertEqual(file.download_state, "waiting")
        self.assertTrue(file.download_error)
        self.assertTrue(file.download_remedy)
        self.assertGreater(file.next_try_at, fields.Datetime.now())
        self.control("faults", "DELETE")
        self.env["connector.breaker"].sudo().search([]).unlink()
        self.run_downloads()
        self.assertEqual(file.download_state, "waiting", "not before its time")
        file.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self.run_downloads()
        self.assertEqual(file.download_state, "done")
        self.assertFalse(file.download_error)

    def test_after_many_failures_a_person_is_asked_and_retry_works(self):
        files = self.record()
        file = files["TRANSCRIPT"]
        (files["CHAT"] | files["TIMELINE"]).write({"download_state": "none"})
        for _attempt in range(8):
            file._download_later("Zoom did not answer in time.", "")
        self.assertEqual(file.download_state, "failed")
        self.assertTrue(file.download_remedy)
        self.run_downloads()
        self.assertEqual(file.download_state, "failed")
        alert = [("cause", "=", "recording_download"), ("state", "=", "open")]
        self.assertTrue(self.env["connector.alert"].search(alert))
        file.action_download()
        self.run_downloads()
        self.assertEqual(file.download_state, "done")
        self.assertFalse(self.env["connector.alert"].search(alert))

    def test_an_old_address_is_asked_for_anew(self):
        files = self.record()
        file = files["TRANSCRIPT"]
        wanted = file.download_url
        file.download_url = wanted.rsplit("/", 1)[0] + "/GoneAndForgotten"
        self.run_downloads()
        self.assertEqual(file.download_state, "done", file.download_error)
        self.assertEqual(file.download_url.rsplit("/", 1)[1], wanted.rsplit("/", 1)[1])

    def test_no_token_is_stored_or_logged(self):
        files = self.record()
        files["TRANSCRIPT"].download_url = "http://127.0.0.1:9/x"
        with self.assertLogs("", "DEBUG") as logs:
            files["TRANSCRIPT"].download_url = (
                files["CHAT"].download_url.rsplit("/", 1)[0] + "/GoneAndForgotten"
            )
            self.run_downloads()
        self.assertEqual(files["TRANSCRIPT"].download_state, "done")
        access = self.account._recording_client().recording_access(files["CHAT"].instance_id.uuid)
        self.assertTrue(access.token)
        self.assertNotIn(access.token, repr(access))
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(t)::text FROM zoom_recording t")
        texts = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute("SELECT to_jsonb(t)::text FROM connector_api_log t")
        texts += [row[0] for row in self.env.cr.fetchall()]
        texts += logs.output
        # Download tokens of the imitation begin like this; no other text does.
        head = access.token.split("-")[0] + "-" if "-" in access.token else access.token[:12]
        for text in texts:
            self.assertNotIn(access.token, text)
            self.assertNotIn(head, text)

    def test_the_token_does_not_follow_a_redirect(self):
        self.control("zoom/limits", download_hop="other")
        files = self.record()
        self.run_downloads()
        self.assertEqual(files["TRANSCRIPT"].download_state, "done")
        self.assertEqual({call["authorized"] for call in self.calls("/rec/storage/")}, {False})

    def test_a_web_page_instead_of_the_file_is_not_kept(self):
        files = self.record()
        (files["CHAT"] | files["TIMELINE"]).write({"download_state": "none"})
        self.fault(
            "status",
            status=200,
            times=10,
            body="<html>Sign in</html>",
            headers={"Content-Type": "text/html"},
        )
        self.run_downloads()
        file = files["TRANSCRIPT"]
        self.assertFalse(file.attachment_id)
        self.assertEqual(file.download_state, "waiting")
        self.assertIn("web page", file.download_error)

    def test_another_size_than_zoom_said_is_read_again(self):
        files = self.record()
        file = files["TRANSCRIPT"]
        file.file_size = 7.0
        self.run_downloads()
        self.assertEqual(file.download_state, "done", file.download_error)
        self.assertEqual(file.file_size, self.truth[file.file_id]["size"])

    def test_deleted_in_zoom_before_it_came(self):
        files = self.record()
        file = files["TRANSCRIPT"]
        self.control(
            "zoom/recording", action="delete", uuid=file.instance_id.uuid, silent=True, wait=False
        )
        file.state = "deleted"
        self.run_downloads()
        self.assertEqual((file.download_state, file.tier), ("none", "link"))
        with self.assertRaises(UserError):
            file.action_download()

    def test_no_room_is_told_before_the_disk_is_full(self):
        self.account.storage_limit = 1e-9
        files = self.record()
        self.run_downloads()
        self.assertEqual(files["TRANSCRIPT"].download_state, "failed")
        self.assertIn("room", files["TRANSCRIPT"].download_error)
        self.assertFalse(self.calls("/rec/storage/"))

    def test_big_files_wait_for_the_quiet_hours_unless_a_person_asks(self):
        now = fields.Datetime.context_timestamp(
            self.account.with_context(tz="Asia/Tokyo"), fields.Datetime.now()
        )
        self.account.company_id.partner_id.tz = "Asia/Tokyo"
        self.account.write(
            {
                "offpeak_size": 1,
                "offpeak_begin": (now.hour + 2) % 24,
                "offpeak_end": (now.hour + 4) % 24,
            }
        )
        self.rule("video", self.account, policy="download")
        files = self.record(sizes={"MP4": 2_000_000})
        self.run_downloads()
        video = files["MP4"]
        self.assertEqual((video.download_state, files["CHAT"].download_state), ("waiting", "done"))
        local = fields.Datetime.context_timestamp(
            self.account.with_context(tz="Asia/Tokyo"), video.next_try_at
        )
        self.assertEqual((local.hour, local.minute), ((now.hour + 2) % 24, 0))
        video.action_download()
        self.run_downloads()
        self.assertEqual(video.download_state, "done")

    def test_told_twice_is_stored_once(self):
        files = self.record()
        self.run_downloads()
        before = files["CHAT"].attachment_id
        calls = len(self.calls("/rec/storage/"))
        for file in files.values():  # reconciliation tells the same again
            file._plan_downloads()
        files["CHAT"].download_state = "waiting"  # and a late job takes it up
        self.run_downloads()
        self.assertEqual(files["CHAT"].attachment_id, before)
        self.assertEqual(files["CHAT"].download_state, "done")
        self.assertEqual(len(self.calls("/rec/storage/")), calls)
        found = self.env["ir.attachment"].search_count(
            [
                ("res_model", "=", "zoom.recording"),
                ("res_id", "in", files["CHAT"].instance_id.recording_ids.ids),
            ]
        )
        self.assertEqual(found, 3)

    def test_attachments_in_the_database(self):
        """Small files go where the administrator wants attachments; big ones never into PostgreSQL."""
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        self.rule("video", self.account, policy="download")
        files = self.record(sizes={"MP4": 12_000_000})
        self.run_downloads()
        small, big = files["TRANSCRIPT"].attachment_id, files["MP4"].attachment_id
        self.assertTrue(small.db_datas)
        self.assertFalse(small.store_fname)
        self.assertTrue(big.store_fname)
        self.assertFalse(big.db_datas)
        for file in (files["TRANSCRIPT"], files["MP4"]):
            content = self.read_all(file)
            self.assertEqual(
                hashlib.sha256(content).hexdigest(), self.truth[file.file_id]["sha256"]
            )
        self.assertTrue(files["TRANSCRIPT"].transcript_ids.turn_ids)

    def test_a_running_number_of_jobs_finds_its_way_without_a_runner(self):
        files = self.record()
        jobs = self.env["queue.job"].search([("model_name", "=", "zoom.download")])
        self.assertEqual(len(jobs), 1, "a burst of files needs one job")
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = date_created - interval '1 hour' WHERE id = %s",
            [jobs.id],
        )
        jobs.invalidate_recordset()
        self.env.flush_all()
        self.downloads._cron_downloads()
        self.env.invalidate_all()
        self.assertEqual(files["TRANSCRIPT"].download_state, "done")

    def test_confidential_meetings_are_neither_copied_nor_transcribed(self):
        files = self.record()
        files["CHAT"].meeting_id.keep_confidential = True
        self.run_downloads()
        for file in files.values():
            self.assertFalse(file.attachment_id)
            self.assertFalse(file.transcript_ids)
            with self.assertRaises(UserError):
                file.action_download()
