"""Marks in the context that only code of this addon can set: what arrives over RPC is never one."""

import enum


class Mark(enum.Enum):
    """Compared by identity; copying keeps it."""

    APPLY = "a delivery changes the message, not a person"
    ABSORBED = "the handle turned out to be another one; nothing is erased"
    ERASED = "the copies were erased already"


def applying(env):
    """Return whether a delivery is being applied."""
    return env.context.get("hootsuite_apply") is Mark.APPLY


def absorbing(env):
    """Return whether a handle goes because it is another one."""
    return env.context.get("hootsuite_absorbed") is Mark.ABSORBED


def erased(env):
    """Return whether copies were erased already."""
    return env.context.get("hootsuite_erased") is Mark.ERASED
