"""Transcripts, chats, timelines and summaries as turns: who said what, when. No ORM."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import webvtt

# A pause (seconds) after which the same speaker begins a new turn.
PAUSE = 8.0
LONGEST_TURN = 1200
_SPEAKER = re.compile(r"^\s*([^:\n]{1,80}?)\s*:\s+(?=\S)")
_CHAT = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})\t(.*)$")
_CLOCK = re.compile(r"^(\d{1,3}):(\d{2}):(\d{2})(?:[.,](\d{1,3}))?$")
_KEY = re.compile(r"[_\s]+")


class Unreadable(Exception):
    """The file is not what its kind says."""


@dataclass
class Turn:
    """Something said, or a span in which somebody was heard.

    :ivar start: seconds from the beginning of the recording; `stop` the end of the turn
    """

    start: float
    stop: float
    speaker: str
    text: str


def read(file_type: str, extension: str, data: bytes) -> list[Turn]:
    """Return the turns of a readable recording file, in order.

    :param file_type: Zoom's word
    :raises Unreadable: broken file
    """
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if extension.upper() == "VTT":
        return _vtt(text)
    if file_type in ("CHAT", "CHAT_MESSAGE") and extension.upper() == "TXT":
        return _chat(text)
    if extension.upper() == "JSON":
        try:
            body = json.loads(text)
        except ValueError as exc:
            raise Unreadable("The file is no JSON.") from exc
        if isinstance(body, dict) and isinstance(body.get("timeline"), list):
            return _timeline(body["timeline"])
        return [Turn(0.0, 0.0, "", part) for part in _prose(body)]
    return [Turn(0.0, 0.0, "", part.strip()) for part in text.split("\n\n") if part.strip()]


def _vtt(text: str) -> list[Turn]:
    try:
        captions = webvtt.from_string(text).captions
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError) as exc:
        raise Unreadable("The file is no WebVTT.") from exc
    turns: list[Turn] = []
    for caption in captions:
        speaker, said = _who(caption)
        if not said:
            continue
        start, stop = clock(caption.start), clock(caption.end)
        last = turns[-1] if turns else None
        joined = (
            last is not None
            and last.speaker == speaker
            and start - last.stop < PAUSE
            and len(last.text) + len(said) < LONGEST_TURN
        )
        if joined:
            last.text = f"{last.text} {said}"
            last.stop = max(last.stop, stop)
        else:
            turns.append(Turn(start, stop, speaker, said))
    return turns


def _who(caption: Any) -> tuple[str, str]:
    """Return speaker and words of a caption: a voice tag, or "Name: words" as Zoom writes it."""
    said = " ".join(caption.text.split())
    voice = getattr(caption, "voice", None)
    if voice:
        return voice.strip(), said
    match = _SPEAKER.match(said)
    return (match[1], said[match.end() :].strip()) if match else ("", said)


def _chat(text: str) -> list[Turn]:
    turns: list[Turn] = []
    for line in text.split("\n"):
        match = _CHAT.match(line)
        if not match:
            if turns and line.strip():
                turns[-1].text = f"{turns[-1].text}\n{line.strip()}".strip()
            continue
        at = float(int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]))
        speaker, _tab, said = match[4].partition("\t")
        turns.append(Turn(at, at, speaker.strip().rstrip(":"), said.strip()))
    return turns


def _timeline(marks: list[Any]) -> list[Turn]:
    """Zoom's timeline says from when on somebody is heard, without words."""
    turns: list[Turn] = []
    speaking = False
    for mark in marks:
        if not isinstance(mark, dict):
            continue
        at = clock(str(mark.get("ts") or ""))
        users = mark.get("users")
        names = [
            str(user.get("username"))
            for user in (users if isinstance(users, list) else [])
            if isinstance(user, dict) and user.get("username")
        ]
        if speaking:
            turns[-1].stop = max(turns[-1].stop, at)
        speaking = bool(names)
        if names:
            turns.append(Turn(at, at, ", ".join(names), ""))
    return turns


def _prose(body: Any, name: str = "") -> list[str]:
    """Return the texts of a JSON document as paragraphs, named by their keys."""
    label = _KEY.sub(" ", name).strip().capitalize()
    if isinstance(body, dict):
        found: list[str] = []
        for key, value in body.items():
            found += _prose(value, str(key))
        return found
    if isinstance(body, list):
        if all(isinstance(item, str) for item in body):
            lines = "\n".join(f"- {item}" for item in body if item.strip())
            return [f"{label}\n{lines}" if label else lines] if lines else []
        found = []
        for item in body:
            found += _prose(item, name if not isinstance(item, dict) else "")
        return found
    text = str(body).strip() if isinstance(body, str) else ""
    # Ids and times are for programs.
    if not text or clock(text) or re.fullmatch(r"[\w+/=-]{16,}|\d[\d:TZ.+-]*", text):
        return []
    return [f"{label}: {text}" if label else text]


def clock(text: str) -> float:
    """Seconds of "H:MM:SS.mmm", 0 when it is something else."""
    match = _CLOCK.match(text.strip())
    if not match:
        return 0.0
    whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    return whole + (int(match[4].ljust(3, "0")) / 1000 if match[4] else 0.0)
