"""/past_meetings and /report: what happened."""

from datetime import date, timedelta

from . import errors, past_views
from .api import Call, endpoint
from .world import Instance, Stay


def seen(call: Call, key: str, days: int) -> Instance:
    """The ended run of a path, not older than so many days. Raises ZoomError 3001 or 12702."""
    instance = call.instance(key)
    if instance.ended < call.clock.now() - timedelta(days=days):
        raise errors.over_a_year()
    return instance


def rows_of(instance: Instance) -> list[Stay]:
    """Rows of the participant lists: none when only one person was there."""
    if past_views.people(instance) < 2:
        return []
    return sorted(instance.stays, key=lambda stay: (stay.join, stay.user_id))


def lagging(call: Call, instance: Instance, rows: list[dict]) -> list[dict]:
    """The rows; shortly after a big meeting Zoom has not worked out the durations yet."""
    if call.clock.now() < instance.ended + timedelta(seconds=call.half.limits.report_lag):
        return [{**row, "duration": 0} for row in rows]
    return rows


@endpoint("GET", "/past_meetings/{key}", "meeting:read:past_meeting")
def past_meeting(call: Call, key: str):
    instance = seen(call, key, 365)
    return 200, past_views.past_details(instance, call.world.users[instance.host_id])


@endpoint(
    "GET", "/past_meetings/{key}/instances", "meeting:read:list_past_instances", label="Medium"
)
def past_instances(call: Call, key: str):
    """Ended runs of a meeting number in the last 15 months."""
    if not key.isdigit() or int(key) not in call.world.meetings:
        raise errors.meeting_not_found(key)
    oldest = call.clock.now() - timedelta(days=457)
    runs = [run for run in call.world.ended(int(key)) if run.ended >= oldest]
    if call.grant.kind == "user" and runs and runs[0].host_id != call.grant.user_id:
        raise errors.cannot_access()
    starts = [
        {"uuid": run.uuid, "start_time": run.start.strftime("%Y-%m-%dT%H:%M:%SZ")} for run in runs
    ]
    return 200, {"meetings": starts}


@endpoint(
    "GET",
    "/past_meetings/{key}/participants",
    "meeting:read:list_past_participants",
    label="Medium",
)
def past_participants(call: Call, key: str):
    instance = seen(call, key, 365)
    if call.world.users[instance.host_id].type == 1:
        raise errors.ZoomError(400, 200, "Only available for Paid account.")
    fields, rows = call.page(rows_of(instance), numbered=False)
    shown = [past_views.past_participant(stay) for stay in rows]
    return 200, {**fields, "participants": lagging(call, instance, shown)}


@endpoint(
    "GET", "/report/users/{user_id}/meetings", "report:read:user", label="Heavy", admin_only=True
)
def report_user(call: Call, user_id: str):
    """Ended meetings with two people or more, in at most a month of the last six."""
    user = call.user(user_id)
    try:
        low = date.fromisoformat(call.query["from"])
        high = date.fromisoformat(call.query["to"])
    except (KeyError, ValueError) as error:
        raise errors.validation("from", "to") from error
    today = call.clock.now().date()
    if high < low or (high - low).days > 31 or low < today - timedelta(days=184):
        raise errors.validation("from", "to")
    runs = [
        run
        for run in call.world.instances.values()
        if run.host_id == user.id
        and run.end is not None
        and low <= run.start.date() <= high
        and past_views.people(run) >= 2
    ]
    runs.sort(key=lambda run: (run.start, run.uuid))
    fields, rows = call.page(runs, numbered=False)
    return 200, {
        "from": low.isoformat(),
        "to": high.isoformat(),
        **fields,
        "meetings": [past_views.report_row(run, user) for run in rows],
    }


@endpoint("GET", "/report/meetings/{key}", "report:read:meeting", label="Heavy", admin_only=True)
def report_meeting(call: Call, key: str):
    instance = seen(call, key, 365)
    return 200, past_views.report_details(instance, call.world.users[instance.host_id])


@endpoint(
    "GET",
    "/report/meetings/{key}/participants",
    "report:read:list_meeting_participants",
    label="Heavy",
    admin_only=True,
)
def report_participants(call: Call, key: str):
    instance = seen(call, key, 365)
    registrants = "registrant_id" in (call.query.get("include_fields") or "")
    fields, rows = call.page(rows_of(instance), numbered=False)
    shown = [past_views.report_participant(stay, registrants) for stay in rows]
    return 200, {**fields, "participants": lagging(call, instance, shown)}
