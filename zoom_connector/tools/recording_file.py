"""A recording file on its way into the file store: received piece by piece, checked, named. No ORM."""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

CHUNK = 1 << 20
#: So many bytes (or seconds) after which progress is made safe and told.
MARK_BYTES = 64 << 20
MARK_SECONDS = 5.0
#: Broken connections in a row, without one byte in between, after which the job waits.
BARREN_TRIES = 3
MIME_TYPES = {
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "txt": "text/plain",
    "vtt": "text/vtt",
    "csv": "text/csv",
    "json": "application/json",
    "jpg": "image/jpeg",
}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)$")
# What file systems, web servers and other Odoo apps (OCA dms) do not take in a name.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_LONGEST_NAME = 120


class BadFile(Exception):
    """What came is not the file that was asked for.

    :ivar again: another attempt with fresh facts about the file may help
    """

    def __init__(self, message: str, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


@dataclass
class Received:
    """Where a download stands.

    :ivar size: bytes that are safe on the disk
    :ivar etag: the vendor's mark of this version of the file, "" if it gives none
    :ivar done: the file is complete
    """

    size: int
    etag: str = ""
    done: bool = False


@dataclass(frozen=True)
class Digests:
    """SHA-1 names the file in Odoo's file store, SHA-256 is what we check later copies with."""

    size: int
    sha1: str
    sha256: str


Open = Callable[[int], AbstractContextManager[Any]]


def receive(
    path: str,
    open_at: Open,
    expected: int,
    *,
    so_far: Received,
    deadline: float,
    cut: type[Exception],
    out_of_range: Callable[[Exception], bool],
    mark: Callable[[Received], None],
    clock: Callable[[], float] = time.monotonic,
) -> Received:
    """Go on with a download until it is complete or the time is over.

    What is on the disk beyond ``so_far.size`` was never made safe and is fetched again.

    :param path: partial file; made when it does not exist
    :param open_at: opens the download from a byte on; gives ``status``, ``headers`` and the pieces
    :param expected: bytes of the whole file, 0 if unknown
    :param deadline: by ``clock``
    :param cut: raised by a broken connection
    :param out_of_range: tells whether an error says that the file has no byte there
    :param mark: told what is safe, from time to time
    :raises BadFile: what comes is not this file
    """
    state = Received(min(so_far.size, _length(path)), so_far.etag)
    barren, restarted = 0, False
    while not (expected and state.size == expected):
        if expected and state.size > expected:
            state = Received(0)
        before = state.size
        try:
            with open_at(state.size) as stream:
                _one_answer(path, stream, state, expected, deadline, mark, clock)
            if state.done:
                break
            return state
        except cut:
            # What came before the cut was written; only an empty answer counts as a failure.
            barren = barren + 1 if state.size <= before else 0
            if barren >= BARREN_TRIES or clock() > deadline:
                _make_safe(path)
                mark(state)
                raise
        except _OtherFile:
            state = Received(0)
        except Exception as exc:
            if restarted or not out_of_range(exc):
                raise
            state, restarted = Received(0), True
    _make_safe(path)
    state.done = True
    mark(state)
    return state


class _OtherFile(Exception):
    """The vendor's file is another version than the one that was begun."""


def _one_answer(
    path: str,
    stream: Any,
    state: Received,
    expected: int,
    deadline: float,
    mark: Callable[[Received], None],
    clock: Callable[[], float],
) -> None:
    """Write one answer and move ``state`` with it."""
    etag = stream.headers.get("etag") or ""
    start, total = _placed(stream, state, expected)
    if state.size and start and state.etag and etag and etag != state.etag:
        raise _OtherFile
    if "text/html" in (stream.headers.get("content-type") or "").lower():
        raise BadFile("Zoom sent a web page instead of the file.")
    if total and expected and total != expected:
        raise BadFile(f"Zoom announced {expected} bytes but sends {total}.")
    state.size, state.etag = start, etag
    marked, marked_at = start, clock()
    with open(path, "r+b" if os.path.exists(path) else "w+b", buffering=0) as file:
        file.truncate(start)
        file.seek(start)
        for piece in stream:
            if total and state.size + len(piece) > total:
                raise BadFile("Zoom sends more bytes than it announced.")
            _write_all(file, piece)
            state.size += len(piece)
            now = clock()
            if state.size - marked >= MARK_BYTES or now - marked_at >= MARK_SECONDS:
                os.fsync(file.fileno())
                mark(state)
                marked, marked_at = state.size, now
            if now > deadline and state.size != total:
                os.fsync(file.fileno())
                mark(state)
                return
    wanted = total or expected
    if wanted and state.size != wanted:
        raise BadFile(f"The file has {state.size} bytes instead of {wanted}.")
    state.done = True


def _write_all(file: Any, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _placed(stream: Any, state: Received, expected: int) -> tuple[int, int]:
    """Return from which byte on the answer is, and the size of the whole file (0 if not told)."""
    if stream.status != 206:
        # The vendor does not know ranges: the whole file comes again.
        return 0, stream.length or 0
    match = _RANGE.match(stream.headers.get("content-range") or "")
    if match is None or int(match[1]) != state.size:
        raise BadFile("Zoom sends another part of the file than was asked for.")
    return state.size, 0 if match[3] == "*" else int(match[3])


def _length(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


def _make_safe(path: str) -> None:
    if os.path.exists(path):
        with open(path, "rb") as file:
            os.fsync(file.fileno())


def digest(read: Callable[[int], bytes]) -> Digests:
    """Read a file to its end and return its digests.

    :param read: gives the next bytes, at most as many as asked for
    """
    # Odoo names files by SHA-1; that is no question of security.
    sha1, sha256, size = hashlib.sha1(usedforsecurity=False), hashlib.sha256(), 0
    while piece := read(CHUNK):
        sha1.update(piece)
        sha256.update(piece)
        size += len(piece)
    return Digests(size, sha1.hexdigest(), sha256.hexdigest())


def digest_file(path: str) -> Digests:
    """:func:`digest` of a file on the disk."""
    with open(path, "rb") as file:
        return digest(file.read)


def same_bytes(one: str, other: str) -> bool:
    """Compare two files on the disk."""
    if os.path.getsize(one) != os.path.getsize(other):
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        while True:
            left, right = first.read(CHUNK), second.read(CHUNK)
            if left != right:
                return False
            if not left:
                return True


def check_content(extension: str, head: bytes) -> None:
    """Look at the first bytes: an error page must never be kept as somebody's recording.

    :raises BadFile: this is no file of that kind
    """
    kind = extension.lower()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    right = {
        "mp4": head[4:8] == b"ftyp",
        "m4a": head[4:8] == b"ftyp",
        "vtt": start.startswith(b"WEBVTT"),
        "json": start[:1] in (b"{", b"["),
    }.get(kind, not start[:15].lower().startswith((b"<!doctype html", b"<html")))
    if not right:
        raise BadFile(f"What Zoom sent is no {kind or 'recording'} file.")


def safe_name(parts: list[str], extension: str, taken: set[str]) -> str:
    """Return a file name that every file system takes and that is not among ``taken``.

    :param taken: names in use, compared without regard to case
    """
    text = unicodedata.normalize("NFC", " - ".join(part for part in parts if part))
    stem = _FORBIDDEN.sub(" ", text)
    stem = re.sub(r"\s+", " ", stem).strip(" .")[:_LONGEST_NAME].rstrip(" .") or "recording"
    suffix = re.sub(r"[^a-z0-9]", "", extension.lower())
    suffix = f".{suffix}" if suffix else ""
    used = {name.lower() for name in taken}
    name, number = stem + suffix, 1
    while name.lower() in used:
        number += 1
        name = f"{stem} ({number}){suffix}"
    return name


def mime_type(extension: str) -> str:
    """The MIME type that a file is offered with; never one that a browser would run."""
    return MIME_TYPES.get(extension.lower(), "application/octet-stream")
