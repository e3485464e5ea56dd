"""Ended meetings, their participants and their recordings in Zoom's JSON shapes."""

from datetime import timedelta

from ..core.clock import iso
from . import config
from .world import Instance, Recording, RecordingFile, Stay, User

# Past meetings and reports -------------------------------------------------------------------------------


def people(instance: Instance) -> int:
    """Unique participants who were in the meeting itself."""
    rows = [stay for stay in instance.stays if stay.status == "in_meeting"]
    return len({stay.zoom_id or stay.email or stay.participant_uuid for stay in rows})


def minutes(instance: Instance) -> int:
    """Length in minutes, begun minutes counted."""
    return -(-int((instance.ended - instance.start).total_seconds()) // 60)


def total_minutes(instance: Instance) -> int:
    rows = [stay for stay in instance.stays if stay.status == "in_meeting"]
    return sum(-(-seconds(stay) // 60) for stay in rows)


def seconds(stay: Stay) -> int:
    return int((stay.gone - stay.join).total_seconds())


def past_details(instance: Instance, host: User) -> dict:
    return {
        "uuid": instance.uuid,
        "id": instance.meeting_id,
        "host_id": instance.host_id,
        "type": instance.type,
        "topic": instance.topic,
        "user_name": host.name,
        "user_email": host.email,
        "start_time": iso(instance.start),
        "end_time": iso(instance.ended),
        "duration": minutes(instance),
        "total_minutes": total_minutes(instance),
        "participants_count": people(instance),
        "dept": host.dept,
        "source": instance.source,
        "has_meeting_summary": False,
    }


def past_participant(stay: Stay) -> dict:
    row = {
        "id": stay.zoom_id,
        "user_id": stay.user_id,
        "name": stay.name,
        "user_email": stay.email,
        "join_time": iso(stay.join),
        "leave_time": iso(stay.gone),
        "duration": seconds(stay),
        "failover": False,
        "status": stay.status,
        "internal_user": stay.internal,
    }
    if stay.registrant_id:
        row["registrant_id"] = stay.registrant_id
    return row


def report_participant(stay: Stay, registrants: bool) -> dict:
    row: dict = {
        "id": stay.zoom_id,
        "user_id": stay.user_id,
        "name": stay.name,
        "user_email": stay.email,
        "join_time": iso(stay.join),
        "leave_time": iso(stay.gone),
        "duration": seconds(stay),
        "failover": False,
        "status": stay.status,
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
        session_key="",
        has_screen_share=True,
        has_recording=instance.recording is not None,
        has_chat="CHAT" in has,
        meeting_encryption_status=1,
        participants_count_my_account=len(inside),
    )
    return body


# Recordings ----------------------------------------------------------------------------------------------


def recording_file(instance: Instance, file: RecordingFile, base_url: str, route: str) -> dict:
    body = {
        "id": file.id,
        "meeting_id": instance.uuid,
        "recording_start": iso(file.start),
        "recording_end": iso(file.end),
        "file_type": file.file_type,
        "file_extension": file.extension,
        "file_size": file.content.size,
        "play_url": f"{base_url}/zoom/rec/play/{file.key}",
        "download_url": f"{base_url}/zoom/rec/{route}/{file.key}",
        "status": file.status,
        "recording_type": file.recording_type,
    }
    if file.file_type == "TIMELINE":
        del body["play_url"]
    if file.bin == "trash":
        body["deleted_time"] = iso(file.deleted or file.end)
    return body


def audio_file(file: RecordingFile, base_url: str) -> dict:
    return {
        "id": file.id,
        "recording_start": iso(file.start),
        "recording_end": iso(file.end),
        "file_type": file.file_type,
        "file_name": file.file_name,
        "file_size": file.content.size,
        "play_url": f"{base_url}/zoom/rec/play/{file.key}",
        "download_url": f"{base_url}/zoom/rec/download/{file.key}",
        "status": file.status,
    }


def recorded_minutes(recording: Recording) -> int:
    """Minutes recorded, over all start and stop cycles."""
    spans = {(file.start, file.end) for file in recording.files}
    return int(sum((end - start).total_seconds() for start, end in spans) // 60)


def recording_set(
    instance: Instance,
    host: User,
    base_url: str,
    files: list[RecordingFile],
    *,
    route: str = "download",
) -> dict:
    """The common part of every recording answer and event."""
    recording = instance.film
    return {
        "uuid": instance.uuid,
        "id": instance.meeting_id,
        "account_id": config.ACCOUNT_ID,
        "host_id": instance.host_id,
        "topic": recording.topic or instance.topic,
        "type": instance.type,
        "start_time": iso(instance.start),
        "timezone": instance.timezone,
        "host_email": host.email,
        "duration": recorded_minutes(recording),
        "total_size": sum(file.content.size for file in files),
        "recording_count": len(files),
        "share_url": f"{base_url}/zoom/rec/share/{recording.share_key}",
        "recording_files": [recording_file(instance, file, base_url, route) for file in files],
    }


def recording_extras(instance: Instance) -> dict:
    """What list and get add to the set."""
    return {
        "recording_play_passcode": instance.film.passcode,
        "auto_delete": True,
        "auto_delete_date": (instance.ended + timedelta(days=30)).strftime("%Y-%m-%d"),
    }
