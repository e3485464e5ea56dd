"""Record of the calls the sandbox received, without bodies and without secrets."""

import re
from collections import deque
from urllib.parse import parse_qsl, urlencode

SECRET_PARAMETERS = {
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "sig",
    "token",
    "zak",
}


def clean_query(query: str) -> str:
    """The query string with the values of secret parameters masked."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(k, "***" if k.lower() in SECRET_PARAMETERS else v) for k, v in pairs])


class CallLog:
    """Bounded list of calls, oldest first."""

    def __init__(self, keep: int = 200_000):
        self._calls: deque[dict] = deque(maxlen=keep)
        self._seq = 0

    def add(self, **fields) -> dict:
        """Append one call; returns the stored entry."""
        self._seq += 1
        entry = {"seq": self._seq, **fields}
        self._calls.append(entry)
        return entry

    def find(
        self, path: str | None = None, method: str | None = None, since: int = 0
    ) -> list[dict]:
        """Calls whose path matches the regular expression and whose method and sequence fit."""
        pattern = re.compile(path) if path else None
        return [
            call
            for call in self._calls
            if call["seq"] > since
            and (pattern is None or pattern.search(call["path"]))
            and (not method or call["method"] == method.upper())
        ]

    def clear(self) -> None:
        """Forget all calls; sequence numbers go on."""
        self._calls.clear()
