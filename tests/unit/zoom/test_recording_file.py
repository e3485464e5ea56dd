"""Receiving a file piece by piece: every way a download can break, and names that fit everywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zoom_connector.tools import recording_file as rf

DATA = bytes(range(256)) * 4096  # 1 MiB, no two offsets within 256 alike


class Cut(Exception):
    pass


class OutOfRange(Exception):
    pass


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: Iterator[bytes], length: int):
        self.status, self.headers, self.length = status, headers, length
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return self._body


class Vendor:
    """Serves ``data``; ``cuts`` are the bytes after which each answer breaks, in order."""

    def __init__(self, data: bytes = DATA, cuts: tuple[int, ...] = (), ranges: bool = True) -> None:
        self.data, self.cuts, self.ranges = data, list(cuts), ranges
        self.etag, self.kind, self.asked = '"v1"', "video/mp4", []
        self.shift = 0

    @contextmanager
    def open(self, start: int) -> Iterator[Answer]:
        self.asked.append(start)
        if start and self.ranges and start >= len(self.data):
            raise OutOfRange
        partial = bool(start) and self.ranges
        body = self.data[start:] if partial else self.data
        headers = {"etag": self.etag, "content-type": self.kind}
        if partial:
            last = len(self.data) - 1
            headers["content-range"] = f"bytes {start + self.shift}-{last}/{len(self.data)}"
        cut = self.cuts.pop(0) if self.cuts else None

        def pieces() -> Iterator[bytes]:
            sent = 0
            while sent < len(body):
                stop = min(sent + 10_000, len(body))
                if cut is not None and stop > cut:
                    yield body[sent:cut]
                    raise Cut
                yield body[sent:stop]
                sent = stop

        yield Answer(206 if partial else 200, headers, pieces(), len(body))


def fetch(path: Path, vendor: Vendor, so_far: rf.Received | None = None, **options) -> rf.Received:
    marks = options.pop("marks", [])
    return rf.receive(
        str(path),
        vendor.open,
        options.pop("expected", len(vendor.data)),
        so_far=so_far or rf.Received(0),
        deadline=options.pop("deadline", 1e9),
        cut=(Cut,),
        out_of_range=lambda exc: isinstance(exc, OutOfRange),
        mark=lambda state: marks.append((state.size, state.etag)),
        clock=options.pop("clock", lambda: 0.0),
    )


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "1.part"


def test_a_whole_file(part: Path) -> None:
    state = fetch(part, Vendor())
    assert (state.done, state.size, part.read_bytes() == DATA) == (True, len(DATA), True)


def test_three_cuts_go_on_at_the_byte_where_it_broke(part: Path) -> None:
    vendor = Vendor(cuts=(100_000, 200_001, 7))
    assert fetch(part, vendor).done
    assert vendor.asked == [0, 100_000, 300_001, 300_008]
    assert part.read_bytes() == DATA


def test_cuts_without_a_byte_in_between_end_the_attempt(part: Path) -> None:
    vendor = Vendor(cuts=(5000, 0, 0, 0, 0))
    marks: list = []
    with pytest.raises(Cut):
        fetch(part, vendor, marks=marks)
    assert vendor.asked == [0, 5000, 5000, 5000]
    assert marks[-1] == (5000, '"v1"')  # what came is not lost
    assert fetch(part, Vendor(), rf.Received(*marks[-1])).done
    assert part.read_bytes() == DATA


def test_what_was_never_made_safe_is_fetched_again(part: Path) -> None:
    part.write_bytes(DATA[:5000] + bytes(300))  # a power cut may leave zeros at the end
    vendor = Vendor()
    assert fetch(part, vendor, rf.Received(5000, '"v1"')).done
    assert vendor.asked == [5000]
    assert part.read_bytes() == DATA


def test_a_lost_partial_file_begins_anew(part: Path) -> None:
    vendor = Vendor()
    assert fetch(part, vendor, rf.Received(5000, '"v1"')).done
    assert vendor.asked == [0]


def test_a_vendor_without_ranges_sends_all_again(part: Path) -> None:
    vendor = Vendor(cuts=(100_000,), ranges=False)
    assert fetch(part, vendor).done
    assert part.read_bytes() == DATA


def test_another_version_of_the_file_begins_anew(part: Path) -> None:
    part.write_bytes(b"x" * 5000)
    vendor = Vendor()
    assert fetch(part, vendor, rf.Received(5000, '"v0"')).done
    assert vendor.asked == [5000, 0]
    assert part.read_bytes() == DATA


def test_out_of_range_begins_anew_once(part: Path) -> None:
    part.write_bytes(b"x" * (len(DATA) + 5))
    vendor = Vendor()
    state = fetch(part, vendor, rf.Received(len(DATA) + 5, ""), expected=0)
    assert state.done
    assert vendor.asked == [len(DATA) + 5, 0]


def test_time_over_stops_and_tells_what_is_safe(part: Path) -> None:
    ticks = iter(range(10_000))
    marks: list = []
    state = fetch(part, Vendor(), deadline=10.0, clock=lambda: float(next(ticks)), marks=marks)
    assert not state.done
    assert 0 < state.size < len(DATA)
    assert marks[-1][0] == state.size == part.stat().st_size


def test_complete_file_needs_no_call(part: Path) -> None:
    part.write_bytes(DATA)
    vendor = Vendor()
    assert fetch(part, vendor, rf.Received(len(DATA))).done
    assert vendor.asked == []


def test_announced_size_differs_from_what_zoom_said(part: Path) -> None:
    with pytest.raises(rf.BadFile, match="announced"):
        fetch(part, Vendor(), expected=len(DATA) - 1)


def test_too_short_without_a_broken_connection(part: Path) -> None:
    vendor = Vendor()
    vendor.data = DATA[:-3]
    with pytest.raises(rf.BadFile):
        fetch(part, vendor, expected=len(DATA))


def test_another_part_than_asked_for(part: Path) -> None:
    part.write_bytes(DATA[:5000])
    vendor = Vendor()
    vendor.shift = 1
    with pytest.raises(rf.BadFile, match="another part"):
        fetch(part, vendor, rf.Received(5000))


def test_a_web_page_is_no_recording(part: Path) -> None:
    vendor = Vendor()
    vendor.kind = "text/html; charset=utf-8"
    with pytest.raises(rf.BadFile, match="web page"):
        fetch(part, vendor)


def test_digests(part: Path) -> None:
    part.write_bytes(DATA)
    found = rf.digest_file(str(part))
    assert found == rf.Digests(
        len(DATA),
        hashlib.sha1(DATA, usedforsecurity=False).hexdigest(),
        hashlib.sha256(DATA).hexdigest(),
    )


@pytest.mark.parametrize(
    ("extension", "head", "right"),
    [
        ("MP4", b"\0\0\0\x18ftypmp42", True),
        ("MP4", b"<!DOCTYPE html><html>", False),
        ("M4A", b"\0\0\0\x18ftypM4A ", True),
        ("VTT", b"\xef\xbb\xbfWEBVTT\n", True),
        ("VTT", b"{}", False),
        ("JSON", b' {"timeline": []}', True),
        ("JSON", b"<html>", False),
        ("TXT", b"00:00:12\tAda:\tHello", True),
        ("TXT", b"\n<!doctype HTML>", False),
    ],
)
def test_first_bytes(extension: str, head: bytes, right: bool) -> None:
    if right:
        rf.check_content(extension, head)
    else:
        with pytest.raises(rf.BadFile):
            rf.check_content(extension, head)


@pytest.mark.parametrize(
    ("parts", "extension", "taken", "name"),
    [
        (["Kick-off", "gallery view"], "MP4", [], "Kick-off - gallery view.mp4"),
        (["a/b\\c:d", ""], "MP4", [], "a b c d.mp4"),
        (["../../etc/passwd"], "TXT", [], "etc passwd.txt"),
        (["x" * 300], "VTT", [], "x" * 120 + ".vtt"),
        (["a"], "MP4", ["A.mp4"], "a (2).mp4"),
        (["a"], "MP4", ["a.mp4", "a (2).mp4"], "a (3).mp4"),
        (["\n\t"], "MP4", [], "recording.mp4"),
        (["a"], "p/h.p", [], "a.php"),
        (["e\u0301"], "", [], "é"),
    ],
)
def test_names(parts: list[str], extension: str, taken: list[str], name: str) -> None:
    assert rf.safe_name(parts, extension, set(taken)) == name


def test_nothing_is_offered_as_a_page() -> None:
    assert rf.mime_type("HTML") == rf.mime_type("SVG") == "application/octet-stream"
    assert rf.mime_type("MP4") == "video/mp4"
