"""Dates of a series: every kind of rule, and daylight saving time."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.core.clock import iso, parse_iso
from tests.sandbox.zoom import recurrence


def starts(rule, start, zone):
    """UTC starts as texts."""
    return [
        iso(moment) for moment in recurrence.dates(recurrence.check(rule), parse_iso(start), zone)
    ]


def test_weekly_keeps_the_local_hour_when_summer_time_ends():
    rule = {"type": 2, "repeat_interval": 1, "weekly_days": "3", "end_times": 3}
    assert starts(rule, "2026-10-20T07:00:00Z", "Europe/Madrid") == [
        "2026-10-20T07:00:00Z",
        "2026-10-27T08:00:00Z",
        "2026-11-03T08:00:00Z",
    ]


def test_weekly_keeps_the_local_hour_when_summer_time_begins():
    rule = {"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 2}
    assert starts(rule, "2026-03-02T14:00:00Z", "America/New_York") == [
        "2026-03-02T14:00:00Z",
        "2026-03-09T13:00:00Z",
    ]


def test_zone_without_summer_time_does_not_move():
    rule = {"type": 1, "repeat_interval": 30, "end_times": 3}
    assert starts(rule, "2026-09-30T03:30:00Z", "Asia/Kolkata") == [
        "2026-09-30T03:30:00Z",
        "2026-10-30T03:30:00Z",
        "2026-11-29T03:30:00Z",
    ]


def test_days_of_the_week_count_from_sunday():
    """ "1,7" is Sunday and Saturday, in the zone's days and not in UTC's."""
    rule = {"type": 2, "repeat_interval": 1, "weekly_days": "1,7", "end_times": 3}
    found = recurrence.dates(
        recurrence.check(rule), parse_iso("2026-05-02T23:30:00Z"), "America/Los_Angeles"
    )
    local = [moment.astimezone(ZoneInfo("America/Los_Angeles")) for moment in found]
    assert [moment.strftime("%a %H:%M") for moment in local] == [
        "Sat 16:30",
        "Sun 16:30",
        "Sat 16:30",
    ]


def test_every_second_week_counts_weeks_from_sunday():
    rule = {"type": 2, "repeat_interval": 2, "weekly_days": "1,2", "end_times": 4}
    assert starts(rule, "2026-05-03T08:00:00Z", "UTC") == [
        "2026-05-03T08:00:00Z",
        "2026-05-04T08:00:00Z",
        "2026-05-17T08:00:00Z",
        "2026-05-18T08:00:00Z",
    ]


def test_month_by_day_skips_months_that_lack_it():
    rule = {"type": 3, "repeat_interval": 1, "monthly_day": 31, "end_times": 3}
    assert starts(rule, "2026-01-31T10:00:00Z", "UTC") == [
        "2026-01-31T10:00:00Z",
        "2026-03-31T10:00:00Z",
        "2026-05-31T10:00:00Z",
    ]


def test_month_by_last_weekday():
    rule = {"type": 3, "monthly_week": -1, "monthly_week_day": 6, "end_times": 2}
    assert starts(rule, "2026-05-01T10:00:00Z", "UTC") == [
        "2026-05-29T10:00:00Z",
        "2026-06-26T10:00:00Z",
    ]


def test_end_date_is_utc_and_included():
    rule = {"type": 1, "end_date_time": "2026-05-06T08:00:00Z"}
    assert starts(rule, "2026-05-04T08:00:00Z", "Europe/Madrid")[-1] == "2026-05-06T08:00:00Z"


def test_no_end_stops_at_sixty():
    assert len(starts({"type": 1, "end_times": 0}, "2026-05-04T08:00:00Z", "UTC")) == 60


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"type": 4}, "recurrence.type"),
        ({"type": 1, "repeat_interval": 100}, "recurrence.repeat_interval"),
        ({"type": 2, "repeat_interval": 51, "weekly_days": "1"}, "recurrence.repeat_interval"),
        ({"type": 2}, "recurrence.weekly_days"),
        ({"type": 2, "weekly_days": "0"}, "recurrence.weekly_days"),
        ({"type": 3}, "recurrence.monthly_day"),
        ({"type": 3, "monthly_day": 32}, "recurrence.monthly_day"),
        ({"type": 3, "monthly_week": 1}, "recurrence.monthly_week_day"),
        ({"type": 1, "end_times": 61}, "recurrence.end_times"),
        ({"type": 1, "end_date_time": "soon"}, "recurrence.end_date_time"),
    ],
)
def test_wrong_field_is_named(rule, field):
    with pytest.raises(recurrence.RecurrenceInvalid) as caught:
        recurrence.check(rule)
    assert caught.value.field == field


def test_hour_that_does_not_exist_still_gives_a_date():
    """02:30 on the night when clocks go forward."""
    rule = {"type": 1, "end_times": 2}
    found = recurrence.dates(
        recurrence.check(rule), parse_iso("2026-03-28T01:30:00Z"), "Europe/Madrid"
    )
    assert found[1] - found[0] <= timedelta(hours=24)
    assert found[1].date() == datetime(2026, 3, 29, tzinfo=timezone.utc).date()
