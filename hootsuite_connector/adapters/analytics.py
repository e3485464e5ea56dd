"""Figures of posts and profiles (Analytics API; scope ``analytics:read``)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from .wire import Flag, HardId, Moment, OptId, OptText, OptWeb, Text, Wire, soft, to_figure

#: networkId of the queries (Analytics specification).
NETWORK_IDS = (
    "FACEBOOKPAGE",
    "TWITTER",
    "INSTAGRAMBUSINESS",
    "TIKTOKBUSINESS",
    "YOUTUBECHANNEL",
    "PINTEREST",
    "THREADS",
)
PROFILES_AT_MOST = 10
"""Profiles of one query."""
PERIOD_DAYS = 730
"""How far back a reporting period may reach."""
MODIFIED_DAYS = 30
"""How far back ``lastModified`` may reach."""


def to_day(value: object) -> date:
    """A calendar day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value[:10])
    raise ValueError("expected a day")


def figures(value: object) -> dict[str, float]:
    """The open map of figures: plain numbers (posts) or ``{"total": n}`` (profiles). What is no
    number is left out: the map is open, and texts in it are no figures."""
    found: dict[str, float] = {}
    for name, entry in value.items() if isinstance(value, dict) else ():
        number = entry.get("total") if isinstance(entry, dict) else entry
        if isinstance(name, str) and isinstance(number, (int, float)):
            try:
                found[name[:100]] = to_figure(number)
            except ValueError:
                continue
    return found


class PostFigures(Wire):
    """One published post with its figures."""

    WHAT: ClassVar[str] = "post with figures"

    profile_id: HardId = Field(alias="profileId")
    external_id: HardId = Field(alias="externalId")
    external_profile_id: OptId = Field(None, alias="externalProfileId")
    created_at: Moment = Field(None, alias="createdAt")
    refreshed_at: Moment = Field(None, alias="lastRefreshed")
    link: OptWeb = Field(None, alias="sourceLink")
    text: Text = Field("", alias="content")
    kind: OptText = Field(None, alias="postType")
    tags: tuple[str, ...] = ()
    campaign: OptText = None
    metrics: dict[str, float] = Field(default_factory=dict)
    is_viral: Flag = Field(False, alias="isViral")

    @classmethod
    def prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Unpack tags and campaign to their labels."""
        rows, campaign = data.get("tags"), data.get("campaign")
        labels = [
            row.get("label")
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
        ]
        return {
            **data,
            "tags": tuple(label for label in labels if isinstance(label, str)),
            "campaign": campaign.get("label") if isinstance(campaign, dict) else None,
            "metrics": figures(data.get("metrics")),
        }


class ProfileFigures(Wire):
    """The figures of one profile on one day."""

    WHAT: ClassVar[str] = "figures of a profile"

    profile_id: HardId = Field(alias="profileId")
    external_profile_id: OptId = Field(None, alias="externalProfileId")
    day: Annotated[date | None, soft(to_day)] = Field(None, alias="date")
    metrics: dict[str, float] = Field(default_factory=dict)

    @classmethod
    def prepare(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Unpack the figures to their totals."""
        return {**data, "metrics": figures(data.get("metrics"))}


def query_body(
    profile_ids: tuple[str, ...],
    since: date | None,
    until: date | None,
    modified_since: date | None = None,
) -> dict[str, Any]:
    """The body of a query for figures.

    :raises ValueError: no profile or more than ten
    """
    if not 1 <= len(profile_ids) <= PROFILES_AT_MOST:
        raise ValueError("a query takes one to ten profiles")
    filters: dict[str, Any] = {
        "profileId": {"eq": profile_ids[0]} if len(profile_ids) == 1 else {"in": list(profile_ids)}
    }
    if since and until:
        filters["reportingPeriod"] = {
            "timespan": {"since": since.isoformat(), "until": until.isoformat()}
        }
    if modified_since:
        filters["lastModified"] = {"timespan": {"since": modified_since.isoformat()}}
    return {"filters": filters}
