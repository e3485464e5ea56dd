"""Free loopback ports, outside the range from which the kernel hands out client ports."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
_LOW, _HIGH = 20000, 32000
_given: set[int] = set()


def is_free(port: int) -> bool:
    """True when nothing listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """A port nobody listens on, ``preferred`` if it is free; never the same one twice."""
    if preferred and preferred not in _given and is_free(preferred):
        _given.add(preferred)
        return preferred
    while True:
        port = random.randrange(_LOW, _HIGH)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
