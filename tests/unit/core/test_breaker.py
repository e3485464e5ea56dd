"""The breaker as several workers see it: one storage, one Breaker per worker."""

import threading

import pytest

from connector_base.core import errors
from connector_base.core.breaker import Breaker, BreakerState, MemoryBreakerStorage

DOWN = errors.RemoteUnavailable("down")


@pytest.fixture
def storage():
    return MemoryBreakerStorage()


@pytest.fixture
def worker(storage, clock):
    def build(**options):
        return Breaker(
            options.pop("storage", storage),
            failure_threshold=3,
            open_seconds=30,
            max_open=100,
            clock=clock,
            **options,
        )

    return build


def test_the_defaults_are_as_agreed(clock):
    storage = MemoryBreakerStorage()
    one = Breaker(storage, clock=clock)
    fail(one, 4)
    one.before_call()
    fail(one)
    assert refused(one) == 30
    clock.now += 10_000
    for _ in range(10):
        fail(one)
        clock.now += 10_000
    fail(one)
    assert refused(one) == 300


def fail(breaker, times=1, exc=DOWN):
    for _ in range(times):
        breaker.before_call()
        breaker.failure(exc)


def refused(breaker):
    with pytest.raises(errors.BreakerOpen) as caught:
        breaker.before_call()
    return caught.value.retry_after


def test_failures_of_several_workers_add_up_and_open_it_for_all(worker, storage):
    one, two = worker(), worker()
    fail(one, 2)
    assert storage.load().state == "closed"
    fail(two, 1)
    assert storage.load().state == "open"
    assert refused(one) == refused(two) == 30


def test_an_answer_in_between_starts_the_count_anew(worker, storage):
    one = worker()
    fail(one, 2)
    one.before_call()
    one.success()
    assert storage.load() == BreakerState()
    fail(one, 2)
    assert storage.load().state == "closed"


@pytest.mark.parametrize(
    "exc",
    [
        errors.RateLimited("x"),
        errors.Rejected("x"),
        errors.NotFound("x"),
        errors.AuthError("x"),
        errors.ConfigurationError("x"),
        ValueError("x"),
        KeyboardInterrupt(),
    ],
)
def test_only_an_unavailable_vendor_counts(worker, storage, exc):
    fail(worker(), 10, exc)
    assert storage.load() == BreakerState()


def test_the_refusal_tells_how_long(worker, clock):
    one = worker()
    fail(one, 3)
    clock.now += 12.5
    assert refused(one) == 17.5
    clock.now += 17
    assert refused(one) == 1  # never less than a second, or jobs would spin


def test_one_probe_at_a_time_over_all_workers(worker, clock, storage):
    one, two = worker(), worker()
    fail(one, 3)
    clock.now += 30
    one.before_call()
    assert storage.load().state == "half_open"
    assert refused(two) > 0
    assert refused(worker()) > 0


def test_a_good_probe_closes_it_for_all(worker, clock, storage):
    one, two = worker(), worker()
    fail(one, 3)
    clock.now += 30
    two.before_call()
    two.success()
    assert storage.load() == BreakerState()
    one.before_call()


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_the_limit(worker, clock):
    one = worker()
    fail(one, 3)
    waits = []
    for _ in range(4):
        waits.append(refused(one))
        clock.now += waits[-1]
        fail(one)
    assert waits == [30, 60, 100, 100]


def test_after_closing_it_starts_small_again(worker, clock):
    one = worker()
    fail(one, 3)
    clock.now += 30
    fail(one)
    clock.now += 60
    one.before_call()
    one.success()
    fail(one, 3)
    assert refused(one) == 30


def test_a_probe_that_failed_for_another_reason_is_given_back(worker, clock, storage):
    one, two = worker(), worker()
    fail(one, 3)
    clock.now += 30
    one.before_call()
    one.failure(errors.KeyUnavailable("no key"))
    assert storage.load().failures == 3
    two.before_call()
    two.success()
    assert storage.load().state == "closed"


def test_a_lost_probe_is_taken_over(worker, clock, storage):
    killed, two, three = worker(), worker(), worker()
    fail(killed, 3)
    clock.now += 30
    killed.before_call()  # and never reports
    clock.now += 59
    assert refused(two) == 1
    clock.now += 1
    two.before_call()
    assert refused(three) > 0
    two.success()
    assert storage.load().state == "closed"


def test_a_probe_reported_too_late_decides_nothing(worker, clock, storage):
    slow, two = worker(), worker()
    fail(slow, 3)
    clock.now += 30
    slow.before_call()
    clock.now += 60
    two.before_call()
    slow.failure(DOWN)
    assert storage.load().state == "half_open"
    slow.success()
    assert storage.load().state == "half_open"


def test_late_news_of_calls_from_before_the_opening_decide_nothing(worker, storage):
    one, late = worker(), worker()
    late.before_call()
    fail(one, 3)
    opened = storage.load()
    late.failure(DOWN)
    assert storage.load() == opened
    late.success()
    assert storage.load() == opened


def test_nothing_is_written_while_all_is_well(worker, storage, monkeypatch):
    def no_writing(*args):
        raise AssertionError("written")

    monkeypatch.setattr(storage, "compare_and_save", no_writing)
    one = worker()
    for _ in range(3):
        one.before_call()
        one.success()


def test_the_loser_of_a_race_looks_again(worker, storage, clock):
    class Racing:
        """Another worker always writes between our look and our write, twice."""

        def __init__(self):
            self.races = 2

        def load(self):
            return storage.load()

        def compare_and_save(self, old, new):
            if self.races:
                self.races -= 1
                fail(worker())
            return storage.compare_and_save(old, new)

    fail(worker(storage=Racing()))
    assert storage.load().state == "open"
    assert storage.load().failures == 3


def test_a_storage_that_never_accepts_does_not_hang(worker, clock):
    class Stubborn(MemoryBreakerStorage):
        def compare_and_save(self, old, new):
            return False

    stubborn = Stubborn()
    one = worker(storage=stubborn)
    fail(one, 3)
    assert stubborn.load() == BreakerState()
    stubborn._state = BreakerState("open", 3, opened_at=clock.now - 100)
    assert refused(one) == 1


def test_threads_of_one_worker_get_one_probe(worker, clock):
    shared = worker()
    fail(shared, 3)
    clock.now += 30
    gate = threading.Barrier(8)
    outcomes = []

    def probe():
        gate.wait()
        try:
            shared.before_call()
            outcomes.append("probe")
        except errors.BreakerOpen:
            outcomes.append("refused")

    threads = [threading.Thread(target=probe) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["probe"] + ["refused"] * 7


def test_many_threads_lose_no_failure(clock):
    storage = MemoryBreakerStorage()
    gate = threading.Barrier(8)

    def work():
        mine = Breaker(storage, failure_threshold=1000, clock=clock)
        gate.wait()
        fail(mine, 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.load().failures == 8
