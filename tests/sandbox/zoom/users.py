"""/users: list, one, settings."""

from . import errors, views
from .api import Call, endpoint


@endpoint("GET", "/users", "user:read:list_users", label="Medium", admin_only=True)
def list_users(call: Call):
    """Users by status (active unless said otherwise) and role."""
    status = call.query.get("status") or "active"
    if status not in ("active", "inactive", "pending"):
        raise errors.validation("status")
    role = call.query.get("role_id")
    users = [
        user
        for user in call.world.users.values()
        if user.status == status and (not role or user.role_id == role)
    ]
    users.sort(key=lambda user: (user.created, user.email))
    fields, rows = call.page(users, maximum=2000)
    return 200, {**fields, "users": [views.user_row(user) for user in rows]}


@endpoint("GET", "/users/{user_id}", "user:read:user")
def get_user(call: Call, user_id: str):
    return 200, views.user_full(call.user(user_id), call.half.base_url)


@endpoint("GET", "/users/{user_id}/settings", "user:read:settings", label="Medium")
def get_settings(call: Call, user_id: str):
    """The part of the settings that meetings inherit."""
    user = call.user(user_id)
    policy = call.half.app.policy
    return 200, {
        "schedule_meeting": {
            "host_video": False,
            "participants_video": False,
            "audio_type": "both",
            "join_before_host": policy.get("join_before_host", False),
            "use_pmi_for_scheduled_meetings": False,
        },
        "in_meeting": {
            "waiting_room": policy.get("waiting_room", False),
            "chat": True,
            "co_host": True,
        },
        "recording": {
            "cloud_recording": user.type == 2,
            "local_recording": True,
            "auto_recording": policy.get("auto_recording", "none"),
            "auto_delete_cmr": True,
            "auto_delete_cmr_days": 30,
        },
        "feature": {"meeting_capacity": 100 if user.type == 1 else 300},
    }
