"""Reading Zoom's paged lists (vendor page "Pagination").

A page token lives 15 minutes and is bound to the query. Slow work between pages can outlive it, so an
expired token starts the list once more from the top, leaving out what was already handed on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ._core import errors
from .errors import PAGE_TOKEN_EXPIRED

Row = Any


def rows_of(
    fetch: Callable[[dict[str, Any]], dict[str, Any]],
    key: str,
    identity: Callable[[Row], object],
    params: dict[str, Any],
) -> Iterator[Row]:
    """All rows of a list, page by page, as they are asked for.

    :param fetch: makes one call with the query given and returns the body
    :param key: where in the body the rows are
    :param identity: what makes a row the same row after a restart
    :param params: query of the first page; must not change from page to page
    :raises RemoteUnavailable: an answer has no list, or Zoom keeps giving one page token again
    """
    handed_on: Counter[object] = Counter()
    leave_out: Counter[object] = Counter()
    token, restarted = "", False
    used: set[str] = set()
    while True:
        try:
            body = fetch({**params, "next_page_token": token} if token else dict(params))
        except errors.Rejected as error:
            if error.code != PAGE_TOKEN_EXPIRED or not token or restarted:
                raise
            token, used, restarted, leave_out = "", set(), True, handed_on.copy()
            continue
        rows = body.get(key)
        if not isinstance(rows, list):
            raise errors.RemoteUnavailable(
                f"Zoom's answer has no list of {key.replace('_', ' ')}.", maybe_executed=True
            )
        for row in rows:
            # What is no object is handed on as well: whoever reads the row reports it.
            name = identity(row) if isinstance(row, dict) else str(row)
            if leave_out[name] > 0:
                leave_out[name] -= 1
                continue
            handed_on[name] += 1
            yield row
        token = body.get("next_page_token") or ""
        if not token:
            return
        if token in used:
            raise errors.RemoteUnavailable(
                "Zoom repeats a page token, so that the list has no end.", maybe_executed=True
            )
        used.add(token)
