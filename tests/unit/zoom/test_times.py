"""Zoom's times and zones."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from zoom_connector.adapters import times

# Ids of the vendor page "Abbreviation lists" that are retired or abbreviations.
OLD_NAMES = [
    "America/Araguaina",
    "America/Godthab",
    "America/Indianapolis",
    "America/Montreal",
    "Asia/Calcutta",
    "Asia/Dacca",
    "Asia/Katmandu",
    "Asia/Saigon",
    "Canada/Atlantic",
    "CET",
    "Etc/Greenwich",
    "Europe/Kiev",
    "Pacific/Midway",
    "SST",
    "UTC",
]


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", OLD_NAMES)
def test_every_old_name_is_a_zone(name):
    assert ZoneInfo(times.known_zone(name))


@pytest.mark.parametrize("name", sorted(times.ZOOM_ZONES))
def test_substitutes_keep_the_clock(name):
    """Where this machine knows both names, they show the same time all year, from now on."""
    target = times.ZOOM_ZONES[name]
    try:
        both = ZoneInfo(name), ZoneInfo(target)
    except Exception as error:  # noqa: BLE001 (zoneinfo raises various errors for unknown names)
        assert times.known_zone(name), f"{name}: {error}"
        return
    for month in range(1, 13):
        moment = utc(2026, month, 15)
        assert moment.astimezone(both[0]).utcoffset() == moment.astimezone(both[1]).utcoffset()


def test_a_name_the_machine_lacks_is_substituted(monkeypatch):
    real = times._exists
    monkeypatch.setattr(times, "_exists", lambda name: name != "America/Montreal" and real(name))
    times.known_zone.cache_clear()
    assert times.known_zone("America/Montreal") == "America/Toronto"
    times.known_zone.cache_clear()


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "America", "/etc/passwd", "..", "a" * 300, "ä"]
)
def test_unknown_zones(name):
    assert times.known_zone(name) is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-05-04T08:00:00Z", utc(2026, 5, 4, 8)),
        ("2026-05-04t08:00:00z", utc(2026, 5, 4, 8)),
        ("2026-05-04T08:00:00.123Z", utc(2026, 5, 4, 8, 0, 0, 123000)),
        ("2026-05-04T08:00:00.123456789Z", utc(2026, 5, 4, 8, 0, 0, 123456)),
        ("2026-05-04T10:00:00+02:00", utc(2026, 5, 4, 8)),
        ("2026-05-04T03:30:00-0430", utc(2026, 5, 4, 8)),
        ("2026-05-04 08:00", utc(2026, 5, 4, 8)),
        ("2026-05-04", utc(2026, 5, 4)),
        (" 2026-05-04T08:00:00Z ", utc(2026, 5, 4, 8)),
        (1777881672830, utc(2026, 5, 4, 8, 1, 12, 830000)),
        ("1777881672830", utc(2026, 5, 4, 8, 1, 12, 830000)),
        (1777881672, utc(2026, 5, 4, 8, 1, 12)),
        (datetime(2026, 5, 4, 10, tzinfo=timezone(timedelta(hours=2))), utc(2026, 5, 4, 8)),
    ],
)
def test_times_in_all_writings(value, moment):
    read = times.parse_moment(value)
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-02-30T00:00:00Z", "2026-05-04T25:00:00Z", "1066-10-14T00:00:00Z"]
    + ["2026-05-04T08:00:00+99:00", "٢٠٢٦-05-04", None, True, [], 0, -1, float("nan"), 10**18],
)
def test_what_is_no_time(value):
    with pytest.raises(ValueError, match="time|calendar|month|hour|offset|day|range"):
        times.parse_moment(value)


@pytest.mark.parametrize(
    ("local", "moment"),
    [
        ("2026-03-28T09:00:00", utc(2026, 3, 28, 8)),  # winter
        ("2026-03-30T09:00:00", utc(2026, 3, 30, 7)),  # summer
        ("2026-03-29T02:30:00", utc(2026, 3, 29, 1, 30)),  # the hour that does not exist
        ("2026-10-25T02:30:00", utc(2026, 10, 25, 0, 30)),  # the hour that exists twice: the first
    ],
)
def test_local_times_over_daylight_saving(local, moment):
    assert times.parse_moment(local, "Europe/Madrid") == moment


def test_event_time_keeps_every_millisecond():
    for stamp in range(1777881672000, 1777881673000):
        assert times.to_milliseconds(times.parse_moment(stamp)) == stamp


@pytest.mark.parametrize("days", [1, 29, 30, 31, 60, 61, 180])
def test_windows_cover_every_day_once(days):
    first = date(2026, 1, 15)
    last = first + timedelta(days=days - 1)
    pieces = times.windows(first, last)
    covered = [
        start + timedelta(days=offset)
        for start, stop in pieces
        for offset in range((stop - start).days + 1)
    ]
    assert covered == [first + timedelta(days=offset) for offset in range(days)]
    assert all((stop - start).days < 30 for start, stop in pieces)


def test_no_window_for_an_empty_range():
    assert times.windows(date(2026, 1, 2), date(2026, 1, 1)) == []
