"""Platform webhooks: JSON arrays about our own posts, sent every five seconds or when many wait.

An address that keeps failing is disabled; while it is, its events are lost. It comes back when it answers a
ping. The vendor's retry schedule is not published; the one here is the sandbox's.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..core.delivery import Delivery, Policy
from . import config, signing
from .api_times import stamp_ms

if TYPE_CHECKING:
    from .half import HootsuiteHalf
    from .world import Comment, Message

MESSAGES = "com.hootsuite.messages.event.v1"
COMMENTS = "com.hootsuite.comments.event.v1"
APPS = "com.hootsuite.apps.event.v1"
PING = [{"type": "com.hootsuite.ping.event.v1", "data": {}}]
LONGEST_ANSWER = 32 * 1024
PORTS = (80, 443, 8080, 8443)


@dataclass
class Line:
    """The queue to one address. secret None: never signed, as for the webhookUrls of one message."""

    url: str
    secret: str | None
    waiting: list[dict] = field(default_factory=list)
    timer: bool = False
    failures: int = 0
    disabled: bool = False
    lost: int = 0


@dataclass
class Batch:
    """What a delivery was about."""

    line: Line
    ping: bool = False


class PlatformQueue:
    """Collects, sends, disables and revives."""

    def __init__(self, half: "HootsuiteHalf"):
        self.half = half
        self.lines: dict[str, Line] = {}
        self._last = 0

    def clear(self) -> None:
        """Forget the addresses; the numbers go on."""
        self.lines.clear()

    def seq_no(self) -> str:
        """A number that rises and never comes twice, not even after a reset."""
        self._last = max(self._last + 1, int(time.time() * 1000))
        return str(self._last)

    def line(self, url: str, secret: str | None = None) -> Line:
        found = self.lines.setdefault(url, Line(url, secret))
        found.secret = found.secret or secret
        return found

    # Events ------------------------------------------------------------------------------------------

    def message(self, message: "Message", state: str, at) -> None:
        """A message changed its state: to the app's address and to those of the message."""
        profile = self.half.world.profiles.get(message.profile_id)
        organization = profile.organization_id if profile else None
        data = {
            "state": state,
            "organization": {"id": organization} if organization else None,
            "message": {"id": message.id},
            "timestamp": stamp_ms(at),
        }
        self.announce(MESSAGES, data, organization, message.webhook_urls)

    def comment(self, comment: "Comment", state: str, at) -> None:
        profile = self.half.world.profiles[comment.profile_id]
        data = {
            "state": state,
            "organization": {"id": profile.organization_id},
            "comment": {"id": comment.id},
            "timestamp": stamp_ms(at),
        }
        self.announce(COMMENTS, data, profile.organization_id)

    def app(self, state: str, member_id: str | None, organization_id: str | None) -> None:
        """The app was installed or uninstalled."""
        data: dict = {"state": state, "app": {"id": config.APP_ID}}
        if member_id:
            data["member"] = {"id": member_id}
        if organization_id:
            data["organization"] = {"id": organization_id}
        self.announce(APPS, data, organization_id, everyone=True)

    def announce(
        self, kind: str, data: dict, organization_id: str | None, urls=(), everyone: bool = False
    ) -> None:
        """Queue one event for each address that is to hear it, once per address."""
        targets: dict[str, str | None] = dict.fromkeys(urls)
        if everyone or organization_id in self.half.app.installed_organizations:
            for address in self.half.addresses:
                wanted = address.organizations is None or organization_id in address.organizations
                if address.kind == "platform" and wanted:
                    targets[address.url] = address.secret
        for url, secret in targets.items():
            self.push(self.line(url, secret), {"seq_no": self.seq_no(), "type": kind, "data": data})

    def push(self, line: Line, event: dict) -> None:
        if line.disabled:
            line.lost += 1
            return
        line.waiting.append(event)
        limits = self.half.limits
        if len(line.waiting) > limits.batch_size:
            self.half.engine.background(self.flush(line))
        elif not line.timer:
            line.timer = True

            async def due() -> None:
                line.timer = False
                await self.flush(line)

            self.half.timers.at(self.half.clock.timestamp() + limits.batch_pause, due)

    # Sending -----------------------------------------------------------------------------------------

    def delivery(
        self,
        body: object,
        line: Line,
        *,
        raw: bytes | None = None,
        sign: bool = True,
        extra: dict | None = None,
        retry: bool = True,
        ping: bool = False,
    ) -> Delivery:
        """One POST of an array, signed as the app's switches say."""
        half = self.half

        def make_headers(content: bytes) -> dict:
            app = half.app
            made = {"Content-Type": "application/json", "User-Agent": "Hootsuite-Platform"}
            if sign and line.secret and app.platform_signature != "none":
                made["X-Hootsuite-Signature"] = signing.platform_signature(
                    line.secret,
                    content,
                    app.platform_signature,
                    app.platform_encoding,
                    app.platform_key,
                )
            made.update({key: str(value) for key, value in (extra or {}).items()})
            return {key: value for key, value in made.items() if value != ""}

        limits = half.limits
        rows = body if isinstance(body, list) else []
        first = rows[0] if rows and isinstance(rows[0], dict) else {}
        return Delivery(
            str(first.get("seq_no") or ""),
            "hootsuite",
            str(first.get("type") or "platform"),
            line.url,
            signing.compact(body) if raw is None else raw,
            make_headers,
            retry and not ping,
            policy=Policy(
                limits.platform_timeout,
                tuple(limits.platform_retries),
                retry_refused=True,
                longest_answer=LONGEST_ANSWER,
            ),
            about=Batch(line, ping),
        )

    async def flush(self, line: Line) -> None:
        """Send what waits for one address, at most a batch at a time."""
        while line.waiting:
            size = self.half.limits.batch_size
            events, line.waiting = line.waiting[:size], line.waiting[size:]
            if line.disabled:
                line.lost += len(events)
                continue
            await self.half.engine.attempt(self.half.engine.add(self.delivery(events, line)))

    async def flush_all(self) -> None:
        for line in list(self.lines.values()):
            await self.flush(line)

    async def ping(self, url: str) -> Delivery:
        """Send one ping; an answer of 2xx enables the address."""
        made = self.delivery(PING, self.line(url), ping=True)
        await self.half.engine.attempt(self.half.engine.add(made))
        return made

    def answered(self, delivery: Delivery) -> bool:
        """Count failures in a row, disable and enable; False when the delivery is not ours."""
        batch = delivery.about
        if not isinstance(batch, Batch):
            return False
        line = batch.line
        if delivery.state == "delivered":
            line.failures = 0
            line.disabled = False
            return True
        if line.disabled:
            return True
        line.failures += 1
        if line.failures >= self.half.limits.platform_failures:
            line.disabled = True
            line.lost += len(line.waiting)
            line.waiting.clear()
            for other in self.half.engine.deliveries:
                about = other.about
                if isinstance(about, Batch) and about.line is line and other.state == "retrying":
                    other.state = "dead"
            self.ping_later(line)
        return True

    def ping_later(self, line: Line) -> None:
        """Ask a disabled address again and again whether it is well."""

        async def again() -> None:
            if line.disabled and self.lines.get(line.url) is line:
                await self.ping(line.url)
                if line.disabled:
                    self.ping_later(line)

        self.half.timers.at(self.half.clock.timestamp() + self.half.limits.ping_pause, again)

    def describe(self) -> list[dict]:
        """The state of every address, for the control API."""
        return [
            {
                "url": line.url,
                "waiting": len(line.waiting),
                "failures": line.failures,
                "disabled": line.disabled,
                "lost": line.lost,
            }
            for line in self.lines.values()
        ]
