"""Which calls a change of a series costs, and that the calls do what the calendar wants."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytz
from dateutil import rrule

from tests.unit.zoom.series_world import NOW, Zoom, wished, with_keys
from zoom_connector.tools import recurrence as rules
from zoom_connector.tools import series_diff as diff

MADRID = "Europe/Madrid"


def rule(**values):
    days = {field: False for field, _name, _day in rules.WEEKDAYS.values()}
    return {
        "rrule_type": "weekly",
        "interval": 1,
        "event_tz": MADRID,
        **days,
        "tue": True,
        **values,
    }


def starts(count, first=datetime(2026, 3, 10, 9), of=None):
    found = rules.expand(of or rule(), first, first + timedelta(days=2000), week_start=rrule.SU)
    return found[:count]


def series(count=5, minutes=30, of=None, **values):
    of = of or rule()
    dates = tuple(diff.Date(start, minutes) for start in starts(count, of=of))
    return diff.Wish(of["event_tz"], dates, rule=of, **values)


def created(wish):
    zoom = Zoom()
    zoom.push(wish)
    return zoom, with_keys(wish, zoom.known())


def change(wish, index, **values):
    dates = list(wish.dates)
    dates[index] = replace(dates[index], **values)
    return replace(wish, dates=tuple(dates))


def without(wish, *indexes):
    dates = tuple(date for i, date in enumerate(wish.dates) if i not in indexes)
    return replace(wish, dates=dates)


def kinds(plan):
    return [type(operation).__name__ for operation in plan.operations]


def test_series_is_one_call_and_keeps_its_hour_over_the_clock_change():
    zoom, wish = created(series())
    assert zoom.calls == 1
    # 10:00 in Madrid: 09:00 UTC before, 08:00 UTC after the last Sunday of March.
    assert {start.hour for start, _minutes in zoom.dates()} == {9, 8}
    assert zoom.dates() == wished(wish)


def test_moved_date_is_one_call():
    zoom, wish = created(series())
    moved = change(wish, 2, start=wish.dates[2].start + timedelta(days=1), regular=False)
    plan = diff.plan(moved, zoom.known(), NOW)
    assert kinds(plan) == ["PatchOccurrence"]
    assert plan.operations[0].minutes is None
    zoom.push(moved)
    assert zoom.dates() == wished(moved)


def test_longer_date_and_its_own_agenda():
    zoom, wish = created(series())
    changed = change(wish, 1, minutes=90, agenda="Only today")
    plan = diff.plan(changed, zoom.known(), NOW)
    assert kinds(plan) == ["PatchOccurrence"]
    assert plan.operations[0].start is None
    zoom.push(changed)
    assert zoom.known().occurrences[1].agenda == "Only today"
    assert diff.plan(changed, zoom.known(), NOW).operations == ()


def test_cancelled_date_is_one_call_also_the_first_and_the_last():
    for index in (0, 2, 4):
        zoom, wish = created(series())
        plan = diff.plan(without(wish, index), zoom.known(), NOW)
        assert kinds(plan) == ["DeleteOccurrence"]
        zoom.push(without(wish, index))
        assert zoom.dates() == wished(without(wish, index))


def test_all_events_moved_plans_the_series_anew():
    zoom, wish = created(series(20))
    later = replace(
        wish,
        dates=tuple(replace(d, start=d.start + timedelta(hours=2), key=None) for d in wish.dates),
    )
    plan = diff.plan(later, zoom.known(), NOW)
    assert kinds(plan) == ["PatchMeeting"]
    assert plan.read_again
    zoom.push(later)
    assert zoom.last_calls == 1
    assert zoom.dates() == wished(later)


def test_exceptions_survive_a_change_of_all_events():
    zoom, wish = created(series(12))
    wish = without(
        change(wish, 3, start=wish.dates[3].start + timedelta(hours=3), regular=False), 6
    )
    zoom.push(wish)
    later = replace(
        wish,
        dates=tuple(replace(d, start=d.start + timedelta(hours=1), key=None) for d in wish.dates),
    )
    zoom.push(later)
    assert zoom.dates() == wished(later)
    assert zoom.last_calls == 3  # the series, the moved date, the cancelled date


def test_this_and_following_ends_the_old_series_with_one_call():
    zoom, wish = created(series(20))
    old, new = replace(wish, dates=wish.dates[:8]), replace(wish, dates=wish.dates[8:])
    plan = diff.plan(old, zoom.known(), NOW)
    assert kinds(plan) == ["EndSeries"]
    zoom.push(old)
    assert zoom.dates() == wished(old)
    other = Zoom()
    moved = replace(
        new,
        rule=rule(tue=False, thu=True),
        dates=tuple(diff.Date(d.start + timedelta(days=2), 30) for d in new.dates),
    )
    other.push(moved)
    assert other.dates() == wished(moved)


def test_split_near_the_end_deletes_the_few_dates():
    zoom, wish = created(series(10))
    plan = diff.plan(without(wish, 8, 9), zoom.known(), NOW)
    assert kinds(plan) == ["DeleteOccurrence", "DeleteOccurrence"]


def test_series_that_is_extended():
    zoom, wish = created(series(5))
    longer = with_keys(series(9), zoom.known())
    assert kinds(diff.plan(longer, zoom.known(), NOW)) == ["EndSeries"]
    zoom.push(longer)
    assert zoom.dates() == wished(longer)


def test_only_what_is_ahead_is_touched():
    zoom, wish = created(series(10))
    zoom.now = wish.dates[4].start + timedelta(minutes=10)  # the fifth is being held
    changed = change(wish, 1, start=wish.dates[1].start + timedelta(hours=1), regular=False)
    assert diff.plan(changed, zoom.known(), zoom.now).operations == ()
    ended = without(wish, 5, 6, 7, 8, 9)
    zoom.push(ended)
    assert zoom.dates() == []
    assert zoom.last_calls == 2, "cut down to one date, which is deleted"
    assert zoom.held is not None, "what took place stays"
    assert zoom.push(ended).operations == ()


@pytest.mark.parametrize(
    "of",
    [
        rule(rrule_type="daily"),
        rule(rrule_type="monthly", month_by="date", day=10),
        rule(rrule_type="monthly", month_by="day", byday="2", weekday="TUE"),
    ],
)
def test_rest_of_any_series_is_cancelled(of):
    zoom, wish = created(series(10, of=of))
    zoom.now = wish.dates[1].start + timedelta(hours=1)
    zoom.push(replace(wish, dates=wish.dates[:2]))
    assert zoom.dates() == []
    assert zoom.last_calls == 2


def test_date_moved_into_the_past_is_not_planned_any_more():
    zoom, wish = created(series(5))
    moved = change(wish, 2, start=NOW - timedelta(days=3), regular=False)
    assert kinds(diff.plan(moved, zoom.known(), NOW)) == ["DeleteOccurrence"]


def test_nothing_wanted_deletes_the_meeting():
    zoom, wish = created(series(5))
    assert kinds(diff.plan(replace(wish, dates=()), zoom.known(), NOW)) == ["DeleteMeeting"]
    assert diff.plan(replace(wish, dates=()), None, NOW).operations == ()
    past = replace(wish, dates=(diff.Date(NOW - timedelta(days=9), 30),))
    assert diff.plan(past, None, NOW).operations == ()


def test_endless_series_gets_a_window_that_is_refilled():
    endless = series(300, of=rule(rrule_type="daily"))
    zoom = Zoom()
    plan = zoom.push(endless)
    assert plan.note == diff.WINDOW
    assert plan.until == endless.dates[49].start
    assert zoom.dates() == wished(endless)[:50]
    # For a while nothing needs to be said, also when Zoom knows the ids.
    zoom.now = endless.dates[25].start - timedelta(hours=1)
    keyed = with_keys(endless, zoom.known())
    assert diff.plan(keyed, zoom.known(), zoom.now).operations == ()
    moved = change(keyed, 30, start=keyed.dates[30].start + timedelta(hours=2), regular=False)
    assert kinds(diff.plan(moved, zoom.known(), zoom.now)) == ["PatchOccurrence"]
    zoom.now = endless.dates[35].start - timedelta(hours=1)
    zoom.push(keyed)
    assert zoom.last_calls == 1
    assert zoom.dates() == wished(endless, zoom.now)[:50]


def test_date_of_the_window_moved_behind_it_stays():
    endless = series(300, of=rule(rrule_type="daily"))
    zoom, keyed = created(endless)
    moved = change(keyed, 10, start=keyed.dates[60].start + timedelta(hours=1), regular=False)
    assert kinds(diff.plan(moved, zoom.known(), NOW)) == ["PatchOccurrence"]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (replace(series(), rule=rule(rrule_type="yearly")), "yearly"),
        (series(of=rule(interval=13)), "interval"),
        (series(minutes=1441), "length"),
        (series(allday=True), "allday"),
    ],
)
def test_what_zoom_cannot_say_becomes_one_open_meeting(wish, reason):
    zoom = Zoom()
    if reason == "yearly":
        dates = tuple(diff.Date(datetime(2026 + year, 3, 10, 9), 30) for year in range(4))
        wish = replace(wish, dates=dates)
    plan = zoom.push(wish)
    assert plan.note == reason
    assert zoom.calls == 1
    assert zoom.known().kind == diff.NO_FIXED_TIME
    assert diff.plan(wish, zoom.known(), NOW).operations == ()


def test_open_meeting_becomes_a_series_again():
    zoom = Zoom()
    zoom.push(series(of=rule(interval=13)))
    wish = series()
    assert zoom.push(wish).note is None
    assert zoom.dates() == wished(wish)
    zoom.push(series(of=rule(interval=13)))
    assert zoom.known().kind == diff.NO_FIXED_TIME


def test_single_meeting_and_series_turn_into_each_other():
    single = diff.Wish(MADRID, (diff.Date(datetime(2026, 3, 10, 9), 30),))
    zoom = Zoom()
    zoom.push(single)
    assert (zoom.known().kind, zoom.known().start) == (diff.SCHEDULED, datetime(2026, 3, 10, 9))
    assert diff.plan(single, zoom.known(), NOW).operations == ()
    moved = change(single, 0, start=datetime(2026, 3, 11, 9), minutes=45)
    assert kinds(diff.plan(moved, zoom.known(), NOW)) == ["PatchMeeting"]
    zoom.push(moved)
    assert (zoom.known().start, zoom.known().minutes) == (datetime(2026, 3, 11, 9), 45)
    wish = series()
    zoom.push(wish)
    assert zoom.dates() == wished(wish)
    zoom.push(single)
    assert (zoom.known().kind, zoom.known().start) == (diff.SCHEDULED, datetime(2026, 3, 10, 9))


def test_zoom_series_that_the_calendar_shows_as_single_events():
    zoom, wish = created(series(4))
    loose = replace(wish, rule=None)
    assert diff.plan(loose, zoom.known(), NOW).operations == ()
    moved = change(loose, 1, start=wish.dates[1].start + timedelta(hours=5))
    assert kinds(diff.plan(moved, zoom.known(), NOW)) == ["PatchOccurrence"]
    zoom.push(moved)
    assert zoom.dates() == wished(moved)


@pytest.mark.parametrize("clock", [(2, 30), (3, 0), (1, 59)])
def test_hours_that_the_clock_change_skips_or_repeats(clock):
    of = rule(rrule_type="daily")
    local = pytz.timezone(MADRID).localize(datetime(2026, 10, 23, *clock))
    first = local.astimezone(pytz.utc).replace(tzinfo=None)
    dates = tuple(diff.Date(start, 30) for start in starts(5, first, of))
    wish = diff.Wish(MADRID, dates, rule=of)
    zoom = Zoom()
    zoom.push(wish)
    assert zoom.dates() == wished(wish)
    keyed = with_keys(wish, zoom.known())
    assert diff.plan(keyed, zoom.known(), NOW).operations == ()
    alone = replace(wish, dates=dates[2:3])
    zoom = Zoom()
    zoom.push(alone)
    assert zoom.dates() == wished(alone)


def test_zone_that_zoom_does_not_list():
    of = rule(event_tz="Europe/Busingen")
    wish = series(of=of)
    zoom = Zoom()
    assert zoom.push(wish).note is None
    assert zoom.known().zone != "Europe/Busingen"
    assert zoom.dates() == wished(wish)
    assert diff.plan(wish, zoom.known(), NOW).operations == ()


def test_zone_that_nobody_on_the_list_resembles():
    nowhere = "Antarctica/Troll"  # two hours of daylight saving
    of = rule(event_tz=nowhere)
    zoom = Zoom()
    assert zoom.push(series(of=of)).note is None  # three dates before, two after the change
    assert zoom.dates() == wished(series(of=of))
    assert zoom.last_calls == 3
    zoom = Zoom()
    late = series(9, of=of)
    assert zoom.push(late).note == "zone"
    single = diff.Wish(nowhere, (diff.Date(datetime(2026, 3, 10, 9), 30),))
    zoom = Zoom()
    assert zoom.push(single).note is None
    assert zoom.known().start == datetime(2026, 3, 10, 9)


def test_two_dates_swapped_stay_two_dates():
    zoom, wish = created(series(4))
    first, second = wish.dates[1], wish.dates[2]
    swapped = change(
        change(wish, 1, start=second.start, regular=False), 2, start=first.start, regular=False
    )
    zoom.push(swapped)
    assert zoom.dates() == wished(swapped)
