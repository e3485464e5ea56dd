import contextlib
import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..tools import archive, video
from .recording_common import VTT, RecordingCase


class StorageCase(RecordingCase):
    def setUp(self):
        super().setUp()
        self.integration.write({"offpeak_size": 0})
        self.folder = tempfile.mkdtemp(prefix="zoom-archive-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def run_storage(self):
        self.env.flush_all()
        result = self.storage._run_job(self.integration.id, 30.0)
        self.env.invalidate_all()
        return result

    def archive(self):
        self.integration.archive_url = f"file://{self.folder}"

    def archived_files(self):
        return sorted(
            os.path.join(folder, name)
            for folder, _folders, names in os.walk(self.folder)
            for name in names
        )


@tagged("post_install", "-at_install")
class TestRecordingStorage(StorageCase):
    """Files age as the rules say; each step is checked before the older copy goes."""

    def test_text_is_packed_and_unpacked(self):
        self.rule("transcript", compress_days=30)
        data = VTT + b"\n".join(b"NOTE padding padding" for _line in range(100))
        file = self.stored(None, data)
        self.run_storage()
        self.assertEqual(file.tier, "compressed")
        self.assertEqual(gzip.decompress(self.read_all(file)), data)
        self.assertLess(file.stored_size, len(data))
        self.assertTrue(file.attachment_id.name.endswith(".vtt.gz"))
        self.assertEqual(file.attachment_id.file_size, file.stored_size)
        self.assertIn(file.stored_sha256, self.history(file))
        self.assertTrue(file.transcript_ids.turn_ids, "the text stays readable")
        file.action_restore()
        self.run_storage()
        self.assertEqual((file.tier, self.read_all(file)), ("recent", data))
        self.assertTrue(file.attachment_id.name.endswith(".vtt"))
        self.assertEqual(file.attachment_id.mimetype, "text/vtt")
        self.run_storage()
        self.assertEqual(file.tier, "recent", "what was brought back is not packed again at once")

    def test_what_would_grow_is_left_alone_for_good(self):
        self.rule("chat", compress_days=30)
        file = self.stored(None, b"00:00:01\tA:\tx", file_type="CHAT", extension="TXT")
        self.run_storage()
        self.assertEqual((file.tier, file.compress_done), ("recent", True))
        self.assertIn("smaller", self.history(file))

    def test_young_files_and_kinds_without_rule_stay(self):
        self.rule("transcript", compress_days=30, purge_days=90)
        young = self.stored(
            None, start=f"{fields.Datetime.now() - timedelta(days=29):%Y-%m-%dT%H:%M:%SZ}"
        )
        other = self.stored(
            None,
            b"\0\0\0\x18ftypM4A " + bytes(500),
            instance=young.instance_id,
            file_type="M4A",
            extension="M4A",
        )
        self.run_storage()
        self.assertEqual((young.tier, other.tier), ("recent", "recent"))

    def test_archive_and_back(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        attachment = file.attachment_id
        self.run_storage()
        self.assertEqual(
            (file.tier, file.stored_size, file.archived_size), ("archive", 0, len(VTT))
        )
        self.assertFalse(attachment.exists())
        [path] = self.archived_files()
        with open(path, "rb") as kept:
            self.assertEqual(kept.read(), VTT)
        self.assertIn("01", path.split(os.sep))
        self.assertTrue(file.transcript_ids.turn_ids)
        file.action_restore()
        self.run_storage()
        self.assertEqual((file.tier, self.read_all(file)), ("recent", VTT))
        self.assertEqual(file.attachment_id.mimetype, "text/vtt")
        self.run_storage()
        self.assertEqual(file.tier, "recent")
        file.restored_at = fields.Datetime.now() - timedelta(days=31)
        self.run_storage()
        self.assertEqual(file.tier, "archive")
        self.assertEqual(self.archived_files(), [path], "one copy, however often it comes and goes")

    def test_archived_packed_comes_back_packed(self):
        self.archive()
        self.rule("transcript", compress_days=30)
        data = VTT * 20
        file = self.stored(None, data)
        self.run_storage()
        self.assertEqual(file.tier, "compressed")
        self.integration.recording_rule_ids.filtered(lambda r: r.kind == "transcript").write(
            {"archive_days": 30}
        )
        self.run_storage()
        self.assertEqual((file.tier, file.archived_packed), ("archive", True))
        file.action_restore()
        self.run_storage()
        self.assertEqual(file.tier, "compressed")
        self.assertTrue(file.attachment_id.name.endswith(".vtt.gz"))
        self.assertEqual(gzip.decompress(self.read_all(file)), data)

    def test_an_archive_that_does_not_keep_is_not_trusted(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        file.stored_sha256 = hashlib.sha256(b"something else").hexdigest()
        self.run_storage()
        self.assertEqual(file.tier, "recent")
        self.assertTrue(file.attachment_id)
        self.assertTrue(file.storage_error)
        self.assertTrue(file.storage_remedy)
        self.assertFalse([path for path in self.archived_files() if not path.endswith(".part")])

    def test_a_store_that_is_away_is_told_and_tried_again(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        os.rmdir(self.folder)
        with open(self.folder, "wb"):  # a file where the folder should be
            pass
        self.addCleanup(lambda: os.path.isfile(self.folder) and os.unlink(self.folder))
        for _attempt in range(3):
            file.storage_next_at = False
            self.run_storage()
        self.assertEqual((file.tier, file.storage_tries), ("recent", 3))
        self.assertEqual(self.read_all(file), VTT)
        alert = [("cause", "=", "recording_storage"), ("state", "=", "open")]
        self.assertTrue(self.env["connector.alert"].search(alert))
        os.unlink(self.folder)
        file.action_retry_storage()
        self.run_storage()
        self.assertEqual((file.tier, file.storage_error), ("archive", False))
        self.assertFalse(self.env["connector.alert"].search(alert))

    def test_a_damaged_archive_is_not_restored(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        self.run_storage()
        [path] = self.archived_files()
        with open(path, "ab") as kept:
            kept.write(b"x")
        file.action_restore()
        self.run_storage()
        self.assertEqual(file.tier, "archive")
        self.assertFalse(file.attachment_id)
        self.assertIn("damaged", file.storage_error)

    def test_archived_texts_of_a_meeting_that_turns_confidential(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        self.run_storage()
        self.assertTrue(self.archived_files())
        file.meeting_id.keep_confidential = True
        self.assertFalse(file.transcript_ids)
        self.run_storage()
        self.assertEqual((file.tier, self.archived_files()), ("purged", []))

    def test_its_time_is_over(self):
        self.archive()
        self.rule("transcript", archive_days=30, purge_days=40)
        file = self.stored(None)
        file.tier = "recent"
        self.run_storage()  # purging comes before archiving
        self.assertEqual(
            (file.tier, file.attachment_id.id, file.transcript_ids.ids), ("purged", False, [])
        )
        self.assertEqual(self.archived_files(), [])
        self.assertEqual(file.play_url, "https://example.zoom.us/rec/play/abc")
        self.assertIn("rules", self.history(file))

    def test_purging_takes_the_archived_copy_along(self):
        self.archive()
        rule = self.rule("transcript", archive_days=30)
        file = self.stored(None)
        self.run_storage()
        self.assertTrue(self.archived_files())
        rule.purge_days = 60
        self.run_storage()
        self.assertEqual((file.tier, self.archived_files()), ("purged", []))

    def test_one_bad_file_does_not_stop_the_others(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        bad = self.stored(None, file_id="bad", start="2026-01-01T09:00:00Z")
        good = self.stored(None, instance=bad.instance_id, file_id="good")
        bad.stored_sha256 = "0" * 64
        self.run_storage()
        self.assertEqual((bad.tier, good.tier), ("recent", "archive"))

    def test_big_files_wait_for_quiet_hours(self):
        now = fields.Datetime.now()
        self.integration.company_id.partner_id.tz = "UTC"
        self.integration.write(
            {
                "offpeak_size": 1,
                "offpeak_begin": (now.hour + 3) % 24,
                "offpeak_end": (now.hour + 5) % 24,
            }
        )
        self.archive()
        self.rule("audio", archive_days=30)
        content = b"\0\0\0\x18ftypM4A " + bytes(1_100_000)
        file = self.stored(None, content, file_type="M4A", extension="M4A")
        self.run_storage()
        self.assertEqual(file.tier, "recent")
        self.integration.write({"offpeak_begin": now.hour, "offpeak_end": (now.hour + 2) % 24})
        self.run_storage()
        self.assertEqual(file.tier, "archive")

    def test_rules_must_make_sense(self):
        with self.assertRaises(ValidationError):
            self.rule("transcript", archive_days=60, purge_days=30)
        with self.assertRaises(ValidationError):
            self.rule("transcript", purge_days=-1)
        for url in ("s3:bucket", "simplecache::file:///tmp", "ftp://me:secret@host/x", "nonsense"):
            with self.assertRaises(ValidationError, msg=url):
                self.integration.archive_url = url

    def test_only_administrators_say_where_files_are_written(self):
        manager = new_test_user(
            self.env, "zoom_archivist", groups="base.group_user,zoom_connector.group_zoom_manager"
        )
        with self.assertRaises(Exception) as caught:
            self.integration.with_user(manager).write({"archive_url": f"file://{self.folder}"})
        self.assertEqual(type(caught.exception).__name__, "AccessError")
        with Form(self.integration.with_user(manager)) as form:
            form.storage_limit = 5.0

    def test_space_is_counted_warned_about_and_forecast(self):
        self.integration.write({"storage_limit": 1.0, "storage_alert": 50})
        instance = self.instance()
        content = b"\0\0\0\x18ftypM4A " + bytes(100_000)
        for number in range(4):
            file = self.stored(
                None,
                content + bytes([number]),
                instance=instance,
                file_id=f"audio-{number}",
                file_type="M4A",
                extension="M4A",
            )
            file.downloaded_at = fields.Datetime.now() - timedelta(days=10 - number)
            file.stored_size = 100e6
        self.integration._check_space()
        alert = [("cause", "=", "recording_space"), ("state", "=", "open")]
        self.assertFalse(self.env["connector.alert"].search(alert))
        self.integration.invalidate_recordset()
        # 400 MB in 10 days, 100 MB are left until the warning at 500 MB
        self.assertAlmostEqual(self.integration.storage_used, 0.4, 3)
        self.assertAlmostEqual(self.integration.storage_rate, 0.04, 3)
        self.assertEqual(self.integration.storage_days, 2)
        self.assertIn("2 days", self.integration.storage_forecast)
        self.stored(
            None,
            content + b"more",
            instance=instance,
            file_id="more",
            file_type="M4A",
            extension="M4A",
        ).stored_size = 100e6
        self.integration._check_space()
        self.assertTrue(self.env["connector.alert"].search(alert))
        self.assertIn(
            (True, 5),
            [
                (bool(gb), count)
                for gb, count in self.env["zoom.recording"]._read_group(
                    [("integration_id", "=", self.integration.id), ("stored_gb", ">", 0)],
                    [],
                    ["stored_gb:sum", "__count"],
                )
            ],
        )
        instance.recording_ids._purge("test")
        self.integration._check_space()
        self.assertFalse(self.env["connector.alert"].search(alert))

    def test_deleting_a_meeting_takes_files_and_archive_along(self):
        self.archive()
        self.rule("transcript", archive_days=30)
        file = self.stored(None, file_id="archived")
        self.run_storage()
        other = self.stored(None, instance=file.instance_id, file_id="kept")
        attachment = other.attachment_id
        file.meeting_id.unlink()
        self.assertFalse(attachment.exists())
        self.assertEqual(self.archived_files(), [])

    def test_an_archive_with_memory_file_system(self):
        """Any store of fsspec: nothing in the code knows about folders of the machine."""
        self.integration.archive_url = "memory://zoom-test"
        self.rule("transcript", archive_days=30)
        file = self.stored(None)
        self.run_storage()
        self.assertEqual(file.tier, "archive")
        store, path = archive.open_store(file.archive_location)
        self.assertEqual(store.cat_file(path), VTT)
        file.unlink()
        self.assertFalse(store.exists(path))

    def test_restore_needs_something_to_restore(self):
        file = self.stored(None)
        with self.assertRaises(UserError):
            file.action_restore()


@tagged("post_install", "-at_install")
class TestRecordingVideo(StorageCase):
    """Video is made smaller by a real ffmpeg (the suites bring one), checked, and never made bigger."""

    def setUp(self):
        super().setUp()
        self.ffmpeg = video.find_ffmpeg()
        self.assertTrue(self.ffmpeg, "requirements-dev.txt brings imageio-ffmpeg")
        self.rule("video", compress_days=30)

    def movie(self, *options):
        path = os.path.join(self.folder, "movie.mp4")
        subprocess.run(  # noqa: S603 - a fixed program
            [
                self.ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=4:s=320x240:r=10",
                "-f", "lavfi", "-i", "sine=d=4", *options, path,
            ],
            check=True,
        )  # fmt: skip
        with open(path, "rb") as made:
            return made.read()

    def stored_movie(self, data):
        return self.stored(
            None, data, file_type="MP4", extension="MP4", recording_type="gallery_view"
        )

    def reap(self, pid):
        """Wait for an encoding that nobody looks after any more."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)

    def until_settled(self, file):
        for _round in range(200):
            file.storage_next_at = False
            self.run_storage()
            if not file.storage_work:
                return
            time.sleep(0.05)
        self.fail(f"still at it: {file.storage_work}")

    def test_video_becomes_smaller_and_stays_playable(self):
        data = self.movie("-c:v", "libx264", "-qp", "0", "-c:a", "aac", "-b:a", "192k")
        file = self.stored_movie(data)
        name = file.attachment_id.name
        self.until_settled(file)
        self.assertEqual(file.tier, "compressed", self.history(file))
        self.assertLess(file.stored_size, len(data))
        self.assertEqual(file.original_size, len(data))
        self.assertEqual(
            (file.attachment_id.name, file.attachment_id.mimetype), (name, "video/mp4")
        )
        content = self.read_all(file)
        self.assertEqual(hashlib.sha256(content).hexdigest(), file.stored_sha256)
        self.assertEqual(content[4:8], b"ftyp")
        self.assertFalse(
            [
                entry
                for entry in os.listdir(self.storage._folder())
                if entry.startswith(f"{file.id}.")
            ]
        )

    def test_video_that_would_not_shrink_is_left_alone(self):
        data = self.movie(
            "-c:v", "libx264", "-crf", "51", "-g", "250", "-preset", "veryslow", "-c:a", "aac",
            "-b:a", "16k", "-ac", "1",
        )  # fmt: skip
        file = self.stored_movie(data)
        self.until_settled(file)
        self.assertEqual((file.tier, file.compress_done), ("recent", True))
        self.assertEqual(self.read_all(file), data)

    def test_broken_video_is_left_alone(self):
        data = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(5000)
        file = self.stored_movie(data)
        self.until_settled(file)
        self.assertEqual((file.tier, file.compress_done), ("recent", True))
        self.assertEqual(self.read_all(file), data)
        self.assertIn("ffmpeg", self.history(file))

    def test_a_killed_encoding_keeps_the_original(self):
        data = self.movie("-c:v", "libx264", "-qp", "0", "-c:a", "aac")
        file = self.stored_movie(data)
        file.storage_work = {"step": "encode", "pid": 2**22 - 1}  # nobody has this process id
        self.run_storage()
        self.assertEqual((file.tier, self.read_all(file)), ("recent", data))

    def test_a_hold_during_the_encoding_wins(self):
        data = self.movie("-c:v", "libx264", "-qp", "0", "-c:a", "aac")
        file = self.stored_movie(data)
        self.run_storage()
        self.assertTrue(file.storage_work)
        pid = file.storage_work["pid"]
        self.addCleanup(self.reap, pid)
        file.legal_hold = True
        for _round in range(5):
            file.storage_next_at = False
            self.run_storage()
            time.sleep(0.1)
        self.assertEqual((file.tier, self.read_all(file)), ("recent", data))
