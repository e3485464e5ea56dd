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


@dataclass(frozen=True)
class Policy:
    """How a vendor delivers: seconds for one attempt, pauses between attempts, what counts as accepted."""

    timeout: float
    schedule: tuple[float, ...]
    #: Whether answers such as 404 are tried again too, or are the receiver's last word.
    retry_refused: bool = False
    #: Statuses that the first attempt must get; None: any 2xx.
    first_accepts: tuple[int, ...] | None = None
    #: Bytes of the longest answer that is read; a longer one is a failure.
    longest_answer: int | None = None

    def accepts(self, status: int | None, first: bool) -> bool:
        if status is None:
            return False
        if first and self.first_accepts is not None:
            return status in self.first_accepts
        return 200 <= status < 300


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
    # None: the engine's own policy.
    policy: Policy | None = None
    # What the vendor's half wants to find again when the answer is there.
    about: object = None

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
        self,
        url: str,
        body: bytes,
        headers: dict,
        timeout: float | None = None,
        longest: int | None = None,
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
                timeout=aiohttp.ClientTimeout(total=timeout or self.timeout),
            ) as response:
                raw = await response.read()
                if longest is not None and len(raw) > longest:
                    return None, "answer too long", ""
                return response.status, None, raw[:40_000].decode(errors="replace")
        except asyncio.TimeoutError:
            return None, "timeout", ""
        except aiohttp.ClientError as error:
            return None, type(error).__name__, ""

    async def retry(self, delivery: Delivery) -> None:
        """A later attempt of a delivery that is still wanted."""
        async with self._gate:
            if delivery.state == "retrying":
                await self.attempt(delivery)

    async def attempt(self, delivery: Delivery) -> None:
        """Send once and decide what follows."""
        policy = delivery.policy or Policy(self.timeout, self.schedule, first_accepts=(200, 204))
        started = time.monotonic()
        at = iso(self.clock.now())
        status, error, answer = await self.post(
            delivery.url,
            delivery.body,
            delivery.headers(delivery.body),
            policy.timeout,
            policy.longest_answer,
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
        if policy.accepts(status, first=len(delivery.attempts) == 1):
            delivery.state = "delivered"
        elif status is not None and status < 500 and not policy.retry_refused:
            delivery.state = "failed"
        elif not delivery.retry or len(delivery.attempts) > len(policy.schedule):
            delivery.state = "dead"
        else:
            delivery.state = "retrying"
            delivery.due += policy.schedule[len(delivery.attempts) - 1]
            delivery.next_at = delivery.due
            self.timers.at(delivery.due, lambda: self.retry(delivery))
        for callback in self.on_result:
            callback(delivery)
