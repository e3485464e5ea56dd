"""A long, consistent stream of mixed events in vendor-time order, generated but not sent.

Each story happens to its own meeting or user and changes the world as it goes, so that what the API answers
afterwards is the state after the last event. All event times differ, and no two bodies are equal.
"""

import random
from datetime import datetime, timedelta

from ..core.clock import iso
from . import casting, events, planning, scenario, views
from .half import ZoomHalf
from .people import TOPICS, ZONES, invent
from .script import Ticker
from .world import Meeting, Registrant, User

SPAN = timedelta(hours=40)
TAIL = timedelta(hours=6)


class Teller:
    """Writes stories and collects their events."""

    def __init__(self, half: ZoomHalf, seed: int):
        self.half = half
        self.world = half.world
        self.rng = random.Random(seed)
        self.seed = seed
        self.ticker = Ticker(self.rng)
        self.hosts = [u for u in self.world.users.values() if u.type == 2 and u.status == "active"]
        self.colleagues = list(self.world.users.values())
        self.newcomers = invent(random.Random(seed + 1), 900, "example.com")
        self.count = 0

    def tick(self, moment: datetime) -> datetime:
        return self.ticker.after(moment, 1, 900)

    def new_meeting(self, at: datetime, **fields) -> tuple[Meeting, User, dict]:
        self.count += 1
        host = self.rng.choice(self.hosts)
        zone = self.rng.choice(ZONES)
        body = {
            "topic": f"{self.rng.choice(TOPICS)} #{self.count}",
            "timezone": zone,
            "start_time": iso(at + timedelta(minutes=15)),
            "duration": self.rng.choice((15, 30, 45)),
            **fields,
        }
        meeting = planning.create(
            self.world, host, body, at, self.half.app.policy, "web_portal", True
        )
        return meeting, host, events.meeting_created(self.half, meeting, host, self.tick(at))

    def change(self, meeting: Meeting, operator: User, at: datetime, body: dict) -> list[dict]:
        before = planning.snapshot(meeting)
        planning.update(meeting, body, at, self.half.app.policy)
        after = planning.snapshot(meeting)
        event = events.meeting_updated(meeting, before, after, operator, self.tick(at))
        return [event] if event else []

    # Stories -----------------------------------------------------------------------------------------

    def run(self, at: datetime) -> list[dict]:
        """A meeting is planned, perhaps renamed, held, recorded, and its recording perhaps binned."""
        meeting, host, created = self.new_meeting(at)
        found = [created]
        if self.rng.random() < 0.4:
            found += self.change(
                meeting, host, at + timedelta(minutes=5), {"topic": meeting.topic + " (moved)"}
            )
        recording = self.rng.random() < 0.6
        many = self.rng.randint(2, 6)
        story = scenario.plan(
            self.half,
            meeting=meeting,
            start=at + timedelta(minutes=15, seconds=self.rng.randint(0, 50)),
            participants=many,
            rejoin=self.rng.choice((0, 0, 1)),
            guests=1 if many > 3 else 0,
            duration=self.rng.randint(600, 2400),
            recording=recording,
            seed=self.seed + self.count,
            ticker=self.ticker,
        )
        scenario.happen(self.half, story)
        found += [step.body for step in story.steps]
        if recording and self.rng.random() < 0.4:
            found += self.bin_recording(story, host)
        return found

    def bin_recording(self, story: scenario.Story, host: User) -> list[dict]:
        files = story.instance.film.files
        at = story.end + timedelta(minutes=40)
        found = []
        for action in self.rng.choice(
            (("trashed",), ("trashed", "recovered"), ("trashed", "deleted"))
        ):
            stamp = self.tick(at)
            for file in files:
                file.bin = {"trashed": "trash", "recovered": "", "deleted": "gone"}[action]
                file.deleted = stamp if action == "trashed" else None
            found.append(
                events.recording_binned(self.half, action, story.instance, files, host, stamp)
            )
            at += timedelta(minutes=20)
        return found

    def plan(self, at: datetime) -> list[dict]:
        """A future meeting is planned, changed, and perhaps deleted and recovered."""
        start = at + timedelta(days=self.rng.randint(3, 20))
        meeting, host, created = self.new_meeting(at, start_time=iso(start))
        found = [created]
        moment = at + timedelta(minutes=10)
        for _ in range(self.rng.randint(1, 2)):
            start += timedelta(hours=1)
            body = {"start_time": iso(start), "duration": meeting.duration + 15}
            found += self.change(meeting, host, moment, body)
            moment += timedelta(minutes=10)
        for event in self.rng.choice(
            (
                (),
                ("meeting.deleted",),
                ("meeting.deleted", "meeting.recovered"),
                ("meeting.deleted", "meeting.permanently_deleted"),
            )
        ):
            meeting.bin = {"deleted": "trash", "recovered": "", "permanently_deleted": "gone"}[
                event.partition(".")[2]
            ]
            found.append(events.meeting_gone(event, meeting, host, self.tick(moment)))
            moment += timedelta(minutes=10)
        return found

    def series(self, at: datetime) -> list[dict]:
        """A series is planned; one date is moved, another cancelled."""
        rule = {"type": 2, "repeat_interval": 1, "weekly_days": "2,4", "end_times": 6}
        start = at + timedelta(days=4)
        meeting, host, created = self.new_meeting(
            at, type=8, recurrence=rule, start_time=iso(start)
        )
        found = [created]
        moved = meeting.occurrences[2]
        before = views.occurrence(moved)
        moved.start += timedelta(hours=2)
        stamp = self.tick(at + timedelta(minutes=7))
        found.append(events.occurrence_updated(meeting, before, moved, host, stamp))
        gone = meeting.occurrences[3]
        gone.status = "deleted"
        stamp = self.tick(at + timedelta(minutes=14))
        found.append(events.meeting_gone("meeting.deleted", meeting, host, stamp, gone))
        return found

    def registration(self, at: datetime) -> list[dict]:
        """People register for a meeting and are approved, denied or cancelled."""
        start = at + timedelta(days=9)
        meeting, host, created = self.new_meeting(
            at, start_time=iso(start), settings={"approval_type": 1}
        )
        found = [created]
        for index, person in enumerate(self.rng.sample(casting.outsiders(self.half), 3)):
            moment = at + timedelta(minutes=5 + index)
            ids = self.world.ids
            entry = Registrant(
                ids.word(22),
                person.email,
                person.first_name,
                person.last_name,
                {"org": "Example Ltd"},
                "pending",
                moment,
                self.rng.randint(100_000, 999_999),
                f"{self.half.base_url}/zoom/w/{meeting.id}?tk={ids.word(20)}",
            )
            meeting.registrants[entry.id] = entry
            stamp = self.tick(moment)
            found.append(events.registration("created", meeting, entry, None, stamp))
            action = ("approved", "denied", "cancelled")[index]
            entry.status = action if index < 2 else "pending"
            if index == 2:
                del meeting.registrants[entry.id]
            stamp = self.tick(moment + timedelta(minutes=10))
            found.append(events.registration(action, meeting, entry, host, stamp))
        return found

    def user(self, at: datetime) -> list[dict]:
        """A colleague is added, renamed, switched off and perhaps on again or deleted."""
        self.count += 1
        person = self.newcomers[self.count % len(self.newcomers)]
        admin = self.half.admin
        moment = at.replace(microsecond=0)
        user = self.world.add_user(
            User(
                self.world.ids.word(22),
                person.first_name,
                person.last_name,
                f"u{self.count}.{person.email}",
                type=1,
                created=moment,
                last_login=moment,
                timezone=self.rng.choice(ZONES),
            )
        )
        found = [events.user_event("created", user, admin, self.tick(at))]
        at += timedelta(minutes=3)
        old = {"first_name": user.first_name}
        user.first_name += " J."
        found.append(
            events.user_updated(user, {"first_name": user.first_name}, old, admin, self.tick(at))
        )
        for action in self.rng.choice(
            ((), ("deactivated",), ("deactivated", "activated"), ("deactivated", "deleted"))
        ):
            at += timedelta(minutes=3)
            user.status = {"deactivated": "inactive", "activated": "active", "deleted": "deleted"}[
                action
            ]
            found.append(events.user_event(action, user, admin, self.tick(at)))
        return found

    def filler(self, at: datetime) -> dict:
        """One event on its own: a colleague moves to another department."""
        user = self.rng.choice(self.colleagues)
        self.count += 1
        old, user.dept = user.dept, f"Team {self.count}"
        return events.user_updated(
            user, {"dept": user.dept}, {"dept": old}, self.half.admin, self.tick(at)
        )


KINDS = ("run", "plan", "series", "registration", "user")
WEIGHTS = {"run": 6, "plan": 3, "series": 1, "registration": 1, "user": 2}


def generate(half: ZoomHalf, count: int, mix: str | list, seed: int) -> list[dict]:
    """Exactly ``count`` bodies in order of event_ts. Raises ValueError for an unknown mix."""
    kinds = list(KINDS) if mix == "all" else [mix] if isinstance(mix, str) else list(mix)
    if not kinds or set(kinds) - set(KINDS):
        raise ValueError(f"mix must be all or some of {KINDS}")
    teller = Teller(half, seed)
    rng = random.Random(seed)
    start = half.clock.now() - SPAN
    step = (SPAN - TAIL) / max(1, count)
    found: list[dict] = []
    # A story has at most about 60 events; the rest is filled one by one to hit the number exactly.
    while len(found) + 60 <= count:
        kind = rng.choices(kinds, [WEIGHTS[name] for name in kinds])[0]
        story = getattr(teller, kind)(start + len(found) * step)
        found += story
    while len(found) < count:
        found.append(teller.filler(start + len(found) * step))
    return sorted(found, key=lambda body: body["event_ts"])
