"""Webhook bodies in Zoom's shapes, built from the world's objects ("Webhooks" reference pages).

Every function returns a complete body. ``at`` is the vendor time of the event.
"""

import hashlib
from datetime import datetime

from ..core.clock import iso
from . import config, past_views, views
from .half import ZoomHalf
from .world import Instance, Meeting, Occurrence, RecordingFile, Registrant, Stay, User


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def envelope(event: str, at: datetime, payload: dict, operator: User | None = None, **top) -> dict:
    full: dict = {"account_id": config.ACCOUNT_ID}
    if operator is not None:
        full.update(operator=operator.email, operator_id=operator.id)
    full.update(payload)
    return {"event": event, "event_ts": ms(at), "payload": full, **top}


# Planned meetings ----------------------------------------------------------------------------------------


def plan_object(meeting: Meeting) -> dict:
    return views.compact_dict(
        uuid=meeting.uuid,
        id=meeting.id,
        host_id=meeting.host_id,
        topic=meeting.topic,
        type=meeting.type,
        start_time=iso(meeting.start) if meeting.start else None,
        duration=meeting.duration,
        timezone=meeting.timezone,
    )


def meeting_created(half: ZoomHalf, meeting: Meeting, operator: User, at: datetime) -> dict:
    body = plan_object(meeting)
    keys = ("use_pmi", "alternative_hosts", "join_before_host", "jbh_time", "meeting_invitees")
    body.update(
        join_url=views.join_url(meeting, half.base_url),
        password=meeting.password,
        settings={key: meeting.settings[key] for key in keys},
        creation_source=meeting.creation_source,
    )
    payload: dict = {"object": body}
    if meeting.type == 8:
        body["occurrences"] = [views.occurrence(entry) for entry in meeting.occurrences]
        body["recurrence"] = meeting.recurrence
    if meeting.type in (3, 8):
        payload["operation"] = "all"
    return envelope("meeting.created", at, payload, operator)


def _wire(field: str, value) -> object:
    if field == "start_time":
        return iso(value) if value else ""
    if field == "occurrences":
        return [views.occurrence(entry) for entry in value]
    return value


def meeting_updated(
    meeting: Meeting, before: dict, after: dict, operator: User, at: datetime
) -> dict | None:
    """The change between two snapshots, or None when nothing changed."""
    new: dict = {"id": meeting.id}
    old: dict = {"id": meeting.id}
    for field, value in after.items():
        if value == before[field]:
            continue
        if field == "settings":
            changed = [key for key in value if value[key] != before[field].get(key)]
            new[field] = {key: value[key] for key in changed}
            old[field] = {key: before[field].get(key) for key in changed}
        else:
            new[field] = _wire(field, value)
            old[field] = _wire(field, before[field])
    if len(new) == 1:
        return None
    payload: dict = {"object": new, "old_object": old, "time_stamp": ms(at)}
    if meeting.type == 8:
        payload = {"scope": "all", **payload}
    return envelope("meeting.updated", at, payload, operator)


def occurrence_updated(
    meeting: Meeting, before: dict, entry: Occurrence, operator: User, at: datetime
) -> dict:
    """One date of a series moved or resized; ``before`` is its earlier JSON form."""
    payload = {
        "scope": "single",
        "object": {"id": meeting.id, "occurrences": [views.occurrence(entry)]},
        "old_object": {"id": meeting.id, "occurrences": [before]},
        "time_stamp": ms(at),
    }
    return envelope("meeting.updated", at, payload, operator)


def meeting_gone(
    event: str, meeting: Meeting, operator: User, at: datetime, entry: Occurrence | None = None
) -> dict:
    """meeting.deleted, meeting.permanently_deleted or meeting.recovered."""
    body = plan_object(meeting)
    payload: dict = {"object": body}
    if entry is not None:
        body["occurrences"] = [{"occurrence_id": entry.id, "start_time": iso(entry.start)}]
        payload["operation"] = "single"
    elif meeting.type in (3, 8):
        payload["operation"] = "all"
    return envelope(event, at, payload, operator)


# Registrations -------------------------------------------------------------------------------------------


def registration(
    action: str, meeting: Meeting, person: Registrant, operator: User | None, at: datetime
) -> dict:
    """meeting.registration_created, _approved, _cancelled or _denied."""
    body = plan_object(meeting)
    brief: dict = {
        "id": person.id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
    }
    if action == "created":
        full = views.registrant(person)
        del full["create_time"]
        brief.update({key: value for key, value in full.items() if key not in brief})
        operator = None
    elif action == "approved":
        brief.update(join_url=person.join_url, participant_pin_code=person.pin)
    body["registrant"] = brief
    return envelope(f"meeting.registration_{action}", at, {"object": body}, operator)


# A meeting under way -------------------------------------------------------------------------------------


def live_object(instance: Instance, number: bool = False) -> dict:
    return {
        "id": instance.meeting_id if number else str(instance.meeting_id),
        "uuid": instance.uuid,
        "host_id": instance.host_id,
        "topic": instance.topic,
        "type": instance.type,
        "start_time": iso(instance.start),
        "timezone": instance.timezone,
        "duration": instance.scheduled,
    }


def started(instance: Instance, at: datetime) -> dict:
    return envelope("meeting.started", at, {"object": live_object(instance)})


def ended(instance: Instance, at: datetime) -> dict:
    body = {**live_object(instance), "end_time": iso(instance.ended)}
    return envelope("meeting.ended", at, {"object": body})


def _person(stay: Stay) -> dict:
    person = {
        "user_id": stay.user_id,
        "user_name": stay.name,
        "id": stay.zoom_id,
        "participant_uuid": stay.participant_uuid,
        "email": stay.email,
        "participant_user_id": stay.zoom_id,
    }
    if stay.registrant_id:
        person["registrant_id"] = stay.registrant_id
    if stay.customer_key:
        person["customer_key"] = stay.customer_key
    return person


def joined(instance: Instance, stay: Stay, at: datetime) -> dict:
    person = _person(stay)
    person["join_time"] = iso(stay.join)
    body = {**live_object(instance), "participant": person}
    return envelope("meeting.participant_joined", at, {"object": body})


def left(instance: Instance, stay: Stay, reason: str, at: datetime) -> dict:
    person = _person(stay)
    person.update(leave_time=iso(stay.gone), leave_reason=f"left the meeting. Reason : {reason}")
    body = {**live_object(instance), "participant": person}
    return envelope("meeting.participant_left", at, {"object": body})


def waiting(action: str, instance: Instance, stay: Stay, moment: datetime, at: datetime) -> dict:
    """action: joined_waiting_room, left_waiting_room, admitted or put_in_waiting_room."""
    person = {**_person(stay), "date_time": iso(moment)}
    body = {**live_object(instance), "participant": person}
    return envelope(f"meeting.participant_{action}", at, {"object": body})


def role_changed(instance: Instance, stay: Stay, old: str, new: str, at: datetime) -> dict:
    person = _person(stay)
    person.pop("id")
    person.update(date_time=iso(at), old_role=old, new_role=new)
    body = {**live_object(instance), "participant": person}
    return envelope("meeting.participant_role_changed", at, {"object": body})


# Recordings ----------------------------------------------------------------------------------------------


def recording_step(
    action: str, instance: Instance, start: datetime, end: datetime | None, at: datetime
) -> dict:
    """recording.started, paused, resumed or stopped."""
    file = {"recording_start": iso(start), "recording_end": iso(end) if end else ""}
    body = {**live_object(instance, number=True), "recording_file": file}
    return envelope(f"recording.{action}", at, {"object": body})


def _recording_object(half: ZoomHalf, instance: Instance, files: list[RecordingFile]) -> dict:
    host = half.world.users[instance.host_id]
    return past_views.recording_set(instance, host, half.base_url, files, route="webhook_download")


def recording_ready(
    half: ZoomHalf,
    instance: Instance,
    files: list[RecordingFile],
    at: datetime,
    transcript: bool = False,
) -> dict:
    """recording.completed, or recording.transcript_completed, with a download token for 24 hours."""
    body = _recording_object(half, instance, files)
    body["password"] = instance.film.password
    if not transcript:
        body.update(recording_play_passcode=instance.film.passcode, on_prem=False)
    event = "recording.transcript_completed" if transcript else "recording.completed"
    token = half.tokens.download_token(instance.uuid, 86400)
    return envelope(event, at, {"object": body}, download_token=token)


def recording_binned(
    half: ZoomHalf,
    action: str,
    instance: Instance,
    files: list[RecordingFile],
    operator: User,
    at: datetime,
) -> dict:
    """recording.trashed, deleted or recovered."""
    body = _recording_object(half, instance, files)
    del body["host_email"]
    for file in body["recording_files"]:
        file.pop("deleted_time", None)
    top = {}
    if action in ("trashed", "recovered"):
        top["download_token"] = half.tokens.download_token(instance.uuid, 86400)
    return envelope(f"recording.{action}", at, {"object": body}, operator, **top)


def recording_renamed(instance: Instance, old_topic: str, operator: User, at: datetime) -> dict:
    base = {"uuid": instance.uuid, "id": instance.meeting_id}
    rest = {"type": instance.type, "host_id": instance.host_id}
    payload = {
        "object": {**base, "topic": instance.film.topic, **rest},
        "old_object": {**base, "topic": old_topic, **rest},
        "time_stamp": ms(at),
    }
    return envelope("recording.renamed", at, payload, operator)


def recording_batch(action: str, instances: list[Instance], operator: User, at: datetime) -> dict:
    """recording.batch_trashed, batch_deleted or batch_recovered."""
    if action == "trashed":
        payload = {
            "operation": "trash_user_recordings",
            "object": {"meeting_uuids": [instance.uuid for instance in instances]},
        }
    else:
        meetings = [
            {
                "meeting_uuid": instance.uuid,
                "recording_file_ids": [file.id for file in instance.film.files],
            }
            for instance in instances
        ]
        payload = {"object": {"meetings": meetings}}
    return envelope(f"recording.batch_{action}", at, payload, operator)


# Users and the app ---------------------------------------------------------------------------------------


def user_event(action: str, user: User, operator: User, at: datetime) -> dict:
    """user.created, activated, deactivated, deleted or disassociated."""
    body: dict = {"id": user.id, "first_name": user.first_name, "last_name": user.last_name}
    payload: dict = {}
    if action == "created":
        body["display_name"] = user.name
        payload["creation_type"] = "create"
    body.update(email=user.email, type=user.type)
    payload["object"] = body
    return envelope(f"user.{action}", at, payload, operator)


def user_updated(user: User, changed: dict, old: dict, operator: User, at: datetime) -> dict:
    payload = {
        "object": {"id": user.id, **changed},
        "old_object": {"id": user.id, **old},
        "time_stamp": ms(at),
    }
    return envelope("user.updated", at, payload, operator)


def deauthorized(user: User, at: datetime) -> dict:
    """app_deauthorized, which has no event_ts at the top and no object."""
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    return {
        "event": "app_deauthorized",
        "payload": {
            "account_id": config.ACCOUNT_ID,
            "user_id": user.id,
            "signature": hashlib.sha256(f"{user.id}{stamp}".encode()).hexdigest(),
            "deauthorization_time": stamp,
            "client_id": config.CLIENT_ID,
        },
    }
