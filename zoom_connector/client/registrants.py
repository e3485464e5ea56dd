"""Deciding about registrations (vendor page "Meetings APIs", registrants)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .paths import path_id

if TYPE_CHECKING:
    from ._core import http_client

APPROVE, DENY, CANCEL = "approve", "deny", "cancel"


class RegistrantCalls:
    """The part of `ZoomClient` that changes registrations."""

    _http: http_client.HttpClient

    def decide_registrants(
        self, meeting_id: str, action: str, people: Iterable[tuple[str, str | None]]
    ) -> None:
        """Approve, deny or cancel registrations ("Update registrant's status").

        Not repeated by itself: Zoom mails the people and allows ten changes a day for each, so after
        ``RemoteUnavailable`` with ``maybe_executed`` the caller looks at the lists first.

        :param action: approve, deny or cancel
        :param people: (registrant id, e-mail address or None)
        """
        rows = [
            {"id": registrant_id, **({"email": email} if email else {})}
            for registrant_id, email in people
        ]
        self._http.request(
            "PUT",
            f"/meetings/{path_id(meeting_id)}/registrants/status",
            json={"action": action, "registrants": rows},
            route="/meetings/{meetingId}/registrants/status",
            idempotent=False,
        )
