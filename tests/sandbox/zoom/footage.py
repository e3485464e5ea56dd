"""Generated recording files of an instance: video, audio, chat, timeline, transcript."""

import json
from datetime import datetime, timedelta

from ..core import media
from .half import ZoomHalf
from .world import Instance, Recording, RecordingFile

LINES = (
    "Good morning, everybody.",
    "Can you see my screen?",
    "Let us start with the open points.",
    "¿Podemos mover la fecha de entrega?",
    "Yes, that works for us.",
    "I will send the notes later.",
    "Merci, très clair.",
    "One question about the budget.",
    "Agreed. Next item, please.",
)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _names(instance: Instance) -> list[str]:
    return [stay.name for stay in instance.stays if stay.status == "in_meeting"] or ["Host"]


def transcript(instance: Instance, start: datetime, end: datetime) -> media.Content:
    """A WEBVTT file with a cue every half minute."""
    names = _names(instance)
    lines = ["WEBVTT", ""]
    length = (end - start).total_seconds()
    for index in range(min(40, max(1, int(length // 30)))):
        at = index * 30
        stop = min(length, at + 25)
        lines += [
            str(index + 1),
            f"{_clock(at)}.000 --> {_clock(stop)}.000",
            f"{names[index % len(names)]}: {LINES[index % len(LINES)]}",
            "",
        ]
    return media.text("\r\n".join(lines))


def chat(instance: Instance, start: datetime) -> media.Content:
    names = _names(instance)
    rows = [
        f"{_clock(index * 90 + 12)}\t{name}:\t{LINES[(index + 2) % len(LINES)]}"
        for index, name in enumerate(names[:12])
    ]
    return media.text("\r\n".join(rows) + "\r\n")


def timeline(instance: Instance, start: datetime) -> media.Content:
    marks = [
        {
            "ts": _clock(index * 45) + ".000",
            "users": [{"username": name, "multiple_people": False, "user_id": str(index)}],
        }
        for index, name in enumerate(_names(instance)[:20])
    ]
    return media.text(json.dumps({"timeline": marks}, ensure_ascii=False, separators=(",", ":")))


def record(
    half: ZoomHalf,
    instance: Instance,
    cycles: list[tuple[datetime, datetime]],
    *,
    sizes: dict | None = None,
    audio_of: list[str] | None = None,
) -> Recording:
    """Give the instance a recording with one set of files per start/stop cycle.

    sizes: bytes of the MP4 and M4A files, e.g. {"MP4": 5_000_000_000}; audio_of: names that get an audio
    file of their own.
    """
    ids = half.world.ids
    sizes = {"MP4": half.limits.video_size, "M4A": half.limits.audio_size, **(sizes or {})}
    recording = Recording(ids.word(24), ids.word(8), ids.word(40))
    instance.recording = recording

    def add(start, end, file_type, extension, kind, content, name="", into=recording.files):
        file = RecordingFile(
            ids.guid(),
            ids.word(32),
            start,
            end,
            file_type,
            extension,
            kind,
            content,
            file_name=name,
        )
        into.append(half.world.add_file(instance, file))

    for start, end in cycles:
        seconds = int((end - start).total_seconds())
        seed = f"{instance.uuid}{start}"
        video = media.video(sizes["MP4"], seed, seconds)
        audio = media.video(sizes["M4A"], seed + "a", seconds, audio=True)
        add(start, end, "MP4", "MP4", "shared_screen_with_speaker_view", video)
        add(start, end, "M4A", "M4A", "audio_only", audio)
        add(start, end, "CHAT", "TXT", "chat_file", chat(instance, start))
        add(start, end, "TIMELINE", "JSON", "timeline", timeline(instance, start))
    start, end = cycles[0]
    add(start, end, "TRANSCRIPT", "VTT", "audio_transcript", transcript(instance, start, end))
    for name in audio_of or []:
        content = media.video(sizes["M4A"], f"{instance.uuid}{name}", audio=True)
        add(
            start,
            end,
            "M4A",
            "M4A",
            "audio_only_each_participant",
            content,
            f"Audio only - {name}",
            recording.audio_files,
        )
    recording.transcript_at = end + timedelta(minutes=9)
    return recording
