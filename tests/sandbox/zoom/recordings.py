"""Cloud recordings: lists, files, transcript, trash and recovery."""

from datetime import date, timedelta

from ..core.clock import iso
from . import config, errors, events, past_views
from .api import Call, endpoint
from .world import Instance, RecordingFile

TRASH_DAYS = 30


def recorded(call: Call, key: str) -> Instance:
    """The run with a finished recording. Raises ZoomError 3301."""
    instance = call.instance(key, errors.no_recording)
    if key.isdigit() and instance.recording is None:
        runs = [run for run in call.world.ended(int(key)) if run.recording is not None]
        if runs:
            instance = runs[-1]
    if instance.recording is None or not instance.recording.ready:
        raise errors.no_recording()
    return instance


def files_of(call: Call, instance: Instance, state: str = "") -> list[RecordingFile]:
    """Files in a state ("" there, "trash"), in the order they were made; trash older than 30 days is gone.

    The transcript appears only when it has been made.
    """
    now = call.clock.now()
    shown = []
    ready = instance.film.transcript_at
    for file in instance.film.files:
        if file.file_type == "TRANSCRIPT" and ready is not None and ready > now:
            continue
        if file.bin == "trash" and file.deleted and file.deleted + timedelta(days=TRASH_DAYS) < now:
            file.bin = "gone"
        if file.bin == state:
            shown.append(file)
    return shown


def bounds(call: Call) -> tuple[date, date]:
    """from and to, at most a month apart. Raises ZoomError 300."""
    today = call.clock.now().date()
    try:
        low = date.fromisoformat(call.query["from"]) if call.query.get("from") else today
        high = date.fromisoformat(call.query["to"]) if call.query.get("to") else today
    except ValueError as error:
        raise errors.validation("from", "to") from error
    if high < low or (high - low).days > 31:
        raise errors.validation("from", "to")
    return low, high


@endpoint(
    "GET",
    "/users/{user_id}/recordings",
    "cloud_recording:read:list_user_recordings",
    label="Medium",
)
def list_recordings(call: Call, user_id: str):
    user = call.user(user_id)
    trash = call.flag("trash")
    if trash and (call.query.get("from") or call.query.get("to")):
        raise errors.validation("from", "to")
    low, high = bounds(call)
    rows = []
    for run in call.world.instances.values():
        if (
            run.host_id != user.id
            or run.recording is None
            or not run.recording.ready
            or not run.end
        ):
            continue
        if call.query.get("meeting_id") not in (None, "", str(run.meeting_id)):
            continue
        files = files_of(call, run, "trash" if trash else "")
        if files and (trash or low <= run.start.date() <= high):
            rows.append((run, files))
    rows.sort(key=lambda row: (row[0].start, row[0].uuid))
    fields, part = call.page(rows, numbered=False)
    base = call.half.base_url
    listed = [
        {**past_views.recording_set(run, user, base, files), **past_views.recording_extras(run)}
        for run, files in part
    ]
    span = {"from": "", "to": ""} if trash else {"from": low.isoformat(), "to": high.isoformat()}
    return 200, {**span, **fields, "meetings": listed}


@endpoint("GET", "/meetings/{key}/recordings", "cloud_recording:read:list_recording_files")
def meeting_recordings(call: Call, key: str):
    instance = recorded(call, key)
    files = files_of(call, instance)
    if not files:
        raise errors.no_recording()
    host = call.world.users[instance.host_id]
    base = call.half.base_url
    body = past_views.recording_set(instance, host, base, files)
    body.update(password=instance.film.password, **past_views.recording_extras(instance))
    if "download_access_token" in (call.query.get("include_fields") or ""):
        try:
            ttl = int(call.query.get("ttl") or 604_800)
        except ValueError as error:
            raise errors.validation("ttl") from error
        if not 0 <= ttl <= 604_800:
            raise errors.validation("ttl")
        body["download_access_token"] = call.half.tokens.download_token(instance.uuid, ttl)
    body["participant_audio_files"] = [
        past_views.audio_file(file, base) for file in instance.film.audio_files
    ]
    return 200, body


@endpoint(
    "GET", "/meetings/{key}/transcript", "cloud_recording:read:meeting_transcript", label="Medium"
)
def transcript(call: Call, key: str):
    instance = recorded(call, key)
    recording = instance.film
    made = [file for file in recording.files if file.file_type == "TRANSCRIPT"]
    body: dict = {
        "meeting_id": instance.uuid,
        "account_id": config.ACCOUNT_ID,
        "meeting_topic": instance.topic,
        "host_id": instance.host_id,
    }
    shown = [file for file in files_of(call, instance) if file.file_type == "TRANSCRIPT"]
    if shown:
        extras = past_views.recording_extras(instance)
        body.update(
            transcript_created_time=iso(recording.transcript_at or shown[0].end),
            can_download=True,
            auto_delete=True,
            auto_delete_date=extras["auto_delete_date"],
            download_url=f"{call.half.base_url}/zoom/rec/download/{shown[0].key}",
        )
        return 200, body
    if not made:
        reason = "NO_TRANSCRIPT_DATA"
    else:
        reason = "DELETED_OR_TRASHED" if made[0].bin else "NOT_READY"
    body.update(can_download=False, download_restriction_reason=reason)
    return 200, body


def bin_files(half, instance: Instance, files: list[RecordingFile], action: str, operator) -> None:
    """trash, delete or recover files and tell it."""
    now = half.clock.now()
    for file in files:
        file.bin = {"trash": "trash", "delete": "gone", "recover": ""}[action]
        file.deleted = now if action == "trash" else None
    name = {"trash": "trashed", "delete": "deleted", "recover": "recovered"}[action]
    half.emit(events.recording_binned(half, name, instance, files, operator, now))


def one(call: Call, instance: Instance, recording_id: str, state: str) -> list[RecordingFile]:
    files = [file for file in files_of(call, instance, state) if file.id == recording_id]
    if not files:
        raise errors.no_recording()
    return files


def delete_action(call: Call) -> str:
    action = call.query.get("action") or "trash"
    if action not in ("trash", "delete"):
        raise errors.validation("action")
    return action


@endpoint("DELETE", "/meetings/{key}/recordings", "cloud_recording:delete:meeting_recording")
def delete_recordings(call: Call, key: str):
    instance = recorded(call, key)
    action = delete_action(call)
    files = files_of(call, instance) or (
        files_of(call, instance, "trash") if action == "delete" else []
    )
    if not files:
        raise errors.no_recording()
    bin_files(call.half, instance, files, action, call.operator)
    return 204, None


@endpoint(
    "DELETE", "/meetings/{key}/recordings/{recording_id}", "cloud_recording:delete:recording_file"
)
def delete_recording(call: Call, key: str, recording_id: str):
    instance = recorded(call, key)
    bin_files(
        call.half,
        instance,
        one(call, instance, recording_id, ""),
        delete_action(call),
        call.operator,
    )
    return 204, None


def check_recover(call: Call) -> None:
    if call.body.get("action") != "recover":
        raise errors.validation("action")


@endpoint(
    "PUT", "/meetings/{key}/recordings/status", "cloud_recording:update:recover_meeting_recordings"
)
def recover_recordings(call: Call, key: str):
    check_recover(call)
    instance = recorded(call, key)
    files = files_of(call, instance, "trash")
    if not files:
        raise errors.no_recording()
    bin_files(call.half, instance, files, "recover", call.operator)
    return 204, None


@endpoint(
    "PUT",
    "/meetings/{key}/recordings/{recording_id}/status",
    "cloud_recording:update:recover_single_recording",
)
def recover_recording(call: Call, key: str, recording_id: str):
    check_recover(call)
    instance = recorded(call, key)
    bin_files(
        call.half, instance, one(call, instance, recording_id, "trash"), "recover", call.operator
    )
    return 204, None
