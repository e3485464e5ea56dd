"""When the Hootsuite half of a fresh installation counts as ready."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.env import provision_hootsuite
from tests.env.progress import EnvError


def instance(rows, profiles=0):
    """An installation whose database answers these rows."""
    return SimpleNamespace(
        query=lambda _sql: rows,
        rpc=SimpleNamespace(count=lambda *_arguments: profiles),
        log="odoo.log",
        before_import=(7, 0),
    )


@pytest.mark.parametrize(
    ("rows", "ready"),
    [
        ([], False),
        ([["done", "3"]], True),
        ([["done", "3"], ["ignored", "1"]], True),
        ([["done", "3"], ["received", "1"]], False),
        ([["done", "3"], ["retry", "1"]], False),
    ],
)
def test_all_events_are_worked_through(rows, ready):
    assert provision_hootsuite._settled(instance(rows)) is ready


@pytest.mark.parametrize("state", ["dead", "quarantined"])
def test_an_event_that_ended_badly_stops_the_start(state):
    with pytest.raises(EnvError, match="1 events"):
        provision_hootsuite._settled(instance([["done", "3"], [state, "1"]]))


def test_a_failed_run_of_this_start_is_told():
    with pytest.raises(EnvError, match="Profiles.*no answer"):
        provision_hootsuite._mirrored(instance([["8", "Profiles", "no answer"]], 3))


def test_a_failed_run_of_an_earlier_start_is_none_of_ours():
    assert provision_hootsuite._mirrored(instance([["7", "Profiles", "no answer"]], 3))
    assert not provision_hootsuite._mirrored(instance([], 0))
