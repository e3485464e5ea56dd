"""Zoom's times and time zones.

Facts from the vendor pages "Using Zoom APIs" (time formats) and "Abbreviation lists" (zone ids).
"""

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = timezone.utc  # noqa: UP017 (Odoo 18 still runs on Python 3.10)

# Names on Zoom's list that are abbreviations or retired names. A name is only translated when the
# machine's own zone data does not know it (slim distributions leave the retired ones out); "SST" is
# Zoom's word for the Solomon Islands and exists nowhere else.
ZOOM_ZONES = {
    "America/Araguaina": "America/Araguaina",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Montreal": "America/Toronto",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Dacca": "Asia/Dhaka",
    "Asia/Istanbul": "Europe/Istanbul",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
    "Australia/ACT": "Australia/Sydney",
    "Australia/Canberra": "Australia/Sydney",
    "Canada/Atlantic": "America/Halifax",
    "CET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "EST": "America/Panama",
    "EST5EDT": "America/New_York",
    "CST6CDT": "America/Chicago",
    "MST7MDT": "America/Denver",
    "PST8PDT": "America/Los_Angeles",
    "Etc/Greenwich": "Etc/GMT",
    "Etc/UTC": "UTC",
    "Europe/Kiev": "Europe/Kyiv",
    "Europe/Kyiv": "Europe/Kiev",
    "GMT": "Etc/GMT",
    "Greenwich": "Etc/GMT",
    "HST": "Pacific/Honolulu",
    "MET": "Europe/Brussels",
    "MST": "America/Phoenix",
    "Pacific/Midway": "Pacific/Pago_Pago",
    "SST": "Pacific/Guadalcanal",
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
    "US/Samoa": "Pacific/Pago_Pago",
    "WET": "Europe/Lisbon",
    "Z": "UTC",
}

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_DIGITS = re.compile(r"\d{9,17}", re.ASCII)
# Vendor times outside these years are typing errors or attacks; they also break zone arithmetic.
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
# Epoch numbers below this are seconds, above it milliseconds (1e11 s is the year 5138).
_MILLISECONDS_FROM = 10**11


@lru_cache(maxsize=1024)
def known_zone(name: str) -> str | None:
    """The IANA zone for a Zoom zone id, or None when nobody knows it.

    The vendor's spelling stays whenever this machine's zone data has it, so that a zone survives the
    way to Odoo and back unchanged.
    """
    for candidate in (name, ZOOM_ZONES.get(name)):
        if candidate and _exists(candidate):
            return candidate
    return None


def _exists(name: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}", name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: the name is a folder of the zone data, such as "America"
        return False
    return True


def parse_moment(value: object, zone: str | None = None) -> datetime:
    """A vendor time as an aware UTC datetime.

    Takes ``2026-05-04T08:00:00Z``, offsets, fractions, a bare date, epoch seconds or milliseconds
    (number or digits). A time without offset is local time of ``zone`` (IANA name), or UTC without one.

    :raises ValueError: not a time, or outside the years 1990 to 2199
    """
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        return _within(moment)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a date and time")
    if isinstance(value, str):
        text = value.strip()
        if not _DIGITS.fullmatch(text):
            return _within(_from_text(text, zone))
        value = int(text)
    return _from_epoch(value)


def is_local(value: object) -> bool:
    """True for a text time without ``Z`` or offset, which needs the meeting's zone to be understood."""
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return bool(match and match["clock"] and not match["offset"])


def _from_text(text: str, zone: str | None) -> datetime:
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError("not a date and time")
    naive = datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}")
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    naive = naive.replace(microsecond=int(fraction))
    offset = match["offset"]
    if not offset:
        return naive.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    if offset in "Zz":
        return naive.replace(tzinfo=UTC)
    digits = offset.replace(":", "")
    delta = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return naive.replace(tzinfo=timezone(-delta if digits[0] == "-" else delta))


def _from_epoch(number: int | float) -> datetime:
    if number != number or not 0 < number < 10**15:  # NaN is unequal to itself
        raise ValueError("not a time since 1970")
    milliseconds = int(number if number >= _MILLISECONDS_FROM else number * 1000)
    # Integer arithmetic: a float of milliseconds loses the last digit.
    return _within(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds))


def _within(moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error
    if not _FIRST <= utc < _LAST:
        raise ValueError("a time outside the years 1990 to 2199")
    return utc


def to_milliseconds(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime (Zoom's occurrence ids and ``event_ts``)."""
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def utc_text(moment: datetime) -> str:
    """An aware datetime as Zoom writes UTC: ``2026-05-04T08:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def windows(first: date, last: date, days: int = 30) -> list[tuple[date, date]]:
    """The closed range of days cut into closed pieces of at most ``days`` days, oldest first.

    Report and recording lists take a month at most (vendor pages "List all recordings", "Get meeting
    reports"); what exactly counts as a month is not documented, so 30 days is the safe length.
    """
    pieces = []
    start = first
    while start <= last:
        stop = min(start + timedelta(days=days - 1), last)
        pieces.append((start, stop))
        start = stop + timedelta(days=1)
    return pieces
