"""Runs a meeting from start to end: people join, leave and come back, it is recorded, Zoom tells it.

``plan`` writes the whole story with its ground truth first; ``play`` then makes it happen, at once or
spread over real seconds. What the events say and what the API answers afterwards is the same.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ..core.clock import iso
from . import events, footage, planning
from .casting import Attendee, cast, schedule
from .half import ZoomHalf
from .people import TOPICS
from .world import Instance, Meeting, Stay


@dataclass
class Step:
    """Something that happens at a vendor time: an event, and what it does to the world."""

    at: datetime
    body: dict
    apply: Callable[[], None] | None = None
    final: bool = False


@dataclass
class Story:
    """A planned run with its ground truth."""

    meeting: Meeting
    instance: Instance
    attendees: list[Attendee]
    steps: list[Step]
    end: datetime
    stays: list[Stay]

    def truth(self) -> dict:
        recording = self.instance.recording
        files = recording.files if recording else []
        return {
            "meeting_id": self.meeting.id,
            "uuid": self.instance.uuid,
            "topic": self.instance.topic,
            "host_id": self.instance.host_id,
            "start_time": iso(self.instance.start),
            "end_time": iso(self.end),
            "participants": [person.truth() for person in self.attendees],
            "recording_files": [
                {
                    "id": file.id,
                    "file_type": file.file_type,
                    "file_size": file.content.size,
                    "recording_type": file.recording_type,
                }
                for file in files
            ],
        }


class Ticker:
    """Vendor times with milliseconds, never the same twice."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.used: set[int] = set()

    def after(self, moment: datetime, low: int, high: int) -> datetime:
        """An unused instant, low to high milliseconds after the moment."""
        stamp = int(moment.timestamp() * 1000) + self.rng.randint(low, high)
        while stamp in self.used:
            stamp += 1
        self.used.add(stamp)
        return datetime.fromtimestamp(stamp / 1000, moment.tzinfo)


def _steps_of_person(instance, person, index, options, ticker, steps, stays, rng) -> None:
    """Stays and events of one attendee."""
    participant_uuid = options["uuid"]()
    for number, (join, leave) in enumerate(person.segments):
        if number and not options["stable_uuid"]:
            participant_uuid = options["uuid"]()
        user_id = str(16_778_240 + 1024 * (index + 1000 * number))
        common = {
            "user_id": user_id,
            "zoom_id": person.zoom_id,
            "name": person.name,
            "email": person.email,
            "participant_uuid": participant_uuid,
            "internal": bool(person.zoom_id),
            "registrant_id": person.registrant_id,
            "customer_key": person.customer_key,
        }
        if person.guest and options["waiting_room"] and number == 0:
            came = max(instance.start + timedelta(seconds=1), join - timedelta(seconds=28))
            let_in = max(came, join - timedelta(seconds=2))
            wait = Stay(join=came, leave=let_in, status="in_waiting_room", **common)
            for action, moment in (
                ("joined_waiting_room", came),
                ("admitted", let_in),
                ("left_waiting_room", let_in),
            ):
                at = ticker.after(moment, 50, 300)
                body = events.waiting(action, instance, wait, moment, at)
                steps.append(Step(at, body))
            stays.append(wait)
        stay = Stay(join=join, leave=leave, **common)
        stays.append(stay)
        at = ticker.after(join, 400, 900)
        steps.append(Step(at, events.joined(instance, stay, at), partial(instance.enter, stay)))
        host_ended = leave >= options["end"]
        at = ticker.after(leave, 100, 300)
        reason = "Host ended the meeting." if host_ended else "left the meeting."
        body = events.left(instance, stay, at, reason)
        steps.append(Step(at, body, partial(stay.go, leave)))
        if options["roles"] and index == 1 and number == 0:
            at = ticker.after(join + (leave - join) / 3, 100, 900)
            steps.append(Step(at, events.role_changed(instance, stay, "attendee", "co-host", at)))


def plan(
    half: ZoomHalf,
    *,
    meeting: Meeting | None = None,
    topic: str | None = None,
    host_id: str | None = None,
    participants: int = 25,
    rejoin: int = 2,
    guests: int = 1,
    duration: int = 3600,
    recording: bool = True,
    seed: int = 1,
    start: datetime | None = None,
    waiting_room: bool = True,
    roles: bool = True,
    stable_uuid: bool = True,
    announce: bool = True,
    cycles: int = 1,
    sizes: dict | None = None,
    participant_audio: int = 0,
    registrants: int = 0,
    customer_keys: bool = False,
    pause: bool = False,
    ticker: Ticker | None = None,
    timezone: str | None = None,
) -> Story:
    """Write the story of one run. duration in seconds; without start it ends shortly before now."""
    rng = random.Random(f"{seed}:{len(half.world.instances)}")
    ticker = ticker or Ticker(rng)
    now = half.clock.now().replace(microsecond=0)
    if start is None:
        start = now - timedelta(seconds=duration + (900 if recording else 10))
    start = start.replace(microsecond=0)
    end = start + timedelta(seconds=duration)
    steps: list[Step] = []
    if meeting is None:
        host = half.world.user(host_id) if host_id else half.admin
        if host is None:
            raise ValueError(f"there is no user {host_id}")
        begin = start.replace(minute=start.minute - start.minute % 5, second=0)
        body = {
            "topic": topic or rng.choice(TOPICS),
            "start_time": iso(begin),
            "timezone": timezone or host.timezone,
            "duration": min(1440, max(1, duration // 60)),
            "settings": {"auto_recording": "cloud" if recording else "none"},
        }
        created = start - timedelta(hours=2)
        meeting = planning.create(
            half.world, host, body, created, half.app.policy, "web_portal", True
        )
        if announce:
            at = ticker.after(created, 100, 900)
            steps.append(Step(at, events.meeting_created(half, meeting, host, at)))
    host = half.world.users[meeting.host_id]
    first = not half.world.runs.get(meeting.id)
    instance = Instance(
        meeting.uuid if first else half.world.ids.uuid(),
        meeting.id,
        host.id,
        topic or meeting.topic,
        meeting.type,
        start,
        end,
        meeting.timezone,
        meeting.duration,
    )
    people = cast(half, meeting, participants, guests, registrants, rng)
    for number, person in enumerate(people):
        person.customer_key = f"sandbox-key-{number}" if customer_keys else ""
    schedule(people, start, end, rejoin, rng)
    options = {
        "uuid": lambda: half.world.ids.guid().upper(),
        "waiting_room": waiting_room,
        "roles": roles,
        "stable_uuid": stable_uuid,
        "end": end,
    }
    at = ticker.after(start, 20, 200)
    steps.append(Step(at, events.started(instance, at)))
    stays: list[Stay] = []
    for index, person in enumerate(people):
        _steps_of_person(instance, person, index, options, ticker, steps, stays, rng)
    instance.stays = sorted(stays, key=lambda stay: (stay.join, stay.user_id))
    at = ticker.after(end, 500, 900)
    steps.append(Step(at, events.ended(instance, at), final=True))
    if recording and duration >= 30:
        audio_of = [person.name for person in people[:participant_audio]]
        _steps_of_recording(
            half, instance, start, end, cycles, pause, sizes, audio_of, ticker, steps
        )
    steps.sort(key=lambda step: step.at)
    return Story(meeting, instance, people, steps, end, instance.stays)


def _steps_of_recording(half, instance, start, end, cycles, pause, sizes, audio_of, ticker, steps):
    """Start/stop cycles, then the finished files, then the transcript."""
    begin = start + timedelta(seconds=8)
    piece = (end - timedelta(seconds=5) - begin) / (2 * cycles - 1)
    spans = []
    for number in range(cycles):
        low = (begin + 2 * number * piece).replace(microsecond=0)
        spans.append((low, (low + piece).replace(microsecond=0)))
    record = footage.record(half, instance, spans, sizes=sizes, audio_of=audio_of)
    if pause:
        low, high = spans[0]
        stop = (low + (high - low) * 0.4).replace(microsecond=0)
        again = (low + (high - low) * 0.5).replace(microsecond=0)
        at = ticker.after(stop, 100, 900)
        steps.append(Step(at, events.recording_step("paused", instance, low, stop, at)))
        at = ticker.after(again, 100, 900)
        steps.append(Step(at, events.recording_step("resumed", instance, again, None, at)))
    for low, high in spans:
        at = ticker.after(low, 100, 900)
        steps.append(Step(at, events.recording_step("started", instance, low, None, at)))
        at = ticker.after(high, 100, 900)
        steps.append(Step(at, events.recording_step("stopped", instance, low, high, at)))
    at = ticker.after(end + timedelta(minutes=5), 100, 900)
    media = [file for file in record.files if file.file_type != "TRANSCRIPT"]

    def ready() -> None:
        record.ready = True

    steps.append(Step(at, events.recording_ready(half, instance, media, at), ready, final=True))
    at = ticker.after(record.transcript_at, 100, 900)
    words = [file for file in record.files if file.file_type == "TRANSCRIPT"]
    steps.append(
        Step(at, events.recording_ready(half, instance, words, at, transcript=True), final=True)
    )


def happen(half: ZoomHalf, story: Story) -> None:
    """Put the finished run into the world at once."""
    half.world.add_instance(story.instance)
    story.meeting.uuid = story.instance.uuid


async def play(half: ZoomHalf, story: Story, seconds: float) -> None:
    """Let the run happen over so many real seconds, with a live meeting in between."""
    instance = story.instance
    instance.end, instance.stays = None, []
    for stay in story.stays:
        stay.leave = None if stay.status == "in_meeting" else stay.leave
    if instance.recording:
        instance.recording.ready = False
    half.world.add_instance(instance)
    story.meeting.uuid, story.meeting.status = instance.uuid, "started"
    first, last = story.steps[0].at, story.steps[-1].at
    span = max(0.001, (last - first).total_seconds())
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for step in story.steps:
        due = begun + seconds * (step.at - first).total_seconds() / span
        await asyncio.sleep(max(0.0, due - loop.time()))
        if instance.end is not None and not step.final:
            continue  # ended early through the API, which told the rest
        if step.apply:
            step.apply()
        if step.body["event"] == "meeting.ended":
            if instance.end is not None:
                continue
            instance.end, instance.stays = story.end, story.stays
            story.meeting.status = "waiting"
        await half.engine.send_all(half.deliveries([step.body]))
