"""File locks, so that two commands on one machine do not build the same thing at once."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from .paths import sub
from .progress import say


@contextlib.contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the machine-wide lock ``name``; says so when somebody else holds it."""
    path = sub("locks") / f"{name}.lock"
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another command is preparing '{name}', waiting for it ...")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


class UseCount:
    """Shared use of a long-lived thing: whoever leaves last may stop it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("a")

    def enter(self) -> None:
        """Register as a user until :meth:`leave_last` or the end of this process."""
        fcntl.flock(self._stream, fcntl.LOCK_SH)

    def leave_last(self) -> bool:
        """Leave; true when nobody else uses it now."""
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._stream, fcntl.LOCK_UN)
            return False
        fcntl.flock(self._stream, fcntl.LOCK_UN)
        return True
