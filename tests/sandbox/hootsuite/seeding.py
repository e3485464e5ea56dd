"""Fills the world with past and future posts, the same for the same seed and moment."""

import random
from datetime import datetime, timedelta

from . import config, publishing
from .half import HootsuiteHalf
from .world import Comment, Message, Profile

OPTIONS = {"past", "future", "failed", "pending", "comments", "days", "seed", "tags"}
TEXTS = (
    "Our spring catalogue is out: https://www.example.com/spring",
    "Three tents for three seasons. Which one is yours?",
    "Open day on Saturday, free coffee for everybody who brings a wet jacket.",
    "How to pack a rucksack in four minutes.",
    "New in the shop: the Ridge Backpack in moss green.",
    "We repair what we sell. Bring us your zips.",
    "Thank you for ten wonderful years!",
    "Weekend weather looks good. See you outside?",
    "Behind the scenes: how a sleeping bag is filled.",
    "Win a Camp Stove Mini: tell us about your best sunrise.",
)
#: Networks a seeded post can be sent to without pictures.
PLAIN = ("FACEBOOKPAGE", "LINKEDINCOMPANY", "TWITTER", "THREADS")


def seed_world(
    half: HootsuiteHalf,
    past: int = 30,
    future: int = 8,
    failed: int = 2,
    pending: int = 1,
    comments: int = 2,
    days: float = 60,
    seed: int = 42,
    tags: list | None = None,
) -> dict:
    """A fresh world with posts around now; nothing is announced. Tokens and addresses stay.

    past and failed lie in the last ``days``, future in the next quarter of them; pending waits for approval.
    """
    world = half.new_world(seed)
    rng = random.Random(f"posts:{seed}")
    now = half.clock.now().replace(microsecond=0)
    wanted = list(tags or ("spring", "service", "launch"))
    plain = [p for p in world.profiles.values() if p.type in PLAIN and not p.reauth]
    rich = [p for p in world.profiles.values() if p.owner == "ORGANIZATION" and not p.reauth]
    made: dict[str, list[str]] = {"past": [], "failed": [], "future": [], "pending": []}

    def add(kind: str, pool: list[Profile], moment: datetime) -> Message:
        profile = rng.choice(pool)
        organization = world.organizations.get(profile.owner_id)
        own = [rng.choice(wanted)] if organization and rng.random() < 0.6 else []
        if organization:
            organization.tags |= set(own)
        author = config.MEMBER_ID
        message = Message(
            world.ids.message(seeded=True),
            profile.id,
            "SCHEDULED",
            rng.choice(TEXTS),
            moment,
            author,
            author,
            tags=own,
        )
        world.messages[message.id] = message
        publishing.record(message, "CREATE", moment - timedelta(days=1), author, "MEMBER")
        made[kind].append(message.id)
        return message

    for _ in range(past):
        moment = now - timedelta(seconds=rng.uniform(3600, days * 86400))
        message = add("past", rich, moment.replace(microsecond=0))
        profile = world.profiles[message.profile_id]
        number = world.ids.digits(17)
        facebook = profile.type == "FACEBOOKPAGE"
        message.post_id = f"{profile.network_id}_{number}" if facebook else number
        message.state = "SENT"
        message.sent = message.scheduled
        publishing.record(message, "SEND", moment, None, "SYSTEM")
    for _ in range(failed):
        moment = now - timedelta(seconds=rng.uniform(3600, days * 86400))
        message = add("failed", plain, moment.replace(microsecond=0))
        message.state = "SEND_FAILED_PERMANENTLY"
        message.fields["failure"] = "the network refused it"
        publishing.record(message, "SENDFAIL", moment, None, "SYSTEM")
    for _ in range(future):
        moment = now + timedelta(seconds=rng.uniform(86400, days / 4 * 86400 + 86401))
        message = add("future", plain, moment.replace(microsecond=0))
        publishing.wait(half, message)
    for _ in range(pending):
        moment = (now + timedelta(days=2)).replace(microsecond=0)
        message = add("pending", [world.profiles["131000001"]], moment)
        message.state = "PENDING_APPROVAL"
        message.created_by = message.updated_by = "15240805"
        message.sequence = 1
        message.reviewers = [{"id": config.MEMBER_ID, "type": "MEMBER"}]
    for _ in range(comments):
        comment = Comment(
            world.ids.comment(),
            "115185509",
            "Thank you, we write to you in private.",
            now,
            config.MEMBER_ID,
            "Ada Member",
            "126123123_12314",
            "POST",
            "PENDING_APPROVAL",
            1,
        )
        world.comments[comment.id] = comment
    return {**made, "comments": list(world.comments), "profiles": list(world.profiles)}
