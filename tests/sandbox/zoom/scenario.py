"""Runs a meeting from start to end: people join, leave and come back, it is recorded, Zoom tells it.

``plan`` writes the whole story with its ground truth first; ``play`` then makes it happen, at once or
spread over real seconds. What the events say and what the API answers afterwards is the same.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from ..core.clock import iso
from . import events, planning
from .casting import Attendee, cast, schedule
from .half import ZoomHalf
from .people import TOPICS
from .script import Manner, Script, Step, Ticker, attend, record
from .world import Instance, Meeting, Stay


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
    silent: bool = False,
    timezone: str | None = None,
) -> Story:
    """Write the story of one run. duration in seconds; without start it ends shortly before now."""
    rng = random.Random(f"{seed}:{len(half.world.instances)}")
    now = half.clock.now().replace(microsecond=0)
    if start is None:
        start = now - timedelta(seconds=duration + (900 if recording else 10))
    start = start.replace(microsecond=0)
    end = start + timedelta(seconds=duration)
    script = Script(ticker or Ticker(rng), silent)
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
            announced = partial(events.meeting_created, half, meeting, host)
            script.tell(created, (100, 900), announced)
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
    manner = Manner(half, end, waiting_room, roles, stable_uuid)
    script.tell(start, (20, 200), partial(events.started, instance))
    stays: list[Stay] = []
    for index, person in enumerate(people):
        stays += attend(script, instance, person, index, manner)
    instance.stays = sorted(stays, key=lambda stay: (stay.join, stay.user_id))
    script.tell(end, (500, 900), partial(events.ended, instance), final=True)
    if recording and duration >= 30:
        audio_of = [person.name for person in people[:participant_audio]]
        record(script, half, instance, end, cycles, pause, sizes, audio_of)
    return Story(meeting, instance, people, script.sorted(), end, instance.stays)


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
