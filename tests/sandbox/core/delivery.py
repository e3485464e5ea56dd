"""Sends events to receivers the way a vendor does: signed per attempt, retried on a schedule.

Success, retry and giving up follow the policy that the vendor's half supplies. The schedule runs on the
sandbox clock; the timeout of one attempt is real time.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from .clock import Clock, Timers, iso


@dataclass
class Delivery:
    """One event on its way to one address.

    ``state``: pending, delivered, retrying (a next attempt is due at ``next_at``), failed (refused, no
    retry) or dead (all retries used).
    """

    request_id: str
    vendor: str
    event: str
    url: str
    body: bytes
    headers: Callable[[bytes], dict]
    retry: bool = True
    created: str = ""
    attempts: list[dict] = field(default_factory=list)
    state: str = "pending"
    next_at: float | None = None
    response_body: str = ""
    # Where on the retry schedule we are, counted from the due time and not from the moment we got to it.
    due: float = 0.0

    def describe(self) -> dict:
        """JSON form for the control API (no bodies)."""
        return {
            "request_id": self.request_id,
            "vendor": self.vendor,
            "event": self.event,
            "url": self.url,
            "created": self.created,
            "attempts": self.attempts,
            "state": self.state,
        }


class DeliveryEngine:
    """Delivers, retries, and remembers what became of it."""

    def __init__(self, clock: Clock, timers: Timers):
        self.clock = clock
        self.timers = timers
        self.timeout = 3.0
        # Many retries can become due in one move of the clock; they go out a few at a time.
        self._gate = asyncio.Semaphore(8)
        self.schedule: tuple[float, ...] = (300.0, 1200.0, 3600.0)
        self.deliveries: list[Delivery] = []
        self.on_result: list[Callable[[Delivery], None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task] = set()

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=256, limit_per_host=0)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)

    async def stop(self) -> None:
        self.clear()
        if self._session is not None:
            await self._session.close()

    def clear(self) -> None:
        """Forget all deliveries and stop those under way."""
        for task in self._tasks:
            task.cancel()
        self.deliveries.clear()

    def add(self, delivery: Delivery) -> Delivery:
        """Remember a delivery without sending it yet."""
        delivery.created = iso(self.clock.now())
        delivery.due = self.clock.timestamp()
        self.deliveries.append(delivery)
        return delivery

    def background(self, coroutine) -> asyncio.Task:
        """Run a coroutine beside the request that asked for it; ``settle`` waits for it."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def send_all(self, deliveries: list[Delivery], concurrency: int = 1) -> None:
        """First attempts of many deliveries, in order, at most ``concurrency`` at a time."""
        queue = iter(deliveries)

        async def worker():
            for delivery in queue:
                await self.attempt(delivery)

        await asyncio.gather(*(worker() for _ in range(max(1, concurrency))))

    async def settle(self) -> None:
        """Wait until everything sent in the background has its answer and nothing due is left."""
        while True:
            await self.timers.settle()
            tasks = [task for task in self._tasks if not task.done()]
            if not tasks:
                return
            # A reset cancels what runs; everything else that goes wrong must be seen.
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def post(
        self, url: str, body: bytes, headers: dict
    ) -> tuple[int | None, str | None, str]:
        """One POST: (status, error, answer). Redirects are not followed, as the vendor does not."""
        if self._session is None:
            raise RuntimeError("the delivery engine is not started")
        try:
            async with self._session.post(
                url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                return response.status, None, (await response.text(errors="replace"))[:2000]
        except asyncio.TimeoutError:
            return None, "timeout", ""
        except aiohttp.ClientError as error:
            return None, type(error).__name__, ""

    async def retry(self, delivery: Delivery) -> None:
        """A later attempt of a delivery that is still wanted."""
        async with self._gate:
            await self.attempt(delivery)

    async def attempt(self, delivery: Delivery) -> None:
        """Send once and decide what follows."""
        started = time.monotonic()
        at = iso(self.clock.now())
        status, error, answer = await self.post(
            delivery.url, delivery.body, delivery.headers(delivery.body)
        )
        delivery.attempts.append(
            {
                "at": at,
                "status": status,
                "error": error,
                "ms": round((time.monotonic() - started) * 1000, 1),
            }
        )
        delivery.response_body = answer
        first = len(delivery.attempts) == 1
        accepted = status in (200, 204) if first else status is not None and 200 <= status < 300
        if accepted:
            delivery.state = "delivered"
        elif status is not None and status < 500:
            delivery.state = "failed"
        elif not delivery.retry or len(delivery.attempts) > len(self.schedule):
            delivery.state = "dead"
        else:
            delivery.state = "retrying"
            delivery.due += self.schedule[len(delivery.attempts) - 1]
            delivery.next_at = delivery.due
            self.timers.at(delivery.due, lambda: self.retry(delivery))
        for callback in self.on_result:
            callback(delivery)
