"""Creating and changing a planned meeting from a request body ("Create a meeting", "Update a meeting")."""

import copy
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, available_timezones

from . import errors, recurrence
from .world import Meeting, Occurrence, User, World

ZONES = available_timezones() | {"UTC"}
DEFAULT_SETTINGS = {
    "host_video": False,
    "participant_video": False,
    "cn_meeting": False,
    "in_meeting": False,
    "join_before_host": False,
    "jbh_time": 0,
    "mute_upon_entry": False,
    "watermark": False,
    "use_pmi": False,
    "approval_type": 2,
    "audio": "both",
    "auto_recording": "none",
    "enforce_login": False,
    "enforce_login_domains": "",
    "alternative_hosts": "",
    "alternative_hosts_email_notification": True,
    "alternative_host_update_polls": False,
    "close_registration": False,
    "show_share_button": False,
    "allow_multiple_devices": False,
    "registrants_confirmation_email": True,
    "registrants_email_notification": True,
    "waiting_room": False,
    "waiting_room_options": {"mode": "follow_setting"},
    "meeting_authentication": False,
    "email_notification": True,
    "host_save_video_order": False,
    "global_dial_in_countries": ["ES"],
    "global_dial_in_numbers": [
        {
            "country": "ES",
            "country_name": "Spain",
            "city": "",
            "number": "+34 900 000 000",
            "type": "toll",
        }
    ],
    "private_meeting": False,
    "encryption_type": "enhanced_encryption",
    "focus_mode": False,
    "breakout_room": {"enable": False},
    "meeting_invitees": [],
    "language_interpretation": {"enable": False},
    "sign_language_interpretation": {"enable": False},
    "approved_or_denied_countries_or_regions": {"enable": False},
    "continuous_meeting_chat": {"enable": False},
    "participant_focused_meeting": False,
    "push_change_to_calendar": False,
    "resources": [],
    "internal_meeting": False,
    "auto_start_meeting_summary": False,
    "auto_start_ai_companion_questions": False,
    "device_testing": False,
    "question_and_answer": {"enable": False},
}
EXTRA_SETTINGS = {
    "registration_type",
    "contact_name",
    "contact_email",
    "calendar_type",
    "show_join_info",
    "authentication_option",
    "authentication_domains",
    "authentication_exception",
    "custom_keys",
    "alternative_host_manage_meeting_summary",
    "alternative_host_manage_cloud_recording",
    "email_in_attendee_report",
    "request_permission_to_unmute_participants",
    "allow_host_control_participant_mute_state",
    "disable_participant_video",
    "who_will_receive_summary",
    "who_can_ask_questions",
    "summary_template_id",
}
OCCURRENCE_SETTINGS = {
    "host_video",
    "participant_video",
    "join_before_host",
    "mute_upon_entry",
    "waiting_room",
    "watermark",
    "auto_recording",
}
CHOICES = {
    "approval_type": (0, 1, 2),
    "jbh_time": (0, 5, 10, 15),
    "registration_type": (1, 2, 3),
    "audio": ("both", "telephony", "voip", "thirdParty"),
    "encryption_type": ("enhanced_encryption", "e2ee"),
}


def parse_start(text: object, zone: str) -> datetime:
    """Aware UTC start: with Z it is UTC, without it is local time in the zone. Raises ZoomError 300."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError as error:
        raise errors.validation("start_time") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def merge_settings(settings: dict, given: object, policy: dict) -> dict:
    """Effective settings: what was there, what is asked, what the account forces."""
    if not isinstance(given, dict):
        raise errors.validation("settings")
    result = copy.deepcopy(settings)
    for key, value in given.items():
        default = DEFAULT_SETTINGS.get(key)
        if key not in DEFAULT_SETTINGS and key not in EXTRA_SETTINGS:
            continue
        if isinstance(default, bool) and not isinstance(value, bool):
            raise errors.validation(f"settings.{key}")
        if key in CHOICES and value not in CHOICES[key]:
            raise errors.validation(f"settings.{key}")
        if key == "auto_recording" and value not in ("local", "cloud", "none"):
            value = "none"  # accepted without a word, which is why a client must read back
        if isinstance(default, dict) and isinstance(value, dict):
            value = {**result[key], **value}
        result[key] = copy.deepcopy(value)
    result.update(copy.deepcopy(policy))
    if result["waiting_room"]:
        result["join_before_host"] = False
    return result


def check_fields(body: dict) -> None:
    """Raises ZoomError 300 naming every field that is out of bounds."""
    wrong = []
    for field, limit in (("topic", 200), ("agenda", 2000), ("password", 10)):
        value = body.get(field)
        if value is not None and (not isinstance(value, str) or len(value) > limit):
            wrong.append(field)
    duration = body.get("duration")
    if duration is not None and (
        isinstance(duration, bool) or not isinstance(duration, int) or not 1 <= duration <= 1440
    ):
        wrong.append("duration")
    if body.get("type") is not None and body["type"] not in (1, 2, 3, 8, 10):
        wrong.append("type")
    if body.get("timezone") and body["timezone"] not in ZONES:
        wrong.append("timezone")
    if wrong:
        raise errors.validation(*wrong)


def plan_series(meeting: Meeting) -> None:
    """Compute the dates of a type-8 meeting anew; ids follow the new starts."""
    if meeting.recurrence is None or meeting.start is None:
        raise errors.validation("recurrence")
    starts = recurrence.dates(meeting.recurrence, meeting.start, meeting.timezone)
    if not starts:
        raise errors.validation("recurrence")
    meeting.occurrences = [
        Occurrence(str(int(start.timestamp() * 1000)), start, meeting.duration) for start in starts
    ]
    meeting.start = starts[0]


def check_recurrence(body: dict) -> dict:
    try:
        return recurrence.check(body["recurrence"])
    except recurrence.RecurrenceInvalid as error:
        raise errors.validation(error.field) from error
    except (KeyError, AttributeError, TypeError) as error:
        raise errors.validation("recurrence") from error


def create(
    world: World,
    host: User,
    body: dict,
    now: datetime,
    policy: dict,
    source: str = "open_api",
    allow_past: bool = False,
) -> Meeting:
    """A new meeting of the host, added to the world. Raises ZoomError 300."""
    check_fields(body)
    kind = body.get("type") or 2
    zone = body.get("timezone") or host.timezone
    start = parse_start(body["start_time"], zone) if body.get("start_time") else None
    if kind == 3:
        start = None
    elif start is None or kind == 1 or (start < now and not allow_past and kind != 8):
        start = now.replace(microsecond=0)
    ids = world.ids
    meeting = Meeting(
        id=ids.meeting(),
        uuid=ids.uuid(),
        host_id=host.id,
        topic=body.get("topic") or "Zoom Meeting",
        type=kind,
        start=start,
        duration=body.get("duration") or 60,
        timezone=zone,
        created=now.replace(microsecond=0),
        password=body.get("password") or ids.word(8),
        settings=merge_settings(DEFAULT_SETTINGS, body.get("settings") or {}, policy),
        agenda=body.get("agenda") or "",
        tracking_fields=body.get("tracking_fields") or [],
        creation_source=source,
        pre_schedule=bool(body.get("pre_schedule")),
    )
    if kind == 8:
        meeting.recurrence = check_recurrence(body)
        plan_series(meeting)
    world.meetings[meeting.id] = meeting
    return meeting


def snapshot(meeting: Meeting) -> dict:
    """The fields a change can touch, for telling what changed."""
    return {
        "topic": meeting.topic,
        "type": meeting.type,
        "start_time": meeting.start,
        "duration": meeting.duration,
        "timezone": meeting.timezone,
        "agenda": meeting.agenda,
        "password": meeting.password,
        "settings": copy.deepcopy(meeting.settings),
        "recurrence": copy.deepcopy(meeting.recurrence),
        "occurrences": copy.deepcopy(meeting.occurrences),
    }


def update(meeting: Meeting, body: dict, now: datetime, policy: dict) -> None:
    """Apply a PATCH body to a whole meeting or series. Raises ZoomError 300."""
    check_fields(body)
    settings = merge_settings(meeting.settings, body.get("settings") or {}, policy)
    zone = body.get("timezone") or meeting.timezone
    start = meeting.start
    if body.get("start_time"):
        wanted = parse_start(body["start_time"], zone)
        if wanted >= now:  # a start in the past is ignored
            start = wanted
    rule = check_recurrence(body) if body.get("recurrence") else meeting.recurrence
    kind = body.get("type") or meeting.type
    if kind == 8 and not rule:
        raise errors.validation("recurrence")
    replan = kind == 8 and (
        bool(body.get("recurrence"))
        or start != meeting.start
        or zone != meeting.timezone
        or body.get("duration", meeting.duration) != meeting.duration
        or meeting.type != 8
    )
    meeting.topic = body.get("topic") or meeting.topic
    meeting.agenda = body.get("agenda", meeting.agenda)
    meeting.duration = body.get("duration") or meeting.duration
    meeting.password = body.get("password") or meeting.password
    meeting.tracking_fields = body.get("tracking_fields", meeting.tracking_fields)
    meeting.type, meeting.timezone, meeting.settings = kind, zone, settings
    if kind == 3:
        start = None
    elif start is None:
        start = now.replace(microsecond=0)
    meeting.start = start
    if kind != 8:
        meeting.recurrence, meeting.occurrences = None, []
    elif replan:
        meeting.recurrence = rule
        plan_series(meeting)


def find_occurrence(meeting: Meeting, occurrence_id: str) -> Occurrence:
    """Raises ZoomError 3000 when the series has no such date."""
    for entry in meeting.occurrences:
        if entry.id == occurrence_id:
            return entry
    raise errors.ZoomError(400, 3000, "Invalid occurrence_id.")


def update_occurrence(
    meeting: Meeting, entry: Occurrence, body: dict, now: datetime, policy: dict
) -> None:
    """Change one date of a series: agenda, start, duration and a few settings only."""
    check_fields(body)
    if body.get("start_time"):
        wanted = parse_start(body["start_time"], body.get("timezone") or meeting.timezone)
        if wanted >= now:
            entry.start = wanted
    entry.duration = body.get("duration") or entry.duration
    if "agenda" in body:
        entry.overrides["agenda"] = body["agenda"]
    given = body.get("settings") or {}
    allowed = {key: value for key, value in given.items() if key in OCCURRENCE_SETTINGS}
    if allowed:
        merged = merge_settings(meeting.settings, allowed, policy)
        kept = entry.overrides.setdefault("settings", {})
        kept.update({key: merged[key] for key in allowed})
