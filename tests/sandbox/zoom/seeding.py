"""Builds an account of a given size, the same for the same seed, around the clock's today."""

import random
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from ..core.clock import iso
from . import events, planning, scenario
from .half import ZoomHalf
from .people import TOPICS, ZONES, invent
from .world import User


def add_users(half: ZoomHalf, count: int, rng: random.Random) -> list[User]:
    """Colleagues beside the administrator; the last of four and more has only a Basic licence."""
    now = half.clock.now().replace(microsecond=0)
    world = half.world
    people = invent(rng, max(0, count - 1), "example.com")
    for index, person in enumerate(people):
        basic = count >= 4 and index == len(people) - 1
        world.add_user(
            User(
                world.ids.word(22),
                person.first_name,
                person.last_name,
                person.email,
                type=1 if basic else 2,
                timezone=ZONES[index % len(ZONES)],
                dept=("Sales", "Engineering", "")[index % 3],
                pmi=5_550_000_100 + index,
                created=now - timedelta(days=400 - index % 300),
                last_login=now - timedelta(hours=index),
            )
        )
    return [user for user in world.users.values() if user.type == 2]


def working_hour(day, zone: str, rng: random.Random) -> datetime:
    """A half hour between 8 and 18 o'clock in the zone, as UTC."""
    local = datetime.combine(day, time(rng.randint(8, 17), rng.choice((0, 30))), ZoneInfo(zone))
    return local.astimezone(timezone.utc)


def add_future(
    half: ZoomHalf, count: int, hosts: list[User], days: int, rng: random.Random
) -> list[int]:
    now = half.clock.now()
    numbers = []
    for index in range(count):
        zone = ZONES[index % len(ZONES)]
        day = now.date() + timedelta(days=1 + index * max(1, days - 1) // max(1, count))
        start = working_hour(day, zone, rng)
        body = {
            "topic": f"{TOPICS[index % len(TOPICS)]} {index + 1}",
            "start_time": iso(start),
            "timezone": zone,
            "duration": rng.choice((30, 45, 60, 90)),
            "agenda": f"Agenda {index + 1}",
            "settings": {
                "waiting_room": index % 2 == 0,
                "approval_type": 0 if index % 5 == 4 else 2,
            },
        }
        host = hosts[index % len(hosts)]
        created = now - timedelta(days=2, minutes=count - index)
        meeting = planning.create(half.world, host, body, created, half.app.policy, "web_portal")
        numbers.append(meeting.id)
    return numbers


PATTERNS: tuple[dict, ...] = (
    {"type": 2, "repeat_interval": 1, "weekly_days": "{day}", "end_times": 12},
    {"type": 3, "repeat_interval": 1, "monthly_week": 2, "monthly_week_day": 3, "end_times": 6},
    {"type": 1, "repeat_interval": 3, "end_times": 10},
    {"type": 2, "repeat_interval": 2, "weekly_days": "2,5", "end_times": 16},
)


def add_series(half: ZoomHalf, count: int, hosts: list[User], options: dict, rng: random.Random):
    """Series that began two weeks ago; the dates already past were held."""
    now = half.clock.now()
    series, runs = [], []
    for index in range(count):
        zone = ZONES[index % 3]
        start = working_hour(now.date() - timedelta(days=14), zone, rng)
        rule = dict(PATTERNS[index % len(PATTERNS)])
        if "weekly_days" in rule:
            day = start.astimezone(ZoneInfo(zone)).isoweekday() % 7 + 1
            rule["weekly_days"] = rule["weekly_days"].format(day=day)
        body = {
            "topic": f"Series {index + 1}: {TOPICS[index % len(TOPICS)]}",
            "type": 8,
            "start_time": iso(start),
            "timezone": zone,
            "duration": 45,
            "recurrence": rule,
        }
        host = hosts[index % len(hosts)]
        created = now - timedelta(days=20)
        meeting = planning.create(half.world, host, body, created, half.app.policy, "web_portal")
        series.append(meeting.id)
        held = [e for e in meeting.occurrences if e.start + timedelta(hours=2) < now][:4]
        for entry in held:
            runs.append(
                scenario.plan(
                    half,
                    meeting=meeting,
                    start=entry.start + timedelta(seconds=31),
                    duration=2640,
                    participants=options["participants"],
                    guests=0,
                    rejoin=0,
                    recording=False,
                    silent=True,
                    seed=options["seed"],
                )
            )
            scenario.happen(half, runs[-1])
    return series, runs


def add_past(
    half: ZoomHalf, count: int, hosts: list[User], days: int, options: dict, rng: random.Random
) -> list[scenario.Story]:
    now = half.clock.now()
    stories = []
    for index in range(count):
        zone = ZONES[index % len(ZONES)]
        back = 1 + index * max(1, days - 2) // max(1, count)
        start = working_hour(now.date() - timedelta(days=back), zone, rng)
        start = min(start, now - timedelta(hours=3)) + timedelta(seconds=rng.randint(5, 90))
        many = options["participants"]
        story = scenario.plan(
            half,
            topic=f"{TOPICS[(index + 5) % len(TOPICS)]} (past {index + 1})",
            host_id=hosts[index % len(hosts)].id,
            participants=many,
            rejoin=1 if many > 2 and index % 3 == 0 else 0,
            guests=1 if many > 3 and index % 2 else 0,
            duration=rng.choice((1800, 2700, 3600)) + rng.randint(0, 59),
            recording=options["recordings"],
            silent=True,
            start=start,
            timezone=zone,
            seed=options["seed"],
        )
        scenario.happen(half, story)
        stories.append(story)
    return stories


def odd_uuids(half: ZoomHalf, stories: list[scenario.Story]) -> dict:
    """Make sure that one run's UUID starts with a slash and another's contains two in a row."""
    found = {}
    uuids = [story.instance.uuid for story in stories]
    found["slash"] = next((uuid for uuid in uuids if uuid.startswith("/")), None)
    found["double"] = next((uuid for uuid in uuids if "//" in uuid), None)
    for form, story in zip(("slash", "double"), stories, strict=False):
        if found[form] is None:
            instance = story.instance
            del half.world.instances[instance.uuid]
            instance.uuid = half.world.ids.uuid(form)
            story.meeting.uuid = found[form] = instance.uuid
            half.world.instances[instance.uuid] = instance
    return found


def seed_world(
    half: ZoomHalf,
    *,
    users: int = 5,
    meetings: int = 20,
    recurring: int = 3,
    past: int = 10,
    participants: int = 4,
    recordings: bool = True,
    seed: int = 42,
    silent: bool = True,
    spread_days: int = 30,
) -> dict:
    """Replace the account by a seeded one. Returns the ids of what was made."""
    rng = random.Random(seed)
    half.new_world(seed)
    hosts = add_users(half, users, rng)
    options = {"participants": participants, "recordings": recordings, "seed": seed}
    numbers = add_future(half, meetings, hosts, spread_days, rng)
    series, series_runs = add_series(half, recurring, hosts, options, rng)
    stories = add_past(half, past, hosts, spread_days, options, rng)
    uuids = odd_uuids(half, stories)
    for user in hosts[:2]:
        half.world.templates[user.id] = [
            {
                "id": half.world.ids.word(16),
                "name": name,
                "type": 1,
                "settings": {"waiting_room": True},
            }
            for name in ("Weekly review", "Customer call")
        ]
    if not silent:
        now = half.clock.now()
        made = [half.world.meetings[number] for number in numbers + series]
        half.emit(
            *(events.meeting_created(half, m, half.world.users[m.host_id], now) for m in made)
        )
    return {
        "users": [
            {"id": user.id, "email": user.email, "name": user.name, "type": user.type}
            for user in half.world.users.values()
        ],
        "meetings": numbers,
        "recurring": series,
        "past": [
            {
                "meeting_id": story.meeting.id,
                "uuid": story.instance.uuid,
                "start_time": iso(story.instance.start),
                "end_time": iso(story.end),
                "participants": len(story.attendees),
                "recording_files": len(story.instance.recording.files)
                if story.instance.recording
                else 0,
            }
            for story in stories
        ],
        "recurring_past": [
            {"meeting_id": story.meeting.id, "uuid": story.instance.uuid} for story in series_runs
        ],
        "uuids": uuids,
    }
