"""When to try again, and how long to wait: exponential backoff with full jitter (on tenacity)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception

from .errors import RateLimited, RemoteUnavailable

T = TypeVar("T")
# Beyond this exponent any sensible cap is reached; it keeps 2**n from overflowing a float.
_MAX_EXPONENT = 60


def backoff(
    attempt: int, base: float, cap: float, rng: Callable[[], float] = random.random
) -> float:
    """Return the seconds to wait after the ``attempt``-th failure (1 for the first).

    Full jitter: anything between 0 and ``min(cap, base * 2**(attempt-1))``, so that many workers
    that failed together do not come back together.

    :param rng: returns a float in [0, 1)
    """
    ceiling = min(cap, base * 2.0 ** min(max(attempt, 1) - 1, _MAX_EXPONENT))
    return ceiling * rng()


def may_repeat(exc: BaseException, idempotent: bool) -> bool:
    """Tell whether one HTTP call may be sent again after ``exc``.

    A call that is not idempotent is repeated only when it surely was not executed: the connection
    was never made, or the vendor answered "too many requests".
    """
    if isinstance(exc, RateLimited):
        # Daily and per-host limits do not pass within a call; the job waits for them.
        return exc.scope in ("second", "concurrency") or exc.retry_after is not None
    if isinstance(exc, RemoteUnavailable):
        return idempotent or not exc.maybe_executed
    return False


@dataclass(frozen=True)
class RetryPolicy:
    """How often one call is tried within one piece of work.

    :param max_attempts: tries in all, 1 = never repeat
    :param base: first ceiling of the backoff, seconds
    :param cap: longest single wait, seconds; a vendor that asks for more gets its error raised, so
        that the job waits instead of the worker
    :param max_total: no further try once this many seconds would be used up
    """

    max_attempts: int = 4
    base: float = 0.5
    cap: float = 30.0
    max_total: float = 60.0

    def run(
        self,
        call: Callable[[int], T],
        repeat: Callable[[BaseException], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        rng: Callable[[], float] = random.random,
    ) -> T:
        """Run ``call(attempt)`` until it returns, and raise its last error if it never does.

        :param repeat: tells whether an error allows another try
        :param clock: seconds, any origin
        """
        started = clock()
        delays: dict[int, float] = {}

        def delay(state: RetryCallState) -> float:
            # Asked by both stop and wait; drawn once per attempt so that they agree.
            number = state.attempt_number
            if number not in delays:
                delays[number] = self._delay(number, _error_of(state), rng)
            return delays[number]

        def stop(state: RetryCallState) -> bool:
            wait = delay(state)
            return (
                state.attempt_number >= self.max_attempts
                or wait > self.cap
                or clock() - started + wait > self.max_total
            )

        retrying = Retrying(
            retry=retry_if_exception(repeat), stop=stop, wait=delay, sleep=sleep, reraise=True
        )
        tries = 0

        def once() -> T:
            nonlocal tries
            tries += 1
            return call(tries)

        return retrying(once)

    def _delay(self, attempt: int, exc: BaseException | None, rng: Callable[[], float]) -> float:
        asked = getattr(exc, "retry_after", None)
        if asked is None:
            return backoff(attempt, self.base, self.cap, rng)
        # Never earlier than asked; a little later, so that workers do not return all at once.
        return float(asked) + self.base * rng() if asked < self.cap else float(asked)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
