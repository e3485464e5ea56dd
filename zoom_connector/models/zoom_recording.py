from odoo import api, fields, models

from odoo.addons.connector_base.compat import Constraint

from ..tools import register
from ..tools.times import naive

# Thousands of files may come at once: their history begins with the first thing done to them.
QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "tracking_disable": True}


class ZoomRecording(models.Model):
    """One row per recording file."""

    _name = "zoom.recording"
    _inherit = ["mail.thread"]
    _description = "Zoom Recording File"
    _order = "start desc, id"

    instance_id = fields.Many2one(
        "zoom.meeting.instance",
        required=True,
        ondelete="cascade",
        index=True,
        string="Held meeting",
    )
    meeting_id = fields.Many2one(related="instance_id.meeting_id", store=True, index=True)
    integration_id = fields.Many2one(
        related="instance_id.integration_id", store=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="instance_id.company_id", store=True)
    name = fields.Char(compute="_compute_name", store=True)
    file_id = fields.Char("File ID", required=True, index=True, readonly=True)
    file_type = fields.Char(
        readonly=True, help="Zoom's word: MP4, M4A, CHAT, TRANSCRIPT, CC, TIMELINE, SUMMARY ..."
    )
    kind = fields.Selection(
        [
            ("video", "Video"),
            ("audio", "Audio"),
            ("transcript", "Transcript"),
            ("chat", "Chat"),
            ("summary", "Summary"),
            ("data", "Data"),
        ],
        compute="_compute_kind",
        store=True,
    )
    file_extension = fields.Char(readonly=True)
    recording_type = fields.Char("View", readonly=True, help="Zoom's word for what is shown.")
    file_size = fields.Float("Size", digits=(20, 0), readonly=True, help="Bytes")
    size_text = fields.Char("File size", compute="_compute_size_text")
    start = fields.Datetime(readonly=True)
    stop = fields.Datetime(readonly=True)
    play_url = fields.Char("Play link", readonly=True)
    download_url = fields.Char(
        "Download link", readonly=True, groups="zoom_connector.group_zoom_manager"
    )
    state = fields.Selection(
        [
            ("processing", "Being processed"),
            ("available", "Available"),
            ("trashed", "In Zoom's trash"),
            ("deleted", "Deleted in Zoom"),
        ],
        default="available",
        required=True,
        readonly=True,
        index=True,
    )
    tier = fields.Selection(
        [
            ("link", "In Zoom"),
            ("recent", "In Odoo"),
            ("compressed", "In Odoo, compressed"),
            ("archive", "In the archive"),
            ("purged", "Deleted"),
        ],
        "Storage",
        default="link",
        required=True,
        readonly=True,
        index=True,
        help="Where the company's own copy of the file lies.",
    )
    attachment_id = fields.Many2one(
        "ir.attachment", "File", readonly=True, ondelete="set null", index="btree_not_null"
    )
    register = fields.Json(readonly=True, help="Vendor time of each value that is kept.")

    _file_unique = Constraint(
        "UNIQUE (integration_id, file_id)", "This recording file is already known."
    )

    @api.depends("file_type")
    def _compute_kind(self):
        kinds = {
            "MP4": "video",
            "M4A": "audio",
            "TRANSCRIPT": "transcript",
            "CC": "transcript",
            "CHAT": "chat",
            "CHAT_MESSAGE": "chat",
            "SUMMARY": "summary",
        }
        for file in self:
            file.kind = kinds.get(file.file_type, "data")

    @api.depends("file_type", "recording_type", "meeting_id.topic")
    def _compute_name(self):
        for file in self:
            view = (file.recording_type or file.file_type or "").replace("_", " ")
            file.name = " - ".join(part for part in (file.meeting_id.topic, view) if part)

    @api.depends("file_size")
    def _compute_size_text(self):
        for file in self:
            size, unit = file.file_size or 0.0, "B"
            for unit in ("B", "kB", "MB", "GB", "TB"):
                if size < 1000 or unit == "TB":
                    break
                size /= 1000
            file.size_text = f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"

    @api.model
    def _upsert(self, integration, statements):
        """Create or update recording files. Batched; any order, repeats allowed.

        :param statements: list of (zoom.meeting.instance, adapter `RecordingFile`, vendor time in
            ms, state), with state one of `state`
        :return: zoom.recording records
        """
        known = self._known(integration, {file.file_id for _i, file, _at, _s in statements})
        fresh = {}
        for instance, file, at, state in statements:
            values = self._values_from_adapter(file)
            record = known.get(file.file_id)
            if record is not None:
                current = {name: record._plain(name) for name in [*values, "state"]}
                stamps = record.register
            else:
                row = fresh.get(file.file_id)
                if row is None:
                    row = fresh[file.file_id] = self._new_row(instance, file.file_id)
                current, stamps = row, row["register"]
            changed, stamps = register.merge(stamps, current, values, at)
            moved, stamps = register.merge(stamps, current, {"state": state}, at)
            changed.update(moved)
            if record is None:
                row.update(changed, register=stamps)
            elif changed or stamps != (record.register or {}):
                record.write({**changed, "register": stamps})
        created = self.with_context(**QUIET).create(
            [{**row, "file_id": file_id} for file_id, row in fresh.items()]
        )
        records = self.union(*known.values()) | created.with_env(self.env)
        records._plan_downloads()
        return records

    @api.model
    def _known(self, integration, file_ids):
        records = self.search(
            [("integration_id", "=", integration.id), ("file_id", "in", list(file_ids))]
        )
        return {record.file_id: record for record in records}

    def _plain(self, name):
        value = self[name]
        return fields.Datetime.to_string(value) if name in ("start", "stop") and value else value

    @api.model
    def _values_from_adapter(self, file):
        """Return what Zoom told about a file; addresses only when it told them."""
        values = {
            "file_type": file.file_type,
            "file_extension": file.file_extension,
            "recording_type": file.recording_type,
            "start": fields.Datetime.to_string(naive(file.start)) if file.start else None,
            "stop": fields.Datetime.to_string(naive(file.stop)) if file.stop else None,
            "file_size": float(file.file_size) if file.file_size else None,
            "play_url": file.play_url,
            "download_url": file.download_url,
        }
        return {name: value for name, value in values.items() if value}

    @api.model
    def _new_row(self, instance, file_id):
        """Return the first values of a file: what bulk actions said before it was known."""
        row = {"instance_id": instance.id, "register": {}}
        moves = instance.recording_moves or {}
        for key in ("*", file_id):
            if key in moves:
                state, at = moves[key]
                changed, row["register"] = register.merge(
                    row["register"], row, {"state": state}, at
                )
                row.update(changed)
        return row

    @api.model
    def _move(self, integration, moves):
        """Move files to another state: bulk trash, deletion, recovery.

        :param list moves: (instance UUID, file ids or empty for all files, vendor time, state)
        :return: set of UUIDs that Odoo does not know
        """
        uuids = {uuid for uuid, *_rest in moves}
        instances = self.env["zoom.meeting.instance"]._known(integration, uuids)
        for uuid, file_ids, at, state in moves:
            instance = instances.get(uuid)
            if instance is None:
                continue
            kept = dict(instance.recording_moves or {})
            for key in file_ids or ("*",):
                if key not in kept or (kept[key][1], kept[key][0]) < (at, state):
                    kept[key] = [state, at]
            if kept != (instance.recording_moves or {}):
                instance.recording_moves = kept
            for file in instance.recording_ids:
                if file_ids and file.file_id not in file_ids:
                    continue
                changed, stamps = register.merge(
                    file.register, {"state": file.state}, {"state": state}, at
                )
                if stamps != (file.register or {}):
                    file.write({**changed, "register": stamps})
        return uuids - set(instances)

    def action_play(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.play_url, "target": "new"}

    def action_open_file(self):
        """Open Odoo's copy of the file; the rights are those of the held meeting."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}",
            "target": "new",
        }
