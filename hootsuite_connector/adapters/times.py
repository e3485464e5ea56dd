"""Hootsuite's times: ISO-8601 with up to nine digits of a second, always with a zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

UTC = timezone.utc
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})\d*)?\s*"
    r"(Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
#: Later than any post can be; a wrong unit (ms for s) gives such dates.
_LATEST_YEAR = 2200


def parse_moment(value: object) -> datetime:
    """Return a vendor time as aware UTC with microseconds; no zone means UTC.

    The REST API writes seconds, events milliseconds, Inbox micro- or nanoseconds (fact: samples of
    the specifications).

    :raises ValueError: it is no such time
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("expected a time")
    day, clock, fraction, zone = match.groups()
    if len(clock) == 5:
        clock += ":00"
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    if not 1990 <= moment.year <= _LATEST_YEAR:
        raise ValueError("expected a time of this age")
    if fraction:
        moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    if zone and zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        offset = timedelta(hours=hours, minutes=minutes)
        moment = moment - offset if zone[0] == "+" else moment + offset
    return moment


def write_moment(moment: datetime) -> str:
    """Return a time as Hootsuite takes it: UTC, whole seconds, ending in ``Z`` (other zones are
    refused on scheduledSendTime; REST specification)."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
