"""Files at Hootsuite: uploaded once, used by the posts of a plan."""

import io
import os
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.connector_base.compat import UniqueIndex
from odoo.addons.connector_base.core.errors import NotFound, RateLimited

# Hootsuite drops media 90 days after use (REST specification, "Media"); one that nobody used has no
# published term, so a fresh upload is made early.
KEEP_HOURS = 20


class HootsuiteMedia(models.Model):
    """An attachment that was uploaded to Hootsuite. The row is written before the bytes are sent, so
    that a repetition goes on with the same upload."""

    _name = "hootsuite.media"
    _description = "File at Hootsuite"

    integration_id = fields.Many2one(
        "hootsuite.integration", required=True, ondelete="cascade", index=True
    )
    attachment_id = fields.Many2one("ir.attachment", required=True, ondelete="cascade", index=True)
    checksum = fields.Char(required=True)
    media_ref = fields.Char("Hootsuite ID", required=True)
    ready = fields.Boolean()
    uploaded_at = fields.Datetime(required=True)

    _file_unique = UniqueIndex(
        "(integration_id, attachment_id, checksum)", "The file was uploaded already."
    )

    @api.model
    def _known_file(self, integration, attachment):
        """Return the usable upload of this file, empty when there is none."""
        fresh = fields.Datetime.now() - timedelta(hours=KEEP_HOURS)
        return self.search(
            [
                ("integration_id", "=", integration.id),
                ("attachment_id", "=", attachment.id),
                ("checksum", "=", attachment.checksum),
                ("uploaded_at", ">=", fresh),
            ],
            limit=1,
        )

    @api.model
    def _keep(self, integration, attachment, media_ref, ready):
        """Write down an upload; it replaces an older one of the same file."""
        values = {"media_ref": media_ref, "ready": ready, "uploaded_at": fields.Datetime.now()}
        found = self.search(
            [
                ("integration_id", "=", integration.id),
                ("attachment_id", "=", attachment.id),
                ("checksum", "=", attachment.checksum),
            ]
        )
        if found:
            found.write(values)
            return found
        return self.create(
            {
                **values,
                "integration_id": integration.id,
                "attachment_id": attachment.id,
                "checksum": attachment.checksum,
            }
        )

    @api.model
    def _forget_files(self, integration, attachments):
        """Hootsuite does not know these uploads any more."""
        self.search(
            [("integration_id", "=", integration.id), ("attachment_id", "in", attachments.ids)]
        ).unlink()

    @api.model
    def _upload(self, client, attachment):
        """Upload one file, streamed from where Odoo keeps it.

        :return: (Hootsuite's id, whether it can be used already)
        :raises ConnectorError: Hootsuite refuses it, or cannot be reached
        """
        with _opened(attachment) as (file, size):
            try:
                media = client.upload(file, size, attachment.mimetype, tries=4)
            except RateLimited as exc:
                if exc.scope == "concurrency" and exc.status == 200:
                    return exc.code, False  # still being processed: looked at again later
                raise
        return media.media_id, True

    @api.model
    def _look(self, client, media_ref):
        """Return True (usable), False (being processed), None (Hootsuite does not have it)."""
        try:
            return client.media(media_ref).ready
        except NotFound:
            return None


class _opened:
    """Opens the bytes of an attachment as a file, without loading them where they lie on disk."""

    def __init__(self, attachment):
        self._attachment = attachment
        self._file = None

    def __enter__(self):
        attachment = self._attachment
        # Only Odoo's own filestore has a path; other stores (database, OCA's fs_storage) hand out
        # bytes.
        name = attachment.store_fname
        path = attachment._full_path(name) if name else ""
        if path and os.path.isfile(path):
            self._file = open(path, "rb")  # noqa: SIM115 (closed in __exit__)
            return self._file, os.path.getsize(path)
        content = attachment.raw or b""
        self._file = io.BytesIO(content)
        return self._file, len(content)

    def __exit__(self, *_exc):
        self._file.close()
