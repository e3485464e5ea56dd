"""Control routes about conversations: play many, hold one, decide what becomes of it."""

import asyncio
import uuid
from collections import Counter

from aiohttp import web

from ..control import ControlError, control
from ..core.delivery import Delivery
from ..core.spread import again, spread
from . import people, stories
from .inbox_events import AGENTS, notification
from .world import Conversation
from .world_control import WorldControl

STORY_OPTIONS = {
    "conversations",
    "seed",
    "languages",
    "mediums",
    "kinds",
    "products",
    "crowd",
    "turns",
    "write_back",
    "both",
    "spread_days",
}
MANNER = {"doubled", "shuffle", "concurrency", "wait", "send"}


class InboxControl(WorldControl):
    """Handlers of /control/hootsuite/* about customers and what they write."""

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "converse": self.converse,
            "say": self.say,
            "conversation": self.conversation,
            "lookup": self.lookup,
            "notify": self.notify,
            "play": self.play,
            "events": self.events,
        }
        found = [web.post(f"/control/hootsuite/{n}", control(f)) for n, f in posts.items()]
        found.append(web.get("/control/hootsuite/conversations", control(self.conversations)))
        found.append(web.get("/control/hootsuite/people", control(self.people)))
        found.append(web.get("/control/hootsuite/members", control(self.members)))
        return super().routes() + found

    def known_conversation(self, body: dict) -> Conversation:
        found = self.half.world.conversations.get(str(body.get("conversation_id")))
        if found is None:
            raise ControlError(f"there is no conversation {body.get('conversation_id')}")
        return found

    # One conversation --------------------------------------------------------------------------------

    async def converse(self, request: web.Request, body: dict) -> dict:
        """A customer writes: texts one after the other, to the virtual agent, who may act in between.

        person: number of one of the crowd (GET people). public: only the CRM will hear of it, when the
        conversation is resolved.
        """
        medium = body.get("medium", "fb")
        if medium not in people.CHANNELS:
            raise ControlError(f"medium must be one of {', '.join(people.CHANNELS)}")
        number = int(body.get("person", 0))
        person = people.crowd(number + 1)[number]
        contact = people.contact_of(self.half.world, person, medium)
        talk = Conversation(
            str(uuid.uuid4()),
            medium,
            people.CHANNELS[medium],
            contact,
            body.get("language") or person["language"],
            self.half.clock.now(),
            {"kind": body.get("kind", "")},
        )
        self.half.world.conversations[talk.id] = talk
        if body.get("public"):
            talk.holder = "human"
        else:
            await self.half.inbox.start(talk, bool(body.get("delegated")))
        for text in body.get("texts", []):
            await self.half.inbox.say(talk, self.half.inbox.add(talk, text))
        await self.finish(body)
        return self.describe(talk)

    async def say(self, request: web.Request, body: dict) -> dict:
        """One more message of the customer, or with direction OUTBOUND of an agent."""
        talk = self.known_conversation(body)
        direction = body.get("direction", "INBOUND")
        turn = self.half.inbox.add(talk, body["text"], direction)
        if direction == "INBOUND":
            more = {key: body[key] for key in ("payload", "trigger", "minimal") if key in body}
            await self.half.inbox.say(talk, turn, **more)
        await self.finish(body)
        return self.describe(talk)

    async def conversation(self, request: web.Request, body: dict) -> dict:
        """resolve, pend, delegate (to the virtual agent), handover (to a human), note or topic."""
        talk = self.known_conversation(body)
        action = body.get("action")
        inbox = self.half.inbox
        if action in ("resolve", "pend"):
            status = "resolved" if action == "resolve" else "pending"
            agent = AGENTS[int(body.get("agent", 0)) % len(AGENTS)]
            await inbox.close(talk, status, agent, body.get("comment", ""))
        elif action == "delegate":
            await inbox.start(talk, delegated=True)
        elif action == "handover":
            talk.holder = "human"
        elif action == "note":
            inbox.note(talk, body["text"])
        elif action == "topic":
            inbox.act(talk, {"applyTopics": [body["text"]]})
        else:
            raise ControlError("action must be resolve, pend, delegate, handover, note or topic")
        await self.finish(body)
        return self.describe(talk)

    async def lookup(self, request: web.Request, body: dict) -> dict:
        """An agent presses Lookup (confirm false: and does not confirm what came)."""
        return await self.half.inbox.lookup(
            self.known_conversation(body), bool(body.get("confirm", True))
        )

    async def notify(self, request: web.Request, body: dict) -> dict:
        """Send an error notification."""
        messages = body.get("messages") or ["testMessage1 key:testKey1 value:testValue1"]
        sent = await self.half.inbox.tell("notification", notification(self.half, messages), None)
        return {"attempts": [attempt for delivery in sent for attempt in delivery.attempts]}

    def describe(self, talk: Conversation) -> dict:
        return {
            "conversation_id": talk.id,
            "medium": talk.medium,
            "language": talk.language,
            "status": talk.status,
            "holder": talk.holder,
            "told": talk.told,
            "contact_id": talk.contact.id,
            "person": talk.contact.person,
            "messages": [vars(turn) for turn in talk.turns],
            "attributes": talk.contact.attributes,
            "topics": [topic["name"] for topic in talk.topics],
            "tags": talk.tags,
            "notes": [note["text"] for note in talk.notes],
            "attachments": talk.attachments,
        }

    async def conversations(self, request: web.Request, body: dict) -> dict:
        wanted = request.query.get("conversation_id")
        rows = [
            self.describe(talk)
            for talk in self.half.world.conversations.values()
            if wanted in (None, "", talk.id)
        ]
        return {"conversations": rows, "count": len(rows)}

    async def people(self, request: web.Request, body: dict) -> dict:
        """The crowd, for a test that wants them as customers beforehand."""
        return {"people": people.crowd(int(request.query.get("count") or 60))}

    async def members(self, request: web.Request, body: dict) -> dict:
        """The members with their roles, for an environment that wants users for them."""
        rows = [
            {"id": row.id, "name": row.full_name, "email": row.email, "roles": row.roles}
            for row in self.half.world.members.values()
        ]
        return {"members": rows}

    # Many --------------------------------------------------------------------------------------------

    def told(self, body: dict) -> list[stories.Story]:
        unknown = set(body) - STORY_OPTIONS - MANNER
        if unknown:
            raise ControlError(f"unknown fields {sorted(unknown)}")
        return stories.tell(
            self.half, **{key: value for key, value in body.items() if key in STORY_OPTIONS}
        )

    async def play(self, request: web.Request, body: dict) -> dict:
        """Many conversations at once; answers with the ground truth of each.

        Without shuffle each conversation's deliveries keep their order; several run beside each other.
        """
        told = self.told(body)
        made: list[list[Delivery]] = []
        for story in told:
            talk = story.conversation
            row = []
            for kind, payload in stories.bodies(self.half, story):
                row += self.half.inbox.deliveries(kind, payload, talk)
                talk.told.append(payload["type"])
                if kind == "virtual_agent":
                    self.half.inbox.watch(talk)
            made.append(row)
        answer = {
            "conversations": [story.truth() for story in told],
            "inbound": sum(turn.direction == "INBOUND" for s in told for turn in s.lines),
            "deliveries": sum(len(row) for row in made),
        }
        work = self.send(made, body)
        if body.get("wait", True):
            answer["statuses"] = await work
        else:
            self.half.engine.background(work)
        return answer

    async def send(self, rows: list[list[Delivery]], body: dict) -> dict:
        """Send the rows, each in its order, or all of them mixed."""
        engine = self.half.engine
        concurrency = int(body.get("concurrency", 8))
        doubled = float(body.get("doubled", 0.0))
        sent: list[Delivery] = []
        if body.get("shuffle") or doubled:
            flat = [delivery for row in rows for delivery in row]
            used: set[int] = set()
            seed = int(body.get("seed", 1))
            for index in spread(len(flat), doubled, bool(body.get("shuffle")), seed):
                copy = again(engine, flat[index]) if index in used else engine.add(flat[index])
                used.add(index)
                sent.append(copy)
            await engine.send_all(sent, concurrency)
        else:
            queue = iter(rows)

            async def worker() -> None:
                for row in queue:
                    for delivery in row:
                        sent.append(engine.add(delivery))
                        await engine.attempt(delivery)

            await asyncio.gather(*(worker() for _ in range(max(1, concurrency))))
        return dict(Counter(str(d.attempts[0]["status"] or d.attempts[0]["error"]) for d in sent))

    async def events(self, request: web.Request, body: dict) -> dict:
        """The bodies that play would send, unsent, with their kinds; for deliver_many."""
        told = self.told(body)
        found = [pair for story in told for pair in stories.bodies(self.half, story)]
        return {
            "bodies": [payload for _kind, payload in found],
            "kinds": [kind for kind, _payload in found],
            "conversations": [story.truth() for story in told],
        }
