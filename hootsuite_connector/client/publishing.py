"""Posts, outgoing comments and media (REST API)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Literal

from ..adapters.message import (
    FILTER_STATES,
    WINDOW_DAYS,
    Comment,
    Draft,
    Media,
    MediaSlot,
    Message,
    ReviewAction,
)
from ..adapters.times import write_moment
from ._core import errors
from .base import BaseClient, path_id

Reviewer = Literal["EXTERNAL", "MEMBER"]
PAGE_SIZE = 100
MIME_TYPES = ("video/mp4", "image/gif", "image/jpeg", "image/jpg", "image/png")
"""Types that "POST /v1/media" takes."""
READY_TRIES = 30


class PublishingCalls(BaseClient):
    """What goes out."""

    # -- posts -------------------------------------------------------------------------------

    def schedule(self, draft: Draft) -> list[Message]:
        """POST /v1/messages: one message per profile; without a time it is sent at once.

        Hootsuite has no idempotency key. After ``RemoteUnavailable`` with ``maybe_executed`` look
        the message up (:meth:`messages`) before you schedule it again.
        """
        return self._many(
            Message, self._data("POST", "/v1/messages", "/v1/messages", json=draft.to_wire())
        )

    def messages(
        self,
        start: datetime,
        end: datetime,
        state: str | None = None,
        profile_ids: Iterable[str] = (),
        unscheduled_reviews: bool = False,
    ) -> Iterator[Message]:
        """GET /v1/messages: outgoing messages of at most four weeks, by rising scheduled time.

        :param state: one of :data:`adapters.message.FILTER_STATES`
        :param unscheduled_reviews: also those in approval that have no time yet
        :raises ValueError: the period is longer than Hootsuite takes, or the state unknown to it
        """
        if (end - start).total_seconds() > WINDOW_DAYS * 86400:
            raise ValueError("a period of messages is at most four weeks")
        if state is not None and state not in FILTER_STATES:
            raise ValueError(f"no filter by state {state}")
        params = {
            "startTime": write_moment(start),
            "endTime": write_moment(end),
            "limit": PAGE_SIZE,
            "state": state,
            "socialProfileIds": list(profile_ids) or None,
            "includeUnscheduledReviewMsgs": "true" if unscheduled_reviews else None,
        }
        params = {name: value for name, value in params.items() if value is not None}

        def fetch(cursor: str | None) -> object:
            query = {**params, "cursor": cursor} if cursor else params
            return self._call("GET", "/v1/messages", "/v1/messages", params=query)

        def following(body: dict) -> object:
            metadata = body.get("metadata")
            found = metadata.get("cursor") if isinstance(metadata, dict) else None
            return found.get("next") if isinstance(found, dict) else None

        for row in self._pages(fetch, following, lambda row: str(row.get("id"))):
            yield from self._many(Message, [row])

    def message(self, message_id: str) -> Message:
        """GET /v1/messages/{messageId}.

        :raises NotFound: unknown, or for a short time while it is uploaded to the network
        """
        path = f"/v1/messages/{path_id(message_id)}"
        return self._one(Message, self._data("GET", path, "/v1/messages/{messageId}"))

    def delete_message(self, message_id: str) -> bool:
        """DELETE /v1/messages/{messageId}: only before it is sent (error 40003 afterwards).

        :return: False when Hootsuite did not have it (any more)
        """
        response = self._http.request(
            "DELETE",
            f"/v1/messages/{path_id(message_id)}",
            route="/v1/messages/{messageId}",
            missing_ok=True,
        )
        return not response.missing

    def approve_message(
        self, message_id: str, sequence_number: int, reviewer: Reviewer = "EXTERNAL"
    ) -> None:
        """POST /v1/messages/{messageId}/approve: the number guards against a changed message."""
        self._review("messages", message_id, "approve", sequence_number, reviewer)

    def reject_message(
        self, message_id: str, sequence_number: int, reason: str, reviewer: Reviewer = "EXTERNAL"
    ) -> None:
        """POST /v1/messages/{messageId}/reject."""
        self._review("messages", message_id, "reject", sequence_number, reviewer, reason)

    def message_history(self, message_id: str) -> list[ReviewAction]:
        """GET /v1/messages/{messageId}/history: who did what, oldest first."""
        path = f"/v1/messages/{path_id(message_id)}/history"
        data = self._data("GET", path, "/v1/messages/{messageId}/history")
        return self._many(ReviewAction, data.get("actions") if isinstance(data, dict) else None)

    # -- outgoing comments -------------------------------------------------------------------

    def comment(self, comment_id: str) -> Comment:
        """GET /v1/comments/{commentId}."""
        path = f"/v1/comments/{path_id(comment_id)}"
        return self._one(Comment, self._data("GET", path, "/v1/comments/{commentId}"))

    def approve_comment(
        self, comment_id: str, sequence_number: int, reviewer: Reviewer = "EXTERNAL"
    ) -> None:
        """POST /v1/comments/{commentId}/approve."""
        self._review("comments", comment_id, "approve", sequence_number, reviewer)

    def reject_comment(
        self, comment_id: str, sequence_number: int, reason: str, reviewer: Reviewer = "EXTERNAL"
    ) -> None:
        """POST /v1/comments/{commentId}/reject."""
        self._review("comments", comment_id, "reject", sequence_number, reviewer, reason)

    def _review(
        self,
        kind: str,
        subject: str,
        verb: str,
        sequence_number: int,
        reviewer: Reviewer,
        reason: str | None = None,
    ) -> None:
        body: dict[str, object] = {"sequenceNumber": sequence_number, "reviewerType": reviewer}
        if reason is not None:
            body["reason"] = reason
        name = "messageId" if kind == "messages" else "commentId"
        self._call(
            "POST",
            f"/v1/{kind}/{path_id(subject)}/{verb}",
            f"/v1/{kind}/{{{name}}}/{verb}",
            json=body,
        )

    # -- media: three steps ------------------------------------------------------------------

    def create_media(self, size: int, mimetype: str) -> MediaSlot:
        """POST /v1/media, step one: ask for an address to put a file at.

        :param size: bytes
        :raises ValueError: Hootsuite takes no files of this type
        """
        if mimetype not in MIME_TYPES:
            raise ValueError(f"Hootsuite takes no files of type {mimetype}")
        # A slot that is never filled costs nothing, so asking twice does no harm.
        return self._one(
            MediaSlot,
            self._data(
                "POST",
                "/v1/media",
                "/v1/media",
                json={"sizeBytes": size, "mimeType": mimetype},
                idempotent=True,
            ),
        )

    def put_media(self, slot: MediaSlot, file: BinaryIO, size: int, mimetype: str) -> None:
        """Step two: PUT the bytes, streamed from ``file``, to the presigned address.

        No token goes there. Only the first valid upload counts.
        """
        self._http.request(
            "PUT",
            slot.upload_url,
            data=file,
            headers={"Content-Type": mimetype, "Content-Length": str(size)},
            route="(upload address)",
            auth=False,
            read_timeout=120,
        )

    def media(self, media_id: str) -> Media:
        """GET /v1/media/{mediaId}, step three: is it ready to be used?"""
        path = f"/v1/media/{path_id(media_id)}"
        return self._one(Media, self._data("GET", path, "/v1/media/{mediaId}"))

    def upload(
        self,
        file: BinaryIO,
        size: int,
        mimetype: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        tries: int = READY_TRIES,
    ) -> Media:
        """All three steps; returns when the file can be used in a post.

        :param file: open for reading, seekable
        :raises RateLimited: Hootsuite has not finished processing after about a minute; look again
            with :meth:`media` (its id is in the error's ``code``)
        """
        slot = self.create_media(size, mimetype)
        self.put_media(slot, file, size, mimetype)
        for number in range(tries):
            media = self.media(slot.media_id)
            if media.ready:
                return media
            sleep(min(0.25 * 2**number, 3.0))
        raise errors.RateLimited(
            "Hootsuite is still processing an uploaded file.",
            scope="concurrency",
            status=200,
            code=slot.media_id,
            retry_after=15.0,
        )
