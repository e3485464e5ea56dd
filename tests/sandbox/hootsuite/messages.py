"""/messages: schedule, list, one, delete, approve, reject, history."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from . import errors, publishing
from .api import Call, endpoint
from .api_times import read_utc, stamp
from .errors import RestError
from .platform import PORTS
from .world import Message, Profile

STATES = ("PENDING_APPROVAL", "REJECTED", "SENT", "SCHEDULED", "SEND_FAILED_PERMANENTLY")
KEPT = ("targeting", "privacy", "location", "emailNotification", "mediaUrls", "extendedInfo")


def view(call: Call, message: Message, single: bool = False, fresh: bool = False) -> dict:
    """JSON form. Unset fields are null; ``fresh`` is the answer to POST."""
    profile = call.world.profiles[message.profile_id]
    network: dict = {"id": profile.id}
    if single:
        network["externalURL"] = f"https://social.example.com/{profile.network_id}"
    instant = fresh and message.fields.get("instant")
    urls = message.fields.get("mediaUrls")
    email = message.fields.get("emailNotification")
    return {
        "id": message.id,
        "state": message.state,
        "text": message.text,
        "scheduledSendTime": None if instant else stamp(message.scheduled),
        "socialProfile": network,
        "mediaUrls": [{"url": row["url"], "thumbnailUrl": row["url"]} for row in urls]
        if urls
        else None,
        "media": [
            {
                "id": row["id"],
                "thumbnailId": row.get("thumbnailId"),
                "videoOptions": row.get("videoOptions"),
            }
            for row in message.media
        ]
        or None,
        "webhookUrls": message.webhook_urls or None,
        "tags": message.tags or None,
        "targeting": message.fields.get("targeting"),
        "privacy": message.fields.get("privacy"),
        "location": message.fields.get("location"),
        "emailNotification": email if email is not None or instant else False,
        "postUrl": publishing.post_url(message, profile),
        "postId": message.post_id,
        "reviewers": message.reviewers or None,
        "createdByMember": member_ref(message.created_by),
        "lastUpdatedByMember": member_ref(message.updated_by),
        "extendedInfo": message.fields.get("extendedInfo"),
        "sequenceNumber": message.sequence,
    }


def member_ref(member_id: str | None) -> dict | None:
    return {"id": member_id} if member_id else None


# Writing -------------------------------------------------------------------------------------------------


def texts(body: dict, name: str) -> list[str]:
    """A list of strings, empty when absent. Raises RestError 4000."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
        raise errors.schema(name)
    return value


def rows(body: dict, name: str, key: str) -> list[dict]:
    """A list of objects that each have a string under the key. Raises RestError 4000."""
    value = body.get(name)
    if value is None:
        return []
    good = isinstance(value, list) and all(
        isinstance(row, dict) and isinstance(row.get(key), str) for row in value
    )
    if not good:
        raise errors.schema(name)
    return value


def send_time(call: Call, body: dict) -> datetime | None:
    """When to send; None is now. Raises RestError 4000."""
    value = body.get("scheduledSendTime")
    if value is None:
        return None
    try:
        moment = read_utc(value).replace(microsecond=0)
    except ValueError as error:
        raise errors.schema("scheduledSendTime") from error
    if moment < call.clock.now() + timedelta(seconds=call.half.limits.min_lead):
        raise errors.schema("scheduledSendTime", "The scheduled send time is too early")
    return moment


def check_networks(profiles: list[Profile], tags: list[str]) -> None:
    """Rules over all networks of one request. Raises RestError."""
    kinds = [profile.type for profile in profiles]
    if kinds.count("TWITTER") > 1:
        raise RestError(40023)
    if "FACEBOOKGROUP" in kinds:
        raise RestError(40024)
    if "PINTEREST" in kinds:
        if len(kinds) > 1:
            raise RestError(4000, "A Pinterest profile has to be alone in a message")
        if tags:
            raise RestError(4000, "Tags are not supported for Pinterest")
    if tags and any(profile.owner != "ORGANIZATION" for profile in profiles):
        raise RestError(40001)


def check_tags(call: Call, profiles: list[Profile], tags: list[str]) -> None:
    """New tags come into being, but not by a limited member. Raises RestError 40005."""
    for profile in profiles:
        organization = call.world.organizations.get(profile.owner_id)
        if organization is None:
            continue
        new = set(tags) - organization.tags
        member = call.member
        if new and member is not None and member.roles.get(organization.id) == "limited":
            raise RestError(40005)
        organization.tags |= new


def check_media(call: Call, media: list[dict]) -> bool:
    """Every file must be READY; whether one is a video. Raises RestError 4001 or 40021."""
    video = False
    for row in media:
        found = call.world.media.get(row["id"])
        if found is None:
            raise errors.not_found("media")
        if found.ready_at is None or call.clock.timestamp() < found.ready_at:
            raise RestError(40021)
        video = video or found.mime_type == "video/mp4"
    return video


def check_links(call: Call, body: dict) -> tuple[list[str], list[dict]]:
    """webhookUrls and mediaUrls. Raises RestError."""
    hooks = texts(body, "webhookUrls")
    for url in hooks:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise errors.schema("webhookUrls")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if call.half.app.check_ports and port not in PORTS:
            raise errors.schema("webhookUrls", f"The port {port} is not allowed")
    pictures = rows(body, "mediaUrls", "url")
    for row in pictures:
        if not (urlsplit(row["url"]).hostname or "").endswith("ow.ly"):
            raise RestError(40004)
    return hooks, pictures


def check_place(body: dict) -> None:
    """location, latitude and longitude in range. Raises RestError 4000."""
    place = body.get("location")
    if place is None:
        return
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = place.get(name) if isinstance(place, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > limit:
            raise errors.schema("location")


@endpoint("POST", "/v1/messages")
def create(call: Call):
    """One message per profile. What fails for single profiles stands in ``errors`` beside ``data``."""
    body = call.body
    text = body.get("text")
    if text is not None and not isinstance(text, str):
        raise errors.schema("text")
    keys = texts(body, "socialProfileIds")
    if not keys:
        raise errors.schema("socialProfileIds")
    scheduled = send_time(call, body)
    hooks, pictures = check_links(call, body)
    media = rows(body, "media", "id")
    if not text and not media and not pictures:
        raise errors.schema("text")
    check_place(body)
    tags = texts(body, "tags")
    profiles = [call.profile(key) for key in dict.fromkeys(keys)]
    check_networks(profiles, tags)
    video = check_media(call, media)
    check_tags(call, profiles, tags)
    made, failed = [], []
    for profile in profiles:
        problem = profile.refusal or over_limit(call, profile, scheduled)
        if problem:
            failed.append({**problem, "resource": {"type": "socialProfile", "id": profile.id}})
            continue
        author = call.grant.member_id
        message = Message(
            call.world.ids.message(),
            profile.id,
            "SCHEDULED",
            text,
            scheduled,
            author,
            author,
            fields={name: body[name] for name in KEPT if body.get(name) is not None},
            media=media,
            tags=tags,
            webhook_urls=hooks,
            has_video=video,
        )
        publishing.start(call.half, message, call.member)
        made.append(view(call, message, fresh=True))
    if not failed:
        return {"data": made}
    if not made:
        return 400, {"errors": failed}
    return call.half.app.partial_status, {"data": made, "errors": failed}


def over_limit(call: Call, profile: Profile, scheduled: datetime | None) -> dict | None:
    """The row for 40025 when too many messages wait for the profile."""
    if scheduled is None:
        return None
    waiting = sum(
        message.profile_id == profile.id and message.state == "SCHEDULED"
        for message in call.world.messages.values()
    )
    return errors.entry(40025) if waiting >= call.half.limits.scheduled_per_profile else None


# Reading -------------------------------------------------------------------------------------------------


def shown(call: Call, message: Message) -> bool:
    """Whether the caller may see it; one that is just being uploaded cannot be found."""
    profile = call.world.profiles[message.profile_id]
    return call.uses(profile) and call.clock.timestamp() >= message.hidden_until


def found(call: Call, key: str) -> Message:
    message = call.world.messages.get(key)
    if message is None or not shown(call, message):
        raise errors.not_found("message")
    return message


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def window(call: Call) -> tuple[datetime, datetime]:
    """startTime and endTime. Raises RestError 4000 or 40020."""
    moments = []
    for name in ("startTime", "endTime"):
        try:
            moments.append(read_utc(call.query.get(name)))
        except ValueError as error:
            raise errors.schema(name) from error
    start, end = moments
    if end < start or end - start > timedelta(weeks=call.half.limits.list_weeks):
        raise RestError(40020)
    return start, end


def flag(call: Call, name: str) -> bool:
    value = call.query.get(name, "false")
    if value not in ("true", "false"):
        raise RestError(40022)
    return value == "true"


@endpoint("GET", "/v1/messages")
def list_messages(call: Call):
    """Outgoing messages of a window, by scheduled time; the cursor names the row it stands at."""
    start, end = window(call)
    state = call.query.get("state")
    if state is not None and state not in STATES:
        raise RestError(40019)
    wanted = set(call.query.getall("socialProfileIds", []))
    unscheduled = flag(call, "includeUnscheduledReviewMsgs")
    try:
        limit = int(call.query.get("limit", "50"))
    except ValueError as error:
        raise errors.schema("limit") from error
    if not 1 <= limit <= 100:
        raise errors.schema("limit")
    chosen = []
    for message in call.world.messages.values():
        moment = message.scheduled
        if moment is None and not (unscheduled and message.state == "PENDING_APPROVAL"):
            continue
        if moment is not None and not start <= moment <= end:
            continue
        if state not in (None, message.state) or (wanted and message.profile_id not in wanted):
            continue
        if shown(call, message):
            chosen.append(((ms(moment) if moment else 0, int(message.id)), message))
    chosen.sort(key=lambda pair: pair[0])
    page, before, after = cut(call.query.get("cursor"), chosen, limit)
    cursor = {
        "next": f"{page[-1][0][0]}:{page[-1][0][1]}:0" if page and after else None,
        "previous": f"{page[0][0][0]}:{page[0][0][1]}:1" if page and before else None,
    }
    return {
        "data": [view(call, message) for _key, message in page],
        "metadata": {"cursor": cursor},
    }


def cut(cursor: str | None, chosen: list, limit: int) -> tuple[list, bool, bool]:
    """The page, and whether rows lie before and after it. Raises RestError 3020."""
    first, last = 0, limit
    if cursor:
        parts = cursor.split(":")
        if len(parts) != 3 or not all(part.isdigit() for part in parts) or parts[2] not in "01":
            raise RestError(3020)
        spot = (int(parts[0]), int(parts[1]))
        if parts[2] == "0":
            first = sum(key <= spot for key, _message in chosen)
            last = first + limit
        else:
            last = sum(key < spot for key, _message in chosen)
            first = max(0, last - limit)
    return chosen[first:last], first > 0, last < len(chosen)


@endpoint("GET", "/v1/messages/{message_id}")
def get_message(call: Call, message_id: str):
    """Real answers are an array of one, the vendor's document says an object."""
    row = view(call, found(call, message_id), single=True)
    return {"data": [row] if call.half.app.message_shape == "array" else row}


@endpoint("DELETE", "/v1/messages/{message_id}")
def delete_message(call: Call, message_id: str):
    message = found(call, message_id)
    if message.state not in ("SCHEDULED", "PENDING_APPROVAL", "REJECTED"):
        raise RestError(40003)
    publishing.delete(call.half, message, call.grant.member_id)
    return {"data": {}}


# Review --------------------------------------------------------------------------------------------------


def reviewed(call: Call, sequence: int | None, state: str, what: str) -> bool:
    """Check a review's body; whether the review is external. Raises RestError."""
    body = call.body
    number = body.get("sequenceNumber")
    if isinstance(number, bool) or not isinstance(number, int):
        raise errors.schema("sequenceNumber")
    kind = body.get("reviewerType") or "EXTERNAL"
    if kind not in ("EXTERNAL", "MEMBER"):
        raise errors.schema("reviewerType")
    if state != "PENDING_APPROVAL":
        raise RestError(4000, f"{what} is not awaiting approval")
    if number != sequence:
        raise RestError(4000, "The sequence number is not the current one")
    return kind == "EXTERNAL"


def review(call: Call, message_id: str, approve: bool):
    message = found(call, message_id)
    if not approve and not isinstance(call.body.get("reason"), str):
        raise errors.schema("reason")
    external = reviewed(call, message.sequence, message.state, "Message")
    profile = call.world.profiles[message.profile_id]
    listed = call.grant.member_id in [row["id"] for row in message.reviewers]
    if not (listed or (external and call.admin_of(profile.owner_id))):
        raise RestError(4009)
    actor = call.grant.member_id or call.grant.organization_id
    publishing.review(call.half, message, approve, actor, external)
    return {"data": {}}


@endpoint("POST", "/v1/messages/{message_id}/approve")
def approve_message(call: Call, message_id: str):
    return review(call, message_id, True)


@endpoint("POST", "/v1/messages/{message_id}/reject")
def reject_message(call: Call, message_id: str):
    return review(call, message_id, False)


@endpoint("GET", "/v1/messages/{message_id}/history")
def history(call: Call, message_id: str):
    return {"data": {"actions": found(call, message_id).actions}}
