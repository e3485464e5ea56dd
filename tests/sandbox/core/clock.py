"""A clock that can be moved, and timers that fire on it.

The clock runs with real time plus an offset. Everything the sandbox dates or expires (tokens, page tokens,
quota windows, retries of deliveries) asks this clock, so a test reaches "an hour later" in one call.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone


def iso(moment: datetime) -> str:
    """UTC text with a trailing Z and whole seconds, the vendors' usual form."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> datetime:
    """Aware UTC datetime of an ISO text; a text without zone is read as UTC.

    Raises ValueError when the text is not ISO 8601.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (
        moment.replace(tzinfo=timezone.utc)
        if moment.tzinfo is None
        else moment.astimezone(timezone.utc)
    )


class Clock:
    """Real time plus an offset, or a frozen instant."""

    def __init__(self, wall: Callable[[], float] = time.time):
        self._wall = wall
        self._offset = 0.0
        self._frozen: float | None = None
        self.on_move: list[Callable[[], None]] = []

    def wall(self) -> float:
        """Epoch seconds of the machine, which the receiver of a delivery sees too."""
        return self._wall()

    def timestamp(self) -> float:
        """Epoch seconds on this clock."""
        return self._frozen if self._frozen is not None else self._wall() + self._offset

    def now(self) -> datetime:
        """Aware UTC datetime on this clock."""
        return datetime.fromtimestamp(self.timestamp(), timezone.utc)

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    def _moved(self) -> None:
        for callback in self.on_move:
            callback()

    def advance(self, seconds: float) -> None:
        """Move forward (or back, when negative) by seconds."""
        if self._frozen is not None:
            self._frozen += seconds
        else:
            self._offset += seconds
        self._moved()

    def set(self, moment: datetime) -> None:
        """Move to an instant; the clock keeps running from there unless it is frozen."""
        if self._frozen is not None:
            self._frozen = moment.timestamp()
        else:
            self._offset = moment.timestamp() - self._wall()
        self._moved()

    def freeze(self) -> None:
        """Stop the clock where it stands."""
        self._frozen = self.timestamp()

    def real(self) -> None:
        """Back to real time, running."""
        self._offset = 0.0
        self._frozen = None
        self._moved()

    def next_midnight(self) -> datetime:
        """The coming 00:00 UTC, when vendors' daily quotas start anew."""
        midnight = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1)


class Timers:
    """Coroutines to run at an instant of the clock; a move of the clock fires the due ones at once."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self._heap: list[tuple[float, int, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task] = set()
        clock.on_move.append(self._wake.set)

    def at(self, timestamp: float, action: Callable[[], Awaitable[None]]) -> None:
        """Run the action when the clock reaches the timestamp (epoch seconds)."""
        heapq.heappush(self._heap, (timestamp, next(self._order), action))
        self._wake.set()

    def __len__(self) -> int:
        return len(self._heap)

    def clear(self) -> None:
        """Forget what waits and stop what runs."""
        self._heap.clear()
        for task in self._running:
            task.cancel()

    def fire_due(self) -> list[asyncio.Task]:
        """Start everything that is due and return the started tasks."""
        started = []
        while self._heap and self._heap[0][0] <= self.clock.timestamp():
            _due, _order, action = heapq.heappop(self._heap)
            task = asyncio.ensure_future(action())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            started.append(task)
        return started

    async def settle(self) -> None:
        """Run what is due, and what becomes due by running it, until nothing is left."""
        while True:
            self.fire_due()
            running = list(self._running)
            if not running:
                return
            for outcome in await asyncio.gather(*running, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def run(self) -> None:
        """Background loop: sleeps until the next timer or the next move of the clock."""
        while True:
            self._wake.clear()
            self.fire_due()
            pause = None
            if self._heap and not self.clock.frozen:
                pause = max(0.0, self._heap[0][0] - self.clock.timestamp())
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except asyncio.TimeoutError:
                continue
