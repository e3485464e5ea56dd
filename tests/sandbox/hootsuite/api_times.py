"""Times as Hootsuite writes them."""

import time
from datetime import datetime

from ..core.clock import iso, parse_iso


def stamp(moment: datetime | None) -> str | None:
    """Seconds precision, or null: members, teams, messages."""
    return iso(moment) if moment is not None else None


def stamp_ms(moment: datetime) -> str:
    """Milliseconds precision: history, comments and platform events."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_utc(text: object) -> datetime:
    """A time that a client sent; only UTC written with Z is taken. Raises ValueError."""
    if not isinstance(text, str) or not text.endswith("Z") or "T" not in text:
        raise ValueError(f"{text!r} is not an ISO-8601 time in UTC ending in Z")
    return parse_iso(text)


def nano_text(nanoseconds: int) -> str:
    """UTC text with nine digits, as the Inbox dates its bodies."""
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{rest:09d}Z"
