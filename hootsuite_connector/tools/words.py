"""Finding words in what people write: accents, case and spacing do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

AT_MOST = 200
"""Letters of one entry; longer ones are cut."""
_GAP = r"[^\n]{0,40}?"


def fold(text: str) -> str:
    """Return ``text`` without accents, in lower case, with single spaces."""
    plain = unicodedata.normalize("NFKD", text or "")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = plain.replace("\u2019", "'").replace("\u00a0", " ")
    return " ".join(plain.casefold().split())


def entries(text: str) -> list[str]:
    """The entries of a list as people type it: one a line, or separated by commas."""
    return [entry for entry in (part.strip() for part in re.split(r"[\n,;]", text or "")) if entry]


def compiled(words: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all entries, None when there are none.

    A ``*`` at the end of a word stands for any ending, between words for a few words.
    """
    parts = []
    for entry in words:
        folded = fold(entry[:AT_MOST])
        if not folded.strip("* "):
            continue
        pieces = []
        for part in folded.split(" "):
            if part == "*":
                pieces.append(None)
                continue
            piece = re.escape(part.rstrip("*"))
            pieces.append(piece + (r"\w*" if part.endswith("*") else ""))
        pattern = ""
        for position, piece in enumerate(pieces):
            if piece is None:
                continue
            if pattern:
                pattern += (" " + _GAP) if pieces[position - 1] is None else " "
            pattern += piece
        start = r"(?<!\w)" if re.match(r"\w", folded) else ""
        stop = r"(?!\w)" if re.search(r"\w$", folded) else ""
        parts.append(f"{start}{pattern}{stop}")
    return re.compile("|".join(parts)) if parts else None
