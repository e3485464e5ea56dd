"""Conversations in bulk, with their ground truth: who, where, in which language, what is wanted."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from ..core.clock import iso
from . import inbox_events, people, phrases
from .half import HootsuiteHalf
from .world import Conversation, Turn

#: How often each thing is wanted.
WEIGHTS = {
    "question": 18, "complaint": 14, "urgent": 8, "irony": 6, "praise": 10, "purchase": 12,
    "product": 10, "spam": 8, "thanks": 4, "support": 10,
}  # fmt: skip
TRIGGERS = (
    {"type": "STORY", "action": "REPLY"},
    {"type": "POST", "action": "MENTION"},
    {"type": "REEL", "action": "SHARE"},
)


@dataclass
class Story:
    """One conversation as it will go. ``heard``: virtual_agent, write_back or both."""

    conversation: Conversation
    lines: list[Turn]
    heard: str
    comment: str
    agent: dict
    triggers: dict[str, dict] = field(default_factory=dict)

    def truth(self) -> dict:
        talk = self.conversation
        contact = talk.contact
        redacted = talk.medium == inbox_events.TWITTER and self.heard == "write_back"
        return {
            "conversation_id": talk.id,
            "medium": talk.medium,
            "channel": talk.channel,
            "language": talk.language,
            "kind": talk.truth["kind"],
            "heard": self.heard,
            "redacted": redacted,
            "person": {
                key: contact.person[key] for key in ("number", "name", "email", "phone", "customer")
            },
            "contact": {
                "id": contact.id,
                "name": contact.name,
                "handle": contact.handle,
                "network_id": contact.network_id,
            },
            "created": iso(talk.created),
            "messages": [
                {"id": turn.id, "direction": turn.direction, "text": turn.text}
                for turn in self.lines
            ],
        }


def fill(text: str, rng: random.Random, language: str, products: list[str]) -> str:
    return text.format(
        product=rng.choice(products),
        order=f"S{rng.randrange(10000, 99999)}",
        city=phrases.CITIES[language],
    )


def tell(
    half: HootsuiteHalf,
    conversations: int = 20,
    seed: int = 1,
    languages: list | None = None,
    mediums: list | None = None,
    kinds: list | None = None,
    products: list | None = None,
    crowd: int = 60,
    turns: int = 3,
    write_back: float = 0.3,
    both: float = 0.2,
    spread_days: float = 0.0,
) -> list[Story]:
    """Write the stories; nothing is sent. The same seed gives the same stories and ids.

    turns: most messages of the customer in one conversation. write_back: share that only the CRM hears of
    (public comments and posts); both: share that is told to the virtual agent and resolved afterwards.
    """
    rng = random.Random(f"stories:{seed}")
    crowd_list = people.crowd(crowd)
    wanted = list(kinds or phrases.KINDS)
    goods = list(products or phrases.PRODUCTS)
    now = half.clock.now()
    stories = []
    for number in range(conversations):
        language = rng.choice(list(languages or people.LANGUAGES))
        # Every kind occurs once before chance decides.
        kind = (
            wanted[number]
            if number < len(wanted)
            else rng.choices(wanted, [WEIGHTS.get(name, 10) for name in wanted])[0]
        )
        speakers = [person for person in crowd_list if person["language"] == language]
        person = rng.choice(speakers)
        medium = rng.choice(list(mediums or people.MEDIUMS))
        contact = people.contact_of(half.world, person, medium)
        created = now - timedelta(seconds=rng.uniform(0, spread_days * 86400))
        talk = Conversation(
            people.guid("conversation", seed, number),
            medium,
            people.CHANNELS[medium],
            contact,
            language,
            created,
            {"kind": kind},
        )
        lines = []
        texts = [rng.choice(phrases.PHRASES[language][kind])]
        for _ in range(rng.randrange(turns)):
            more = kind if rng.random() < 0.5 else "thanks"
            texts.append(rng.choice(phrases.PHRASES[language][more if kind != "spam" else "spam"]))
        for index, text in enumerate(texts):
            key = people.guid("message", seed, number, index)
            lines.append(Turn(key, "INBOUND", fill(text, rng, language, goods)))
        chance = rng.random()
        heard = "virtual_agent"
        if chance < write_back:
            heard = "write_back"
        elif chance < write_back + both:
            heard = "both"
        if heard != "virtual_agent":
            key = people.guid("reply", seed, number)
            lines.insert(1, Turn(key, "OUTBOUND", phrases.REPLIES[language]))
        story = Story(talk, lines, heard, "not a question", rng.choice(inbox_events.AGENTS))
        if medium == "instagram" and rng.random() < 0.4:
            story.triggers[lines[0].id] = rng.choice(TRIGGERS)
        if kind == "spam":
            story.comment = "spam"
        stories.append(story)
    return stories


def bodies(half: HootsuiteHalf, story: Story) -> list[tuple[str, dict]]:
    """All deliveries of a story in their order, as (kind, body); the conversation is as at its end."""
    talk = story.conversation
    half.world.conversations[talk.id] = talk
    made = []
    if story.heard != "write_back":
        made.append(("virtual_agent", inbox_events.begun(half, talk)))
    for turn in story.lines:
        talk.turns.append(turn)
        if story.heard != "write_back" and turn.direction == "INBOUND":
            trigger = story.triggers.get(turn.id)
            body = inbox_events.inbound(half, talk, turn, trigger=trigger)
            made.append(("virtual_agent", body))
    if story.heard != "virtual_agent":
        talk.status = "resolved"
        talk.holder = "none"
        body = inbox_events.write_back(
            half, talk, "new", story.agent, story.comment, created_text(talk)
        )
        made.append(("write_back", body))
    return made


def created_text(talk: Conversation) -> str:
    """The start of a conversation with nine digits."""
    return talk.created.strftime("%Y-%m-%dT%H:%M:%S.") + f"{talk.created.microsecond:06d}183Z"
