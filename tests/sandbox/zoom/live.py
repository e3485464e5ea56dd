"""A meeting while it runs, and how it ends: recording controls, people leaving, the end by API."""

from . import events
from .half import ZoomHalf
from .world import Instance


def recording_control(half: ZoomHalf, instance: Instance, step: str) -> bool:
    """start, stop, pause or resume the cloud recording; False for an unknown step."""
    names = {"start": "started", "stop": "stopped", "pause": "paused", "resume": "resumed"}
    if step not in names:
        return False
    now = half.clock.now().replace(microsecond=0)
    key = ("recording", instance.uuid)
    start = half.running.setdefault(key, now)
    end = now if step in ("stop", "pause") else None
    half.emit(events.recording_step(names[step], instance, start, end, half.clock.now()))
    if step in ("stop", "pause"):
        del half.running[key]
    return True


def end(half: ZoomHalf, instance: Instance) -> None:
    """The host (or the API) ends the meeting for everybody."""
    at = half.clock.now()
    now = at.replace(microsecond=0)
    bodies = []
    for stay in instance.stays:
        if stay.leave is None:
            stay.leave = max(now, stay.join)
            bodies.append(events.left(instance, stay, "Host ended the meeting.", at))
    if ("recording", instance.uuid) in half.running:
        start = half.running.pop(("recording", instance.uuid))
        bodies.append(events.recording_step("stopped", instance, start, now, at))
    instance.end = now
    half.world.meetings[instance.meeting_id].status = "waiting"
    bodies.append(events.ended(instance, at))
    half.emit(*bodies)
