"""Zoom's REST API, version 2. One method per endpoint; the vendor page's title is named with each.

The HTTP client brings addresses, tokens, retries, limits and the log; see ``connector_base.core``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

from ..adapters.meeting import Meeting, MeetingTemplate
from ..adapters.outgoing import MeetingDraft
from ..adapters.past import PastInstance, PastMeeting
from ..adapters.people import ParticipantRow, User
from ..adapters.recording import RecordingSet
from ..adapters.registrant import Registrant
from ..adapters.times import windows
from ..adapters.wire import Wire
from ._core import errors, facts, http_client
from .paging import Row, rows_of
from .paths import path_id as path_id
from .recordings import RecordingCalls
from .registrants import RegistrantCalls

_logger = logging.getLogger(__name__)
W = TypeVar("W", bound=Wire)

PAGE_SIZE = 300
"""The most that the light lists allow (vendor page of each)."""
WINDOW_DAYS = 30


class ZoomClient(RegistrantCalls, RecordingCalls):
    """Typed access to one Zoom account.

    Every method may raise any :class:`ConnectorError`; lists are lazy and raise while they are read.

    :param http: client whose base address ends in ``/v2``
    :param on_issue: gets what is found broken in answers; without it the finding is logged
    """

    def __init__(
        self,
        http: http_client.HttpClient,
        on_issue: Callable[[facts.Issue], None] | None = None,
    ) -> None:
        self._http = http
        self._on_issue = on_issue

    # -- users ------------------------------------------------------------------------------

    def me(self) -> User:
        """The user who authorised the app ("Get a user"). Not for server-to-server apps."""
        return self.user("me")

    def user(self, user_id: str) -> User:
        """A user by id or e-mail address ("Get a user").

        :raises NotFound: no such user in the account
        """
        return self._read(User, self._get(f"/users/{path_id(user_id)}", "/users/{userId}"))

    def users(self, status: str = "active") -> Iterator[User]:
        """The users of the account with a status: active, inactive or pending ("List users")."""
        params = {"status": status, "page_size": PAGE_SIZE}
        return self._list(User, "/users", "/users", "users", _by("id", "email"), params)

    # -- meetings ---------------------------------------------------------------------------

    def meetings(
        self,
        user_id: str,
        type: str = "scheduled",  # noqa: A002 (the vendor's word)
        from_: date | None = None,
        to: date | None = None,
    ) -> Iterator[Meeting]:
        """A host's meetings ("List meetings"); series may come once or once per date.

        :param type: scheduled, live, upcoming, upcoming_meetings or previous_meetings
        :param from_: first day, UTC
        :param to: last day, UTC
        """
        params: dict[str, Any] = {"type": type, "page_size": PAGE_SIZE}
        if from_ or to:
            params |= {"timezone": "UTC", **_range(from_, to)}
        path = f"/users/{path_id(user_id)}/meetings"
        identity = _by("id", "start_time", "uuid")
        return self._list(Meeting, path, "/users/{userId}/meetings", "meetings", identity, params)

    def meeting(
        self, meeting_id: str, occurrence_id: str | None = None, show_previous: bool = False
    ) -> Meeting:
        """A meeting with settings, recurrence and dates ("Get a meeting").

        :param show_previous: also list the past dates of a series
        :raises NotFound: deleted or expired
        """
        params: dict[str, Any] = {}
        if occurrence_id:
            params["occurrence_id"] = occurrence_id
        if show_previous:
            params["show_previous_occurrences"] = "true"
        body = self._get(f"/meetings/{path_id(meeting_id)}", "/meetings/{meetingId}", params)
        return self._read(Meeting, body)

    def create_meeting(self, user_id: str, draft: MeetingDraft) -> Meeting:
        """A new meeting of a host ("Create a meeting"). Zoom has no idempotency key: after
        ``RemoteUnavailable`` with ``maybe_executed`` look for the meeting before creating it again."""
        path = f"/users/{path_id(user_id)}/meetings"
        answer = self._http.request(
            "POST", path, json=draft.to_wire(), route="/users/{userId}/meetings"
        )
        return self._read(Meeting, _object(answer))

    def update_meeting(
        self, meeting_id: str, draft: MeetingDraft, occurrence_id: str | None = None
    ) -> None:
        """Change a meeting or one date of it ("Update a meeting"). Zoom silently drops what policy
        forbids, so read the meeting afterwards."""
        self._http.request(
            "PATCH",
            f"/meetings/{path_id(meeting_id)}",
            params={"occurrence_id": occurrence_id} if occurrence_id else None,
            json=draft.to_wire(),
            route="/meetings/{meetingId}",
            idempotent=True,  # it sets values, so that twice is once
        )

    def delete_meeting(
        self, meeting_id: str, occurrence_id: str | None = None, remind: bool = False
    ) -> None:
        """Delete a meeting or one date of it; one that is gone is a success ("Delete a meeting").

        :param remind: let Zoom mail host, alternative hosts and registrants
        """
        told = "true" if remind else "false"
        params = {"schedule_for_reminder": told, "cancel_meeting_reminder": told}
        if occurrence_id:
            params["occurrence_id"] = occurrence_id
        self._http.request(
            "DELETE",
            f"/meetings/{path_id(meeting_id)}",
            params=params,
            route="/meetings/{meetingId}",
            missing_ok=True,
        )

    def templates(self, user_id: str) -> list[MeetingTemplate]:
        """A user's meeting templates ("List meeting templates")."""
        path, route = (
            f"/users/{path_id(user_id)}/meeting_templates",
            "/users/{userId}/meeting_templates",
        )
        return self._rows(MeetingTemplate, self._get(path, route), "templates")

    def registrants(
        self, meeting_id: str, status: str = "approved", occurrence_id: str | None = None
    ) -> Iterator[Registrant]:
        """A meeting's registrants by status: pending, approved or denied ("List meeting registrants")."""
        params: dict[str, Any] = {"status": status, "page_size": PAGE_SIZE}
        if occurrence_id:
            params["occurrence_id"] = occurrence_id
        path, route = (
            f"/meetings/{path_id(meeting_id)}/registrants",
            "/meetings/{meetingId}/registrants",
        )
        return self._list(Registrant, path, route, "registrants", _by("id", "email"), params)

    # -- past meetings and reports ----------------------------------------------------------

    def past_meeting(self, meeting_id: str) -> PastMeeting:
        """An ended instance by UUID, or the latest one by number ("Get past meeting details").

        :raises NotFound: not ended, not held or older than a year
        """
        path, route = f"/past_meetings/{path_id(meeting_id)}", "/past_meetings/{meetingId}"
        return self._read(PastMeeting, self._get(path, route))

    def past_instances(self, meeting_id: str) -> list[PastInstance]:
        """All ended instances of a meeting number, 15 months back ("List past meeting instances")."""
        path = f"/past_meetings/{path_id(meeting_id)}/instances"
        body = self._get(path, "/past_meetings/{meetingId}/instances")
        return self._rows(PastInstance, body, "meetings")

    def past_participants(self, meeting_id: str) -> Iterator[ParticipantRow]:
        """Who was in an ended instance, one row per join ("Get past meeting participants").

        Empty when only one person came; needs a paid plan.
        """
        path = f"/past_meetings/{path_id(meeting_id)}/participants"
        route = "/past_meetings/{meetingId}/participants"
        return self._participants(path, route, {"page_size": PAGE_SIZE})

    def report_meetings(self, user_id: str, from_: date, to: date) -> Iterator[PastMeeting]:
        """A host's ended meetings with two or more people ("Get meeting reports").

        Zoom keeps six months and answers one month at a time; longer ranges are read in windows.
        """
        path, route = (
            f"/report/users/{path_id(user_id)}/meetings",
            "/report/users/{userId}/meetings",
        )
        for first, last in windows(from_, to, WINDOW_DAYS):
            params = {"page_size": PAGE_SIZE, "type": "past", **_range(first, last)}
            yield from self._list(PastMeeting, path, route, "meetings", _by("uuid"), params)

    def report_participants(self, meeting_id: str) -> Iterator[ParticipantRow]:
        """Who was in an ended instance, with registrants and customer keys ("Get meeting participant
        reports"). Admin scope only."""
        path = f"/report/meetings/{path_id(meeting_id)}/participants"
        route = "/report/meetings/{meetingId}/participants"
        params = {"page_size": PAGE_SIZE, "include_fields": "registrant_id"}
        return self._participants(path, route, params)

    # -- recordings -------------------------------------------------------------------------

    def recordings(
        self, user_id: str, from_: date, to: date, trash: bool = False
    ) -> Iterator[RecordingSet]:
        """A host's cloud recordings of the days from and to, UTC ("List all recordings").

        Zoom answers one month at a time; longer ranges are read in windows.

        :param trash: the trash instead; Zoom takes no range with it, all of it is listed
        """
        path, route = f"/users/{path_id(user_id)}/recordings", "/users/{userId}/recordings"
        params: dict[str, Any] = {"page_size": PAGE_SIZE}
        ranges = [_range(*window) for window in windows(from_, to, WINDOW_DAYS)]
        for window in [{"trash": "true"}] if trash else ranges:
            yield from self._list(
                RecordingSet, path, route, "meetings", _by("uuid", "id"), {**params, **window}
            )

    def meeting_recordings(self, meeting_id: str) -> RecordingSet:
        """The recording of an instance by UUID, or of the latest by number ("Get meeting recordings").

        :raises NotFound: no recording, or Zoom is still preparing it
        """
        path, route = (
            f"/meetings/{path_id(meeting_id)}/recordings",
            "/meetings/{meetingId}/recordings",
        )
        return self._read(RecordingSet, self._get(path, route))

    # -- inside -----------------------------------------------------------------------------

    def _get(self, path: str, route: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return _object(self._http.request("GET", path, params=params or None, route=route))

    def _list(
        self,
        model: type[W],
        path: str,
        route: str,
        key: str,
        identity: Callable[[Row], object],
        params: dict[str, Any],
    ) -> Iterator[W]:
        for row in rows_of(lambda query: self._get(path, route, query), key, identity, params):
            yield from self._all(model, [row])

    def _participants(
        self, path: str, route: str, params: dict[str, Any]
    ) -> Iterator[ParticipantRow]:
        identity = _by("user_id", "id", "name", "join_time", "status")
        return self._list(ParticipantRow, path, route, "participants", identity, params)

    def _rows(self, model: type[W], body: dict[str, Any], key: str) -> list[W]:
        rows = body.get(key)
        if not isinstance(rows, list):
            raise errors.RemoteUnavailable(f"Zoom's answer has no list of {key}.")
        return self._all(model, rows)

    def _all(self, model: type[W], rows: list[Any]) -> list[W]:
        issues: list[facts.Issue] = []
        found = model.read_all(rows, issues)
        self._tell(issues)
        return found

    def _read(self, model: type[W], body: dict[str, Any]) -> W:
        issues: list[facts.Issue] = []
        found = model.read(body, issues)
        self._tell(issues)
        return found

    def _tell(self, issues: list[facts.Issue]) -> None:
        for issue in issues:
            if self._on_issue:
                self._on_issue(issue)
            else:
                _logger.warning("Zoom answer, field %s: %s", issue.field, issue.message)


def _object(answer: Any) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict):
        raise errors.RemoteUnavailable(
            "Zoom's answer is not an object.", request_id=answer.request_id
        )
    return body


def _range(from_: date | None, to: date | None) -> dict[str, str]:
    days = {"from": from_, "to": to}
    return {name: day.isoformat() for name, day in days.items() if day}


def _by(*names: str) -> Callable[[Row], object]:
    """A row's identity: the text of some of its fields."""
    return lambda row: tuple(str(row.get(name, "")) for name in names)
