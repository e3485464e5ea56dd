"""The world's objects in Zoom's JSON shapes for API answers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from ..core.clock import iso
from . import config
from .world import Instance, Meeting, Occurrence, Recording, RecordingFile, Registrant, Stay, User


def compact_dict(**fields) -> dict:
    """The fields without those that are None."""
    return {key: value for key, value in fields.items() if value is not None}


# Users ---------------------------------------------------------------------------------------------------


def user_row(user: User) -> dict:
    """A row of the user list; pending users have no id."""
    row = {
        "id": user.id, "first_name": user.first_name, "last_name": user.last_name,
        "display_name": user.name, "email": user.email, "type": user.type, "pmi": user.pmi,
        "timezone": user.timezone, "verified": 1, "dept": user.dept, "created_at": iso(user.created),
        "user_created_at": iso(user.created), "last_login_time": iso(user.last_login),
        "last_client_version": "6.4.1.12345(win)", "group_ids": [], "im_group_ids": [],
        "role_id": user.role_id, "status": user.status,
    }
    if user.status == "pending":
        for field in ("id", "last_login_time", "last_client_version"):
            del row[field]
    return row


def user_full(user: User, base_url: str) -> dict:
    """One user."""
    role = {"0": "Owner", "1": "Admin"}.get(user.role_id, "Member")
    return {
        "id": user.id, "first_name": user.first_name, "last_name": user.last_name,
        "display_name": user.name, "email": user.email, "type": user.type, "role_name": role,
        "role_id": user.role_id, "pmi": user.pmi, "use_pmi": False,
        "personal_meeting_url": f"{base_url}/zoom/j/{user.pmi}?pwd=SandboxPersonal.1",
        "timezone": user.timezone, "verified": 1, "dept": user.dept, "created_at": iso(user.created),
        "user_created_at": iso(user.created), "last_login_time": iso(user.last_login),
        "last_client_version": "6.4.1.12345(win)", "language": user.language, "phone_number": "",
        "status": user.status, "account_id": config.ACCOUNT_ID,
        "account_number": config.ACCOUNT_NUMBER, "group_ids": [], "im_group_ids": [],
        "jid": f"{user.id.lower()}@xmpp.example.com", "job_title": "", "cost_center": "",
        "company": "Example Ltd", "location": "", "login_types": [100], "cluster": "us02",
    }


# Meetings ------------------------------------------------------------------------------------------------


def join_url(meeting: Meeting, base_url: str) -> str:
    return f"{base_url}/zoom/j/{meeting.id}?pwd={encrypted_password(meeting)}"


def encrypted_password(meeting: Meeting) -> str:
    """The hashed passcode of join links; constant per meeting."""
    return f"Sandbox{meeting.id % 99_991:05d}.1"


def occurrence(entry: Occurrence) -> dict:
    return {
        "occurrence_id": entry.id, "start_time": iso(entry.start), "duration": entry.duration,
        "status": entry.status,
    }


def meeting_row(meeting: Meeting, base_url: str, entry: Occurrence | None = None) -> dict:
    """A row of the meeting list; one per date for a series with fixed times."""
    start = entry.start if entry else meeting.start
    return compact_dict(
        uuid=meeting.uuid, id=meeting.id, host_id=meeting.host_id, topic=meeting.topic,
        type=meeting.type, start_time=iso(start) if start else None,
        duration=entry.duration if entry else meeting.duration, timezone=meeting.timezone,
        agenda=meeting.agenda or None, created_at=iso(meeting.created),
        join_url=join_url(meeting, base_url),
    )


def upcoming_row(meeting: Meeting, base_url: str, entry: Occurrence | None, is_host: bool) -> dict:
    row = meeting_row(meeting, base_url, entry)
    for field in ("uuid", "host_id", "agenda"):
        row.pop(field, None)
    row.update(passcode=meeting.password, use_pmi=False, is_host=is_host)
    return row


def meeting_full(meeting: Meeting, host: User, base_url: str, *, created: bool = False,
                 shown: list[Occurrence] | None = None) -> dict:
    """A meeting as GET and POST give it; ``shown`` are the occurrences to list."""
    start = meeting.start if meeting.type != 3 else None
    settings = dict(meeting.settings)
    settings.setdefault("contact_name", host.name)
    settings.setdefault("contact_email", host.email)
    link = join_url(meeting, base_url)
    body = compact_dict(
        uuid=meeting.uuid, id=meeting.id, host_id=meeting.host_id, host_email=host.email,
        assistant_id=None if created else "", topic=meeting.topic, type=meeting.type,
        status=meeting.status, start_time=iso(start) if start else None, duration=meeting.duration,
        timezone=meeting.timezone, agenda=meeting.agenda, created_at=iso(meeting.created),
        start_url=f"{base_url}/zoom/s/{meeting.id}?zak=eyJzYW5kYm94.zak.notreal", join_url=link,
        password=meeting.password, h323_password="123456", pstn_password="123456",
        encrypted_password=encrypted_password(meeting), settings=settings,
        creation_source=meeting.creation_source, pre_schedule=meeting.pre_schedule,
        tracking_fields=meeting.tracking_fields or None, recurrence=meeting.recurrence,
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
        f"{host.name} is inviting you to a scheduled Zoom meeting.", "", f"Topic: {meeting.topic}",
    ]
    if meeting.start:
        local = meeting.start.astimezone(ZoneInfo(meeting.timezone))
        lines.append(f"Time: {local:%b %d, %Y %I:%M %p} {meeting.timezone}")
    lines += [
        "Join Zoom Meeting", join_url(meeting, base_url), "", f"Meeting ID: {spaced}",
        f"Passcode: {meeting.password}", "",
    ]
    return {"invitation": "\r\n".join(lines), "sip_links": []}


# Registrants ---------------------------------------------------------------------------------------------

REGISTRANT_FIELDS = (
    "address", "city", "country", "zip", "state", "phone", "industry", "org", "job_title",
    "purchasing_time_frame", "role_in_purchase_process", "no_of_employees", "comments",
)


def registrant(person: Registrant) -> dict:
    row = {
        "id": person.id, "email": person.email, "first_name": person.first_name,
        "last_name": person.last_name,
    }
    row.update({field: person.fields.get(field, "") for field in REGISTRANT_FIELDS})
    row.update(
        custom_questions=person.fields.get("custom_questions", []), status=person.status,
        create_time=iso(person.created),
    )
    if person.status == "approved":
        row["join_url"] = person.join_url
    row["participant_pin_code"] = person.pin
    return row


# Past meetings and reports -------------------------------------------------------------------------------


def people(instance: Instance) -> int:
    """Unique participants who were in the meeting itself."""
    rows = [stay for stay in instance.stays if stay.status == "in_meeting"]
    return len({stay.zoom_id or stay.email or stay.participant_uuid for stay in rows})


def minutes(instance: Instance) -> int:
    """Length in minutes, begun minutes counted."""
    return -(-int((instance.end - instance.start).total_seconds()) // 60)


def total_minutes(instance: Instance) -> int:
    rows = [stay for stay in instance.stays if stay.status == "in_meeting"]
    return sum(-(-seconds(stay) // 60) for stay in rows)


def seconds(stay: Stay) -> int:
    return int((stay.leave - stay.join).total_seconds()) if stay.leave else 0


def past_details(instance: Instance, host: User) -> dict:
    return {
        "uuid": instance.uuid, "id": instance.meeting_id, "host_id": instance.host_id,
        "type": instance.type, "topic": instance.topic, "user_name": host.name,
        "user_email": host.email, "start_time": iso(instance.start), "end_time": iso(instance.end),
        "duration": minutes(instance), "total_minutes": total_minutes(instance),
        "participants_count": people(instance), "dept": host.dept, "source": instance.source,
        "has_meeting_summary": False,
    }


def past_participant(stay: Stay) -> dict:
    row = {
        "id": stay.zoom_id, "user_id": stay.user_id, "name": stay.name, "user_email": stay.email,
        "join_time": iso(stay.join), "leave_time": iso(stay.leave), "duration": seconds(stay),
        "failover": False, "status": stay.status, "internal_user": stay.internal,
    }
    if stay.registrant_id:
        row["registrant_id"] = stay.registrant_id
    return row


def report_participant(stay: Stay, registrants: bool) -> dict:
    row = {
        "id": stay.zoom_id, "user_id": stay.user_id, "name": stay.name, "user_email": stay.email,
        "join_time": iso(stay.join), "leave_time": iso(stay.leave), "duration": seconds(stay),
        "failover": False, "status": stay.status,
    }
    if stay.zoom_id:
        row["participant_user_id"] = stay.zoom_id
    if stay.customer_key:
        row["customer_key"] = stay.customer_key
    if registrants and stay.registrant_id:
        row["registrant_id"] = stay.registrant_id
    row["bo_mtg_id"] = ""
    return row


def report_details(instance: Instance, host: User) -> dict:
    body = past_details(instance, host)
    for field in ("host_id", "source", "has_meeting_summary"):
        del body[field]
    body.update(tracking_fields=[], custom_keys=[])
    return body


def report_row(instance: Instance, host: User) -> dict:
    body = past_details(instance, host)
    for field in ("host_id", "dept", "has_meeting_summary"):
        del body[field]
    inside = {stay.zoom_id for stay in instance.stays if stay.internal and stay.zoom_id}
    has = {file.file_type for file in instance.recording.files} if instance.recording else set()
    body.update(
        session_key="", has_screen_share=True, has_recording=instance.recording is not None,
        has_chat="CHAT" in has, meeting_encryption_status=1, participants_count_my_account=len(inside),
    )
    return body


# Recordings ----------------------------------------------------------------------------------------------


def recording_file(instance: Instance, file: RecordingFile, base_url: str, route: str) -> dict:
    body = {
        "id": file.id, "meeting_id": instance.uuid, "recording_start": iso(file.start),
        "recording_end": iso(file.end), "file_type": file.file_type,
        "file_extension": file.extension, "file_size": file.content.size,
        "play_url": f"{base_url}/zoom/rec/play/{file.key}",
        "download_url": f"{base_url}/zoom/rec/{route}/{file.key}", "status": file.status,
        "recording_type": file.recording_type,
    }
    if file.file_type == "TIMELINE":
        del body["play_url"]
    if file.bin == "trash":
        body["deleted_time"] = iso(file.deleted)
    return body


def audio_file(file: RecordingFile, base_url: str) -> dict:
    return {
        "id": file.id, "recording_start": iso(file.start), "recording_end": iso(file.end),
        "file_type": file.file_type, "file_name": file.file_name, "file_size": file.content.size,
        "play_url": f"{base_url}/zoom/rec/play/{file.key}",
        "download_url": f"{base_url}/zoom/rec/download/{file.key}", "status": file.status,
    }


def recorded_minutes(recording: Recording) -> int:
    """Minutes recorded, over all start and stop cycles."""
    spans = {(file.start, file.end) for file in recording.files}
    return int(sum((end - start).total_seconds() for start, end in spans) // 60)


def recording_set(instance: Instance, host: User, base_url: str, files: list[RecordingFile], *,
                  route: str = "download") -> dict:
    """The common part of every recording answer and event."""
    recording = instance.recording
    return {
        "uuid": instance.uuid, "id": instance.meeting_id, "account_id": config.ACCOUNT_ID,
        "host_id": instance.host_id, "topic": recording.topic or instance.topic,
        "type": instance.type, "start_time": iso(instance.start), "timezone": instance.timezone,
        "host_email": host.email, "duration": recorded_minutes(recording),
        "total_size": sum(file.content.size for file in files), "recording_count": len(files),
        "share_url": f"{base_url}/zoom/rec/share/{recording.share_key}",
        "recording_files": [recording_file(instance, file, base_url, route) for file in files],
    }


def recording_extras(instance: Instance) -> dict:
    """What list and get add to the set."""
    return {
        "recording_play_passcode": instance.recording.passcode, "auto_delete": True,
        "auto_delete_date": (instance.end + timedelta(days=30)).strftime("%Y-%m-%d"),
    }
