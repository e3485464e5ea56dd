"""What a webhook delivery is split into: facts; and what is found wrong with one: issues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Fact:
    """One business fact a vendor told us.

    :param event_type: the vendor's event name
    :param external_key: identity of the fact; equal for every delivery of the same fact
    :param subject_key: what the fact is about (a meeting, a thread); facts of one subject are
        handled in order, facts of different subjects in parallel
    :param occurred_at: the vendor's time of the fact, timezone-aware UTC
    :param payload: the body without secrets, JSON-serializable
    """

    event_type: str
    external_key: str
    subject_key: str
    occurred_at: datetime
    payload: dict[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.event_type or not self.external_key:
            raise ValueError("a fact needs an event type and an external key")
        if self.occurred_at.utcoffset() != timedelta(0):
            raise ValueError("occurred_at must be timezone-aware UTC")


@dataclass(frozen=True)
class Issue:
    """A flaw in a payload that did not stop it: the value was replaced by a default.

    :param field: dotted path of the field
    :param message: what is wrong, in plain words
    :param remedy: what a person can do about it, in plain words
    """

    field: str
    message: str
    remedy: str = ""
