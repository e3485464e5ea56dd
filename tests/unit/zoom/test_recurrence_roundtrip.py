"""Series both ways: Odoo -> Zoom -> Odoo and Zoom -> Odoo -> Zoom give the same dates.

Odoo's side is `tools.recurrence` (what the calendar expands), Zoom's side is the sandbox's own planning.
"""

from datetime import datetime, timedelta

import pytest
import pytz
from dateutil import rrule
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.sandbox.zoom import recurrence as sandbox
from tests.unit.zoom.series_world import NOW, UTC, Zoom, wished
from zoom_connector.tools import recurrence as rules
from zoom_connector.tools import recurrence_out as out
from zoom_connector.tools import series_diff as diff
from zoom_connector.tools import zoom_zones

RUNS = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FIELDS = [field for field, _name, _day in rules.WEEKDAYS.values()]
ODD_ZONES = [
    "Europe/Madrid",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Europe/Busingen",
    "America/Indiana/Knox",
    "UTC",
]


@st.composite
def odoo_rules(draw):
    kind = draw(st.sampled_from(["daily", "weekly", "monthly"]))
    rule = {
        "rrule_type": kind,
        "interval": draw(st.integers(1, 3)),
        "event_tz": draw(st.sampled_from(ODD_ZONES)),
        **dict.fromkeys(FIELDS, False),
    }
    if kind == "weekly":
        for field in draw(st.sets(st.sampled_from(FIELDS), min_size=1)):
            rule[field] = True
    elif kind == "monthly" and draw(st.booleans()):
        names = [name for _field, name, _day in rules.WEEKDAYS.values()]
        rule.update(
            month_by="day",
            byday=draw(st.sampled_from(["-1", "1", "2", "3", "4"])),
            weekday=draw(st.sampled_from(names)),
        )
    elif kind == "monthly":
        rule.update(month_by="date", day=draw(st.integers(1, 31)))
    return rule


@st.composite
def odoo_series(draw, week_starts=(rrule.SU, rrule.MO), most=out.MAX_DATES):
    """A rule with the starts that the calendar makes of it, all ahead of NOW."""
    rule = draw(odoo_rules())
    # Not in the hour that does not exist or exists twice: its own test has it.
    clock = timedelta(
        hours=draw(st.integers(4, 23)), minutes=draw(st.sampled_from([0, 15, 30, 59]))
    )
    zone = pytz.timezone(rule["event_tz"])
    day = NOW + timedelta(days=draw(st.integers(2, 500)))
    local = datetime.combine(day.date(), datetime.min.time()) + clock
    first = zone.localize(local, is_dst=False).astimezone(pytz.utc).replace(tzinfo=None)
    count = draw(st.integers(1, most))
    starts = rules.expand(
        rule, first, first + timedelta(days=3000), week_start=draw(st.sampled_from(week_starts))
    )[:count]
    assume(starts)
    return rule, starts


def wish_of(rule, starts, minutes=45):
    return diff.Wish(
        rule["event_tz"], tuple(diff.Date(start, minutes) for start in starts), rule=rule
    )


@RUNS
@given(odoo_series(week_starts=(rrule.SU,)))
def test_odoo_to_zoom_to_odoo(series):
    rule, starts = series
    zoom = Zoom()
    plan = zoom.push(wish_of(rule, starts))
    assume(plan.note != "zone")  # told; its own test has it
    assert plan.note is None
    assert zoom.dates() == [(start, 45) for start in starts]
    known = zoom.known()
    if known.zone == rule["event_tz"]:
        assert zoom.calls == 1, "creating the series says it all"
        # Back in Odoo: the calendar's own rule, made of Zoom's answer, gives the same dates.
        back = rules.to_rule(known.recurrence, known.zone)
        assert rules.expand(back, starts[0], starts[-1]) == starts
        assert back == {name: rule.get(name, False) for name in back}


@RUNS
@given(odoo_series(week_starts=(rrule.MO, rrule.SA)))
def test_other_week_starts_give_the_same_dates_or_are_told(series):
    rule, starts = series
    zoom = Zoom()
    plan = zoom.push(wish_of(rule, starts))
    assume(plan.note != "zone")
    if plan.note is None:
        assert zoom.dates() == [(start, 45) for start in starts]
    else:
        assert plan.note == "weeks"
        assert rule["interval"] > 1
        assert zoom.known().kind == diff.NO_FIXED_TIME


@st.composite
def zoom_series(draw):
    """A recurrence object as Zoom's own pages make it, with a start and a zone."""
    kind = draw(st.sampled_from([1, 2, 3]))
    body = {"type": kind, "repeat_interval": draw(st.integers(1, out.MAX_INTERVAL[kind]))}
    if kind == 2:
        days = draw(st.sets(st.integers(1, 7), min_size=1))
        body["weekly_days"] = ",".join(str(day) for day in sorted(days))
    elif kind == 3 and draw(st.booleans()):
        body["monthly_day"] = draw(st.integers(1, 31))
    elif kind == 3:
        body["monthly_week"] = draw(st.sampled_from([-1, 1, 2, 3, 4]))
        body["monthly_week_day"] = draw(st.integers(1, 7))
    body["end_times"] = draw(st.integers(1, 50))
    zone = draw(st.sampled_from([zone for zone in ODD_ZONES if zone in zoom_zones.ZONES]))
    # 04:00 to 22:00 in the zone: outside the hours that clock changes touch.
    local = datetime(2026, 2, 1) + timedelta(
        days=draw(st.integers(0, 400)), hours=draw(st.integers(4, 22))
    )
    start = pytz.timezone(zone).localize(local).astimezone(UTC)
    return body, start, zone


@RUNS
@given(zoom_series())
def test_zoom_to_odoo_to_zoom(series):
    body, start, zone = series
    original = [
        moment.replace(tzinfo=None) for moment in sandbox.dates(sandbox.check(body), start, zone)
    ]
    assume(original)
    # The time zones of pytz, with which Odoo's calendar reckons, know clock changes up to 2037.
    assume(original[-1].year < 2038)
    days = [int(day) for day in body.get("weekly_days", "").split(",") if day]
    rule = rules.to_rule({**body, "weekly_days": days}, zone)
    in_odoo = rules.expand(rule, original[0], original[-1])
    assert in_odoo == original
    zoom = Zoom()
    zoom.push(wish_of(rule, in_odoo))
    assert zoom.dates() == [(moment, 45) for moment in original]
    assert out.same_rule(zoom.known().recurrence, body)
    # Pushing it over what Zoom made itself costs nothing.
    assert diff.plan(wish_of(rule, in_odoo), zoom.known(), NOW).operations == ()


@RUNS
@given(odoo_series(week_starts=(rrule.SU,), most=20), st.data())
def test_single_dates_moved_and_cancelled(series, data):
    rule, starts = series
    zoom = Zoom()
    wish = wish_of(rule, starts)
    assume(zoom.push(wish).note is None)
    keys = {occurrence.start: occurrence.key for occurrence in zoom.known().occurrences}
    dates = []
    for start in starts:
        fate = data.draw(st.sampled_from(["kept", "kept", "kept", "moved", "longer", "cancelled"]))
        shift = (
            timedelta(minutes=data.draw(st.integers(1, 600))) if fate == "moved" else timedelta()
        )
        if fate != "cancelled":
            dates.append(
                diff.Date(
                    start + shift,
                    90 if fate == "longer" else 45,
                    # Now and then the calendar has lost the key, as after a change of all events.
                    key=keys[start] if data.draw(st.booleans()) else None,
                    regular=fate != "moved",
                )
            )
    assume(dates)
    changed = diff.Wish(rule["event_tz"], tuple(dates), rule=rule)
    zoom.push(changed)
    assert zoom.dates() == wished(changed)
    # Said once, it is done.
    assert zoom.push(changed).operations == ()
    assert zoom.last_calls == 0


@RUNS
@given(odoo_series(week_starts=(rrule.SU,), most=30), odoo_series(week_starts=(rrule.SU,), most=30))
def test_any_series_becomes_any_other(one, other):
    zoom = Zoom()
    zoom.push(wish_of(*one))
    rule, starts = other
    second = wish_of(rule, starts, minutes=30)
    assume(zoom.push(second).note is None)
    assert zoom.dates() == wished(second)
    assert diff.plan(second, zoom.known(), NOW).operations == ()


@RUNS
@given(odoo_series(week_starts=(rrule.SU,), most=30), st.integers(0, 40), st.integers(0, 23))
def test_time_passes_and_the_rest_moves(series, passed, hours):
    rule, starts = series
    zoom = Zoom()
    zoom.push(wish_of(rule, starts))
    zoom.now = starts[min(passed, len(starts) - 1)] - timedelta(hours=1)
    later = [start + timedelta(hours=hours) for start in starts]
    days = {pytz.utc.localize(s).astimezone(pytz.timezone(rule["event_tz"])).date() for s in starts}
    moved = {pytz.utc.localize(s).astimezone(pytz.timezone(rule["event_tz"])).date() for s in later}
    assume(days == moved)  # else the rule itself would be another one
    changed = wish_of(
        rule, [s for s in starts if s <= zoom.now] + [s for s in later if s > zoom.now]
    )
    changed = diff.Wish(changed.zone, tuple(d for d in changed.dates if d.start > zoom.now), rule)
    assume(zoom.push(changed).note is None)
    assert zoom.dates() == wished(changed, zoom.now)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rrule_type": "yearly"}, "yearly"),
        ({"rrule_type": "daily", "interval": 91}, "interval"),
        ({"rrule_type": "weekly", "interval": 13, "mon": True}, "interval"),
        ({"rrule_type": "monthly", "interval": 4, "month_by": "date", "day": 5}, "interval"),
        ({"rrule_type": "weekly"}, "days"),
        ({"rrule_type": "monthly", "month_by": "day"}, "days"),
        ({"rrule_type": "monthly", "month_by": "date", "day": 0}, "days"),
        ({"rrule_type": "hourly"}, "days"),
    ],
)
def test_what_zoom_cannot_say_is_named(change, reason):
    rule = {"interval": 1, "event_tz": "UTC", **change}
    with pytest.raises(out.CannotExpress) as caught:
        out.to_zoom(rule, [datetime(2026, 3, 2, 9)])
    assert caught.value.reason == reason
    assert str(caught.value)


def test_limits_are_the_smaller_ones():
    rule = {"rrule_type": "monthly", "interval": 3, "month_by": "date", "day": 2, "event_tz": "UTC"}
    assert out.to_zoom(rule, [datetime(2026, 3, 2, 9)])["repeat_interval"] == 3
    assert out.ends({"type": 1}, 51)["end_times"] == 50
    assert out.ends({"type": 1}, 0)["end_times"] == 1


def test_wrong_first_date_is_refused_not_shifted():
    rule = {"rrule_type": "weekly", "interval": 1, "tue": True, "event_tz": "UTC"}
    with pytest.raises(out.CannotExpress):
        out.to_zoom(rule, [datetime(2026, 3, 2, 9)])  # a Monday


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Madrid", "Europe/Madrid"),
        ("Europe/Busingen", "Europe/Amsterdam"),
        ("Asia/Kolkata", "Asia/Calcutta"),
        ("Pacific/Chatham", "Pacific/Auckland"),
        ("Australia/Lord_Howe", "Australia/Hobart"),
        ("No/Where", None),
    ],
)
def test_zones_that_zoom_does_not_list(zone, expected):
    starts = [datetime(2026, month, 3, 1) for month in range(1, 13)]
    assert zoom_zones.zoom_zone(zone, starts) == expected
