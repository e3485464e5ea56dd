"""The Hootsuite half as one object: its world, its tokens, its limits, its addresses, its voice."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.clock import Clock, Timers
from ..core.delivery import Delivery, DeliveryEngine, Policy
from ..core.quota import Quota
from . import cast, config, signing
from .api_times import nano_text
from .inbox import Inbox
from .platform import PlatformQueue
from .tokens import TokenStore
from .world import World

#: What an address can be for: one of the platform's, four of the Inbox.
KINDS = ("platform", "virtual_agent", "write_back", "lookup", "notification")


@dataclass
class Address:
    """Where one kind of delivery goes, with its secret; organizations None: all."""

    kind: str
    url: str
    secret: str
    organizations: list | None = None
    headers: dict = field(default_factory=dict)


class HootsuiteHalf:
    """State and services shared by the OAuth, REST, Inbox and control routes of Hootsuite."""

    def __init__(self, clock: Clock, timers: Timers, engine: DeliveryEngine, base_url: str):
        self.clock = clock
        self.timers = timers
        self.engine = engine
        self.base_url = base_url
        self.tokens = TokenStore(clock)
        self.quota = Quota(clock)
        self.counts: Counter = Counter()
        self.proactive: dict[str, dict] = {}
        # Called with each Inbox delivery after an attempt; the Inbox sets it.
        self.on_inbox: list[Callable[[Delivery], None]] = []
        self.inbox = Inbox(self)
        self.platform = PlatformQueue(self)
        self.reset()

    def reset(self) -> None:
        """Back to the fixed organizations without posts or conversations."""
        self.limits = config.Limits()
        self.app = config.App()
        self.addresses: list[Address] = []
        self.tokens.clear()
        self.quota.clear()
        self.counts.clear()
        self.proactive.clear()
        self.platform.clear()
        self._last_wall = 0
        self.new_world(0)

    def new_world(self, seed: int) -> World:
        """The fixed part only; ids and numbers follow from the seed."""
        self.world = World(seed)
        cast.populate(self.world)
        return self.world

    def info(self) -> dict:
        """Addresses and credentials, as printed when the sandbox is ready."""
        base = f"{self.base_url}/hootsuite"
        return {
            "api_base_url": base,
            "authorize_url": f"{base}/oauth2/auth",
            "token_url": f"{base}/oauth2/token",
            "client_id": config.CLIENT_ID,
            "client_secret": config.CLIENT_SECRET,
            "inbox_secret": config.INBOX_SECRET,
            "platform_secret": config.PLATFORM_SECRET,
            "organization_id": config.ORGANIZATION_ID,
            "second_organization_id": config.SECOND_ORGANIZATION_ID,
            "member_id": config.MEMBER_ID,
            "member_email": config.MEMBER_EMAIL,
        }

    # Addresses ---------------------------------------------------------------------------------------

    def default_secret(self, kind: str) -> str:
        return config.PLATFORM_SECRET if kind == "platform" else config.INBOX_SECRET

    def subscribe(self, url: str, kinds=KINDS, secret=None, organizations=None) -> list[Address]:
        """Set the address of each kind; an earlier one of that kind and organizations is replaced.

        Raises ValueError for an unknown kind or an Inbox secret that is not hexadecimal.
        """
        made = []
        for kind in kinds:
            if kind not in KINDS:
                raise ValueError(f"kind must be one of {', '.join(KINDS)}")
            key = secret or self.default_secret(kind)
            if kind != "platform":
                bytes.fromhex(key)
            self.addresses = [
                old
                for old in self.addresses
                if (old.kind, old.organizations) != (kind, organizations)
            ]
            made.append(Address(kind, url, key, organizations))
        self.addresses += made
        return made

    def addresses_of(self, kind: str, organization_id: str | None = None) -> list[Address]:
        """Addresses of a kind that listen to the organization."""
        return [
            address
            for address in self.addresses
            if address.kind == kind
            and (address.organizations is None or organization_id in address.organizations)
        ]

    # Deliveries --------------------------------------------------------------------------------------

    def stamp(self) -> str:
        """The timestamp of an Inbox body, with nanoseconds, later than the one before.

        By default the machine's time and not the sandbox clock: a receiver refuses bodies that are older
        than five minutes on its own clock, which nobody moves.
        """
        if self.app.sign_clock == "sandbox":
            nanoseconds = int(self.clock.timestamp() * 1_000_000_000)
        else:
            nanoseconds = time.time_ns()
        self._last_wall = nanoseconds = max(nanoseconds, self._last_wall + 1000)
        return nano_text(nanoseconds)

    def inbox_policy(self, kind: str) -> Policy:
        limits = self.limits
        if kind == "virtual_agent":
            return Policy(limits.agent_timeout, tuple(limits.agent_retries), retry_refused=True)
        retries = tuple(limits.crm_retries) if kind == "write_back" else ()
        return Policy(limits.crm_timeout, retries, retry_refused=True)

    def inbox_delivery(
        self,
        kind: str,
        body: object,
        url: str,
        secret: str,
        *,
        raw: bytes | None = None,
        sign: bool = True,
        extra: dict | None = None,
        about: object = None,
        retry: bool = True,
    ) -> Delivery:
        """One Inbox delivery, ready for the engine; the signature is made from the bytes sent."""
        payload = signing.compact(body) if raw is None else raw

        def make_headers(content: bytes) -> dict:
            made = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Inbox/2.0"}
            if sign:
                made[self.app.signature_header] = signing.inbox_signature(secret, content)
            made.update({key: str(value) for key, value in (extra or {}).items()})
            return {key: value for key, value in made.items() if value != ""}

        facts = body if isinstance(body, dict) else {}
        event = facts.get("type") or facts.get("eventType") or kind
        return Delivery(
            str(facts.get("idempotencyKey") or ""),
            "hootsuite",
            str(event),
            url,
            payload,
            make_headers,
            retry,
            policy=self.inbox_policy(kind),
            about=about,
        )

    def delivered(self, delivery: Delivery) -> None:
        """Count the outcome of an attempt and tell whom it concerns."""
        if delivery.vendor != "hootsuite":
            return
        status = delivery.attempts[-1]["status"]
        self.counts[f"deliveries:{status or delivery.attempts[-1]['error']}"] += 1
        if not self.platform.answered(delivery):
            for callback in self.on_inbox:
                callback(delivery)
