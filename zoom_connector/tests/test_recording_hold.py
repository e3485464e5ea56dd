from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import sample
from .recording_common import VTT
from .test_recording_storage import StorageCase


@tagged("post_install", "-at_install")
class TestRecordingHold(StorageCase):
    """What is on legal hold is neither deleted nor changed: not by people, rules, jobs or Zoom."""

    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "zoom_keeper", groups="base.group_user,zoom_connector.group_zoom_manager"
        )
        self.rule("transcript", compress_days=1, archive_days=1, purge_days=1)
        self.archive()
        self.file = self.stored(None, VTT * 20)
        self.file.with_user(self.manager).action_hold()

    def assert_untouched(self):
        self.env.invalidate_all()
        self.assertEqual(self.file.tier, "recent")
        self.assertEqual(self.read_all(self.file), VTT * 20)
        self.assertTrue(self.file.transcript_ids.turn_ids)

    def test_rules_leave_it_alone(self):
        self.run_storage()
        self.storage._cron_storage()
        self.assert_untouched()
        self.file.with_user(self.manager).action_release()
        self.run_storage()
        self.assertEqual(self.file.tier, "purged")
        history = self.history(self.file)
        self.assertIn("Placed on legal hold by zoom_keeper", history)
        self.assertIn("lifted by zoom_keeper", history)

    def test_nobody_deletes_it(self):
        file = self.file
        for records in (
            file,
            file.instance_id,
            file.meeting_id,
            file.integration_id,
            file.attachment_id,
        ):
            with self.assertRaises(UserError, msg=records._name), self.env.cr.savepoint():
                records.unlink()
        self.assert_untouched()

    def test_nobody_changes_the_attachment(self):
        attachment = self.file.attachment_id
        for values in (
            {"raw": b"other"},
            {"datas": "b3RoZXI="},
            {"res_id": 0},
            {"name": "other.vtt"},
        ):
            with self.assertRaises(UserError, msg=values), self.env.cr.savepoint():
                attachment.write(values)
        attachment.write({"description": "a note is no change of the file"})
        self.assert_untouched()

    def test_zoom_deletes_its_copy_and_ours_stays(self):
        body = sample("recording.completed")
        self.apply(body)
        uuid = body["payload"]["object"]["uuid"]
        held = self.env["zoom.meeting.instance"].search([("uuid", "=", uuid)]).recording_ids
        transcript = held.filtered(lambda file: file.file_type == "TRANSCRIPT")[:1] or held[:1]
        self.keep(transcript)
        transcript.legal_hold = True
        deleted = sample("recording.deleted")
        deleted["event_ts"] = body["event_ts"] + 1000
        deleted["payload"]["object"]["uuid"] = uuid
        deleted["payload"]["object"]["recording_files"] = body["payload"]["object"][
            "recording_files"
        ]
        self.apply(deleted)
        self.assertEqual(transcript.state, "deleted")
        self.assertEqual(self.read_all(transcript), VTT)

    def test_a_hold_on_the_meeting_holds_its_files_also_later_ones(self):
        meeting = self.file.meeting_id
        self.file.with_user(self.manager).action_release()
        meeting.with_user(self.manager).action_hold()
        self.assertTrue(self.file.held)
        later = self.stored(None, instance=self.file.instance_id, file_id="later")
        self.assertTrue(later.held)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            later.unlink()
        self.run_storage()
        self.assert_untouched()
        meeting.with_user(self.manager).action_release()
        self.assertFalse(later.held)

    def test_wiping_keeps_what_is_held_and_says_so(self):
        other = self.stored(None, instance=self.file.instance_id, file_id="other")
        kept = (self.file | other)._wipe()
        self.assertEqual(kept, self.file)
        self.assertFalse(other.exists())
        self.assert_untouched()

    def test_only_managers_place_and_lift_holds(self):
        user = self.ada
        user.write(
            {
                "groups_id" if "groups_id" in user._fields else "group_ids": [
                    (4, self.env.ref("zoom_connector.group_zoom_user").id)
                ]
            }
        )
        self.file.meeting_id.user_id = user
        for record in (self.file, self.file.meeting_id):
            for name in ("action_hold", "action_release"):
                with self.assertRaises(AccessError, msg=name):
                    getattr(record.with_user(user), name)()
        for model in ("zoom.recording", "zoom.meeting"):
            self.assertFalse(self.env[model].with_user(self.manager).has_access("write"), model)

    def test_a_held_file_in_the_archive_comes_back_but_stays_there(self):
        file = self.stored(None, instance=self.file.instance_id, file_id="archived")
        self.rule("transcript", purge_days=0)
        self.run_storage()
        self.assertEqual(file.tier, "archive", self.history(file))
        file.legal_hold = True
        file.action_restore()
        self.run_storage()
        self.assertEqual((file.tier, self.read_all(file)), ("recent", VTT))
        self.assertTrue(self.archived_files())
        self.run_storage()
        self.assertEqual(file.tier, "recent")

    def test_a_hold_fetches_what_is_only_in_zoom(self):
        link = self.recording(
            self.file.instance_id, "MP4", "MP4", file_id="video", recording_type="gallery_view"
        )
        self.assertEqual(link.download_state, "none")
        link.with_user(self.manager).action_hold()
        self.assertEqual(link.download_state, "waiting")

    def test_a_meeting_that_turns_confidential_loses_its_texts_but_not_held_ones(self):
        other = self.stored(None, instance=self.file.instance_id, file_id="other")
        self.file.meeting_id.keep_confidential = True
        self.assertEqual((other.tier, other.attachment_id.id), ("purged", False))
        self.assertFalse(other.transcript_ids)
        self.assert_untouched()

    def test_only_who_answers_for_the_meeting_moves_files(self):
        group = self.env.ref("zoom_connector.group_zoom_user")
        field = "groups_id" if "groups_id" in self.ada._fields else "group_ids"
        link = self.recording(self.file.instance_id, "MP4", "MP4", file_id="video")
        meeting = link.meeting_id
        meeting.user_id = self.ada
        guest = new_test_user(self.env, "guest", groups="base.group_user")
        (self.ada | guest).write({field: [(4, group.id)]})
        meeting.shared_user_ids = guest
        names = ("action_download", "action_cancel_download", "action_retry_storage")
        for name in (*names, "action_restore"):
            with self.assertRaises(AccessError, msg=name):
                getattr(link.with_user(guest), name)()
        for name in names:
            getattr(link.with_user(self.ada), name)()
        self.assertEqual(link.download_state, "none")
