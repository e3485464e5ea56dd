"""/users/{id}/meetings and /meetings/{id}: list, create, read, change, delete, status, invitation."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import changes, errors, live, past_views, planning, views
from .api import Call, endpoint
from .world import Instance, Meeting, Occurrence

LISTED = (2, 3, 4, 8, 10)


def expired(call: Call, meeting: Meeting) -> bool:
    """Whether a meeting number is no longer valid: 30 days (series: 365) after its last date or use."""
    moments = [run.end or run.start for run in call.world.runs.get(meeting.id, [])]
    if meeting.occurrences:
        moments.append(max(entry.start for entry in meeting.occurrences))
    elif meeting.start:
        moments.append(meeting.start)
    if not moments:
        moments.append(meeting.created)
    life = timedelta(days=365 if meeting.type in (3, 8) else 30)
    return max(moments) + life < call.clock.now()


def valid_meeting(call: Call, key: str, write: bool = False) -> Meeting:
    meeting = call.meeting(key, write)
    if expired(call, meeting):
        raise errors.meeting_not_found(key)
    return meeting


def upcoming(entry_start: datetime, minutes: int, now: datetime) -> bool:
    return entry_start + timedelta(minutes=minutes) >= now


def window(call: Call) -> tuple[date | None, date | None, ZoneInfo]:
    """The from and to dates and the zone they are counted in. Raises ZoomError 300."""
    try:
        low = date.fromisoformat(call.query["from"]) if call.query.get("from") else None
        high = date.fromisoformat(call.query["to"]) if call.query.get("to") else None
        zone = ZoneInfo(call.query.get("timezone") or "UTC")
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise errors.validation("from") from error
    return low, high, zone


def planned_rows(call: Call, meetings: list[Meeting], kind: str) -> list[tuple]:
    """(start, meeting, occurrence) of everything the list type covers."""
    now = call.clock.now()
    rows: list[tuple[datetime | None, Meeting, Occurrence | None]] = []
    for meeting in meetings:
        if meeting.bin or meeting.type not in LISTED or expired(call, meeting):
            continue
        if meeting.type == 8:
            oldest = now - timedelta(days=30)
            for entry in meeting.occurrences:
                if entry.status != "available" or entry.start < oldest:
                    continue
                if kind == "scheduled" or upcoming(entry.start, entry.duration, now):
                    rows.append((entry.start, meeting, entry))
        elif (
            kind == "scheduled"
            or meeting.start is None
            or upcoming(meeting.start, meeting.duration, now)
        ):
            rows.append((meeting.start, meeting, None))
    return rows


def previous_row(call: Call, run: Instance) -> dict:
    meeting = call.world.meetings[run.meeting_id]
    row = views.meeting_row(meeting, call.half.base_url)
    start = run.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    row.update(uuid=run.uuid, topic=run.topic, start_time=start, duration=past_views.minutes(run))
    return row


@endpoint("GET", "/users/{user_id}/meetings", "meeting:read:list_meetings", label="Medium")
def list_meetings(call: Call, user_id: str):
    user = call.user(user_id)
    kind = call.query.get("type") or "scheduled"
    low, high, zone = window(call)
    mine = [meeting for meeting in call.world.meetings.values() if meeting.host_id == user.id]

    def inside(start: datetime | None) -> bool:
        if start is None:
            return low is None and high is None
        day = start.astimezone(zone).date()
        return (low is None or day >= low) and (high is None or day <= high)

    base = call.half.base_url
    if kind == "previous_meetings":
        oldest = call.clock.now() - timedelta(days=183)
        runs = [
            run for meeting in mine for run in call.world.ended(meeting.id) if meeting.type != 1
        ]
        runs = [run for run in runs if run.start >= oldest and inside(run.start)]
        runs.sort(key=lambda run: (run.start, run.uuid))
        fields, part = call.page(runs)
        return 200, {**fields, "meetings": [previous_row(call, run) for run in part]}
    if kind == "live":
        running = [meeting for meeting in mine if call.world.live(meeting.id)]
        rows = [(meeting.start, meeting, None) for meeting in running]
    elif kind in ("scheduled", "upcoming", "upcoming_meetings"):
        rows = planned_rows(call, mine, kind)
    else:
        raise errors.validation("type")
    rows = [row for row in rows if inside(row[0])]
    rows.sort(key=lambda row: (row[0] is None, row[0] or row[1].created, row[1].id))
    fields, part = call.page(rows)
    return 200, {
        **fields,
        "meetings": [views.meeting_row(m, base, entry) for _start, m, entry in part],
    }


@endpoint(
    "GET",
    "/users/{user_id}/upcoming_meetings",
    "meeting:read:list_upcoming_meetings",
    label="Medium",
)
def upcoming_meetings(call: Call, user_id: str):
    """The next 24 hours, own meetings and those the user is invited to."""
    user = call.user(user_id)
    end = call.clock.now() + timedelta(hours=24)

    def invited(meeting: Meeting) -> bool:
        people = meeting.settings.get("meeting_invitees") or []
        return any(person.get("email") == user.email for person in people)

    theirs = [m for m in call.world.meetings.values() if m.host_id == user.id or invited(m)]
    rows = [row for row in planned_rows(call, theirs, "upcoming") if row[0] and row[0] <= end]
    rows.sort(key=lambda row: (row[0], row[1].id))
    base = call.half.base_url
    listed = [views.upcoming_row(m, base, entry, m.host_id == user.id) for _start, m, entry in rows]
    return 200, {"total_records": len(listed), "meetings": listed}


@endpoint("POST", "/users/{user_id}/meetings", "meeting:write:meeting")
def create_meeting(call: Call, user_id: str):
    host = call.user(user_id)
    if call.body.get("schedule_for"):
        other = call.world.user(str(call.body["schedule_for"]))
        if other is None:
            raise errors.validation("schedule_for")
        host = other
    if host.status != "active" or host.type == 4:
        raise errors.hosting_not_allowed()
    call.count_host_write(host)
    meeting = changes.create_meeting(call.half, host, call.body, call.operator)
    body = views.meeting_full(
        meeting, host, call.half.base_url, created=True, shown=meeting.occurrences
    )
    return 201, body


@endpoint("GET", "/meetings/{meeting_id}", "meeting:read:meeting")
def get_meeting(call: Call, meeting_id: str):
    meeting = valid_meeting(call, meeting_id)
    host = call.world.users[meeting.host_id]
    base = call.half.base_url
    if call.query.get("occurrence_id"):
        entry = planning.find_occurrence(meeting, call.query["occurrence_id"])
        return 200, views.meeting_occurrence(meeting, host, base, entry)
    now = call.clock.now()
    shown = [
        entry
        for entry in meeting.occurrences
        if call.flag("show_previous_occurrences") or upcoming(entry.start, entry.duration, now)
    ]
    return 200, views.meeting_full(meeting, host, base, shown=shown)


@endpoint("PATCH", "/meetings/{meeting_id}", "meeting:update:meeting")
def update_meeting(call: Call, meeting_id: str):
    meeting = valid_meeting(call, meeting_id, write=True)
    call.count_host_write(call.world.users[meeting.host_id])
    if call.world.live(meeting.id):
        raise errors.ZoomError(400, 3000, "You cannot update a meeting that has already started.")
    changes.update_meeting(
        call.half, meeting, call.body, call.operator, call.query.get("occurrence_id")
    )
    return 204, None


@endpoint("DELETE", "/meetings/{meeting_id}", "meeting:delete:meeting")
def delete_meeting(call: Call, meeting_id: str):
    meeting = valid_meeting(call, meeting_id, write=True)
    if call.world.live(meeting.id):
        raise errors.in_progress()
    changes.delete_meeting(call.half, meeting, call.operator, call.query.get("occurrence_id"))
    return 204, None


@endpoint("PUT", "/meetings/{meeting_id}/status", "meeting:update:status")
def meeting_status(call: Call, meeting_id: str):
    """End a live meeting, or recover a deleted one from the trash."""
    action = call.body.get("action")
    if action == "end":
        instance = call.world.live(call.meeting(meeting_id, write=True).id)
        if instance is None:
            raise errors.meeting_not_found(meeting_id)
        live.end(call.half, instance)
    elif action == "recover":
        meeting = call.world.meetings.get(int(meeting_id)) if meeting_id.isdigit() else None
        if meeting is None or meeting.bin != "trash":
            raise errors.meeting_not_found(meeting_id)
        changes.recover_meeting(call.half, meeting, call.operator)
    else:
        raise errors.validation("action")
    return 204, None


@endpoint("GET", "/meetings/{meeting_id}/invitation", "meeting:read:invitation")
def get_invitation(call: Call, meeting_id: str):
    meeting = valid_meeting(call, meeting_id)
    return 200, views.invitation(meeting, call.world.users[meeting.host_id], call.half.base_url)


@endpoint(
    "PATCH",
    "/live_meetings/{meeting_id}/events",
    "meeting:update:in_meeting_controls",
    label="Medium",
)
def live_events(call: Call, meeting_id: str):
    """Recording controls and invitations in a live meeting: queued, the webhook confirms."""
    instance = call.world.live(call.meeting(meeting_id, write=True).id)
    if instance is None:
        raise errors.meeting_not_found(meeting_id)
    method = str(call.body.get("method", ""))
    if method.startswith("recording."):
        if not live.recording_control(call.half, instance, method.removeprefix("recording.")):
            raise errors.validation("method")
    elif not method.startswith("participant."):
        raise errors.validation("method")
    return 202, None
