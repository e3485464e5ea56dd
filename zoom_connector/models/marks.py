"""Marks in the context that only code of this addon can set.

A caller over RPC chooses the context of a call, but what arrives there is JSON or XML: never a member
of :class:`Mark`. So rights and silence may depend on these marks, where a plain ``True`` would let
anybody switch them on.
"""

import enum


class Mark(enum.Enum):
    """Compared by identity; copying keeps it."""

    SYNC = "the save copies what Zoom has, nothing of it goes back"
    MATCH = "the people rules choose a contact, not a person"
    SERIES = "the calendar makes the dates of a series that may be held in Zoom already"


QUIET = {"zoom_sync": Mark.SYNC}
"""Context of saves that Zoom need not hear of."""


def is_sync(env):
    """Return whether the present save copies what Zoom has."""
    return env.context.get("zoom_sync") is Mark.SYNC


def is_series(env):
    """Return whether the calendar is making the dates of a series."""
    return env.context.get("zoom_series") is Mark.SERIES
