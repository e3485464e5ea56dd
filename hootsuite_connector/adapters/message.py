"""Posts ("messages" in Hootsuite's words): what the REST API answers and what it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from .times import write_moment
from .wire import (
    Flag,
    HardId,
    Moment,
    OptId,
    OptNumber,
    OptRef,
    OptText,
    OptWeb,
    Text,
    Texts,
    Wire,
)

#: States of the resource (REST specification); an open list.
STATES = (
    "SCHEDULED",
    "SUBMITTED",
    "PENDING_APPROVAL",
    "SENT",
    "SEND_FAILED_PERMANENTLY",
    "REJECTED",
)
#: States that "GET /v1/messages" filters by; any other gives error 40019.
FILTER_STATES = ("PENDING_APPROVAL", "REJECTED", "SENT", "SCHEDULED", "SEND_FAILED_PERMANENTLY")
WINDOW_DAYS = 28
"""Longest time between startTime and endTime of "GET /v1/messages" (error 40020)."""


class Reviewer(Wire):
    """Who is to approve."""

    WHAT: ClassVar[str] = "reviewer"

    hootsuite_id: HardId = Field(alias="id")
    type: Text = ""


class Message(Wire):
    """One post on one profile."""

    WHAT: ClassVar[str] = "message"

    hootsuite_id: HardId = Field(alias="id")
    state: Text = ""
    text: Text = ""
    profile_id: OptRef = Field(None, alias="socialProfile")
    scheduled_at: Moment = Field(None, alias="scheduledSendTime")
    post_url: OptWeb = Field(None, alias="postUrl")
    post_id: OptText = Field(None, alias="postId")
    tags: Texts = ()
    webhook_urls: Texts = Field((), alias="webhookUrls")
    email_notification: Flag = Field(False, alias="emailNotification")
    sequence_number: OptNumber = Field(None, alias="sequenceNumber")
    created_by: OptRef = Field(None, alias="createdByMember")
    updated_by: OptRef = Field(None, alias="lastUpdatedByMember")
    media_ids: tuple[str, ...] = ()
    media_urls: tuple[str, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()

    @classmethod
    def prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Unpack the lists of objects; what is no object in them is left out."""
        return {
            **data,
            "media_ids": tuple(_texts(data.get("media"), "id")),
            "media_urls": tuple(_texts(data.get("mediaUrls"), "url")),
            "reviewers": tuple(Reviewer.read_all(data.get("reviewers"))),
        }


def _texts(rows: object, key: str) -> list[str]:
    return [
        row[key]
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and isinstance(row.get(key), str)
    ]


@dataclass(frozen=True)
class Draft:
    """A post to be scheduled or sent ("POST /v1/messages").

    Hootsuite makes one message per profile, and has neither an idempotency key nor an update call.

    :param scheduled_at: None sends at once
    :param webhook_urls: addresses that hear of the state of this post
    :param media: ids of uploaded media
    :param video_titles: media id -> (title, category) for Facebook
    :param pinterest: (board id, destination address) when the profile is a Pinterest one
    :param targeting: as Hootsuite writes it (facebookPage, linkedInV2Company)
    :param privacy: as Hootsuite writes it
    """

    text: str
    profile_ids: tuple[str, ...]
    scheduled_at: datetime | None = None
    webhook_urls: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    video_titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    email_notification: bool = False
    latitude: float | None = None
    longitude: float | None = None
    pinterest: tuple[str, str] | None = None
    targeting: dict[str, Any] | None = None
    privacy: dict[str, Any] | None = None

    def to_wire(self) -> dict[str, Any]:
        """The body of the call; what is not set is left out."""
        body: dict[str, Any] = {"text": self.text, "socialProfileIds": list(self.profile_ids)}
        if self.scheduled_at is not None:
            body["scheduledSendTime"] = write_moment(self.scheduled_at)
        if self.webhook_urls:
            body["webhookUrls"] = list(self.webhook_urls)
        if self.tags:
            body["tags"] = list(self.tags)
        if self.media:
            body["media"] = [self._medium(media_id) for media_id in self.media]
        if self.latitude is not None and self.longitude is not None:
            body["location"] = {"latitude": self.latitude, "longitude": self.longitude}
        if self.targeting:
            body["targeting"] = self.targeting
        if self.privacy:
            body["privacy"] = self.privacy
        if self.pinterest:
            board, address = self.pinterest
            body["extendedInfo"] = [
                {
                    "socialProfileType": "PINTEREST",
                    "socialProfileId": profile_id,
                    "data": {"boardId": board, "destinationUrl": address},
                }
                for profile_id in self.profile_ids
            ]
        body["emailNotification"] = self.email_notification
        return body

    def _medium(self, media_id: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"id": media_id}
        if media_id in self.video_titles:
            title, category = self.video_titles[media_id]
            entry["videoOptions"] = {"facebook": {"title": title, "category": category}}
        return entry


class ReviewAction(Wire):
    """One line of the history of a post or comment."""

    WHAT: ClassVar[str] = "review action"

    actor_type: Text = Field("", alias="actorType")
    actor_id: OptId = Field(None, alias="actorId")
    action: Text = Field("", alias="actionType")
    at: Moment = Field(None, alias="timestamp")


class Comment(Wire):
    """An outgoing comment that is or was in approval ("GET /v1/comments/{commentId}")."""

    WHAT: ClassVar[str] = "comment"

    hootsuite_id: HardId = Field(alias="id")
    text: Text = Field("", alias="comment")
    state: Text = Field("", alias="reviewState")
    profile_id: OptId = Field(None, alias="socialProfileId")
    parent_id: OptText = Field(None, alias="parentId")
    parent_type: OptText = Field(None, alias="parentType")
    creator_id: OptId = Field(None, alias="creatorId")
    creator_name: OptText = Field(None, alias="creatorName")
    sequence_number: OptNumber = Field(None, alias="sequenceNumber")
    created_at: Moment = Field(None, alias="createdDate")


class MediaSlot(Wire):
    """Where to put the bytes of a file ("POST /v1/media"). The address is a credential."""

    WHAT: ClassVar[str] = "upload address"

    media_id: HardId = Field(alias="id")
    upload_url: str = Field(alias="uploadUrl", repr=False)
    seconds: OptNumber = Field(None, alias="uploadUrlDurationSeconds")


class Media(Wire):
    """An uploaded file ("GET /v1/media/{mediaId}"): ready to be used when ``state`` is READY."""

    WHAT: ClassVar[str] = "media file"

    media_id: HardId = Field(alias="id")
    state: Text = ""
    download_url: OptWeb = Field(None, alias="downloadUrl", repr=False)

    @property
    def ready(self) -> bool:
        """Whether a post may use it."""
        return self.state == "READY"
