"""/meetings/{id}/registrants and meeting templates."""

import secrets

from . import errors, events, planning, views
from .api import Call, endpoint
from .meetings import valid_meeting
from .world import Meeting, Registrant

MAX_REGISTRANTS = 4999
STATES = {"approve": "approved", "cancel": "pending", "deny": "denied"}


def registrable(call: Call, meeting_id: str) -> Meeting:
    """The meeting, when it takes registrations. Raises ZoomError."""
    try:
        meeting = valid_meeting(call, meeting_id)
    except errors.ZoomError as error:
        if error.code == 3001:
            raise errors.meeting_not_found(meeting_id, status=400) from error
        raise
    if meeting.settings.get("approval_type") == 2:
        raise errors.ZoomError(400, 300, "Registration has not been enabled for this meeting.")
    return meeting


def move(half, meeting: Meeting, person: Registrant, action: str, operator) -> None:
    """approve, cancel or deny a registrant and tell it; a cancelled one is gone."""
    person.status = STATES[action]
    if action == "cancel":
        del meeting.registrants[person.id]
    event = {"approve": "approved", "cancel": "cancelled", "deny": "denied"}[action]
    half.emit(events.registration(event, meeting, person, operator, half.clock.now()))


def add(half, meeting: Meeting, body: dict) -> Registrant:
    """Register a person; the meeting's approval type decides the state unless auto_approve is set."""
    ids = half.world.ids
    approved = meeting.settings.get("approval_type") == 0 or bool(body.get("auto_approve"))
    person = Registrant(
        id=ids.word(22),
        email=body["email"],
        first_name=body["first_name"],
        last_name=body.get("last_name") or "",
        fields=dict(body),
        status="approved" if approved else "pending",
        created=half.clock.now().replace(microsecond=0),
        pin=ids.rng.randint(100_000, 999_999),
        join_url=f"{half.base_url}/zoom/w/{meeting.id}?tk={secrets.token_urlsafe(18)}&pwd="
        f"{views.encrypted_password(meeting)}",
    )
    meeting.registrants[person.id] = person
    half.emit(events.registration("created", meeting, person, None, half.clock.now()))
    return person


@endpoint(
    "GET", "/meetings/{meeting_id}/registrants", "meeting:read:list_registrants", label="Medium"
)
def list_registrants(call: Call, meeting_id: str):
    meeting = registrable(call, meeting_id)
    status = call.query.get("status") or "approved"
    people = [person for person in meeting.registrants.values() if person.status == status]
    fields, rows = call.page(people)
    return 200, {**fields, "registrants": [views.registrant(person) for person in rows]}


@endpoint("GET", "/meetings/{meeting_id}/registrants/{registrant_id}", "meeting:read:registrant")
def get_registrant(call: Call, meeting_id: str, registrant_id: str):
    person = registrable(call, meeting_id).registrants.get(registrant_id)
    if person is None:
        raise errors.validation("registrantId")
    return 200, views.registrant(person)


@endpoint("POST", "/meetings/{meeting_id}/registrants", "meeting:write:registrant")
def add_registrant(call: Call, meeting_id: str):
    meeting = registrable(call, meeting_id)
    missing = [field for field in ("email", "first_name") if not call.body.get(field)]
    if missing or "@" not in str(call.body.get("email")):
        raise errors.validation(*(missing or ["email"]))
    if len(meeting.registrants) >= MAX_REGISTRANTS:
        raise errors.ZoomError(400, 3043, "Meeting has reached maximum attendee capacity.")
    email = call.body["email"]
    limit = call.half.limits.registrant_day
    day = call.half.quota.day()
    if day[f"registrant:{email}"] >= limit:
        raise errors.registrant_limit(limit, email)
    day[f"registrant:{email}"] += 1
    dates = [
        planning.find_occurrence(meeting, i)
        for i in (call.query.get("occurrence_ids") or "").split(",")
        if i
    ]
    person = add(call.half, meeting, call.body)
    body = {"id": meeting.id, "registrant_id": person.id, "topic": meeting.topic}
    if meeting.start:
        body["start_time"] = meeting.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    if person.status == "approved":
        body["join_url"] = person.join_url
    if meeting.type == 8:
        body["occurrences"] = [views.occurrence(entry) for entry in dates or meeting.occurrences]
    body["participant_pin_code"] = person.pin
    return 201, body


@endpoint(
    "PUT",
    "/meetings/{meeting_id}/registrants/status",
    "meeting:update:registrant_status",
    label="Medium",
)
def registrant_status(call: Call, meeting_id: str):
    """approve, cancel or deny the named registrants."""
    meeting = registrable(call, meeting_id)
    action = call.body.get("action")
    if action not in STATES:
        raise errors.validation("action")
    wanted = call.body.get("registrants") or []
    ids = {entry.get("id") for entry in wanted}
    emails = {entry.get("email") for entry in wanted if not entry.get("id")}
    for person in list(meeting.registrants.values()):
        if person.id in ids or person.email in emails:
            move(call.half, meeting, person, action, call.operator)
    return 204, None


@endpoint(
    "DELETE", "/meetings/{meeting_id}/registrants/{registrant_id}", "meeting:delete:registrant"
)
def delete_registrant(call: Call, meeting_id: str, registrant_id: str):
    meeting = registrable(call, meeting_id)
    person = meeting.registrants.pop(registrant_id, None)
    if person is None:
        raise errors.validation("registrantId")
    call.half.emit(
        events.registration("cancelled", meeting, person, call.operator, call.clock.now())
    )
    return 204, None


@endpoint(
    "GET", "/users/{user_id}/meeting_templates", "meeting:read:list_templates", label="Medium"
)
def list_templates(call: Call, user_id: str):
    rows = call.world.templates.get(call.user(user_id).id, [])
    shown = [{key: row[key] for key in ("id", "name", "type")} for row in rows]
    return 200, {"total_records": len(shown), "templates": shown}


@endpoint(
    "GET",
    "/users/{user_id}/meeting_templates/{template_id}",
    "meeting:read:list_templates",
    label="Medium",
)
def get_template(call: Call, user_id: str, template_id: str):
    for row in call.world.templates.get(call.user(user_id).id, []):
        if row["id"] == template_id:
            return 200, row
    raise errors.meeting_not_found(template_id, status=400)


@endpoint("POST", "/users/{user_id}/meeting_templates", "meeting:write:template")
def create_template(call: Call, user_id: str):
    """A template from an existing meeting; a user has at most 40."""
    user = call.user(user_id)
    try:
        meeting = call.meeting(str(call.body.get("meeting_id", "")))
    except errors.ZoomError as error:
        raise errors.meeting_not_found(call.body.get("meeting_id"), status=400) from error
    rows = call.world.templates.setdefault(user.id, [])
    if len(rows) >= 40:
        raise errors.validation("name")
    name = call.body.get("name") or meeting.topic
    if call.body.get("overwrite"):
        rows[:] = [row for row in rows if row["name"] != name]
    row = {
        "id": call.world.ids.word(16),
        "name": name,
        "type": 1,
        "settings": {
            **meeting.settings,
            "topic": meeting.topic,
            "duration": meeting.duration,
            "agenda": meeting.agenda,
        },
    }
    if call.body.get("save_recurrence") and meeting.recurrence:
        row["recurrence"] = meeting.recurrence
    rows.append(row)
    return 201, {"id": row["id"], "name": row["name"]}
