"""Zoom's error answers as our error classes (vendor pages "Errors and status codes", "Rate limits").

Zoom's messages are translated into the account's language, so decisions rest on the HTTP status, the
code and the headers. Text is only looked at where nothing else tells, and only for words that survive
translation.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ._core import errors, http_types, redaction

Response = http_types.Response

PAGE_TOKEN_EXPIRED = 300
"""Also Zoom's code for every validation error; only the call tells which one it was."""

_DAY = 86400
# Words for the codes of the vendor's error list, with what a person can do.
_NOT_FOUND = {
    1001: ("Zoom does not know this user.", "Check the user in Zoom, then run Import Now."),
    1010: (
        "This user does not belong to the connected Zoom account.",
        "Check that the right Zoom account is connected.",
    ),
    1120: ("The invitation of this Zoom user has expired.", "Invite the user again in Zoom."),
    3001: ("The meeting does not exist in Zoom or has expired.", ""),
    3301: (
        "Zoom has no recording for this meeting.",
        "Zoom may still be preparing it; it is fetched by the next reconciliation.",
    ),
    12702: ("The meeting is older than a year; Zoom does not show it any more.", ""),
}
_REJECTED = {
    200: (
        "Zoom does not permit this for the connected account or user.",
        "Check the Zoom plan and the role of the user who authorised the app.",
    ),
    300: ("Zoom found the data of the call invalid.", "Correct the fields named in the details."),
    3000: ("Zoom gives no access to this meeting in its present state.", ""),
    3002: ("The meeting is in progress; Zoom does not delete it now.", "Delete it after its end."),
    3003: (
        "The user is not the host of the meeting.",
        "Use an account-level app, or act as the host.",
    ),
    3007: ("The meeting has ended; Zoom does not delete it any more.", ""),
    3018: ("Zoom does not delete a personal meeting room.", ""),
    3037: ("Zoom does not delete a personal audio conference.", ""),
    3043: ("The meeting has reached its capacity.", "Raise the capacity in the Zoom plan."),
    3161: (
        "This Zoom user may not host or schedule meetings.",
        "Give the user a licence in Zoom, or choose another host.",
    ),
    3303: ("The meeting has not ended yet.", ""),
    3309: ("The Zoom recording storage is full.", "Free or buy storage in Zoom."),
    3332: ("Zoom is using this recording at the moment.", "Try again later."),
}


def classify(response: Response) -> errors.ConnectorError | None:
    """The error for a Zoom answer, None when it is a success. Never raises."""
    if response.ok:
        return None
    body = _body(response)
    code = _code(body)
    status = response.status
    common: dict[str, Any] = {"status": status, "code": code, "request_id": response.request_id}
    message = body.get("message")
    text = message if isinstance(message, str) else ""

    if status == 429 or code == 429:
        return _rate_limited(response, text, common)
    if status == 408 or status >= 500:
        return errors.RemoteUnavailable(
            f"Zoom could not answer (HTTP {status}).", retry_after=response.retry_after, **common
        )
    scopes = _missing_scopes(code, text)
    if scopes is not None:
        return errors.ScopeMissing("The Zoom app lacks a permission for this call.", scopes=scopes)
    if status == 401 or code in (124, 4700, 4711):
        return errors.AuthError(
            "Zoom does not accept the access token.",
            remedy="Press Verify; if it fails, connect again.",
        )
    if code in _NOT_FOUND:
        words, remedy = _NOT_FOUND[code]
        return errors.NotFound(words, remedy=remedy, **common)
    if code in _REJECTED:
        words, remedy = _REJECTED[code]
        return errors.Rejected(words, remedy=remedy, details=_details(body), **common)
    return _by_status(status, body, text, common)


def _by_status(
    status: int, body: dict[str, Any], text: str, common: dict[str, Any]
) -> errors.ConnectorError:
    if status in (404, 410):
        return errors.NotFound("Zoom does not have what was asked for.", **common)
    if status == 409:
        # A conflict with another change of the same thing: nothing was done, later it may be.
        return errors.RateLimited(
            "Zoom is busy with another change of the same thing.",
            scope="concurrency",
            retry_after=2.0,
            **common,
        )
    if status == 403:
        return errors.Rejected(
            "Zoom forbids this call.",
            remedy="Let the Zoom user who connected the app allow access on behalf of others "
            "(shared access permission), or use an account-level app.",
            **common,
        )
    if status < 400:
        return errors.RemoteUnavailable(
            f"Zoom answered with an unexpected redirection (HTTP {status}).",
            maybe_executed=False,
            **common,
        )
    said = f" Zoom says: {redaction.redact(text)[:200]}" if text else ""
    number = f", code {common['code']}" if common["code"] is not None else ""
    return errors.Rejected(
        f"Zoom refused the call (HTTP {status}{number}).{said}", details=_details(body), **common
    )


def _body(response: Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}  # an HTML page of a gateway: the status alone decides
    return body if isinstance(body, dict) else {}


def _code(body: dict[str, Any]) -> int | None:
    code = body.get("code")
    if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code, re.ASCII):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _details(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Zoom's list of invalid fields; its texts may quote what a person wrote, hence redacted."""
    rows = body.get("errors")
    return [
        (str(row.get("field") or "")[:100], redaction.redact(str(row.get("message") or ""))[:200])
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def _missing_scopes(code: int | None, text: str) -> tuple[str, ...] | None:
    """The scopes in ``… does not contain scopes:[a, b].``; only the bracket survives translation.

    None when it is no scope error. Code 4711 is one even without a readable bracket; 4700 (and 104 of
    old apps) also mean other token faults.
    """
    if code not in (4711, 4700, 104):
        return None
    found = re.search(r"\[([a-z0-9_:.,\s]+)\]", text)
    names = tuple(name.strip() for name in found[1].split(",") if name.strip()) if found else ()
    return names if names or code == 4711 else None


def _rate_limited(response: Response, text: str, common: dict[str, Any]) -> errors.RateLimited:
    kind = (response.headers.get("x-ratelimit-type") or "").lower()
    wait = response.retry_after
    if "daily" in kind or (not kind and wait is not None and wait > 3600):
        return errors.RateLimited(
            "Zoom's daily limit for the account is used up.",
            scope="day",
            retry_after=_until_midnight(response) if wait is None else wait,
            remedy="Nothing to do: work continues when Zoom resets the limit.",
            **common,
        )
    # The limit of 100 changes a day per host comes without type; "GMT 00:00:00" is the same in every
    # language.
    if not kind and re.search(r"\b00:00(:00)?\b", text):
        return errors.RateLimited(
            "Zoom's daily limit for this host or registrant is used up.",
            scope="host",
            retry_after=_until_midnight(response) if wait is None else wait,
            remedy="Nothing to do: work continues after midnight UTC.",
            **common,
        )
    if not kind and wait is None and "concurren" in text.lower():
        return errors.RateLimited(
            "Zoom is handling too many calls for one user at once.",
            scope="concurrency",
            retry_after=2.0,
            **common,
        )
    return errors.RateLimited(
        "Zoom asks to slow down.",
        scope="second",
        retry_after=1.0 if wait is None else wait,
        **common,
    )


def _until_midnight(response: Response) -> float:
    """Seconds to the next reset, 00:00 UTC."""
    return _DAY - math.fmod(response.received_at, _DAY)
