"""Cursor paging with tokens that expire on the sandbox clock."""

import random

from .clock import Clock

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class PageTokenInvalid(Exception):
    """The token is unknown, too old, or was made for another query."""


class Pager:
    """Hands out and redeems page tokens; ``lifetime`` in seconds."""

    def __init__(self, clock: Clock, lifetime: float = 900.0):
        self.clock = clock
        self.lifetime = lifetime
        self._tokens: dict[str, tuple[float, tuple, int]] = {}
        self._rng = random.Random(7)

    def offset(self, token: str, key: tuple) -> int:
        """Where the page of this token starts. Raises PageTokenInvalid."""
        entry = self._tokens.get(token)
        if entry is None or entry[1] != key or self.clock.timestamp() >= entry[0]:
            raise PageTokenInvalid(token)
        return entry[2]

    def token(self, key: tuple, offset: int) -> str:
        """A new token for the page of this query that starts at the offset."""
        if len(self._tokens) > 50_000:
            now = self.clock.timestamp()
            self._tokens = {t: e for t, e in self._tokens.items() if e[0] > now}
        token = "".join(self._rng.choices(ALPHABET, k=36))
        self._tokens[token] = (self.clock.timestamp() + self.lifetime, key, offset)
        return token

    def clear(self) -> None:
        self._tokens.clear()
