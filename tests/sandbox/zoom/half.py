"""The Zoom half as one object: its world, its tokens, its limits and its voice (webhook deliveries)."""

import fnmatch
import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from ..core.clock import Clock, Timers
from ..core.delivery import Delivery, DeliveryEngine
from ..core.pages import Pager
from ..core.quota import Quota
from ..core.spread import again
from . import config, signing
from .tokens import TokenStore
from .world import User, World


@dataclass
class Subscription:
    """One event subscription of the app: where to, which events (None: all), with which secret."""

    id: str
    url: str
    secret_token: str
    events: list | None = None
    enabled: bool = True
    failed_validations: int = 0
    name: str = ""

    def wants(self, event: str) -> bool:
        if not self.enabled:
            return False
        return self.events is None or any(fnmatch.fnmatchcase(event, mask) for mask in self.events)


class ZoomHalf:
    """State and services shared by the OAuth, REST, download and control routes of Zoom."""

    def __init__(self, clock: Clock, timers: Timers, engine: DeliveryEngine, base_url: str):
        self.clock = clock
        self.timers = timers
        self.engine = engine
        self.base_url = base_url
        self.tokens = TokenStore(clock)
        self.quota = Quota(clock)
        self.pager = Pager(clock)
        self.counts: Counter = Counter()
        self._numbers = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """Back to an account with one administrator and nothing else."""
        self.limits = config.Limits()
        self.app = config.App()
        self.subscriptions: list[Subscription] = []
        self.tokens.clear()
        self.quota.clear()
        self.pager.clear()
        self.counts.clear()
        self.new_world(0)

    def new_world(self, seed: int) -> World:
        """An empty account; only the administrator exists."""
        # Starts of what runs in live meetings now, e.g. ("recording", uuid) -> start.
        self.running: dict[tuple[str, str], datetime] = {}
        self.outsiders: list = []
        self.world = World(seed)
        now = self.clock.now().replace(microsecond=0)
        self.admin = self.world.add_user(
            User(
                "UserSandboxAdmin000001",
                "Zoe",
                "Admin",
                config.ACCOUNT_EMAIL,
                role_id="0",
                created=now.replace(year=now.year - 2, day=1),
                last_login=now,
                pmi=5550000001,
            )
        )
        return self.world

    def apply_limits(self) -> None:
        """Tell the services what the limits now are."""
        self.pager.lifetime = self.limits.page_token_lifetime
        self.engine.timeout = self.limits.delivery_timeout

    def info(self) -> dict:
        """Addresses and credentials, as printed when the sandbox is ready."""
        oauth = f"{self.base_url}/zoom/oauth"
        return {
            "oauth_base_url": oauth,
            "authorize_url": f"{oauth}/authorize",
            "token_url": f"{oauth}/token",
            "revoke_url": f"{oauth}/revoke",
            "api_base_url": f"{self.base_url}/zoom/v2",
            "client_id": config.CLIENT_ID,
            "client_secret": config.CLIENT_SECRET,
            "account_id": config.ACCOUNT_ID,
            "secret_token": config.SECRET_TOKEN,
            "s2s_client_id": config.S2S_CLIENT_ID,
            "s2s_client_secret": config.S2S_CLIENT_SECRET,
            "account_email": config.ACCOUNT_EMAIL,
        }

    # Subscriptions -----------------------------------------------------------------------------------

    def subscribe(self, url: str, secret_token: str | None, events: list | None, name: str = ""):
        """Add a subscription, or replace the one with the same address."""
        self.subscriptions = [sub for sub in self.subscriptions if sub.url != url]
        subscription = Subscription(
            f"SubSandbox{next(self._numbers):010d}",
            url,
            secret_token or config.SECRET_TOKEN,
            events,
            name=name,
        )
        self.subscriptions.append(subscription)
        return subscription

    # Deliveries --------------------------------------------------------------------------------------

    def stamp(self) -> int:
        """Epoch seconds that date a signature.

        By default the machine's time and not the sandbox clock: a receiver checks it against its own
        clock, which nobody moves.
        """
        moment = self.clock.timestamp() if self.app.sign_clock == "sandbox" else self.clock.wall()
        return int(moment)

    def delivery(
        self,
        body: object,
        url: str,
        secret_token: str,
        *,
        request_id: str | None = None,
        sign: bool = True,
        timestamp: int | None = None,
        raw: bytes | None = None,
        extra: dict | None = None,
        retry: bool = True,
    ) -> Delivery:
        """One delivery, ready to be sent by the engine."""
        payload = signing.compact(body) if raw is None else raw
        request_id = request_id or signing.request_id()
        event = body.get("event", "?") if isinstance(body, dict) else "?"

        def make_headers(content: bytes) -> dict:
            stamp = self.stamp() if timestamp is None else int(timestamp)
            made = signing.headers(content, secret_token, stamp, request_id, config.CLIENT_ID)
            if not sign:
                del made["x-zm-signature"]
            made.update({key.lower(): str(value) for key, value in (extra or {}).items()})
            return {key: value for key, value in made.items() if value != ""}

        return Delivery(request_id, "zoom", event, url, payload, make_headers, retry)

    def deliveries(self, bodies: list[dict], **options) -> list[Delivery]:
        """Deliveries of these events to every subscription that wants them, remembered, not yet sent."""
        made = []
        for body in bodies:
            for subscription in self.subscriptions:
                if subscription.wants(body["event"]):
                    made.append(
                        self.delivery(body, subscription.url, subscription.secret_token, **options)
                    )
        for item in made:
            self.engine.add(item)
        return made

    def emit(self, *bodies: dict) -> list[Delivery]:
        """Send events in the background, in their order."""
        made = self.deliveries(list(bodies))
        if made:
            self.engine.background(self.engine.send_all(made))
        return made

    def delivered(self, delivery: Delivery) -> None:
        """Count the outcome of an attempt."""
        if delivery.vendor != "zoom":
            return
        status = delivery.attempts[-1]["status"]
        self.counts[f"deliveries:{status or delivery.attempts[-1]['error']}"] += 1

    def again(self, delivery: Delivery) -> Delivery:
        """A second delivery of the same fact: same request id, same body."""
        return again(self.engine, delivery)

    def ms(self, moment: datetime | None = None) -> int:
        """Epoch milliseconds of an instant, default now."""
        return int((moment.timestamp() if moment else self.clock.timestamp()) * 1000)
