from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.zoom_connector.tests.recording_common import VTT, RecordingCase


@tagged("post_install", "-at_install")
class TestDocuments(RecordingCase):
    """Recordings in Documents: a folder per meeting, seen by nobody more, gone when they are gone.

    Against a stub with the names and fields that public sources confirm; it was not tried on Enterprise.
    """

    def setUp(self):
        super().setUp()
        self.Document = self.env["documents.document"]
        self.file = self.recording()
        self.file.meeting_id.user_id = self.ada
        self.stored(self.file)

    def document(self, file=None):
        return self.Document.search([("attachment_id", "=", (file or self.file).attachment_id.id)])

    def test_filed_in_the_folder_of_the_meeting(self):
        document = self.document()
        self.assertEqual(document.name, self.file.attachment_id.name)
        meeting = self.file.meeting_id
        self.assertEqual(document.folder_id.name, f"Quarterly review ({meeting.zoom_id})")
        self.assertEqual(document.folder_id.type, "folder")
        self.assertEqual(document.folder_id.folder_id.name, "Zoom")
        self.assertFalse(document.folder_id.folder_id.owner_id, "the root belongs to the company")
        second = self.stored(None, instance=self.file.instance_id, file_id="second")
        self.assertEqual(self.document(second).folder_id, document.folder_id)
        other = self.stored(None, instance=self.instance("AnotherInstance00002=="), file_id="other")
        self.assertNotEqual(self.document(other).folder_id, document.folder_id)
        self.assertEqual(self.document(other).folder_id.folder_id, document.folder_id.folder_id)

    def test_seen_by_nobody_more_than_the_meeting(self):
        for document in (self.document(), self.document().folder_id):
            self.assertEqual(document.owner_id, self.ada)
            self.assertEqual((document.access_internal, document.access_via_link), ("none", "none"))
        self.assertEqual(self.document().folder_id.folder_id.access_internal, "none")

    def test_filed_once(self):
        self.file._file_document()
        self.assertEqual(len(self.document()), 1)

    def test_gone_with_the_file(self):
        document = self.document()
        self.file._purge("test")
        self.assertFalse(document.exists())

    def test_a_document_in_the_bin_is_no_copy_that_stays(self):
        document = self.document()
        document.active = False
        self.file.unlink()
        self.assertFalse(document.exists())

    def test_what_the_app_objects_to_is_told_and_the_recording_stays(self):
        folder = self.document().folder_id
        second = self.recording(self.file.instance_id, file_id="second")
        selection = type(self.Document).access_internal.selection
        self.addCleanup(setattr, type(self.Document).access_internal, "selection", selection)
        type(self.Document).access_internal.selection = [("view", "Viewer"), ("edit", "Editor")]
        with mute_logger("odoo.addons.zoom_connector.models.zoom_recording_store"):
            self.stored(second)
        self.assertEqual(self.read_all(second), VTT)
        self.assertFalse(self.document(second))
        self.assertIn("Documents", self.history(second))
        self.assertTrue(folder.exists())
