"""Dates of a recurring meeting ("Recurrence object" page), counted in the meeting's own zone.

A series at 09:00 in Madrid stays at 09:00 in Madrid when the clocks change, so its UTC hour moves.
"""

from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from ..core.clock import parse_iso

MAX_OCCURRENCES = 60
LIMITS = {1: 99, 2: 50, 3: 10}
# Zoom counts Sunday as 1; dateutil's weekday objects count Monday as 0.
WEEKDAYS = {
    1: rrule.SU,
    2: rrule.MO,
    3: rrule.TU,
    4: rrule.WE,
    5: rrule.TH,
    6: rrule.FR,
    7: rrule.SA,
}


class RecurrenceInvalid(ValueError):
    """A field of the recurrence object is missing or wrong; ``field`` names it."""

    def __init__(self, field: str):
        super().__init__(field)
        self.field = field


def _number(
    recurrence: dict, field: str, low: int, high: int, default: int | None = None
) -> int | None:
    value = recurrence.get(field, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RecurrenceInvalid(f"recurrence.{field}")
    return value


def _weekdays(text: object) -> list:
    try:
        days = [int(day) for day in str(text).split(",")]
        return [WEEKDAYS[day] for day in days]
    except (ValueError, KeyError) as error:
        raise RecurrenceInvalid("recurrence.weekly_days") from error


def check(recurrence: dict) -> dict:
    """The recurrence with defaults filled in. Raises RecurrenceInvalid."""
    kind = recurrence.get("type")
    if kind not in (1, 2, 3):
        raise RecurrenceInvalid("recurrence.type")
    result = {"type": kind}
    result["repeat_interval"] = _number(recurrence, "repeat_interval", 1, LIMITS[kind], 1)
    if kind == 2:
        _weekdays(recurrence.get("weekly_days"))
        result["weekly_days"] = str(recurrence["weekly_days"])
    if kind == 3:
        day = _number(recurrence, "monthly_day", 1, 31)
        week = _number(recurrence, "monthly_week", -1, 4)
        if day is None and not week:
            raise RecurrenceInvalid("recurrence.monthly_day")
        if day is not None:
            result["monthly_day"] = day
        else:
            result["monthly_week"] = week
            result["monthly_week_day"] = _number(recurrence, "monthly_week_day", 1, 7)
            if result["monthly_week_day"] is None:
                raise RecurrenceInvalid("recurrence.monthly_week_day")
    times = _number(recurrence, "end_times", 0, MAX_OCCURRENCES)
    if recurrence.get("end_date_time"):
        try:
            parse_iso(recurrence["end_date_time"])
        except (ValueError, AttributeError) as error:
            raise RecurrenceInvalid("recurrence.end_date_time") from error
        result["end_date_time"] = recurrence["end_date_time"]
    elif times is not None:
        result["end_times"] = times
    return result


def dates(recurrence: dict, start: datetime, zone: str) -> list[datetime]:
    """UTC starts of the series, the first at or after ``start``; at most 60 of them."""
    tz = ZoneInfo(zone)
    local = start.astimezone(tz).replace(tzinfo=None)
    options: dict = {"dtstart": local, "interval": recurrence["repeat_interval"]}
    kind = recurrence["type"]
    if kind == 2:
        # Zoom's weeks begin on Sunday, which matters for intervals of two weeks and more.
        options.update(byweekday=_weekdays(recurrence["weekly_days"]), wkst=rrule.SU)
    elif kind == 3 and "monthly_day" in recurrence:
        options["bymonthday"] = recurrence["monthly_day"]
    elif kind == 3:
        weekday = WEEKDAYS[recurrence["monthly_week_day"]]
        options["byweekday"] = weekday(recurrence["monthly_week"])
    count = MAX_OCCURRENCES
    if recurrence.get("end_date_time"):
        until = parse_iso(recurrence["end_date_time"]).astimezone(tz)
        options["until"] = until.replace(tzinfo=None)
    elif recurrence.get("end_times"):
        count = recurrence["end_times"]
    frequency: Any = {1: rrule.DAILY, 2: rrule.WEEKLY, 3: rrule.MONTHLY}[kind]
    rule = rrule.rrule(frequency, count=None if "until" in options else count, **options)
    found = []
    for moment in rule:
        found.append(moment.replace(tzinfo=tz).astimezone(timezone.utc))
        if len(found) >= count:
            break
    return found
