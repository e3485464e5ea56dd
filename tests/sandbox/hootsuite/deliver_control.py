"""Control routes of the Hootsuite half about addresses and deliveries."""

from collections import Counter

from aiohttp import web

from ..control import ControlError, control
from ..core.delivery import Delivery
from ..core.spread import again, spread
from .half import KINDS, HootsuiteHalf
from .platform import Line


def kind_of(body: object) -> str:
    """Which surface sends a body of this form."""
    if isinstance(body, list):
        return "platform"
    if isinstance(body, dict):
        if "eventType" in body:
            return "notification"
        if body.get("type") in ("CONVERSATION_RESOLVED", "CONVERSATION_SET_TO_PENDING"):
            return "write_back"
        if "type" not in body and "contactAttributes" in body:
            return "lookup"
    return "virtual_agent"


class DeliverControl:
    """Handlers of /control/hootsuite/* that set addresses and send bodies."""

    def __init__(self, half: HootsuiteHalf):
        self.half = half

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "subscribe": self.subscribe,
            "deliver": self.deliver,
            "deliver_many": self.deliver_many,
            "ping": self.ping,
            "flush": self.flush,
        }
        return [web.post(f"/control/hootsuite/{n}", control(f)) for n, f in posts.items()]

    async def finish(self, body: dict) -> None:
        if body.get("wait"):
            await self.half.engine.settle()

    async def subscribe(self, request: web.Request, body: dict) -> dict:
        """Set the addresses of some kinds (all when none are named); with ping the platform asks it."""
        kinds = body.get("kinds") or KINDS
        made = self.half.subscribe(
            body["url"], tuple(kinds), body.get("secret"), body.get("organizations")
        )
        result: dict = {"kinds": [address.kind for address in made]}
        if body.get("ping"):
            self.half.platform.line(body["url"], made[0].secret if "platform" in kinds else None)
            sent = await self.half.platform.ping(body["url"])
            result.update(ok=sent.state == "delivered", attempts=sent.attempts)
        return result

    def made(self, payload: object, body: dict) -> list[Delivery]:
        """Deliveries of one body: to the url given, or to the address of its kind."""
        raw = body["raw"].encode() if "raw" in body else None
        kind = body.get("kind") or kind_of(payload)
        if kind not in KINDS:
            raise ControlError(f"kind must be one of {', '.join(KINDS)}")
        known = [address for address in self.half.addresses if address.kind == kind]
        secret = body.get("secret")
        if body.get("url"):
            default = self.half.default_secret(kind)
            targets = [(body["url"], secret or (known[0].secret if known else default))]
        else:
            targets = [(address.url, secret or address.secret) for address in known]
        if not targets:
            raise ControlError(f"there is no address for {kind} and no url was given")
        options = {
            "raw": raw,
            "sign": body.get("sign", True),
            "extra": body.get("headers"),
            "retry": body.get("retry", True),
        }
        if kind == "platform":
            platform = self.half.platform
            return [platform.delivery(payload, Line(url, key), **options) for url, key in targets]
        return [
            self.half.inbox_delivery(kind, payload, url, key, **options) for url, key in targets
        ]

    async def deliver(self, request: web.Request, body: dict) -> dict:
        """Send one body (or raw text) now and answer with what the receiver said."""
        engine = self.half.engine
        sent = []
        for delivery in self.made(body.get("body", {}), body):
            copies = [engine.add(delivery)]
            copies += [again(engine, delivery) for _ in range(int(body.get("times", 1)) - 1)]
            sent += copies
        if body.get("wait", True):
            await engine.send_all(sent)
        else:
            engine.background(engine.send_all(sent))
        return {
            "attempts": [attempt for delivery in sent for attempt in delivery.attempts],
            "deliveries": [{**d.describe(), "response_body": d.response_body} for d in sent],
        }

    async def deliver_many(self, request: web.Request, body: dict) -> dict:
        """Send many bodies, some doubled, perhaps shuffled; counts per status of first attempts."""
        bodies = body["bodies"]
        if body.get("batch"):
            size = int(body["batch"])
            bodies = [bodies[start : start + size] for start in range(0, len(bodies), size)]
        made = [self.made(payload, body)[0] for payload in bodies]
        order = spread(
            len(made), body.get("doubled", 0.0), body.get("shuffle", False), body.get("seed", 1)
        )
        engine = self.half.engine
        used: set[int] = set()
        sent = []
        for index in order:
            sent.append(again(engine, made[index]) if index in used else engine.add(made[index]))
            used.add(index)
        work = engine.send_all(sent, int(body.get("concurrency", 8)))
        if not body.get("wait", True):
            engine.background(work)
            return {"sent": len(sent), "statuses": {}}
        await work
        first = Counter(str(d.attempts[0]["status"] or d.attempts[0]["error"]) for d in sent)
        return {"sent": len(sent), "statuses": dict(first)}

    async def ping(self, request: web.Request, body: dict) -> dict:
        """Ping one address, or all the platform has."""
        platform = self.half.platform
        urls = [body["url"]] if body.get("url") else list(platform.lines)
        if not urls:
            urls = [address.url for address in self.half.addresses if address.kind == "platform"]
        sent = [await platform.ping(url) for url in urls]
        return {
            "ok": all(delivery.state == "delivered" for delivery in sent) and bool(sent),
            "addresses": platform.describe(),
        }

    async def flush(self, request: web.Request, body: dict) -> dict:
        """Send the platform events that wait for their batch."""
        await self.half.platform.flush_all()
        await self.finish(body)
        return {"addresses": self.half.platform.describe()}
