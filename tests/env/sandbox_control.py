"""Calls of the sandbox's control API without packages of its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from .progress import EnvError


def control(sandbox_url: str, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    """One call of the sandbox's control API.

    :raises EnvError: when the sandbox refuses
    """
    request = urllib.request.Request(
        f"{sandbox_url.rstrip('/')}/control/{path}",
        data=json.dumps(body).encode() if method != "GET" else None,
        headers={"Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read() or b"null")
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode(errors="replace")[:500]
        raise EnvError(f"The sandbox refused {path}: {refusal.code} {text}") from refusal
