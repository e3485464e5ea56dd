"""Changes to planned meetings and users, with the events that Zoom sends for them.

Used by the API (a client changes something) and by the control API (a person changes something in Zoom):
in both cases Zoom tells every subscriber, which is what makes a connector see the echo of its own calls.
"""

from . import errors, events, planning, views
from .half import ZoomHalf
from .world import Meeting, User


def create_meeting(
    half: ZoomHalf,
    host: User,
    body: dict,
    operator: User,
    source: str = "open_api",
    allow_past: bool = False,
) -> Meeting:
    now = half.clock.now()
    meeting = planning.create(half.world, host, body, now, half.app.policy, source, allow_past)
    half.emit(events.meeting_created(half, meeting, operator, now))
    return meeting


def update_meeting(
    half: ZoomHalf, meeting: Meeting, body: dict, operator: User, occurrence_id: str | None = None
) -> None:
    """Change a meeting, a series, or one date of a series."""
    now = half.clock.now()
    if occurrence_id:
        entry = planning.find_occurrence(meeting, occurrence_id)
        before = views.occurrence(entry)
        planning.update_occurrence(meeting, entry, body, now, half.app.policy)
        half.emit(events.occurrence_updated(meeting, before, entry, operator, now))
        return
    before = planning.snapshot(meeting)
    planning.update(meeting, body, now, half.app.policy)
    event = events.meeting_updated(meeting, before, planning.snapshot(meeting), operator, now)
    if event is not None:
        half.emit(event)


def delete_meeting(
    half: ZoomHalf,
    meeting: Meeting,
    operator: User,
    occurrence_id: str | None = None,
    permanently: bool = False,
) -> None:
    """Move a meeting to the trash, delete one date of a series, or empty the trash of it."""
    now = half.clock.now()
    if occurrence_id:
        entry = planning.find_occurrence(meeting, occurrence_id)
        if entry.status == "deleted":
            raise errors.ZoomError(400, 3000, "Invalid occurrence_id.")
        entry.status = "deleted"
        half.emit(events.meeting_gone("meeting.deleted", meeting, operator, now, entry))
        return
    meeting.bin = "gone" if permanently else "trash"
    event = "meeting.permanently_deleted" if permanently else "meeting.deleted"
    half.emit(events.meeting_gone(event, meeting, operator, now))


def recover_meeting(half: ZoomHalf, meeting: Meeting, operator: User) -> None:
    meeting.bin = ""
    half.emit(events.meeting_gone("meeting.recovered", meeting, operator, half.clock.now()))


USER_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "type",
    "timezone",
    "dept",
    "language",
    "role_id",
)


def create_user(half: ZoomHalf, fields: dict) -> User:
    """A new active user. Raises ValueError when the address is taken or missing."""
    email = str(fields.get("email") or "").lower()
    if not email or half.world.user(email):
        raise ValueError("email is missing or taken")
    now = half.clock.now().replace(microsecond=0)
    known = {key: fields[key] for key in USER_FIELDS if key in fields and key != "email"}
    user = User(
        half.world.ids.word(22),
        known.pop("first_name", email.partition("@")[0].title()),
        known.pop("last_name", ""),
        email,
        created=now,
        last_login=now,
        pmi=half.world.ids.rng.randint(5_000_000_000, 5_999_999_999),
        **known,
    )
    half.world.add_user(user)
    half.emit(events.user_event("created", user, half.admin, now))
    return user


def update_user(half: ZoomHalf, user: User, fields: dict) -> None:
    """Change fields of a user; only what changed is told."""
    changed = {k: v for k, v in fields.items() if k in USER_FIELDS and getattr(user, k) != v}
    if not changed:
        return
    old = {key: getattr(user, key) for key in changed}
    for key, value in changed.items():
        setattr(user, key, value)
    half.emit(events.user_updated(user, changed, old, half.admin, half.clock.now()))


def set_user_state(half: ZoomHalf, user: User, action: str) -> None:
    """activate, deactivate, delete or disassociate."""
    now = half.clock.now()
    states = {"activate": "active", "deactivate": "inactive"}
    past = {
        "activate": "activated",
        "deactivate": "deactivated",
        "delete": "deleted",
        "disassociate": "disassociated",
    }
    if action in states:
        user.status = states[action]
    else:
        # The record stays for the meetings the user hosted; the API no longer shows the user.
        user.status = past[action]
        half.tokens.revoke_all(user_id=user.id)
    half.emit(events.user_event(past[action], user, half.admin, now))
