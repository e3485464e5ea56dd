"""/analytics: posts with lifetime metrics, profiles with daily ones. Numbers follow from the seed."""

import base64
import random
from datetime import date, datetime, timedelta, timezone

from .api import Call, endpoint
from .api_times import stamp
from .errors import Problem
from .world import Message, Profile

NETWORKS = ("FACEBOOKPAGE", "TWITTER", "INSTAGRAMBUSINESS", "TIKTOKBUSINESS", "YOUTUBECHANNEL",
            "PINTEREST", "THREADS")  # fmt: skip
#: Metric -> usual size, per network. The vendor fixes no names; these are the sandbox's.
POST_METRICS: dict[str, dict[str, int]] = {
    "FACEBOOKPAGE": {"post_views": 900, "likes": 40, "comments": 8, "shares": 5, "clicks": 30},
    "TWITTER": {"impressions": 700, "likes": 25, "replies": 6, "retweets": 7, "clicks": 18},
    "INSTAGRAMBUSINESS": {
        "impressions": 1200,
        "reach": 950,
        "likes": 80,
        "comments": 9,
        "saves": 6,
    },
    "TIKTOKBUSINESS": {"video_views": 3000, "likes": 150, "comments": 20, "shares": 15},
    "YOUTUBECHANNEL": {"video_views": 1500, "likes": 60, "comments": 12, "shares": 8},
    "PINTEREST": {"impressions": 600, "saves": 20, "clicks": 25},
    "THREADS": {"views": 400, "likes": 20, "replies": 5, "reposts": 3},
}
DAILY = {"page_views": 120, "page_reactions": 40, "clicks": 25}
KINDS = {"FACEBOOKPAGE": "FACEBOOK_STATUS", "TWITTER": "TWEET", "THREADS": "THREADS_TEXT"}
LONGEST = timedelta(days=730)
RECENT = timedelta(days=30)


def wrong(detail: str, status: int = 422) -> Problem:
    return Problem(status, "invalid-argument", detail)


def profiles(call: Call, filters: dict, network: str | None) -> list[Profile]:
    """The profiles of the filter that are on this network (None: on any). Raises Problem."""
    chosen = filters.get("profileId")
    if not isinstance(chosen, dict) or ("eq" in chosen) == ("in" in chosen):
        raise wrong("profileId needs eq or in.")
    keys = chosen.get("in", [chosen.get("eq")])
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise wrong("profileId must be a string or a list of strings.")
    if len(keys) > 10:
        raise wrong("profileId takes at most 10 values.")
    found = []
    for key in dict.fromkeys(keys):
        profile = call.world.profiles.get(key)
        if profile is None or not call.uses(profile):
            raise Problem(403, "forbidden", f"The profile {key} is not yours to see.")
        if profile.type in NETWORKS and network in (None, profile.type):
            found.append(profile)
    return found


def timespan(call: Call, filters: dict, name: str, oldest: timedelta) -> tuple[date, date] | None:
    """since and until of a filter, both inclusive, None without it. Raises Problem.

    One of the two is enough: since is then a year (at most ``oldest``) ago, until today.
    """
    value = filters.get(name)
    if value is None:
        return None
    today = call.clock.now().date()
    row = value.get("timespan") if isinstance(value, dict) else None
    if not isinstance(row, dict) or not {"since", "until"} & set(row):
        raise wrong(f"{name} needs a timespan with since or until.")
    try:
        until = date.fromisoformat(row["until"]) if "until" in row else today
        start = max(today - timedelta(days=365), today - oldest)
        since = date.fromisoformat(row["since"]) if "since" in row else start
    except (TypeError, ValueError) as error:
        raise wrong(f"{name} takes dates as yyyy-mm-dd.") from error
    if until < since:
        raise wrong(f"{name} ends before it starts.")
    if since < today - oldest:
        raise wrong(f"{name} starts more than {oldest.days} days in the past.")
    return since, until


def page(call: Call, rows: list) -> tuple[list, dict]:
    """The rows of this page and its metadata. Raises Problem."""
    try:
        limit = int(call.query.get("limit", "10"))
    except ValueError as error:
        raise wrong("limit must be a number.") from error
    if not 1 <= limit <= 100:
        raise wrong("limit must be between 1 and 100.")
    start = 0
    cursor = call.query.get("cursor")
    if cursor:
        try:
            start = int(
                base64.b64decode(cursor, validate=True).decode().removeprefix("id=").strip()
            )
        except (ValueError, UnicodeDecodeError) as error:
            raise wrong("The cursor is not valid.", 400) from error
    info: dict = {}
    if start + limit < len(rows):
        token = base64.b64encode(f"id={start + limit}\n".encode()).decode()
        info["next"] = {"cursor": token}
    return rows[start : start + limit], {"collectionInfo": info}


def asked(call: Call) -> tuple[dict, str | None]:
    """The filters and the network, None when all are asked for. Raises Problem."""
    body = call.content
    filters = body.get("filters") if isinstance(body, dict) else None
    if not isinstance(filters, dict):
        raise wrong("filters is required.")
    network = call.query.get("networkId")
    if network is not None and network not in NETWORKS:
        raise wrong(f"networkId must be one of {', '.join(NETWORKS)}.")
    if call.query.get("datatype", "ORGANIC") not in ("ORGANIC", "PAID"):
        raise wrong("datatype must be ORGANIC or PAID.")
    return filters, network


def number(seed: object, *parts: object, usual: int) -> int:
    """A figure around its usual size, always the same for the same parts."""
    rng = random.Random(":".join(str(part) for part in (seed, *parts)))
    return int(usual * rng.uniform(0.2, 1.8))


@endpoint("POST", "/v1/analytics/posts", "analytics")
def posts(call: Call):
    """Sent posts of the profiles; reportingPeriod goes by the day of the post."""
    filters, network = asked(call)
    chosen = {profile.id: profile for profile in profiles(call, filters, network)}
    period = timespan(call, filters, "reportingPeriod", LONGEST)
    changed = timespan(call, filters, "lastModified", RECENT)
    rows = []
    for message in call.world.messages.values():
        if message.profile_id not in chosen or message.sent is None:
            continue
        day = message.sent.date()
        if period and not period[0] <= day <= period[1]:
            continue
        if changed and not changed[0] <= refreshed(call, message).date() <= changed[1]:
            continue
        rows.append(message)
    rows.sort(key=lambda message: (message.sent, message.id))
    part, metadata = page(call, rows)
    if call.query.get("datatype") == "PAID":
        part, metadata = [], {"collectionInfo": {}}
    return {
        "data": [post_view(call, message, chosen[message.profile_id]) for message in part],
        "metadata": metadata,
    }


def refreshed(call: Call, message: Message) -> datetime:
    """Figures are refreshed every night for thirty days."""
    now = call.clock.now()
    night = now.replace(hour=3, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    sent = message.sent or now
    return max(min(night, sent + RECENT), sent)


def post_view(call: Call, message: Message, profile: Profile) -> dict:
    member = call.world.members.get(message.created_by or "")
    metrics = POST_METRICS[profile.type]
    picture = bool(message.media)
    view: dict = {
        "createdAt": stamp(message.sent),
        "lastRefreshed": stamp(refreshed(call, message)),
        "profileId": profile.id,
        "externalProfileId": profile.network_id,
        "sourceLink": f"https://social.example.com/{profile.network_id}/posts/{message.post_id}",
        "externalId": message.post_id,
        "campaign": None,
        "isViral": False,
        "tags": [{"id": str(sum(tag.encode())), "label": tag} for tag in message.tags],
        "links": [{"extendedUrl": word} for word in (message.text or "").split() if "://" in word],
        "media": [{"mimeType": "MEDIA_PHOTO", "url": "https://cdn.example.com/p/1.jpg"}] * picture,
        "attachmentTypes": ["ATTACHMENT_PHOTO"] if picture else [],
        "content": message.text,
        "metrics": {
            name: number(call.world.seed, message.id, name, usual=usual)
            for name, usual in metrics.items()
        },
        "postType": KINDS.get(profile.type, f"{profile.type}_POST"),
        "metadata": {"is_popular": False},
    }
    if member is not None:
        view["createdMember"] = {"id": member.id, "name": member.full_name}
    if message.tags:
        view["campaign"] = {"id": str(sum(message.tags[0].encode())), "label": message.tags[0]}
    return {key: value for key, value in view.items() if value is not None}


@endpoint("POST", "/v1/analytics/profiles", "analytics")
def daily(call: Call):
    """One row per profile and day up to yesterday; without a period the last thirty days."""
    filters, network = asked(call)
    chosen = profiles(call, filters, network)
    yesterday = call.clock.now().date() - timedelta(days=1)
    period = timespan(call, filters, "reportingPeriod", LONGEST)
    timespan(call, filters, "lastModified", RECENT)
    since, until = period or (yesterday - RECENT, yesterday)
    until = min(until, yesterday)
    days = [since + timedelta(days=index) for index in range((until - since).days + 1)]
    rows = [(profile, day) for profile in chosen for day in days]
    part, metadata = page(call, rows)
    return {"data": [day_view(call, *row) for row in part], "metadata": metadata}


def day_view(call: Call, profile: Profile, day: date) -> dict:
    seed = call.world.seed
    start = datetime(2020, 1, 1, tzinfo=timezone.utc).date()
    followers = 1000 + number(seed, profile.id, "base", usual=500) + (day - start).days // 3
    reactions = number(seed, profile.id, day, "page_reactions", usual=DAILY["page_reactions"])
    metrics: dict = {
        "total_followers": {"total": followers},
        "page_reactions": {
            "total": reactions,
            "breakdownDimensions": [
                {
                    "breakdownId": "type",
                    "values": {"like": reactions - reactions // 5, "love": reactions // 5},
                }
            ],
        },
    }
    for name in ("page_views", "clicks"):
        metrics[name] = {"total": number(seed, profile.id, day, name, usual=DAILY[name])}
    return {
        "profileId": profile.id,
        "externalProfileId": profile.network_id,
        "date": day.isoformat(),
        "metrics": metrics,
    }
