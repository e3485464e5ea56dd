"""The world's objects in Zoom's JSON shapes for API answers."""

from zoneinfo import ZoneInfo

from ..core.clock import iso
from . import config
from .world import Meeting, Occurrence, Registrant, User


def compact_dict(**fields) -> dict:
    """The fields without those that are None."""
    return {key: value for key, value in fields.items() if value is not None}


# Users ---------------------------------------------------------------------------------------------------


def user_row(user: User) -> dict:
    """A row of the user list; pending users have no id."""
    row = {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.name,
        "email": user.email,
        "type": user.type,
        "pmi": user.pmi,
        "timezone": user.timezone,
        "verified": 1,
        "dept": user.dept,
        "created_at": iso(user.created),
        "user_created_at": iso(user.created),
        "last_login_time": iso(user.last_login),
        "last_client_version": "6.4.1.12345(win)",
        "group_ids": [],
        "im_group_ids": [],
        "role_id": user.role_id,
        "status": user.status,
    }
    if user.status == "pending":
        for field in ("id", "last_login_time", "last_client_version"):
            del row[field]
    return row


def user_full(user: User, base_url: str) -> dict:
    """One user."""
    role = {"0": "Owner", "1": "Admin"}.get(user.role_id, "Member")
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "display_name": user.name,
        "email": user.email,
        "type": user.type,
        "role_name": role,
        "role_id": user.role_id,
        "pmi": user.pmi,
        "use_pmi": False,
        "personal_meeting_url": f"{base_url}/zoom/j/{user.pmi}?pwd=SandboxPersonal.1",
        "timezone": user.timezone,
        "verified": 1,
        "dept": user.dept,
        "created_at": iso(user.created),
        "user_created_at": iso(user.created),
        "last_login_time": iso(user.last_login),
        "last_client_version": "6.4.1.12345(win)",
        "language": user.language,
        "phone_number": "",
        "status": user.status,
        "account_id": config.ACCOUNT_ID,
        "account_number": config.ACCOUNT_NUMBER,
        "group_ids": [],
        "im_group_ids": [],
        "jid": f"{user.id.lower()}@xmpp.example.com",
        "job_title": "",
        "cost_center": "",
        "company": "Example Ltd",
        "location": "",
        "login_types": [100],
        "cluster": "us02",
    }


# Meetings ------------------------------------------------------------------------------------------------


def join_url(meeting: Meeting, base_url: str) -> str:
    return f"{base_url}/zoom/j/{meeting.id}?pwd={encrypted_password(meeting)}"


def encrypted_password(meeting: Meeting) -> str:
    """The hashed passcode of join links; constant per meeting."""
    return f"Sandbox{meeting.id % 99_991:05d}.1"


def occurrence(entry: Occurrence) -> dict:
    return {
        "occurrence_id": entry.id,
        "start_time": iso(entry.start),
        "duration": entry.duration,
        "status": entry.status,
    }


def meeting_row(meeting: Meeting, base_url: str, entry: Occurrence | None = None) -> dict:
    """A row of the meeting list; one per date for a series with fixed times."""
    start = entry.start if entry else meeting.start
    return compact_dict(
        uuid=meeting.uuid,
        id=meeting.id,
        host_id=meeting.host_id,
        topic=meeting.topic,
        type=meeting.type,
        start_time=iso(start) if start else None,
        duration=entry.duration if entry else meeting.duration,
        timezone=meeting.timezone,
        agenda=meeting.agenda or None,
        created_at=iso(meeting.created),
        join_url=join_url(meeting, base_url),
    )


def upcoming_row(meeting: Meeting, base_url: str, entry: Occurrence | None, is_host: bool) -> dict:
    row = meeting_row(meeting, base_url, entry)
    for field in ("uuid", "host_id", "agenda"):
        row.pop(field, None)
    row.update(passcode=meeting.password, use_pmi=False, is_host=is_host)
    return row


def meeting_full(
    meeting: Meeting,
    host: User,
    base_url: str,
    *,
    created: bool = False,
    shown: list[Occurrence] | None = None,
) -> dict:
    """A meeting as GET and POST give it; ``shown`` are the occurrences to list."""
    start = meeting.start if meeting.type != 3 else None
    settings = dict(meeting.settings)
    settings.setdefault("contact_name", host.name)
    settings.setdefault("contact_email", host.email)
    link = join_url(meeting, base_url)
    body = compact_dict(
        uuid=meeting.uuid,
        id=meeting.id,
        host_id=meeting.host_id,
        host_email=host.email,
        assistant_id=None if created else "",
        topic=meeting.topic,
        type=meeting.type,
        status=meeting.status,
        start_time=iso(start) if start else None,
        duration=meeting.duration,
        timezone=meeting.timezone,
        agenda=meeting.agenda,
        created_at=iso(meeting.created),
        start_url=f"{base_url}/zoom/s/{meeting.id}?zak=eyJzYW5kYm94.zak.notreal",
        join_url=link,
        password=meeting.password,
        h323_password="123456",
        pstn_password="123456",
        encrypted_password=encrypted_password(meeting),
        settings=settings,
        creation_source=meeting.creation_source,
        pre_schedule=meeting.pre_schedule,
        tracking_fields=meeting.tracking_fields or None,
        recurrence=meeting.recurrence,
    )
    if created and meeting.settings.get("approval_type") != 2:
        body["registration_url"] = f"{base_url}/zoom/register/{meeting.id}"
    if meeting.type == 8:
        body["occurrences"] = [occurrence(entry) for entry in shown or []]
    return body


def meeting_occurrence(meeting: Meeting, host: User, base_url: str, entry: Occurrence) -> dict:
    """One date of a series, with what was changed for it alone."""
    body = meeting_full(meeting, host, base_url)
    for field in ("occurrences", "recurrence", "assistant_id"):
        body.pop(field, None)
    body.update(start_time=iso(entry.start), duration=entry.duration)
    body["agenda"] = entry.overrides.get("agenda", body["agenda"])
    body["settings"] = {**body["settings"], **entry.overrides.get("settings", {})}
    return body


def invitation(meeting: Meeting, host: User, base_url: str) -> dict:
    number = str(meeting.id)
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    lines = [
        f"{host.name} is inviting you to a scheduled Zoom meeting.",
        "",
        f"Topic: {meeting.topic}",
    ]
    if meeting.start:
        local = meeting.start.astimezone(ZoneInfo(meeting.timezone))
        lines.append(f"Time: {local:%b %d, %Y %I:%M %p} {meeting.timezone}")
    lines += [
        "Join Zoom Meeting",
        join_url(meeting, base_url),
        "",
        f"Meeting ID: {spaced}",
        f"Passcode: {meeting.password}",
        "",
    ]
    return {"invitation": "\r\n".join(lines), "sip_links": []}


# Registrants ---------------------------------------------------------------------------------------------

REGISTRANT_FIELDS = (
    "address",
    "city",
    "country",
    "zip",
    "state",
    "phone",
    "industry",
    "org",
    "job_title",
    "purchasing_time_frame",
    "role_in_purchase_process",
    "no_of_employees",
    "comments",
)


def registrant(person: Registrant) -> dict:
    row: dict = {
        "id": person.id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
    }
    row.update({field: person.fields.get(field, "") for field in REGISTRANT_FIELDS})
    row.update(
        custom_questions=person.fields.get("custom_questions", []),
        status=person.status,
        create_time=iso(person.created),
    )
    if person.status == "approved":
        row["join_url"] = person.join_url
    row["participant_pin_code"] = person.pin
    return row
