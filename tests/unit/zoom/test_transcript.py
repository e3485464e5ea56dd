"""What Zoom writes about a meeting, as turns."""

import json

import pytest

from zoom_connector.tools import transcript
from zoom_connector.tools.transcript import Turn

VTT = """WEBVTT

1
00:00:01.500 --> 00:00:04.000
Ada Host: Good morning: everybody.

2
00:00:04.500 --> 00:00:06.250
Ada Host: Can you see
my screen?

3
00:00:07.000 --> 00:00:08.000
Bob User: Yes.

4
00:01:00.000 --> 00:01:02.000
Bob User: One question.

5
01:00:00.000 --> 01:00:01.000
<v Gia Guest>¿Podemos mover la fecha?</v>

6
01:00:02.000 --> 01:00:03.000
(music)
"""


def read(text: str, file_type: str = "TRANSCRIPT", extension: str = "VTT") -> list[Turn]:
    return transcript.read(file_type, extension, text.encode())


def test_turns_join_what_one_person_says() -> None:
    assert read(VTT) == [
        Turn(1.5, 6.25, "Ada Host", "Good morning: everybody. Can you see my screen?"),
        Turn(7.0, 8.0, "Bob User", "Yes."),
        Turn(60.0, 62.0, "Bob User", "One question."),
        Turn(3600.0, 3601.0, "Gia Guest", "¿Podemos mover la fecha?"),
        Turn(3602.0, 3603.0, "", "(music)"),
    ]


def test_windows_line_ends_and_byte_order_mark() -> None:
    assert read("\ufeff" + VTT.replace("\n", "\r\n")) == read(VTT)


def test_a_broken_file_is_told() -> None:
    for text in ("", "no transcript at all"):
        with pytest.raises(transcript.Unreadable):
            read(text)
    with pytest.raises(transcript.Unreadable):
        read("{", "TIMELINE", "JSON")


def test_long_speeches_are_cut_into_turns() -> None:
    cues = "\n\n".join(
        f"00:{m:02d}:00.000 --> 00:{m:02d}:59.000\nAda: {'word ' * 50}" for m in range(20)
    )
    turns = read(f"WEBVTT\n\n{cues}\n")
    assert len(turns) > 3
    assert all(len(turn.text) <= transcript.LONGEST_TURN for turn in turns)


def test_chat() -> None:
    text = "00:01:42\tAda Host:\tHello\nsecond line\n01:00:00\tBob:\t¡Hola!\r\n\n"
    assert read(text, "CHAT", "TXT") == [
        Turn(102.0, 102.0, "Ada Host", "Hello\nsecond line"),
        Turn(3600.0, 3600.0, "Bob", "¡Hola!"),
    ]


def test_timeline() -> None:
    marks = [
        {"ts": "00:00:00.500", "users": [{"username": "Ada"}, {"username": "Bob"}]},
        {"ts": "00:00:10.000", "users": []},
        {"ts": "00:00:20.000", "users": [{"username": "Bob"}, "nonsense"]},
        "nonsense",
    ]
    assert read(json.dumps({"timeline": marks}), "TIMELINE", "JSON") == [
        Turn(0.5, 10.0, "Ada, Bob", ""),
        Turn(20.0, 20.0, "Bob", ""),
    ]


def test_summary_becomes_paragraphs_without_ids_and_times() -> None:
    body = {
        "uuid": "AbCdEfGhIjKlMnOpQrStUv==",
        "overall_summary": "We moved the date.",
        "items": [{"label": "Budget", "summary": "Approved.", "start_time": "00:01:02.000"}],
        "next_steps": ["Ada sends the notes", "Bob books a room"],
    }
    texts = [turn.text for turn in read(json.dumps(body), "SUMMARY", "JSON")]
    assert texts == [
        "Overall summary: We moved the date.",
        "Label: Budget",
        "Summary: Approved.",
        "Next steps\n- Ada sends the notes\n- Bob books a room",
    ]
