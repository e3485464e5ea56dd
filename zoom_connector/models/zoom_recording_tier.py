"""Where a file lies as it ages: in Odoo, compressed, in the archive, deleted. One step at a time."""

import gzip
import os
import shutil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import archive, recording_file

# Kinds that ffmpeg or gzip make smaller; audio is as small as it gets.
PACKED = ("transcript", "chat", "summary", "data")
TRIES = 3
RETRY_MINUTES = 60


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    archive_location = fields.Char(
        "Archived as", readonly=True, groups="base.group_system", help="fsspec address of the file"
    )
    archived_size = fields.Float("Archived", digits=(20, 0), readonly=True, help="Bytes")
    stored_gb = fields.Float("GB in Odoo", digits=(16, 3), compute="_compute_gb", store=True)
    archived_gb = fields.Float("GB archived", digits=(16, 3), compute="_compute_gb", store=True)
    archive_sha256 = fields.Char(readonly=True)
    archived_packed = fields.Boolean(readonly=True, help="The archived file is the compressed one.")
    restored_at = fields.Datetime(
        readonly=True, help="Since when the file is back; it ages from then on."
    )
    restore_asked = fields.Boolean(readonly=True, index="btree_not_null")
    compress_done = fields.Boolean(
        readonly=True, help="Compressing was tried and does not make the file smaller."
    )
    storage_work = fields.Json(readonly=True, help="An encoding that is under way.")
    storage_error = fields.Char("Storage problem", readonly=True)
    storage_remedy = fields.Char("Remedy", readonly=True)
    storage_tries = fields.Integer(readonly=True)
    storage_next_at = fields.Datetime(readonly=True)

    @api.depends("stored_size", "archived_size")
    def _compute_gb(self):
        for file in self:
            file.stored_gb = file.stored_size / 10**9
            file.archived_gb = file.archived_size / 10**9

    # -- compressed ----------------------------------------------------------------------------------

    def _pack(self, folder):
        """Replace a text file by its gzip, if that is smaller and reads back as the same text."""
        self.ensure_one()
        self._check_not_held()
        path = os.path.join(folder, f"{self.id}.gz")
        try:
            with gzip.GzipFile(path, "wb", mtime=0) as packed:
                for piece in self._file_pieces():
                    packed.write(piece)
            with gzip.open(path, "rb") as packed:
                inner = recording_file.digest(packed.read)
            outer = recording_file.digest_file(path)
            if inner.sha256 != self.stored_sha256:
                raise recording_file.BadFile(
                    "The compressed file does not read back as the original."
                )
            if outer.size >= self.stored_size:
                self.compress_done = True
                self._log_action(self.env._("Not compressed: it would not be smaller."))
                return
            self._replace_content(path, outer, ".gz", "application/gzip")
        finally:
            if os.path.exists(path):
                os.unlink(path)

    def _unpack(self, folder):
        """Bring a text file back as it was before it was packed."""
        self.ensure_one()
        self._check_not_held()
        path = os.path.join(folder, f"{self.id}.unpacked")
        try:
            source = self._file_path()
            with gzip.open(source, "rb") as packed, open(path, "wb") as plain:
                shutil.copyfileobj(packed, plain, recording_file.CHUNK)
            digests = recording_file.digest_file(path)
            if digests.sha256 != self.sha256:
                raise recording_file.BadFile("The compressed file is damaged.")
            self._replace_content(path, digests, "", None)
            self.write({"tier": "recent", "restored_at": fields.Datetime.now()})
        finally:
            if os.path.exists(path):
                os.unlink(path)

    def _replace_content(self, path, digests, suffix, mimetype):
        """Give the attachment another content and say so."""
        # sudo: the recording's own attachment.
        attachment = self.attachment_id.sudo()
        before, size = attachment.store_fname, self.stored_size
        name = attachment.name.removesuffix(".gz") + suffix
        mimetype = mimetype or recording_file.mime_type(self.file_extension or "")
        attachment.write({"name": name, "mimetype": mimetype})
        self._adopt(attachment, path, digests)
        if before and before != attachment.store_fname:
            attachment._mark_for_gc(before)
        self.write(
            {
                "tier": "compressed",
                "stored_size": float(digests.size),
                "stored_sha256": digests.sha256,
                # What the archive may have is another file now.
                "archive_sha256": False,
            }
        )
        self._log_action(
            self.env._(
                "Replaced by another form: %(before)s bytes before, %(after)s now, SHA-256 %(digest)s",
                before=int(size),
                after=digests.size,
                digest=digests.sha256,
            )
        )

    # -- archive -----------------------------------------------------------------------------------

    def _archive_address(self):
        """Return the address of the file's place in the account's archive."""
        # sudo: a setting for administrators, needed to do the work.
        base = self.integration_id.sudo().archive_url.rstrip("/")
        start = self.start or self.create_date
        # The id keeps files of one name apart; the name is for people.
        return f"{base}/{start:%Y/%m}/{self.meeting_id.zoom_id}/{self.id} {self.attachment_id.name}"

    def _archive_facts(self):
        """Return what must not change while the file is copied into the archive."""
        return (self.attachment_id.id, self.tier, self.stored_sha256, self.held)

    def _archived(self, address, facts):
        """The archive has the file, read back and compared: drop Odoo's copy.

        :return: False when the file was held or changed meanwhile; then Odoo's copy stays
        """
        self.ensure_one()
        self.env.execute_query(
            SQL("SELECT id FROM zoom_recording WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        if self.held or self._archive_facts() != facts:
            return False
        self.write(
            {
                "archive_location": address,
                "archived_size": self.stored_size,
                "archive_sha256": self.stored_sha256,
                "archived_packed": self.tier == "compressed",
                "tier": "archive",
                **self._storage_well(),
            }
        )
        self._drop_file()
        self._log_action(
            self.env._(
                "Moved to the archive: %(size)s bytes, SHA-256 %(digest)s",
                size=int(self.archived_size),
                digest=self.archive_sha256,
            )
        )
        return True

    def _restored(self, path, digests):
        """The file came back from the archive to `path`: make it the attachment again."""
        self.ensure_one()
        self.env.execute_query(
            SQL("SELECT id FROM zoom_recording WHERE id = %s FOR UPDATE", self.id)
        )
        self.invalidate_recordset()
        if self.attachment_id:
            self.restore_asked = False
            return
        extension = self.file_extension or ""
        packed = self.archived_packed and self.kind in PACKED
        attachment = self._attach(path, digests, extension)
        if packed:
            attachment.write({"name": f"{attachment.name}.gz", "mimetype": "application/gzip"})
        self.write(
            {
                "attachment_id": attachment.id,
                "tier": "compressed" if self.archived_packed else "recent",
                "stored_size": float(digests.size),
                "stored_sha256": digests.sha256,
                "restored_at": fields.Datetime.now(),
                "restore_asked": False,
                **self._storage_well(),
            }
        )
        self._log_action(self.env._("Back from the archive, SHA-256 %s", digests.sha256))
        self._file_document()

    def _drop_archived(self):
        """Delete the copy in the archive.

        :raises UserError: the archive does not answer; then nothing is forgotten
        """
        # sudo: the address is for administrators, deleting the own copy is not.
        location = self.sudo().archive_location
        if not location:
            return
        try:
            archive.remove(*archive.open_store(location))
        except archive.ArchiveError as exc:
            raise UserError(str(exc)) from exc
        # sudo: as above, with the copy goes the note where it lay.
        self.sudo().write(
            {"archive_location": False, "archived_size": 0.0, "archive_sha256": False}
        )

    # -- purged ------------------------------------------------------------------------------------

    def _purge(self, reason):
        """Delete every copy that Odoo has of the files, and their texts; the row stays and says why."""
        self._check_not_held()
        for file in self:
            file._drop_archived()
            if file.attachment_id:
                file._drop_file()
            file.transcript_ids.unlink()
            file.write(
                {
                    "tier": "purged",
                    "download_state": "none",
                    "download_asked": False,
                    "download_received": 0.0,
                    "restore_asked": False,
                    "storage_work": False,
                    **file._storage_well(),
                }
            )
            file._log_action(self.env._("Deleted in Odoo: %(reason)s", reason=reason))

    # -- failures ----------------------------------------------------------------------------------

    @api.model
    def _storage_well(self):
        return {
            "storage_error": False,
            "storage_remedy": False,
            "storage_tries": 0,
            "storage_next_at": False,
        }

    def _storage_begin(self):
        """Count an attempt before it begins, so that one that kills the worker is counted, too."""
        self.storage_tries += 1
        self.storage_next_at = fields.Datetime.add(fields.Datetime.now(), minutes=RETRY_MINUTES)
        if self.storage_tries == TRIES:
            self.write(
                {
                    "storage_error": self.env._("The work on this file was not finished."),
                    "storage_remedy": self.env._(
                        "Big files need time: raise limit_time_real of the Odoo server, then press "
                        "Retry."
                    ),
                }
            )

    def _storage_failed(self, message, remedy):
        self.write({"storage_error": message, "storage_remedy": remedy})
        if self.storage_tries >= TRIES:
            self._log_action(self.env._("Storage: %(reason)s", reason=message))

    @api.model
    def _tell_storage(self, integration):
        """Raise or close the alert about files that could not be moved."""
        count = self.search_count(
            [("integration_id", "=", integration.id), ("storage_tries", ">=", TRIES)]
        )
        if count:
            integration._alert(
                "recording_storage",
                self.env._("%(count)s recordings could not be moved as they should.", count=count),
                self.env._(
                    "Open Zoom > Recordings, filter 'Storage Problem': each says what to do."
                ),
            )
        else:
            integration._alert_clear("recording_storage")

    # -- buttons -----------------------------------------------------------------------------------

    def action_restore(self):
        """Bring files back from the archive, or unpack them, in the background."""
        self._check_mine()
        # sudo: the right was checked; nobody may write the row's other fields.
        files = self.sudo()
        for file in files:
            packed = file.tier == "compressed" and file.kind in PACKED
            if file.tier != "archive" and not packed:
                raise UserError(self.env._("%(name)s is at hand already.", name=file.name))
            if packed:
                file._check_not_held()
        files.write({"restore_asked": True, **self._storage_well()})
        files._log_action(self.env._("Restoring asked for."))
        for integration in files.integration_id:
            self.env["zoom.storage"]._enqueue(integration)
        return files.integration_id[:1]._notify_started(
            self.env._("The file is brought back in the background.")
        )

    def action_retry_storage(self):
        """Try again what did not work with the file's storage."""
        self._check_mine()
        # sudo: as in `action_restore`.
        files = self.sudo()
        files.write(self._storage_well())
        for integration in files.integration_id:
            self.env["zoom.storage"]._enqueue(integration)
