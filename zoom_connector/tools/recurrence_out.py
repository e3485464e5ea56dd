"""Rule of a calendar series -> Zoom's recurrence object, or a plain reason why Zoom has no such rule.

Sources: vendor pages "Recurrence object definitions" and "Create a meeting". The two disagree about
limits; the smaller ones are kept here, which both accept. The end is always told as a number of
dates: unlike an end date it does not depend on how Zoom reads time zones.
"""

from datetime import timedelta

from dateutil import rrule

from . import recurrence as rules
from .zoom_zones import zoom_zone

MAX_DATES = 50
MAX_INTERVAL = {rules.DAILY: 90, rules.WEEKLY: 12, rules.MONTHLY: 3}
MAX_MINUTES = 1440
KINDS = {name: kind for kind, name in rules.FREQUENCY_NAMES.items()}
DAY_NUMBERS = {name: number for number, (_field, name, _day) in rules.WEEKDAYS.items()}
# Longest distance between two dates of one step, in days; months without a day 29, 30 or 31 are
# left out by the rule, which doubles it.
STEP_DAYS = {rules.DAILY: 1, rules.WEEKLY: 7, rules.MONTHLY: 62}

REASONS = {
    "allday": "an all-day event has no time",
    "yearly": "Zoom has no yearly repetition",
    "interval": "the interval is longer than Zoom's longest one",
    "length": "it is longer than 24 hours",
    "days": "the rule names no day",
    "weeks": "the calendar's weeks do not begin on Sunday as Zoom's do, which gives other dates",
    "dates": "no date follows the rule",
    "zone": "Zoom does not know the time zone",
    "fewer": "Zoom planned fewer dates than it was asked for",
}


class CannotExpress(ValueError):
    """Zoom has no such series.

    :ivar reason: key of `REASONS`, for a text in the user's language
    """

    def __init__(self, reason):
        super().__init__(REASONS[reason])
        self.reason = reason


def to_zoom(rule, starts):
    """Return Zoom's recurrence object without its end.

    :param dict rule: rule fields of calendar.recurrence (rrule_type, interval, mon ... sun, month_by,
        day, byday, weekday)
    :param starts: naive UTC starts that follow the rule, at least one; they must be dates of Zoom's rule
    :return: dict with vendor names: type, repeat_interval, weekly_days ("2,4"), monthly_day or
        monthly_week and monthly_week_day
    :raises CannotExpress: see `REASONS`
    """
    if rule.get("rrule_type") == "yearly":
        raise CannotExpress("yearly")
    kind = KINDS.get(rule.get("rrule_type"))
    if kind is None:
        raise CannotExpress("days")
    interval = max(int(rule.get("interval") or 1), 1)
    if interval > MAX_INTERVAL[kind]:
        raise CannotExpress("interval")
    recurrence = {"type": kind, "repeat_interval": interval}
    if kind == rules.WEEKLY:
        days = [number for number, (field, _n, _d) in rules.WEEKDAYS.items() if rule.get(field)]
        if not days:
            raise CannotExpress("days")
        recurrence["weekly_days"] = ",".join(str(day) for day in days)
    elif kind == rules.MONTHLY and rule.get("month_by") == "day":
        if rule.get("weekday") not in DAY_NUMBERS or not rule.get("byday"):
            raise CannotExpress("days")
        recurrence["monthly_week"] = int(rule["byday"])
        recurrence["monthly_week_day"] = DAY_NUMBERS[rule["weekday"]]
    elif kind == rules.MONTHLY:
        if not 1 <= int(rule.get("day") or 0) <= 31:
            raise CannotExpress("days")
        recurrence["monthly_day"] = int(rule["day"])
    if not starts:
        raise CannotExpress("dates")
    _check_dates(recurrence, sorted(starts), rule["event_tz"])
    return recurrence


def _check_dates(recurrence, starts, zone):
    """Raise when Zoom's rule, counted from the first start, leaves one of the starts out."""
    found = set(dates(recurrence, starts[0], zone, last=starts[-1]))
    if not found.issuperset(starts):
        raise CannotExpress("weeks" if recurrence["type"] == rules.WEEKLY else "dates")


def dates(recurrence, first, zone, count=None, last=None):
    """Return the UTC starts that Zoom makes of a recurrence object, as a list.

    Zoom counts weeks from Sunday and keeps the wall clock of the zone.

    :param datetime first: naive UTC start of the series
    :param int count: how many, or
    :param datetime last: naive UTC start of the last one wanted
    """
    plain = dict(recurrence)
    if isinstance(plain.get("weekly_days"), str):
        plain["weekly_days"] = [int(day) for day in plain["weekly_days"].split(",")]
    rule = rules.to_rule(plain, zone)
    if rule is None:
        raise CannotExpress("days")
    if last is None:
        days = (count + 1) * STEP_DAYS[plain["type"]] * rule["interval"]
        last = first + timedelta(days=days)
    return rules.expand(rule, first, last, week_start=rrule.SU)[:count]


def ends(recurrence, count):
    """Return the recurrence object with its end: `count` dates, at most Zoom's limit."""
    return {**recurrence, "end_times": min(max(count, 1), MAX_DATES)}


def wire(recurrence):
    """Return a recurrence object as it was read, in the spelling of a request and without its end."""
    plain = {"type": recurrence["type"], "repeat_interval": recurrence.get("repeat_interval") or 1}
    days = recurrence.get("weekly_days")
    if recurrence["type"] == rules.WEEKLY and days:
        plain["weekly_days"] = days if isinstance(days, str) else ",".join(map(str, days))
    elif recurrence["type"] == rules.MONTHLY and recurrence.get("monthly_week"):
        plain["monthly_week"] = recurrence["monthly_week"]
        plain["monthly_week_day"] = recurrence.get("monthly_week_day")
    elif recurrence["type"] == rules.MONTHLY:
        plain["monthly_day"] = recurrence.get("monthly_day")
    return plain


def same_rule(one, other):
    """Return whether two recurrence objects repeat alike; ends and spelling do not count."""
    return _normal(one) == _normal(other)


def _normal(recurrence):
    if not recurrence:
        return None
    days = recurrence.get("weekly_days") or []
    if isinstance(days, str):
        days = [int(day) for day in days.split(",")]
    kind = recurrence.get("type")
    normal = {"type": kind, "interval": recurrence.get("repeat_interval") or 1}
    if kind == rules.WEEKLY:
        normal["days"] = sorted(days)
    elif kind == rules.MONTHLY and recurrence.get("monthly_week"):
        normal["week"] = (recurrence["monthly_week"], recurrence.get("monthly_week_day"))
    elif kind == rules.MONTHLY:
        normal["day"] = recurrence.get("monthly_day")
    return normal


def zone_for(zone, starts):
    """Return the zone to name to Zoom for dates in `zone`. Raises CannotExpress("zone")."""
    name = zoom_zone(zone, tuple(starts))
    if name is None:
        raise CannotExpress("zone")
    return name
