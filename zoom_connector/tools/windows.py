"""The hours of the night in which big work is done."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo


def _minutes(hours: float) -> int:
    return round(hours * 60) % 1440


def in_window(now: datetime, begin: float, end: float, zone: str) -> bool:
    """Tell whether ``now`` (naive UTC) lies in the daily window.

    :param begin: hour of the day in ``zone`` (22.5 is half past ten); equal to ``end`` means always
    """
    if _minutes(begin) == _minutes(end):
        return True
    local = now.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
    at = local.hour * 60 + local.minute
    first, last = _minutes(begin), _minutes(end)
    return first <= at < last if first < last else at >= first or at < last


def next_window(now: datetime, begin: float, end: float, zone: str) -> datetime:
    """Return when the window is next open, naive UTC; ``now`` when it is open already."""
    if in_window(now, begin, end, zone):
        return now
    local = now.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
    hour, minute = divmod(_minutes(begin), 60)
    start = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if start <= local:
        start += timedelta(days=1)
    return start.astimezone(timezone.utc).replace(tzinfo=None)
