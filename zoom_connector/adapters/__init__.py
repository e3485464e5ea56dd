"""Zoom's JSON and Odoo's words for it: the only place that spells Zoom's field names."""

from . import (
    events,
    meeting,
    outgoing,
    past,
    people,
    recording,
    registrant,
    splitting,
    times,
    webhook,
    wire,
)

__all__ = [
    "events",
    "meeting",
    "outgoing",
    "past",
    "people",
    "recording",
    "registrant",
    "splitting",
    "times",
    "webhook",
    "wire",
]
