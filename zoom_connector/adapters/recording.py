"""Cloud recordings (vendor pages "List all recordings", "Get meeting recordings", ``recording.*`` events).

Passcodes and download tokens are left out on purpose: they are secrets, and a fresh token comes with
every reading of the recording.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .meeting import SCHEDULED
from .times import utc_text
from .wire import (
    Day,
    Flag,
    HardId,
    Issue,
    Items,
    Minutes,
    Moment,
    Number,
    OptEmail,
    OptId,
    OptMeetingId,
    OptNumber,
    OptWeb,
    Size,
    Text,
    Wire,
    Zone,
    order,
)


class RecordingFile(Wire):
    """One file. ``file_id`` is Zoom's id, or one derived from kind and start for files that have none
    (``TIMELINE``, ``CC``): see ``has_vendor_id``. ``file_size`` in bytes, 0 when not told. Vendor words
    for ``file_type`` (MP4, M4A, CHAT, TRANSCRIPT, CSV, TB, CC, CHAT_MESSAGE, SUMMARY, TIMELINE),
    ``file_extension`` and ``recording_type``; new ones are kept as they come."""

    WHAT: ClassVar[str] = "recording file"

    vendor_id: OptId = Field(None, alias="id")
    file_type: Text = ""
    file_extension: Text = ""
    recording_type: Text = ""
    file_name: Text = ""
    file_size: Size = 0
    start: Moment = Field(None, alias="recording_start")
    stop: Moment = Field(None, alias="recording_end")
    status: Text = "completed"
    play_url: OptWeb = None
    download_url: OptWeb = None
    deleted_at: Moment = Field(None, alias="deleted_time")
    file_id: Text = ""

    @property
    def has_vendor_id(self) -> bool:
        """False when Zoom gave the file no id, so that it cannot be addressed by its own in the API."""
        return self.vendor_id is not None

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        self.stop = order(self.start, self.stop, issues, "recording_end", "recording")


class RecordingSet(Wire):
    """What was recorded of one meeting instance. ``uuid`` names the instance. Bulk events tell only the
    uuid and, as ``files``, bare ids."""

    WHAT: ClassVar[str] = "recording"

    uuid: HardId
    zoom_id: OptMeetingId = Field(None, alias="id")
    host_id: OptId = None
    host_email: OptEmail = None
    account_id: OptId = None
    topic: Text = ""
    type: Number = SCHEDULED
    start: Moment = Field(None, alias="start_time")
    timezone: Zone = "UTC"
    duration_minutes: Minutes = Field(0, alias="duration")
    total_size: Size = 0
    recording_count: OptNumber = None
    share_url: OptWeb = None
    auto_delete: Flag = False
    auto_delete_date: Day = None
    on_prem: Flag = False
    files: Annotated[list[RecordingFile], Items] = Field(
        default_factory=list, alias="recording_files"
    )
    audio_files: Annotated[list[RecordingFile], Items] = Field(
        default_factory=list, alias="participant_audio_files"
    )

    @property
    def all_files(self) -> list[RecordingFile]:
        """Shared files and each person's own audio, in the vendor's order."""
        return [*self.files, *self.audio_files]

    @classmethod
    def _prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        for key, defaults in (
            ("recording_files", {}),
            # These rows come without kind, see the sample of "Get meeting recordings".
            ("participant_audio_files", {"recording_type": "audio_only_each_participant"}),
        ):
            rows = data.get(key)
            if isinstance(rows, list):
                data[key] = [{**defaults, **row} if isinstance(row, dict) else row for row in rows]
        return data

    def _check(self, issues: list[Issue], broken: set[str]) -> None:
        for name in ("files", "audio_files"):
            kept, seen = [], set()
            for file in getattr(self, name):
                file.file_id = file.vendor_id or derived_file_id(self.uuid, file)
                if not (file.vendor_id or file.file_type or file.recording_type):
                    issues.append(
                        Issue(
                            field="recording_files",
                            message="Zoom listed a recording file without id and kind; it was left out.",
                            remedy="Run Reconcile later: Zoom may still be preparing the recording.",
                        )
                    )
                elif file.file_id not in seen:
                    seen.add(file.file_id)
                    kept.append(file)
            setattr(self, name, kept)


def derived_file_id(uuid: str, file: RecordingFile) -> str:
    """A stable id for a file without one: the same for webhook and API, different per segment."""
    start: datetime | None = file.start
    # Either list may leave the recording type out, so the file type decides where there is one.
    kind = file.file_type or file.recording_type
    parts = (uuid, kind, utc_text(start) if start else "")
    return "derived-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
