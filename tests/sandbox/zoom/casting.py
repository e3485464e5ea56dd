"""Who takes part in a run, and when everybody comes and goes."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.clock import iso
from .half import ZoomHalf
from .people import GUESTS, Person, invent
from .world import Meeting

OUTSIDERS = 60


@dataclass
class Attendee:
    """Somebody who takes part, with the whole seconds of each stay."""

    name: str
    email: str
    zoom_id: str = ""
    guest: bool = False
    host: bool = False
    registrant_id: str = ""
    customer_key: str = ""
    segments: list[tuple[datetime, datetime]] = field(default_factory=list)

    def truth(self) -> dict:
        total = sum((stop - start).total_seconds() for start, stop in self.segments)
        return {
            "name": self.name,
            "email": self.email,
            "zoom_user_id": self.zoom_id,
            "guest": self.guest,
            "host": self.host,
            "segments": [[iso(a), iso(b)] for a, b in self.segments],
            "seconds": int(total),
        }


def outsiders(half: ZoomHalf) -> list[Person]:
    """People outside the account, the same ones all along, so that some come again and again."""
    if not half.outsiders:
        half.outsiders = invent(random.Random(len(half.world.users)), OUTSIDERS, "example.org")
    return half.outsiders


def cast(
    half: ZoomHalf,
    meeting: Meeting,
    count: int,
    guests: int,
    registrants: int,
    rng: random.Random,
) -> list[Attendee]:
    """The host, registrants, colleagues, outsiders with an address, and guests without one."""
    host = half.world.users[meeting.host_id]
    people = [Attendee(host.name, host.email, host.id, host=True)]
    guests = min(guests, max(0, count - 1))
    rest = max(0, count - 1 - guests)
    approved = [entry for entry in meeting.registrants.values() if entry.status == "approved"]
    for entry in approved[: min(registrants, rest)]:
        name = f"{entry.first_name} {entry.last_name}".strip()
        people.append(Attendee(name, entry.email, registrant_id=entry.id))
        rest -= 1
    colleagues = [u for u in half.world.users.values() if u.id != host.id and u.status == "active"]
    rng.shuffle(colleagues)
    inside = colleagues[: min(len(colleagues), (rest + 1) // 2)]
    people += [Attendee(user.name, user.email, user.id) for user in inside]
    pool = list(outsiders(half))
    while len(pool) < rest - len(inside):
        pool = invent(random.Random(1), 2 * len(pool), "example.org")
    outside = rng.sample(pool, rest - len(inside))
    people += [Attendee(person.name, person.email) for person in outside]
    for index in range(guests):
        name = GUESTS[index % len(GUESTS)]
        people.append(Attendee(name if index < len(GUESTS) else f"{name} {index}", "", guest=True))
    return people


def schedule(
    people: list[Attendee], start: datetime, end: datetime, rejoin: int, rng: random.Random
) -> None:
    """Decide when everybody comes and goes. The host stays all along."""
    length = int((end - start).total_seconds())
    window = max(1, min(600, length // 5))
    for person in people:
        if person.host:
            person.segments = [(start, end)]
            continue
        join = start + timedelta(
            seconds=rng.randint(min(45, window), max(45, window) if length > 90 else window)
        )
        leave = end
        if rng.random() < 0.3:
            leave = end - timedelta(seconds=rng.randint(1, max(1, length // 4)))
        person.segments = [(join, max(leave, join + timedelta(seconds=1)))]
    others = [person for person in people if not person.host]
    others.sort(key=lambda person: person.guest)  # known people first
    for person in others[:rejoin]:
        (join, leave), span = person.segments[0], 0
        span = int((leave - join).total_seconds())
        if span < 8:
            continue
        out = join + timedelta(seconds=rng.randint(span // 4, span // 2))
        back = out + timedelta(seconds=rng.randint(1, max(1, span // 4)))
        person.segments = [(join, out), (back, leave)]
