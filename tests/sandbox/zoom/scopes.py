"""Granular scopes ("Granular scopes" page): which exist, and what a token may do."""

USER_SCOPES = (
    "user:read:user",
    "user:read:settings",
    "meeting:read:list_meetings",
    "meeting:read:list_upcoming_meetings",
    "meeting:write:meeting",
    "meeting:read:meeting",
    "meeting:update:meeting",
    "meeting:delete:meeting",
    "meeting:update:status",
    "meeting:read:invitation",
    "meeting:read:list_registrants",
    "meeting:read:registrant",
    "meeting:write:registrant",
    "meeting:update:registrant_status",
    "meeting:delete:registrant",
    "meeting:read:past_meeting",
    "meeting:read:list_past_instances",
    "meeting:read:list_past_participants",
    "meeting:read:list_templates",
    "meeting:write:template",
    "meeting:update:in_meeting_controls",
    "cloud_recording:read:list_user_recordings",
    "cloud_recording:read:list_recording_files",
    "cloud_recording:read:meeting_transcript",
    "cloud_recording:delete:meeting_recording",
    "cloud_recording:delete:recording_file",
    "cloud_recording:update:recover_meeting_recordings",
    "cloud_recording:update:recover_single_recording",
    "marketplace:write:event_subscription",
    "marketplace:read:list_event_subscriptions",
    "marketplace:update:event_subscription",
    "marketplace:delete:event_subscription",
)
ADMIN_ONLY = (
    "user:read:list_users:admin",
    "report:read:user:admin",
    "report:read:meeting:admin",
    "report:read:list_meeting_participants:admin",
)


def all_scopes(kind: str) -> list[str]:
    """Every scope an app of this kind (admin or user) can be given."""
    if kind == "user":
        return list(USER_SCOPES)
    return [f"{scope}:admin" for scope in USER_SCOPES] + list(ADMIN_ONLY)
