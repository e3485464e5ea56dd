"""Writes down what happens in a run: the events with their vendor times, and what they change."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from . import events, footage
from .casting import Attendee
from .half import ZoomHalf
from .world import Instance, Stay


@dataclass
class Step:
    """Something that happens at a vendor time: an event, and what it does to the world."""

    at: datetime
    body: dict
    apply: Callable[[], None] | None = None
    final: bool = False


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


class Script:
    """Collects the steps of one run. A silent script keeps the facts and writes no events."""

    def __init__(self, ticker: Ticker, silent: bool = False):
        self.ticker = ticker
        self.silent = silent
        self.steps: list[Step] = []

    def tell(
        self,
        moment: datetime,
        window: tuple[int, int],
        build: Callable[[datetime], dict],
        apply: Callable[[], None] | None = None,
        final: bool = False,
    ) -> None:
        """An event some milliseconds after the moment; ``build`` makes its body for the vendor time."""
        if not self.silent:
            at = self.ticker.after(moment, *window)
            self.steps.append(Step(at, build(at), apply, final))

    def sorted(self) -> list[Step]:
        return sorted(self.steps, key=lambda step: step.at)


@dataclass
class Manner:
    """How people appear in the events of a run."""

    half: ZoomHalf
    end: datetime
    waiting_room: bool = True
    roles: bool = True
    stable_uuid: bool = True

    def participant_uuid(self) -> str:
        return self.half.world.ids.guid().upper()


def wait_outside(script: Script, instance: Instance, join: datetime, common: dict) -> Stay:
    """A guest's time in the waiting room, which ends with being let in."""
    came = max(instance.start + timedelta(seconds=1), join - timedelta(seconds=28))
    let_in = max(came, join - timedelta(seconds=2))
    stay = Stay(join=came, leave=let_in, status="in_waiting_room", **common)
    for action, moment in (
        ("joined_waiting_room", came),
        ("admitted", let_in),
        ("left_waiting_room", let_in),
    ):
        script.tell(moment, (50, 300), partial(events.waiting, action, instance, stay, moment))
    return stay


def attend(
    script: Script, instance: Instance, person: Attendee, index: int, manner: Manner
) -> list[Stay]:
    """Stays and events of one attendee."""
    stays = []
    participant_uuid = manner.participant_uuid()
    for number, (join, leave) in enumerate(person.segments):
        if number and not manner.stable_uuid:
            participant_uuid = manner.participant_uuid()
        common: dict = {
            "user_id": str(16_778_240 + 1024 * (index + 1000 * number)),
            "zoom_id": person.zoom_id,
            "name": person.name,
            "email": person.email,
            "participant_uuid": participant_uuid,
            "internal": bool(person.zoom_id),
            "registrant_id": person.registrant_id,
            "customer_key": person.customer_key,
        }
        if person.guest and manner.waiting_room and number == 0:
            stays.append(wait_outside(script, instance, join, common))
        stay = Stay(join=join, leave=leave, **common)
        stays.append(stay)
        joined = partial(events.joined, instance, stay)
        script.tell(join, (400, 900), joined, partial(instance.enter, stay))
        reason = "Host ended the meeting." if leave >= manner.end else "left the meeting."
        left = partial(events.left, instance, stay, reason)
        script.tell(leave, (100, 300), left, partial(stay.go, leave))
        if manner.roles and index == 1 and number == 0:
            promoted = partial(events.role_changed, instance, stay, "attendee", "co-host")
            script.tell(join + (leave - join) / 3, (100, 900), promoted)
    return stays


def record(
    script: Script,
    half: ZoomHalf,
    instance: Instance,
    end: datetime,
    cycles: int = 1,
    pause: bool = False,
    sizes: dict | None = None,
    audio_of: list[str] | None = None,
) -> None:
    """Start/stop cycles, then the finished files, then the transcript."""
    begin = instance.start + timedelta(seconds=8)
    piece = (end - timedelta(seconds=5) - begin) / (2 * cycles - 1)
    spans = []
    for number in range(cycles):
        low = (begin + 2 * number * piece).replace(microsecond=0)
        spans.append((low, (low + piece).replace(microsecond=0)))
    recording = footage.record(half, instance, spans, sizes=sizes, audio_of=audio_of)
    window = (100, 900)

    def step(action: str, moment: datetime, start: datetime, stop: datetime | None) -> None:
        body = partial(events.recording_step, action, instance, start, stop)
        script.tell(moment, window, body)

    if pause:
        low, high = spans[0]
        stop = (low + (high - low) * 0.4).replace(microsecond=0)
        again = (low + (high - low) * 0.5).replace(microsecond=0)
        step("paused", stop, low, stop)
        step("resumed", again, again, None)
    for low, high in spans:
        step("started", low, low, None)
        step("stopped", high, low, high)
    media = [file for file in recording.files if file.file_type != "TRANSCRIPT"]
    words = [file for file in recording.files if file.file_type == "TRANSCRIPT"]
    finished = partial(events.recording_ready, half, instance, media)
    script.tell(end + timedelta(minutes=5), window, finished, recording.finish, final=True)
    written = partial(events.recording_ready, half, instance, words, transcript=True)
    script.tell(recording.transcript_at or end, window, written, final=True)
