"""Hootsuite's JSON and Odoo's words for it: the only place that spells Hootsuite's field names."""

from . import (
    analytics,
    conversation,
    envelopes,
    events,
    inbox,
    message,
    people,
    person,
    platform,
    relay,
    steering,
    times,
    wire,
)

__all__ = [
    "analytics",
    "conversation",
    "envelopes",
    "events",
    "inbox",
    "message",
    "people",
    "person",
    "platform",
    "relay",
    "steering",
    "times",
    "wire",
]
