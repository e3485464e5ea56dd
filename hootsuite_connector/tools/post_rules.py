"""What a network takes, checked before anything is sent.

Plain Python. The limits of text, files and their sizes are the networks' published ones; they are not
told by Hootsuite's API, which accepts more and then reports the post as failed. Rules of Hootsuite itself
(tags, kinds of networks, kinds of files) come from its REST specification and the page "API overview".
"""

import re
from dataclasses import dataclass, field

from . import links

MB = 1024 * 1024
IMAGES = ("image/jpeg", "image/jpg", "image/png")
ANIMATION = "image/gif"
VIDEO = "video/mp4"
MIME_TYPES = (*IMAGES, ANIMATION, VIDEO)
"""Kinds of files that Hootsuite takes ("POST /v1/media")."""
SHORT_LINK = 23
"""Characters that X counts for any web address."""
LEAD_MINUTES = 5
"""Least minutes between scheduling and sending (secondary source only: a warning, no refusal)."""

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Rules:
    """Limits of one network.

    :ivar characters: most characters of a text
    :ivar images: most images of a post; an animation or a video stands alone where ``mixed`` is False
    :ivar needs: kinds of files of which a post must have one, empty when text is enough
    :ivar hashtags: most hashtags, None for no limit
    """

    characters: int
    images: int = 10
    image_bytes: int = 8 * MB
    video_bytes: int = 512 * MB
    animations: bool = True
    mixed: bool = False
    needs: tuple[str, ...] = ()
    hashtags: int | None = None


NETWORKS = {
    "facebook": Rules(63_206, images=10, image_bytes=10 * MB, video_bytes=1024 * MB),
    "twitter": Rules(280, images=4, image_bytes=5 * MB),
    "instagram": Rules(
        2_200, images=10, animations=False, mixed=True, needs=("image", "video"), hashtags=30
    ),
    "linkedin": Rules(3_000, images=9, image_bytes=8 * MB, video_bytes=200 * MB),
    "pinterest": Rules(500, images=1, image_bytes=20 * MB, needs=("image", "video")),
    "tiktok": Rules(2_200, images=0, animations=False, needs=("video",)),
    "youtube": Rules(5_000, images=0, animations=False, needs=("video",)),
    "threads": Rules(500, images=10, mixed=True),
}
UNSUPPORTED = frozenset({"INSTAGRAMBUSINESS", "TIKTOKBUSINESS", "YOUTUBECHANNEL", "BLUESKY"})
"""Networks that the page "API overview" says the API does not publish to (unsure for each)."""
GONE = frozenset({"FACEBOOKGROUP", "GOOGLEPLUSPAGE"})
NO_TAGS = frozenset({"PINTEREST"})

_HASHTAG = re.compile(r"(?<!\w)#\w+")


@dataclass(frozen=True)
class Medium:
    """A file of a post. ``size`` in bytes."""

    name: str
    mimetype: str
    size: int

    @property
    def kind(self):
        """``image``, ``animation``, ``video`` or ``other``."""
        if self.mimetype in IMAGES:
            return "image"
        return {ANIMATION: "animation", VIDEO: "video"}.get(self.mimetype, "other")


@dataclass(frozen=True)
class Target:
    """Where a post goes. ``network_type`` is Hootsuite's word, such as FACEBOOKPAGE."""

    network: str
    network_type: str = ""
    organization_owned: bool = True
    needs_reconnect: bool = False


@dataclass(frozen=True)
class Finding:
    """What stands against a post, or what its author should know.

    :ivar level: ``error`` (the post cannot go out) or ``warning``
    :ivar code: what it is; the words are the models' affair, for their language
    :ivar values: what the words speak of
    """

    level: str
    code: str
    values: dict = field(default_factory=dict)


def length(text, network):
    """Return the length of ``text`` as ``network`` counts it.

    X counts every address as 23 characters and most letters beyond the European scripts twice (page
    "Counting characters" of X's developer documentation).
    """
    text = text or ""
    if network != "twitter":
        return len(text)
    total = 0
    for address in links.find(text):
        total += SHORT_LINK * text.count(address)
        text = text.replace(address, "")
    return total + sum(_weight(ord(letter)) for letter in text)


def _weight(point):
    if point in (0x200D, 0xFE0F):  # joiners inside one emoji
        return 0
    light = point <= 4351 or 8192 <= point <= 8205 or 8208 <= point <= 8223 or 8242 <= point <= 8247
    return 1 if light else 2


def limit(network):
    """Return the most characters of a text, None when nobody knows."""
    rules = NETWORKS.get(network)
    return rules.characters if rules else None


def takes_tags(target):
    """Whether Hootsuite takes tags there: only for profiles of an organization (error 40001), and
    never for Pinterest (REST specification)."""
    return target.organization_owned and target.network_type not in NO_TAGS


def check(target, text, media=(), tags=(), minutes_ahead=None, board=None):
    """Return the findings about one post on one profile.

    :param media: :class:`Medium` of each file
    :param minutes_ahead: minutes until it is to be sent, None for at once
    :param board: Pinterest's board
    """
    found = [*_check_profile(target, board), *_check_text(target, text, media)]
    found += _check_media(target, list(media))
    if tags and not takes_tags(target):
        code = "tags_network" if target.organization_owned else "tags_owner"
        found.append(Finding(WARNING, code))
    if minutes_ahead is not None:
        if minutes_ahead <= 0:
            found.append(Finding(ERROR, "time_past"))
        elif minutes_ahead < LEAD_MINUTES:
            found.append(Finding(WARNING, "time_close", {"minutes": LEAD_MINUTES}))
    return found


def _check_profile(target, board):
    if target.network_type in GONE:
        yield Finding(ERROR, "network_gone")
    elif target.network not in NETWORKS:
        yield Finding(ERROR, "network_unknown")
    elif target.network_type in UNSUPPORTED:
        yield Finding(WARNING, "network_unsupported")
    if target.needs_reconnect:
        yield Finding(ERROR, "reconnect")
    if target.network == "pinterest" and not board:
        yield Finding(ERROR, "board_missing")


def _check_text(target, text, media):
    if not (text or "").strip() and not media:
        yield Finding(ERROR, "empty")
        return
    rules = NETWORKS.get(target.network)
    if not rules:
        return
    count = length(text, target.network)
    if count > rules.characters:
        yield Finding(ERROR, "too_long", {"count": count, "limit": rules.characters})
    hashtags = len(_HASHTAG.findall(text or ""))
    if rules.hashtags is not None and hashtags > rules.hashtags:
        yield Finding(ERROR, "hashtags", {"count": hashtags, "limit": rules.hashtags})


def _check_media(target, media):
    strange = [medium for medium in media if medium.kind == "other"]
    for medium in strange:
        yield Finding(ERROR, "media_kind", {"name": medium.name})
    rules = NETWORKS.get(target.network)
    if not rules:
        return
    kinds = [medium.kind for medium in media]
    images, moving = kinds.count("image"), kinds.count("animation") + kinds.count("video")
    if rules.needs and not set(rules.needs) & set(kinds):
        yield Finding(ERROR, "needs_video" if rules.needs == ("video",) else "needs_media")
    if images and not rules.images:
        yield Finding(ERROR, "no_images")
    elif images > rules.images:
        yield Finding(ERROR, "too_many_images", {"count": images, "limit": rules.images})
    if "animation" in kinds and not rules.animations:
        yield Finding(ERROR, "no_animation")
    if not rules.mixed and moving and moving + images > 1:
        yield Finding(ERROR, "one_video")
    for medium in media:
        most = rules.video_bytes if medium.kind == "video" else rules.image_bytes
        if medium.kind == "animation":
            most = 15 * MB
        if medium.size > most:
            yield Finding(ERROR, "media_size", {"name": medium.name, "limit": most // MB})
