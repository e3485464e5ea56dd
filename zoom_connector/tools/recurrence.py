"""Zoom recurrence <-> the rule fields of `calendar.recurrence`, without ORM.

Sources: vendor page "Recurrence object definitions" (type 1 daily, 2 weekly, 3 monthly; week days
1 = Sunday ... 7 = Saturday; `monthly_week` -1 for the last, 1-4).
"""

from datetime import datetime, time

import pytz
from dateutil import rrule

DAILY, WEEKLY, MONTHLY = 1, 2, 3
# Zoom day number -> (field of calendar.recurrence, selection value, dateutil weekday)
WEEKDAYS = {
    1: ("sun", "SUN", rrule.SU),
    2: ("mon", "MON", rrule.MO),
    3: ("tue", "TUE", rrule.TU),
    4: ("wed", "WED", rrule.WE),
    5: ("thu", "THU", rrule.TH),
    6: ("fri", "FRI", rrule.FR),
    7: ("sat", "SAT", rrule.SA),
}
FREQUENCIES = {DAILY: rrule.DAILY, WEEKLY: rrule.WEEKLY, MONTHLY: rrule.MONTHLY}
FREQUENCY_NAMES = {DAILY: "daily", WEEKLY: "weekly", MONTHLY: "monthly"}
# Same cap as the calendar app has for one series.
MAX_OCCURRENCES = 720


def to_rule(recurrence, zone):
    """Return the rule fields of calendar.recurrence (without its end), or None.

    :param dict recurrence: type, repeat_interval, weekly_days (list of int), monthly_day,
        monthly_week, monthly_week_day
    :param str zone: IANA time zone name in which the series keeps its wall-clock time
    :return: dict of values, None when the calendar has no such rule
    """
    kind = recurrence.get("type")
    if kind not in FREQUENCY_NAMES:
        return None
    rule = {
        "rrule_type": FREQUENCY_NAMES[kind],
        "interval": max(int(recurrence.get("repeat_interval") or 1), 1),
        "event_tz": zone,
    }
    rule.update({field: False for field, _name, _day in WEEKDAYS.values()})
    if kind == WEEKLY:
        days = [day for day in recurrence.get("weekly_days") or [] if day in WEEKDAYS]
        if not days:
            return None
        rule.update({WEEKDAYS[day][0]: True for day in days})
    elif kind == MONTHLY:
        week, week_day = recurrence.get("monthly_week"), recurrence.get("monthly_week_day")
        if week and week_day in WEEKDAYS and week in (-1, 1, 2, 3, 4):
            rule.update(month_by="day", byday=str(week), weekday=WEEKDAYS[week_day][1])
        elif recurrence.get("monthly_day"):
            rule.update(month_by="date", day=int(recurrence["monthly_day"]))
        else:
            return None
    return rule


def expand(rule, first, last, week_start=rrule.SU):
    """Return the UTC starts that the calendar would make from `rule`, as a list.

    Works on the wall clock of the rule's zone, the way calendar.recurrence does, so that a series
    keeps its local hour when daylight saving begins or ends.

    :param dict rule: as `to_rule` returns it
    :param datetime first: naive UTC start of the first occurrence
    :param datetime last: naive UTC start of the last occurrence wanted
    :param week_start: dateutil weekday on which the calendar's weeks begin
    """
    zone = pytz.timezone(rule["event_tz"])
    local_first = pytz.utc.localize(first).astimezone(zone).replace(tzinfo=None)
    local_last = pytz.utc.localize(last).astimezone(zone).replace(tzinfo=None)
    options = {
        "dtstart": local_first,
        "interval": rule["interval"],
        "until": datetime.combine(local_last.date(), time.max),
    }
    if rule["rrule_type"] == "weekly":
        options["byweekday"] = [day for field, _name, day in WEEKDAYS.values() if rule[field]]
        options["wkst"] = week_start
    elif rule["rrule_type"] == "monthly" and rule["month_by"] == "date":
        options["bymonthday"] = rule["day"]
    elif rule["rrule_type"] == "monthly":
        day = next(d for _f, name, d in WEEKDAYS.values() if name == rule["weekday"])
        options["byweekday"] = day(int(rule["byday"]))
    frequency = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY}
    starts = rrule.rrule(frequency[rule["rrule_type"]], **options)
    return [
        zone.localize(start, is_dst=False).astimezone(pytz.utc).replace(tzinfo=None)
        for _index, start in zip(range(MAX_OCCURRENCES), starts, strict=False)
    ]


def local_date(moment, zone):
    """Return the date that a naive UTC datetime has on the wall calendar of `zone`."""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()
