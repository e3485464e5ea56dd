import re

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.connector_base.compat import Constraint

from ..tools import transcript

# What makes a search text more than a list of words.
_OPERATORS = re.compile(r'"|(^|\s)-|\bor\b', re.IGNORECASE)
READABLE = ("transcript", "chat", "summary")
# Larger text files (bytes) are no transcripts; they stay files.
LARGEST = 20 * 10**6


class ZoomTranscript(models.Model):
    """What was said or written in a recording, readable and searchable in Odoo."""

    _name = "zoom.transcript"
    _description = "Zoom Transcript"
    _order = "start desc, id desc"

    recording_id = fields.Many2one("zoom.recording", required=True, ondelete="cascade", index=True)
    instance_id = fields.Many2one(
        related="recording_id.instance_id", store=True, index=True, string="Held meeting"
    )
    meeting_id = fields.Many2one(related="recording_id.meeting_id", store=True, index=True)
    company_id = fields.Many2one(related="recording_id.company_id", store=True)
    name = fields.Char(related="recording_id.name")
    start = fields.Datetime(related="recording_id.start", store=True)
    kind = fields.Selection(related="recording_id.kind", store=True)
    turn_ids = fields.One2many("zoom.transcript.turn", "transcript_id", "What was said")
    turn_count = fields.Integer("Turns", readonly=True)
    speakers = fields.Char(readonly=True)
    body = fields.Text(readonly=True, help="All words, for searching.", groups="base.group_no_one")
    is_readable = fields.Boolean(
        "Readable for me",
        compute="_compute_is_readable",
        search="_search_is_readable",
        help="Whoever may see the recording may read its text.",
    )
    text_search = fields.Char(
        "Text", compute="_compute_text_search", search="_search_text", help="Words of the text"
    )

    _recording_unique = Constraint("UNIQUE (recording_id)", "There is one transcript per file.")

    def init(self):
        # Odoo has no way to declare an index for full-text search.
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS zoom_transcript_body_words ON zoom_transcript"
            " USING gin (to_tsvector('simple', coalesce(body, '')))"
        )

    @api.depends("recording_id")
    @api.depends_context("uid")
    def _compute_is_readable(self):
        # Record rules are judged with sudo; the question is what the user himself may see.
        readable = self.recording_id.sudo(False)._filtered_access("read")
        for text in self:
            text.is_readable = text.recording_id.sudo(False) in readable

    @api.model
    def _search_is_readable(self, operator, value):
        wanted = any(value) if operator in ("in", "not in") else bool(value)
        recordings = self.env["zoom.recording"].sudo(False)._search([])
        positive = wanted == (operator in ("=", "in"))
        return [("recording_id", "in" if positive else "not in", recordings)]

    def _compute_text_search(self):
        self.text_search = False

    @api.model
    def _search_text(self, operator, value):
        """Find texts by words, in any order; "a phrase", OR and -without work as in web searches."""
        words = [value] if isinstance(value, str) else list(value or ())
        words = [word for word in words if isinstance(word, str) and word.strip()]
        if not words:
            return [(0, "=", 1)]
        ids = []
        for word in words:
            rows = self.env.execute_query(
                SQL(
                    "SELECT id FROM zoom_transcript WHERE to_tsvector('simple', coalesce(body, ''))"
                    " @@ (websearch_to_tsquery('simple', %s) || to_tsquery('simple', %s))",
                    word,
                    _beginning(word),
                )
            )
            ids += [row[0] for row in rows]
        return [("id", "not in" if operator.startswith(("not", "!")) else "in", ids)]

    @api.model
    def _read_file(self, recording):
        """Make the readable text of a recording's file, where it has one."""
        if recording.kind not in READABLE and recording.file_type != "TIMELINE":
            return self.browse()
        if recording.stored_size > LARGEST:
            return self.browse()
        data = b"".join(recording._file_pieces())
        try:
            turns = transcript.read(recording.file_type, recording.file_extension or "", data)
        except transcript.Unreadable as exc:
            recording._log_action(
                self.env._("The file cannot be shown as text (%(reason)s).", reason=str(exc))
            )
            return self.browse()
        self.search([("recording_id", "=", recording.id)]).unlink()
        speakers = sorted({turn.speaker for turn in turns if turn.speaker})
        return self.create(
            {
                "recording_id": recording.id,
                "turn_count": len(turns),
                "speakers": ", ".join(speakers)[:500],
                "body": "\n".join(f"{turn.speaker}: {turn.text}" for turn in turns),
                "turn_ids": [
                    (
                        0,
                        0,
                        {
                            "sequence": index,
                            "start": turn.start,
                            "stop": turn.stop,
                            "speaker": turn.speaker,
                            "text": turn.text,
                        },
                    )
                    for index, turn in enumerate(turns)
                ],
            }
        )

    def action_open(self):
        """Open the recording with its text."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "zoom.recording",
            "res_id": self.recording_id.id,
            "view_mode": "form",
        }


class ZoomTranscriptTurn(models.Model):
    _name = "zoom.transcript.turn"
    _description = "Zoom Transcript Turn"
    _order = "transcript_id, sequence, id"
    _rec_name = "speaker"

    transcript_id = fields.Many2one(
        "zoom.transcript", required=True, ondelete="cascade", index=True
    )
    meeting_id = fields.Many2one(related="transcript_id.meeting_id", store=True, index=True)
    company_id = fields.Many2one(related="transcript_id.company_id", store=True)
    sequence = fields.Integer(required=True)
    start = fields.Float("At", readonly=True, help="Seconds from the beginning of the recording")
    stop = fields.Float("Until", readonly=True, help="Seconds")
    speaker = fields.Char(readonly=True)
    text = fields.Text(readonly=True)


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    transcript_ids = fields.One2many("zoom.transcript", "recording_id")
    transcript_search = fields.Char(
        "Words in the transcript", compute="_compute_transcript_search", search="_search_transcript"
    )
    has_transcript = fields.Boolean(compute="_compute_has_transcript")

    def _compute_has_transcript(self):
        for file in self:
            file.has_transcript = bool(file.transcript_ids)

    def _compute_transcript_search(self):
        self.transcript_search = False

    @api.model
    def _search_transcript(self, operator, value):
        found = self.env["zoom.transcript"].search([("text_search", operator, value)])
        return [("id", "in", found.recording_id.ids)]

    def read_transcript(self):
        """Return what the viewer shows; for who may read the recording.

        :return: dict turns -> list of [start, stop, speaker, text], media -> address and kind of a
            recording of the same span that Odoo can play, or False
        """
        self.ensure_one()
        self.check_access("read")
        turns = self.transcript_ids.turn_ids
        media = self._playable()
        return {
            "turns": [
                [turn.start, turn.stop, turn.speaker or "", turn.text or ""] for turn in turns
            ],
            "media": media
            and {"url": f"/web/content/{media.attachment_id.id}", "kind": media.kind},
        }

    def _playable(self):
        """Return the recording in Odoo that can be played beside this text, video before audio."""
        files = self if self.kind in ("video", "audio") else self.instance_id.recording_ids
        files = files.filtered(
            lambda file: (
                file.kind in ("video", "audio")
                and file.attachment_id
                and file.recording_type != "audio_only_each_participant"
                and (file == self or not self.start or not file.start or file.start == self.start)
            )
        )
        return files.sorted(lambda file: (file.kind != "video", file.id))[:1]


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    transcript_ids = fields.One2many("zoom.transcript", "instance_id", "Transcripts")
    transcript_search = fields.Char(
        "Words in the transcript", compute="_compute_transcript_search", search="_search_transcript"
    )

    def _compute_transcript_search(self):
        self.transcript_search = False

    @api.model
    def _search_transcript(self, operator, value):
        found = self.env["zoom.transcript"].search([("text_search", operator, value)])
        return [("id", "in", found.instance_id.ids)]

    def action_open_transcripts(self):
        action = self._open("zoom.transcript", self.env._("Transcripts"))
        return {**action, "context": {"create": False}}


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    transcript_search = fields.Char(
        "Words in the transcript", compute="_compute_transcript_search", search="_search_transcript"
    )

    def _compute_transcript_search(self):
        self.transcript_search = False

    @api.model
    def _search_transcript(self, operator, value):
        found = self.env["zoom.transcript"].search([("text_search", operator, value)])
        return [("id", "in", found.meeting_id.ids)]


def _beginning(text):
    """Return a tsquery for texts that have a word beginning like each of the given ones."""
    if _OPERATORS.search(text):
        return ""
    words = ["".join(c for c in word if c.isalnum()) for word in text.split()]
    return " & ".join(f"{word}:*" for word in words if word)
