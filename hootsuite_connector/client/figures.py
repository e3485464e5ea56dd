"""Figures of posts and profiles (Analytics API; scope ``analytics:read``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ..adapters.analytics import PostFigures, ProfileFigures, query_body
from .base import BaseClient

PAGE_SIZE = 100


class FigureCalls(BaseClient):
    """What became of it."""

    def post_figures(
        self,
        profile_ids: Iterable[str],
        since: date | None = None,
        until: date | None = None,
        modified_since: date | None = None,
        network_id: str | None = None,
        datatype: str = "ORGANIC",
    ) -> Iterator[PostFigures]:
        """POST /v1/analytics/posts: posts of one to ten profiles with their figures.

        :param since: posts made from this day (at most two years back) to ``until``
        :param modified_since: posts whose figures changed since then (at most 30 days back)
        :param network_id: one of :data:`adapters.analytics.NETWORK_IDS`
        :raises ScopeMissing: the authorization lacks ``analytics:read``
        """
        body = query_body(tuple(profile_ids), since, until, modified_since)
        for row in self._figures(
            "posts",
            body,
            network_id,
            datatype,
            lambda row: (str(row.get("profileId")), str(row.get("externalId"))),
        ):
            yield from self._many(PostFigures, [row])

    def profile_figures(
        self,
        profile_ids: Iterable[str],
        since: date,
        until: date,
        network_id: str | None = None,
        datatype: str = "ORGANIC",
    ) -> Iterator[ProfileFigures]:
        """POST /v1/analytics/profiles: one to ten profiles, one row per profile and day."""
        body = query_body(tuple(profile_ids), since, until)
        for row in self._figures(
            "profiles",
            body,
            network_id,
            datatype,
            lambda row: (str(row.get("profileId")), str(row.get("date"))),
        ):
            yield from self._many(ProfileFigures, [row])

    def _figures(
        self, what: str, body: dict[str, Any], network_id: str | None, datatype: str, identity: Any
    ) -> Iterator[dict[str, Any]]:
        path = f"/v1/analytics/{what}"
        params: dict[str, Any] = {"datatype": datatype, "limit": PAGE_SIZE}
        if network_id:
            params["networkId"] = network_id

        def fetch(cursor: str | None) -> object:
            query = {**params, "cursor": cursor} if cursor else params
            # A query in a POST body: repeating it does no harm.
            return self._call("POST", path, path, params=query, json=body, idempotent=True)

        def following(answer: dict[str, Any]) -> object:
            metadata = answer.get("metadata")
            info = metadata.get("collectionInfo") if isinstance(metadata, dict) else None
            found = info.get("next") if isinstance(info, dict) else None
            return found.get("cursor") if isinstance(found, dict) else None

        return self._pages(fetch, following, identity)
