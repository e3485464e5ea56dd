"""The three-way merge: nothing is lost unseen, and both sides end with the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoom_connector.tools import merge as m

RUNS = settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
NAMES = ["topic", "agenda", "start"]
VALUES = st.sampled_from(["a", "b", "c", None])
SIDE = st.dictionaries(st.sampled_from(NAMES), VALUES)
BASE = st.dictionaries(st.sampled_from(NAMES), st.tuples(VALUES, VALUES))
POLICY = st.sampled_from(m.POLICIES)
TIMES = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3))


def one(base, zoom, odoo, policy=m.ASK, zoom_at=None, odoo_at=None):
    def at(moment):
        return {} if moment is None else {"topic": moment}

    decided = m.merge(
        {} if base is None else {"topic": base},
        {"topic": zoom},
        {"topic": odoo},
        lambda _name: policy,
        at(zoom_at),
        at(odoo_at),
    )
    return decided["topic"]


@pytest.mark.parametrize(
    ("base", "zoom", "odoo", "outcome", "conflict"),
    [
        (("a", "a"), "a", "a", m.SAME, False),
        (("a", "a"), "b", "a", m.ZOOM, False),
        (("a", "a"), "a", "b", m.ODOO, False),
        (("a", "a"), "b", "b", m.SAME, False),
        (("a", "a"), "b", "c", m.ASK, True),
        # Each side's own spelling of one value is no change.
        (("a", "<p>a</p>"), "a", "<p>a</p>", m.SAME, False),
        (("a", "<p>a</p>"), "a", "<p>b</p>", m.ODOO, False),
        (("a", "<p>a</p>"), "b", "<p>a</p>", m.ZOOM, False),
        # Without history a difference is a conflict, never a guess.
        (None, "a", "b", m.ASK, True),
        (None, "a", "a", m.SAME, False),
        # Emptied is a value like any other.
        (("a", "a"), None, "a", m.ZOOM, False),
        (("a", "a"), None, "b", m.ASK, True),
    ],
)
def test_cases(base, zoom, odoo, outcome, conflict):
    decision = one(base, zoom, odoo)
    assert (decision.outcome, decision.conflict) == (outcome, conflict)


@pytest.mark.parametrize(
    ("policy", "zoom_at", "odoo_at", "outcome", "lost"),
    [
        (m.ODOO, 2, 1, m.ODOO, m.ZOOM),
        (m.ZOOM, 1, 2, m.ZOOM, m.ODOO),
        (m.NEWEST, 2, 1, m.ZOOM, m.ODOO),
        (m.NEWEST, 1, 2, m.ODOO, m.ZOOM),
        (m.NEWEST, 2, 2, m.ASK, None),
        (m.NEWEST, None, 2, m.ASK, None),
        (m.NEWEST, 2, None, m.ASK, None),
        (m.ASK, 1, 2, m.ASK, None),
    ],
)
def test_policies(policy, zoom_at, odoo_at, outcome, lost):
    decision = one(("a", "a"), "b", "c", policy, zoom_at, odoo_at)
    assert (decision.outcome, decision.lost) == (outcome, lost)


def test_value_that_one_side_does_not_tell():
    decided = m.merge({}, {"room": True}, {"topic": "a"}, lambda _name: m.ASK)
    assert decided["room"].outcome == m.ZOOM
    assert decided["topic"].outcome == m.ODOO
    assert not any(decision.conflict for decision in decided.values())


@RUNS
@given(BASE, SIDE, SIDE, POLICY, TIMES, TIMES)
def test_no_change_is_lost_unseen(base, zoom, odoo, policy, zoom_at, odoo_at):
    for name, decision in m.merge(base, zoom, odoo, lambda _n: policy, zoom_at, odoo_at).items():
        before = base.get(name)
        for side, told, at in ((m.ZOOM, zoom, 0), (m.ODOO, odoo, 1)):
            changed = name in told and (before is None or told[name] != before[at])
            holds = decision.outcome in (side, m.ASK) or (
                decision.outcome == m.SAME and zoom.get(name) == odoo.get(name)
            )
            if changed and not holds and name in zoom and name in odoo:
                assert decision.lost == side


@RUNS
@given(BASE, SIDE, SIDE, POLICY, TIMES, TIMES)
def test_both_sides_are_treated_alike(base, zoom, odoo, policy, zoom_at, odoo_at):
    swap = {m.ZOOM: m.ODOO, m.ODOO: m.ZOOM}
    one_way = m.merge(base, zoom, odoo, lambda _n: policy, zoom_at, odoo_at)
    other = m.merge(
        {name: (b, a) for name, (a, b) in base.items()},
        odoo,
        zoom,
        lambda _n: swap.get(policy, policy),
        odoo_at,
        zoom_at,
    )
    assert {n: (swap.get(d.outcome, d.outcome), d.conflict) for n, d in one_way.items()} == {
        n: (d.outcome, d.conflict) for n, d in other.items()
    }


@RUNS
@given(BASE, SIDE, SIDE, POLICY, TIMES, TIMES)
def test_carried_out_decisions_leave_nothing_to_do(base, zoom, odoo, policy, zoom_at, odoo_at):
    decided = m.merge(base, zoom, odoo, lambda _n: policy, zoom_at, odoo_at)
    base = dict(base)
    for name, decision in decided.items():
        if decision.outcome == m.ZOOM and name in odoo:
            odoo[name] = zoom[name]
        elif decision.outcome == m.ODOO and name in zoom:
            zoom[name] = odoo[name]
        if decision.outcome != m.ASK:
            base[name] = (zoom.get(name), odoo.get(name))
    for name, decision in m.merge(base, zoom, odoo, lambda _n: policy, zoom_at, odoo_at).items():
        expected = m.ASK if decided[name].outcome == m.ASK else m.SAME
        assert decision.outcome == expected
