import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_base.core import errors
from connector_base.core.retry import RetryPolicy, backoff, may_repeat


def run(policy, clock, outcomes, rng=lambda: 0.5, repeat=lambda exc: True):
    """Play ``outcomes``: exceptions are raised, anything else is returned."""
    tries = []

    def call(attempt):
        tries.append(attempt)
        outcome = outcomes[min(attempt, len(outcomes)) - 1]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    try:
        return policy.run(call, repeat, clock=clock, sleep=clock.sleep, rng=rng), tries
    except errors.ConnectorError as exc:
        return exc, tries


FAIL = errors.RemoteUnavailable("x")


def test_success_at_once_waits_for_nothing(clock):
    assert run(RetryPolicy(), clock, ["ok"]) == ("ok", [1])
    assert clock.slept == []


def test_none_is_a_result(clock):
    assert run(RetryPolicy(), clock, [None]) == (None, [1])


def test_waits_double_up_to_the_cap(clock):
    policy = RetryPolicy(max_attempts=6, base=1, cap=4, max_total=1000)
    assert run(policy, clock, [FAIL] * 5 + ["ok"])[0] == "ok"
    assert clock.slept == [0.5, 1, 2, 2, 2]


def test_the_last_error_is_raised_itself(clock):
    result, tries = run(RetryPolicy(max_attempts=3), clock, [FAIL])
    assert result is FAIL
    assert tries == [1, 2, 3]


def test_an_error_not_to_repeat_is_raised_at_once(clock):
    result, tries = run(RetryPolicy(), clock, [FAIL], repeat=lambda exc: False)
    assert result is FAIL
    assert tries == [1]


def test_the_defaults_are_as_agreed(clock):
    assert RetryPolicy() == RetryPolicy(max_attempts=4, base=0.5, cap=30, max_total=60)


@pytest.mark.parametrize(("total", "tries"), [(5, 2), (4.9, 1)])
def test_a_try_may_end_exactly_at_the_limit(clock, total, tries):
    policy = RetryPolicy(max_attempts=2, base=10, cap=10, max_total=total)
    assert len(run(policy, clock, [FAIL])[1]) == tries


def test_the_total_time_is_kept(clock):
    policy = RetryPolicy(max_attempts=100, base=10, cap=10, max_total=12)
    result, tries = run(policy, clock, [FAIL])
    assert result is FAIL
    assert clock.slept == [5, 5]
    assert tries == [1, 2, 3]


def test_time_spent_in_calls_counts_too(clock):
    def call(attempt):
        clock.now += 50
        raise FAIL

    with pytest.raises(errors.RemoteUnavailable):
        RetryPolicy(max_total=60).run(call, lambda e: True, clock=clock, sleep=clock.sleep)
    assert len(clock.slept) == 1


@pytest.mark.parametrize(("asked", "waits"), [(0, [0.25]), (5, [5.25]), (30, [30]), (30.1, [])])
def test_what_the_vendor_asks_for_is_kept_or_passed_on(clock, asked, waits):
    error = errors.RateLimited("x", retry_after=asked)
    result, _tries = run(RetryPolicy(), clock, [error, "ok"])
    assert result == ("ok" if waits else error)
    assert clock.slept == waits


def test_interrupts_are_not_retried(clock):
    def call(attempt):
        raise KeyboardInterrupt

    repeat = lambda exc: may_repeat(exc, True)  # noqa: E731
    with pytest.raises(KeyboardInterrupt):
        RetryPolicy().run(call, repeat, clock=clock, sleep=clock.sleep)
    assert clock.slept == []


@pytest.mark.parametrize(
    ("error", "idempotent", "expected"),
    [
        (errors.RemoteUnavailable("x", maybe_executed=True), True, True),
        (errors.RemoteUnavailable("x", maybe_executed=True), False, False),
        (errors.RemoteUnavailable("x", maybe_executed=False), False, True),
        (errors.RateLimited("x"), False, True),
        (errors.RateLimited("x", scope="concurrency"), False, True),
        (errors.RateLimited("x", scope="day"), True, False),
        (errors.RateLimited("x", scope="host"), True, False),
        (errors.RateLimited("x", scope="day", retry_after=2), False, True),
        (errors.BreakerOpen("x", retry_after=1), True, False),
        (errors.AuthError("x"), True, False),
        (errors.NotFound("x"), True, False),
        (errors.Rejected("x"), True, False),
        (errors.ConfigurationError("x"), True, False),
        (ValueError("x"), True, False),
    ],
)
def test_what_may_be_repeated(error, idempotent, expected):
    assert may_repeat(error, idempotent) is expected


@given(
    attempt=st.integers(-5, 10_000),
    base=st.floats(0.001, 100),
    cap=st.floats(0.001, 10_000),
    seed=st.integers(),
)
def test_backoff_stays_in_its_bounds(attempt, base, cap, seed):
    wait = backoff(attempt, base, cap, random.Random(seed).random)
    assert 0 <= wait <= min(cap, base * 2.0 ** min(max(attempt, 1) - 1, 100))


def test_backoff_is_spread_over_the_whole_range():
    assert backoff(3, 1, 100, lambda: 0.0) == 0
    assert backoff(3, 1, 100, lambda: 0.999) == pytest.approx(3.996)
