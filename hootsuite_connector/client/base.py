"""What the parts of the client share: calls, envelopes, pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from ..adapters.wire import Wire
from ._core import errors, facts, http_client
from .errors import INVALID_CURSOR

_logger = logging.getLogger(__name__)
W = TypeVar("W", bound=Wire)


def path_id(identifier: str) -> str:
    """An id as a path segment; ids of media are base64 and often end in ``=``."""
    return quote(identifier, safe="")


class BaseClient:
    """Typed access to one Hootsuite account.

    Every method may raise any :class:`ConnectorError`; lists that are iterators are lazy and raise
    while they are read.

    :param http: client whose base address is ``https://platform.hootsuite.com``, without version
    :param on_issue: gets what is found broken in answers; without it the finding is logged
    """

    def __init__(
        self,
        http: http_client.HttpClient,
        on_issue: Callable[[facts.Issue], None] | None = None,
    ) -> None:
        self._http = http
        self._on_issue = on_issue

    # -- calls ------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        route: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        idempotent: bool | None = None,
    ) -> Any:
        """Make one call and return the decoded answer.

        Lists among ``params`` repeat their key, as Hootsuite wants them.
        """
        response = self._http.request(
            method, path, params=params, json=json, route=route, idempotent=idempotent
        )
        return response.json()

    def _data(self, method: str, path: str, route: str, **options: Any) -> Any:
        """Make one call and return what is in its envelope.

        An answer may hold data *and* errors (partly failed); the errors are reported, the data
        used.
        """
        body = self._call(method, path, route, **options)
        if not isinstance(body, dict) or "data" not in body:
            raise errors.RemoteUnavailable(
                "Hootsuite's answer holds no data.", status=200, maybe_executed=True
            )
        for row in body.get("errors") or []:
            if isinstance(row, dict):
                self._report(
                    facts.Issue(
                        field=route,
                        message=f"Hootsuite did a part of it only (code {row.get('code')}).",
                        remedy="Look at the result in Hootsuite.",
                    )
                )
        return body["data"]

    def _one(self, model: type[W], data: Any) -> W:
        """The object of an answer; some calls answer a list with one member (recorded traffic)."""
        if isinstance(data, list):
            if not data:
                raise errors.NotFound("Hootsuite does not have what was asked for.", status=200)
            data = data[0]
        issues: list[facts.Issue] = []
        found = model.read(data, issues)
        self._report(*issues)
        return found

    def _many(self, model: type[W], data: Any) -> list[W]:
        """The readable objects of a list; a single object counts as a list of one."""
        if isinstance(data, dict):
            data = [data] if data else []
        if not isinstance(data, list):
            raise errors.RemoteUnavailable(
                "Hootsuite's answer holds no list.", status=200, maybe_executed=True
            )
        issues: list[facts.Issue] = []
        found = model.read_all(data, issues)
        self._report(*issues)
        return found

    def _refs(self, path: str, route: str) -> list[str]:
        """The ids of a list of ``{"id": ...}``."""
        rows = self._data("GET", path, route)
        if not isinstance(rows, list):
            raise errors.RemoteUnavailable("Hootsuite's answer holds no list.", status=200)
        return [
            str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id") is not None
        ]

    def _pages(
        self,
        fetch: Callable[[str | None], Any],
        next_cursor: Callable[[dict[str, Any]], Any],
        identity: Callable[[dict[str, Any]], object],
    ) -> Iterator[dict[str, Any]]:
        """All rows of a list with cursors, page by page.

        Cursors are opaque. One that Hootsuite does not accept any more (slow work between pages)
        starts the list once more from the top, leaving out what was handed on.

        :raises RemoteUnavailable: Hootsuite gives one cursor twice, so that the list has no end
        """
        cursor: str | None = None
        used: set[str] = set()
        handed_on: set[object] = set()
        restarted = False
        while True:
            try:
                body = fetch(cursor)
            except errors.Rejected as error:
                if error.code != INVALID_CURSOR or cursor is None or restarted:
                    raise
                cursor, used, restarted = None, set(), True
                continue
            rows = body.get("data") if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise errors.RemoteUnavailable(
                    "Hootsuite's answer holds no list.", status=200, maybe_executed=True
                )
            for row in rows:
                if not isinstance(row, dict):
                    continue
                name = identity(row)
                if name not in handed_on:
                    handed_on.add(name)
                    yield row
            found = next_cursor(body)
            if not found:
                return
            cursor = str(found)
            if cursor in used:
                raise errors.RemoteUnavailable(
                    "Hootsuite repeats a page cursor, so that the list has no end.",
                    maybe_executed=True,
                )
            used.add(cursor)

    def _report(self, *issues: facts.Issue) -> None:
        for issue in issues:
            if self._on_issue:
                self._on_issue(issue)
            else:
                _logger.info("Hootsuite: %s", issue.message)
