"""Quiet hours in the company's time zone, over midnight and over the change of clocks."""

from datetime import datetime

import pytest

from zoom_connector.tools.windows import in_window, next_window

MADRID = "Europe/Madrid"


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        ("2026-01-10 20:59", False),  # 21:59 in Madrid
        ("2026-01-10 21:00", True),
        ("2026-01-11 03:00", True),
        ("2026-01-11 05:00", False),  # 06:00 is the end
        ("2026-07-10 20:00", True),  # summer time
    ],
)
def test_over_midnight(now: str, inside: bool) -> None:
    assert in_window(datetime.fromisoformat(now), 22.0, 6.0, MADRID) is inside


def test_equal_hours_mean_always() -> None:
    assert in_window(datetime(2026, 1, 1, 12), 8.0, 8.0, MADRID)
    assert in_window(datetime(2026, 1, 1, 12), 0.0, 24.0, MADRID)


@pytest.mark.parametrize(
    ("now", "begin", "then"),
    [
        ("2026-01-10 12:00", 22.0, "2026-01-10 21:00"),
        ("2026-01-10 23:00", 22.0, "2026-01-10 23:00"),  # open already
        ("2026-01-10 12:00", 1.5, "2026-01-11 00:30"),
        ("2026-03-28 12:00", 3.0, "2026-03-29 01:00"),  # 03:00 is 01:00 UTC on that day
    ],
)
def test_next_opening(now: str, begin: float, then: str) -> None:
    end = (begin + 8) % 24
    found = next_window(datetime.fromisoformat(now), begin, end, MADRID)
    assert found == datetime.fromisoformat(then)
