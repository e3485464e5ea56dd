"""Recording files in Odoo: one attachment per recording, its content in the file store.

The attachment belongs to the recording, not to the held meeting: of confidential meetings fewer people may
see the recordings than the figures, and an attachment is read by whoever may read its record.
"""

import logging
import os

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import recording_file

_logger = logging.getLogger(__name__)

# ir.attachment keeps sizes in 32 bits; our own record keeps the true one.
LARGEST_TOLD = 2**31 - 1
# With attachments in the database: up to this size (bytes) a file goes there as well.
IN_DATABASE = 10 * 10**6


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    sha256 = fields.Char(
        "SHA-256", readonly=True, help="Of the file as Zoom gave it; each copy is compared with it."
    )
    original_size = fields.Float(digits=(20, 0), readonly=True, help="Bytes as Zoom gave it")
    stored_size = fields.Float("In Odoo", digits=(20, 0), readonly=True, help="Bytes")
    stored_sha256 = fields.Char(readonly=True, help="Of the file as it lies in Odoo now.")

    def _keep_file(self, path, digests):
        """Make the attachment of a file that has arrived; once, whoever asks.

        :param path: the file; it is moved into the file store
        :param digests: `Digests` of it
        """
        self.ensure_one()
        # Two jobs may have fetched the file: one stores it, the other one finds it stored.
        self.env.execute_query(
            SQL("SELECT id FROM zoom_recording WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        if self.attachment_id:
            return
        attachment = self._attach(path, digests, self.file_extension or "")
        self.write(
            {
                "attachment_id": attachment.id,
                "tier": "recent",
                "download_state": "done",
                "download_received": float(digests.size),
                "download_error": False,
                "download_remedy": False,
                "download_tries": 0,
                "next_try_at": False,
                "downloaded_at": fields.Datetime.now(),
                "sha256": digests.sha256,
                "original_size": float(digests.size),
                "stored_size": float(digests.size),
                "stored_sha256": digests.sha256,
            }
        )
        self._log_action(
            self.env._(
                "Copied to Odoo: %(size)s bytes, SHA-256 %(digest)s",
                size=digests.size,
                digest=digests.sha256,
            )
        )
        self._file_document()
        self.env["zoom.transcript"]._read_file(self)

    def _attach(self, path, digests, extension):
        """Return a new attachment of the recording with the content of `path`."""
        Attachment = self.env["ir.attachment"]
        # Unique within the meeting: people save them into one folder, and so do other apps.
        taken = set(self.instance_id.recording_ids.attachment_id.mapped("name"))
        start = self.start or self.instance_id.start
        parts = [
            self.meeting_id.topic or "",
            f"{start:%Y-%m-%d %H.%M}" if start else "",
            (self.recording_type or self.file_type or "").replace("_", " "),
        ]
        values = {
            "name": recording_file.safe_name(parts, extension, taken),
            "res_model": self._name,
            "res_id": self.id,
            "company_id": self.company_id.id,
            "mimetype": recording_file.mime_type(extension),
        }
        if Attachment._storage() == "db" and digests.size <= IN_DATABASE:
            with open(path, "rb") as file:
                return Attachment.create({**values, "raw": file.read()})
        # The row first: while it is uncommitted, the collector of unused files has to wait.
        attachment = Attachment.create(values)
        self._adopt(attachment, path, digests)
        return attachment

    @api.model
    def _adopt(self, attachment, path, digests):
        """Put a file into the file store and make it the content of an attachment, unread.

        It is linked, not moved, so that the caller still has it when the transaction fails.

        `create` and `write` of ir.attachment would load it whole, and they drop the three fields that say
        where it lies.
        """
        fname = f"{digests.sha1[:2]}/{digests.sha1}"
        target = os.path.join(attachment._filestore(), fname)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            os.link(path, target)
        except FileExistsError:
            same = os.path.samefile(path, target) or recording_file.same_bytes(path, target)
            if not same:
                raise recording_file.BadFile(
                    "Another file of the same SHA-1 lies in the file store.", again=False
                ) from None
        # Should this transaction fail, the collector finds the file by this.
        attachment._mark_for_gc(fname)
        attachment.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s,"
                " db_datas = NULL WHERE id = %s RETURNING id",
                fname,
                digests.sha1,
                min(digests.size, LARGEST_TOLD),
                attachment.id,
            )
        )
        attachment.invalidate_recordset()

    def _file_path(self):
        """Return where the content lies on the disk; None when it lies in the database or is gone."""
        # sudo: the content of the recording's own attachment.
        attachment = self.attachment_id.sudo()
        if not attachment.store_fname:
            return None
        path = attachment._full_path(attachment.store_fname)
        return path if os.path.isfile(path) else None

    def _file_pieces(self):
        """Yield the content of the file as it lies in Odoo, in pieces."""
        path = self._file_path()
        if path is None:
            # sudo: as above. Only small files lie in the database.
            yield self.attachment_id.sudo().raw or b""
            return
        with open(path, "rb") as file:
            while piece := file.read(recording_file.CHUNK):
                yield piece

    def _drop_file(self):
        """Delete Odoo's copy; the content goes when the file store is next cleaned."""
        # sudo: nobody but the connector may delete recordings; whoever asked was checked before.
        attachment = self.attachment_id.sudo()
        self.write({"attachment_id": False, "stored_size": 0.0, "stored_sha256": False})
        self._unfile_document(attachment)
        attachment.unlink()

    @api.autovacuum
    def _gc_streamed_files(self):
        """Clean the file store also where Odoo keeps attachments in the database.

        Odoo cleans it only when it is the place for attachments; big recordings lie in it always.
        """
        Attachment = self.env["ir.attachment"]
        if Attachment._storage() != "db":
            return
        cr = self.env.cr
        # As Odoo's own collector does: the lock has to come first in its transaction.
        cr.commit()  # pylint: disable=invalid-commit
        cr.execute("SET LOCAL lock_timeout TO '10s'")
        try:
            cr.execute("LOCK ir_attachment IN SHARE MODE")
        except psycopg2.errors.LockNotAvailable:
            cr.rollback()
            return
        Attachment._gc_file_store_unsafe()
        cr.commit()  # pylint: disable=invalid-commit

    # -- Documents (Odoo Enterprise) -----------------------------------------------------------------

    def _file_document(self):
        """Put the file into Documents, where that app is installed: a folder per meeting.

        The recording is in Odoo already; whatever Documents objects to is only told.
        """
        Document = self.env.get("documents.document")
        if Document is None or not self.attachment_id:
            return
        try:
            with self.env.cr.savepoint():
                self.env["zoom.documents"]._file(self)
        except Exception as exc:  # noqa: BLE001 (an app that we cannot know; told on the recording)
            _logger.warning("A recording could not be filed in Documents: %s", type(exc).__name__)
            self._log_action(
                self.env._(
                    "The file could not be put into Documents (%(reason)s). It stays on the meeting.",
                    reason=type(exc).__name__,
                )
            )

    def _unfile_document(self, attachment):
        """Delete the document of an attachment, for good: a bin must not keep what was deleted here."""
        Document = self.env.get("documents.document")
        if Document is None or not attachment:
            return
        # sudo: the document belongs to the recording.
        documents = (
            Document.sudo()
            .with_context(active_test=False)
            .search([("attachment_id", "in", attachment.ids)])
        )
        documents.unlink()
