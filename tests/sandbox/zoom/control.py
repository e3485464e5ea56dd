"""Control routes of the Zoom half: what an administrator, a user or Zoom itself would do."""

from collections import Counter

from aiohttp import web

from ..control import ControlError, control
from ..core.clock import parse_iso
from ..core.spread import spread
from . import config, scenario, seeding, stream, subscriptions
from .world_control import WorldControl

RUN_OPTIONS = {
    "topic",
    "host_id",
    "participants",
    "rejoin",
    "guests",
    "duration",
    "recording",
    "seed",
    "waiting_room",
    "roles",
    "stable_uuid",
    "announce",
    "cycles",
    "sizes",
    "participant_audio",
    "registrants",
    "customer_keys",
    "pause",
    "timezone",
}


class ZoomControl(WorldControl):
    """Handlers of /control/zoom/* that send or generate events, and those of the account."""

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "subscribe": self.subscribe,
            "validate": self.validate,
            "seed": self.seed,
            "run_meeting": self.run_meeting,
            "deliver": self.deliver,
            "deliver_many": self.deliver_many,
            "events": self.events,
        }
        found = [
            web.post(f"/control/zoom/{name}", control(handler)) for name, handler in posts.items()
        ]
        found.append(web.get("/control/zoom/state", control(self.state)))
        found.append(web.get("/control/zoom/files", control(self.files)))
        return super().routes() + found

    # Subscriptions and deliveries --------------------------------------------------------------------

    async def subscribe(self, request: web.Request, body: dict) -> dict:
        """Set the app's webhook address; with validate the challenge is sent first."""
        sub = self.half.subscribe(body["url"], body.get("secret_token"), body.get("events"))
        result = {"subscription_id": sub.id}
        if body.get("validate"):
            result.update(await subscriptions.revalidate(self.half, sub))
            subscriptions.repeat(self.half, sub)
        return result

    async def validate(self, request: web.Request, body: dict) -> dict:
        """Send the challenge to one address or to every subscription (answer: the last)."""
        url = body.get("url")
        if url and not any(sub.url == url for sub in self.half.subscriptions):
            secret = body.get("secret_token") or config.SECRET_TOKEN
            return await subscriptions.challenge(self.half, url, secret)
        chosen = [sub for sub in self.half.subscriptions if not url or sub.url == url]
        if not chosen:
            raise ControlError("there is no subscription and no url was given")
        for sub in chosen:
            result = await subscriptions.revalidate(self.half, sub)
            result["enabled"] = sub.enabled
        return result

    def addressed(self, payload: object, body: dict, raw: bytes | None = None) -> list:
        """Deliveries of one body: to the url given, or to every subscription."""
        options = {
            "sign": body.get("sign", True),
            "timestamp": body.get("timestamp"),
            "raw": raw,
            "extra": body.get("headers"),
            "retry": body.get("retry", True),
        }
        secret = body.get("secret_token")
        if body.get("url"):
            targets = [(body["url"], secret or config.SECRET_TOKEN)]
        else:
            targets = [(sub.url, secret or sub.secret_token) for sub in self.half.subscriptions]
        if not targets:
            raise ControlError("there is no subscription and no url was given")
        return [self.half.delivery(payload, url, key, **options) for url, key in targets]

    async def deliver(self, request: web.Request, body: dict) -> dict:
        """Send one body (or raw text) now and answer with what the receiver said."""
        raw = body["raw"].encode() if "raw" in body else None
        made = self.addressed(body.get("body", {}), body, raw)
        sent = []
        for delivery in made:
            copies = [self.half.engine.add(delivery)]
            copies += [self.half.again(delivery) for _ in range(int(body.get("times", 1)) - 1)]
            sent += copies
        if body.get("wait", True):
            await self.half.engine.send_all(sent)
        else:
            self.half.engine.background(self.half.engine.send_all(sent))
        return {
            "attempts": [attempt for delivery in sent for attempt in delivery.attempts],
            "deliveries": [{**d.describe(), "response_body": d.response_body} for d in sent],
        }

    async def deliver_many(self, request: web.Request, body: dict) -> dict:
        """Send many bodies; answer with counts per status of the first attempts."""
        bodies = body["bodies"]
        made = [self.addressed(payload, body)[0] for payload in bodies]
        order = spread(
            len(bodies), body.get("doubled", 0.0), body.get("shuffle", False), body.get("seed", 1)
        )
        used: set[int] = set()
        sent = []
        for index in order:
            again = index in used
            used.add(index)
            sent.append(
                self.half.again(made[index]) if again else self.half.engine.add(made[index])
            )
        work = self.half.engine.send_all(sent, int(body.get("concurrency", 8)))
        if not body.get("wait", True):
            self.half.engine.background(work)
            return {"sent": len(sent), "statuses": {}}
        await work
        first = Counter(str(d.attempts[0]["status"] or d.attempts[0]["error"]) for d in sent)
        return {"sent": len(sent), "statuses": dict(first)}

    async def events(self, request: web.Request, body: dict) -> dict:
        bodies = stream.generate(
            self.half,
            int(body.get("count", 2000)),
            body.get("mix", "all"),
            int(body.get("seed", 1)),
        )
        return {
            "bodies": bodies,
            "count": len(bodies),
            "kinds": dict(Counter(b["event"] for b in bodies)),
        }

    # The world ---------------------------------------------------------------------------------------

    async def seed(self, request: web.Request, body: dict) -> dict:
        options = {key: value for key, value in body.items() if key != "wait"}
        result = seeding.seed_world(self.half, **options)
        await self.finish(body)
        return result

    async def run_meeting(self, request: web.Request, body: dict) -> dict:
        """Let one meeting happen; answers with the ground truth, before the deliveries unless wait."""
        half = self.half
        options = {key: value for key, value in body.items() if key in RUN_OPTIONS}
        unknown = (
            set(body)
            - RUN_OPTIONS
            - {
                "meeting_id",
                "start",
                "deliver",
                "speed",
                "doubled",
                "shuffle",
                "wait",
                "include_bodies",
            }
        )
        if unknown:
            raise ControlError(f"unknown fields {sorted(unknown)}")
        meeting = self.known_meeting(body) if body.get("meeting_id") else None
        if meeting is not None and half.world.live(meeting.id):
            raise ControlError("this meeting is running")
        if body.get("start"):
            options["start"] = parse_iso(body["start"])
        story = scenario.plan(half, meeting=meeting, **options)
        truth = story.truth()
        bodies = [step.body for step in story.steps]
        speed = body.get("speed", "instant")
        truth["events"] = []
        if speed != "instant":
            truth["uuid"] = story.instance.uuid
            half.engine.background(scenario.play(half, story, float(speed)))
        else:
            scenario.happen(half, story)
            if body.get("deliver", True):
                made = half.deliveries(bodies)
                order = spread(
                    len(made),
                    body.get("doubled", 0.0),
                    body.get("shuffle", False),
                    body.get("seed", 1),
                )
                used: set[int] = set()
                sending = []
                for index in order:
                    sending.append(half.again(made[index]) if index in used else made[index])
                    used.add(index)
                truth["events"] = [delivery.request_id for delivery in made]
                half.engine.background(half.engine.send_all(sending))
        if body.get("include_bodies") or not body.get("deliver", True):
            truth["bodies"] = bodies
        await self.finish(body)
        return truth

    async def state(self, request: web.Request, body: dict) -> dict:
        half = self.half
        world = half.world
        states = Counter(delivery.state for delivery in half.engine.deliveries)
        return {
            "users": len(world.users),
            "meetings": sum(not m.bin for m in world.meetings.values()),
            "instances": len(world.instances),
            "live": [run.uuid for run in world.instances.values() if run.end is None],
            "recordings": sum(1 for run in world.instances.values() if run.recording),
            "tokens": dict(half.tokens.counts),
            "refresh_count": half.tokens.counts["refreshed"],
            "subscriptions": [
                {"id": s.id, "url": s.url, "events": s.events, "enabled": s.enabled}
                for s in half.subscriptions
            ],
            "deliveries": dict(states),
            "attempts": dict(half.counts),
        }

    async def files(self, request: web.Request, body: dict) -> dict:
        """Recording files of an instance with their true size and SHA-256.

        Of files above 64 MiB the digest is only made when ``full`` is given: it takes seconds.
        """
        uuid = request.query.get("uuid")
        full = bool(request.query.get("full"))
        rows = []
        for key, (instance, file) in self.half.world.files.items():
            if uuid in (None, instance.uuid):
                hashed = full or file.content.size <= 64 * 1024**2
                rows.append(
                    {
                        "key": key,
                        "id": file.id,
                        "uuid": instance.uuid,
                        "file_type": file.file_type,
                        "size": file.content.size,
                        "sha256": file.content.sha256() if hashed else None,
                        "state": file.bin or "available",
                    }
                )
        return {"files": rows}
