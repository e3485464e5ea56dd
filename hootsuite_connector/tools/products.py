"""Which products a text mentions, for catalogues of any size."""

from __future__ import annotations

from collections.abc import Iterable

from .words import fold

LEAST = 4
"""Shorter names (folded letters) occur by chance."""
AT_MOST = 5


class Catalogue:
    """Names of products by their first word; looking a text up costs its own length only."""

    def __init__(self, names: Iterable[str]):
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            tokens = tuple(_tokens(fold(name)))
            if tokens and sum(map(len, tokens)) >= LEAST:
                self._by_first.setdefault(tokens[0], []).append((tokens, name))

    def find(self, folded: str) -> tuple[str, ...]:
        """The names (at most five) that occur as whole words in a folded text."""
        tokens = _tokens(folded)
        found: dict[str, None] = {}
        for position, token in enumerate(tokens):
            for wanted, name in self._by_first.get(token, ()):
                if tuple(tokens[position : position + len(wanted)]) == wanted:
                    found[name] = None
        return tuple(found)[:AT_MOST]


def _tokens(folded: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in folded).split()
