import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .recording_common import VTT, RecordingCase

CHAT = b"00:01:42\tAda Host:\tThe notes are in the shared folder\r\n"


@tagged("post_install", "-at_install")
class TestTranscript(RecordingCase):
    """What was said is read, searched and seen by whom it concerns."""

    def setUp(self):
        super().setUp()
        self.file = self.stored(None)
        self.chat = self.stored(
            None,
            CHAT,
            instance=self.file.instance_id,
            file_id="chat",
            file_type="CHAT",
            extension="TXT",
            recording_type="chat_file",
        )
        self.file.meeting_id.user_id = self.ada
        group = self.env.ref("zoom_connector.group_zoom_user")
        field = "groups_id" if "groups_id" in self.ada._fields else "group_ids"
        self.ada.write({field: [(4, group.id)]})
        self.stranger = new_test_user(
            self.env, "stranger", groups="base.group_user,zoom_connector.group_zoom_user"
        )

    def test_turns(self):
        turns = self.file.transcript_ids.turn_ids
        self.assertEqual(
            [(turn.start, turn.speaker, turn.text) for turn in turns],
            [
                (0.0, "Ada Host", "Good morning, let us talk about the quarterly budget."),
                (5.0, "Bob User", "The budget is approved."),
            ],
        )
        self.assertEqual(self.file.transcript_ids.speakers, "Ada Host, Bob User")

    def search(self, model, words, field="transcript_search"):
        return self.env[model].search([(field, "ilike", words)])

    def test_words_find_texts_recordings_and_meetings(self):
        for words in (
            "budget",
            "BUDGET approved",
            "quarter",
            '"quarterly budget"',
            "budget -holiday",
        ):
            self.assertEqual(self.search("zoom.recording", words), self.file, words)
            self.assertEqual(
                self.search("zoom.transcript", words, "text_search"), self.file.transcript_ids
            )
            self.assertIn(self.file.instance_id, self.search("zoom.meeting.instance", words))
            self.assertIn(self.file.meeting_id, self.search("zoom.meeting", words))
        self.assertEqual(self.search("zoom.recording", "shared folder"), self.chat)
        for words in ("holiday", '"budget quarterly"', "budget -approved", "&|!:*'\\"):
            self.assertFalse(self.search("zoom.recording", words), words)

    def test_words_of_others_are_not_found(self):
        """A search must not tell what somebody may not read."""
        for user, found in ((self.ada, True), (self.stranger, False)):
            for model in ("zoom.transcript", "zoom.transcript.turn"):
                self.assertEqual(bool(self.env[model].with_user(user).search([])), found, model)
            hits = (
                self.env["zoom.meeting"]
                .with_user(user)
                .search_count([("transcript_search", "ilike", "budget")])
            )
            self.assertEqual(bool(hits), found)
        with self.assertRaises(AccessError):
            self.file.with_user(self.stranger).read_transcript()
        with self.assertRaises(AccessError):
            self.file.transcript_ids.with_user(self.stranger).read(["speakers"])
        with self.assertRaises(AccessError):
            self.file.attachment_id.with_user(self.stranger).read(["name"])
        self.assertTrue(self.file.attachment_id.with_user(self.ada).read(["name"]))
        self.assertEqual(len(self.file.with_user(self.ada).read_transcript()["turns"]), 2)

    def test_viewer_gets_the_video_of_the_same_span(self):
        self.assertFalse(self.file.read_transcript()["media"])
        other = self.stored(
            None,
            b"\0\0\0\x18ftypmp42" + bytes(300),
            instance=self.file.instance_id,
            file_id="later",
            file_type="MP4",
            extension="MP4",
            start="2026-01-05T10:30:00Z",
        )
        self.assertFalse(self.file.read_transcript()["media"], "another part of the meeting")
        video = self.stored(
            None,
            b"\0\0\0\x18ftypmp42" + bytes(400),
            instance=self.file.instance_id,
            file_id="video",
            file_type="MP4",
            extension="MP4",
        )
        self.assertEqual(
            self.file.read_transcript()["media"],
            {"url": f"/web/content/{video.attachment_id.id}", "kind": "video"},
        )
        self.assertTrue(
            other.read_transcript()["media"]["url"].endswith(str(other.attachment_id.id))
        )

    def test_a_broken_text_stays_a_file_and_is_told(self):
        broken = self.stored(
            None, b"WEBVTT but not really", instance=self.file.instance_id, file_id="broken"
        )
        self.assertEqual(broken.tier, "recent")
        self.assertFalse(broken.transcript_ids.turn_ids)

    def test_timeline_and_summary_are_readable(self):
        timeline = self.stored(
            None,
            json.dumps(
                {"timeline": [{"ts": "00:00:01.000", "users": [{"username": "Ada"}]}]}
            ).encode(),
            instance=self.file.instance_id,
            file_id="timeline",
            file_type="TIMELINE",
            extension="JSON",
        )
        self.assertEqual(timeline.transcript_ids.turn_ids.speaker, "Ada")
        summary = self.stored(
            None,
            json.dumps({"overall_summary": "We moved the date."}).encode(),
            instance=self.file.instance_id,
            file_id="summary",
            file_type="SUMMARY",
            extension="JSON",
        )
        self.assertIn("We moved the date", summary.transcript_ids.turn_ids.text)

    def test_the_new_file_replaces_the_text(self):
        self.env["zoom.transcript"]._read_file(self.file)
        self.assertEqual(len(self.file.transcript_ids), 1)
        self.assertEqual(self.file.transcript_ids.turn_count, 2)

    def test_huge_text_is_no_transcript(self):
        self.file.stored_size = 21 * 10**6
        self.assertFalse(self.env["zoom.transcript"]._read_file(self.file))
        self.assertEqual(VTT[:6], b"WEBVTT")
