"""The life of a message: created, approved, published at its time, failed, deleted."""

from datetime import datetime

from .api_times import stamp_ms
from .half import HootsuiteHalf
from .world import Member, Message, Profile

#: What the networks themselves take; Hootsuite accepts more and the post then fails. Public limits.
LONGEST = {"TWITTER": 280, "THREADS": 500, "PINTEREST": 500, "INSTAGRAMBUSINESS": 2200,
           "TIKTOKBUSINESS": 2200, "LINKEDINCOMPANY": 3000}  # fmt: skip
NEEDS_MEDIA = ("INSTAGRAMBUSINESS", "PINTEREST")
NEEDS_VIDEO = ("YOUTUBECHANNEL", "TIKTOKBUSINESS")
WITH_URL = ("FACEBOOKPAGE", "FACEBOOK", "LINKEDIN", "LINKEDINCOMPANY")
OPEN_STATES = ("SCHEDULED", "PENDING_APPROVAL", "REJECTED", "SUBMITTED")


def record(message: Message, action: str, at: datetime, actor: str | None, kind: str) -> None:
    """Add one line to the history."""
    message.actions.append(
        {
            "actorType": kind,
            "actorId": actor or "0",
            "actionType": action,
            "timestamp": stamp_ms(at),
        }
    )


def turn(half: HootsuiteHalf, message: Message, state: str, at: datetime) -> None:
    """Move to a state and tell it."""
    message.state = state
    half.platform.message(message, state, at)


def needs_approval(profile: Profile, member: Member | None) -> bool:
    if profile.approval:
        return True
    organization = profile.organization_id
    return bool(member and organization and member.roles.get(organization) == "limited")


def start(half: HootsuiteHalf, message: Message, member: Member | None) -> None:
    """A new message enters the world: for approval, on schedule, or out at once."""
    now = half.clock.now()
    world = half.world
    world.messages[message.id] = message
    profile = world.profiles[message.profile_id]
    record(message, "CREATE", now, message.created_by, "MEMBER")
    if needs_approval(profile, member):
        admins = [
            person
            for person in world.members_of(profile.owner_id)
            if person.roles[profile.owner_id] == "admin" and person is not member
        ]
        message.reviewers = [{"id": person.id, "type": "MEMBER"} for person in admins]
        message.sequence = 1
        turn(half, message, "PENDING_APPROVAL", now)
    else:
        line_up(half, message)


def line_up(half: HootsuiteHalf, message: Message) -> None:
    """Publish at the scheduled time, or now when there is none or it is over."""
    now = half.clock.now()
    if message.scheduled is None or message.scheduled <= now:
        publish(half, message, now)
        return
    record(message, "SCHEDULE", now, None, "SYSTEM")
    turn(half, message, "SCHEDULED", now)
    wait(half, message)


def wait(half: HootsuiteHalf, message: Message) -> None:
    """Let the clock publish the message at its scheduled time."""
    moment = message.scheduled
    if moment is None:
        raise ValueError("the message has no scheduled time")

    async def due() -> None:
        if half.world.messages.get(message.id) is message and message.state == "SCHEDULED":
            publish(half, message, moment)

    half.timers.at(moment.timestamp(), due)


def failure(half: HootsuiteHalf, message: Message, profile: Profile) -> str | None:
    """Why the network would refuse the post, None when it takes it."""
    if profile.publishing != "auto":
        return "set to fail" if profile.publishing == "failed" else None
    if profile.reauth:
        return "the profile must be reconnected"
    if len(message.text or "") > LONGEST.get(profile.type, 63206):
        return "the text is too long for the network"
    pictures = bool(message.media or message.fields.get("mediaUrls"))
    if profile.type in NEEDS_MEDIA and not pictures:
        return "the network needs a picture or a video"
    if profile.type in NEEDS_VIDEO and not message.has_video:
        return "the network needs a video"
    return None


def publish(half: HootsuiteHalf, message: Message, at: datetime) -> None:
    """Hand the post to the network; a video stays SUBMITTED while it is processed."""
    pause = half.limits.video_processing
    if message.has_video and pause:
        turn(half, message, "SUBMITTED", at)

        async def done() -> None:
            if message.state == "SUBMITTED":
                finish(half, message, half.clock.now())

        half.timers.at(half.clock.timestamp() + pause, done)
        return
    finish(half, message, at)


def finish(half: HootsuiteHalf, message: Message, at: datetime) -> None:
    """SENT or SEND_FAILED_PERMANENTLY."""
    profile = half.world.profiles[message.profile_id]
    reason = failure(half, message, profile)
    if message.scheduled is None:
        message.fields["instant"] = True
        message.scheduled = at.replace(microsecond=0)
    if reason:
        message.fields["failure"] = reason
        record(message, "SENDFAIL", at, None, "SYSTEM")
        turn(half, message, "SEND_FAILED_PERMANENTLY", at)
        return
    message.sent = at
    number = half.world.ids.digits(17)
    page_like = profile.type.startswith("FACEBOOK")
    message.post_id = f"{profile.network_id}_{number}" if page_like else number
    message.hidden_until = half.clock.timestamp() + half.limits.upload_gap
    record(message, "SEND", at, None, "SYSTEM")
    turn(half, message, "SENT", at)


def post_url(message: Message, profile: Profile) -> str | None:
    """Only Facebook and LinkedIn have one."""
    if message.post_id is None or profile.type not in WITH_URL:
        return None
    return f"https://social.example.com/{profile.network_id}/posts/{message.post_id}"


def delete(half: HootsuiteHalf, message: Message, actor: str | None) -> None:
    """Take the message away before it is sent."""
    now = half.clock.now()
    record(message, "DELETE", now, actor, "MEMBER")
    del half.world.messages[message.id]
    turn(half, message, "DELETED", now)


def review(
    half: HootsuiteHalf, message: Message, approve: bool, actor: str | None, external: bool
) -> None:
    """Approve or reject a message that waits for it."""
    now = half.clock.now()
    kind = "EXTERNAL_REVIEW_V1" if external else "MEMBER"
    record(message, "APPROVE" if approve else "REJECT", now, actor, kind)
    message.sequence = (message.sequence or 1) + 1
    if approve:
        half.platform.message(message, "APPROVED", now)
        line_up(half, message)
    else:
        turn(half, message, "REJECTED", now)
