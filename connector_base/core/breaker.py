"""Circuit breaker whose state is shared by all workers through a storage.

closed --(failure_threshold failures in a row)--> open --(time is up: one probe)--> half_open
half_open --(probe answered)--> closed;  half_open --(probe failed)--> open, twice as long
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from .errors import BreakerOpen, RemoteUnavailable

BreakerStatus = Literal["closed", "open", "half_open"]
# Two workers that write at once: the loser looks again. Ten losses in a row mean ten other writers
# moved the state meanwhile, so our own count does not matter any more.
_CAS_TRIES = 10
_MAX_EXPONENT = 30


@dataclass(frozen=True)
class BreakerState:
    """Shared state of one breaker.

    :param failures: failures in a row; goes on counting failed probes while open
    :param opened_at: epoch seconds of the last opening
    :param probe_at: epoch seconds at which the running probe started
    """

    state: BreakerStatus = "closed"
    failures: int = 0
    opened_at: float | None = None
    probe_at: float | None = None


class BreakerStorage(Protocol):
    """Where the state lives (a table row in Odoo)."""

    def load(self) -> BreakerState:
        """Return the current state; the default state when there is none."""

    def compare_and_save(self, old: BreakerState, new: BreakerState) -> bool:
        """Replace ``old`` by ``new`` atomically; False, without writing, if it is not ``old`` now.

        Times must survive a round trip exactly (a double precision column does).
        """


class MemoryBreakerStorage:
    """State in this process, for tools and tests; shared by threads."""

    def __init__(self) -> None:
        self._state = BreakerState()
        self._lock = threading.Lock()

    def load(self) -> BreakerState:
        """See :class:`BreakerStorage`."""
        with self._lock:
            return self._state

    def compare_and_save(self, old: BreakerState, new: BreakerState) -> bool:
        """See :class:`BreakerStorage`."""
        with self._lock:
            if self._state != old:
                return False
            self._state = new
            return True


class Breaker:
    """One worker's view of a shared breaker; safe for threads.

    Only ``RemoteUnavailable`` counts as failure: a vendor that refuses or limits us is alive.

    :param failure_threshold: failures in a row that open it
    :param open_seconds: first time it stays open; doubled with every failed probe
    :param max_open: longest time it stays open, seconds
    :param probe_seconds: a probe that did not report after this long is taken for lost (its worker
        was killed) and another worker may probe
    """

    def __init__(
        self,
        storage: BreakerStorage,
        *,
        failure_threshold: int = 5,
        open_seconds: float = 30,
        max_open: float = 300,
        probe_seconds: float = 60,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._storage = storage
        self._threshold = failure_threshold
        self._open_seconds = open_seconds
        self._max_open = max_open
        self._probe_seconds = probe_seconds
        self._clock = clock
        self._local = threading.local()

    def open_until(self, state: BreakerState) -> float:
        """Return the epoch seconds at which an open breaker lets a probe through."""
        exponent = min(max(state.failures - self._threshold, 0), _MAX_EXPONENT)
        return (state.opened_at or 0.0) + min(self._max_open, self._open_seconds * 2.0**exponent)

    def before_call(self) -> None:
        """Let the call pass, or raise.

        :raises BreakerOpen: ``retry_after`` = seconds until the next probe may run
        """
        self._local.probe = None
        for _ in range(_CAS_TRIES):
            state = self._storage.load()
            if state.state == "closed":
                return
            now = self._clock()
            if state.state == "open":
                free_at = self.open_until(state)
            else:
                free_at = (state.probe_at or 0.0) + self._probe_seconds
            if now < free_at:
                raise self._refusal(free_at - now)
            if self._storage.compare_and_save(
                state, replace(state, state="half_open", probe_at=now)
            ):
                self._local.probe = now
                return
        raise self._refusal(1.0)

    def success(self) -> None:
        """The vendor answered. Writes nothing while all is well."""
        probe = self._take_probe()
        for _ in range(_CAS_TRIES):
            state = self._storage.load()
            if state.state == "closed":
                if state.failures == 0:
                    return
            elif not self._is_my_probe(state, probe):
                return  # a late answer to a call from before the opening: the probe decides
            if self._storage.compare_and_save(state, BreakerState()):
                return

    def failure(self, exc: BaseException) -> None:
        """The attempt ended with ``exc``. Anything but ``RemoteUnavailable`` only gives a probe
        back, so that another worker can probe at once."""
        probe = self._take_probe()
        counts = isinstance(exc, RemoteUnavailable)
        if not counts and probe is None:
            return
        for _ in range(_CAS_TRIES):
            state = self._storage.load()
            now = self._clock()
            if state.state == "closed":
                if not counts:
                    return
                failures = state.failures + 1
                new = (
                    BreakerState("open", failures, opened_at=now)
                    if failures >= self._threshold
                    else replace(state, failures=failures)
                )
            elif not self._is_my_probe(state, probe):
                return
            elif counts:
                new = BreakerState("open", state.failures + 1, opened_at=now)
            else:
                new = replace(state, state="open", probe_at=None)
            if self._storage.compare_and_save(state, new):
                return

    def _take_probe(self) -> float | None:
        probe: float | None = getattr(self._local, "probe", None)
        self._local.probe = None
        return probe

    @staticmethod
    def _is_my_probe(state: BreakerState, probe: float | None) -> bool:
        return state.state == "half_open" and probe is not None and state.probe_at == probe

    @staticmethod
    def _refusal(wait: float) -> BreakerOpen:
        wait = max(1.0, wait)
        return BreakerOpen(
            "The vendor does not answer at the moment; calls are paused.",
            remedy=f"Nothing to do: the next try is in about {wait:.0f} seconds.",
            retry_after=wait,
        )
