"""Hootsuite's refusals as typed errors (REST specification, "Error Codes"; fact sheet, section 6).

Four shapes are told apart: ``{"errors": [{code, message}]}`` of the REST API, ``{"error": "..."}`` of
OAuth, ``{"errors": ["text"]}`` of Inbox, and problem details of Analytics. Hootsuite answers
**permission errors with 401**: they must neither renew the token nor log the account out.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ._core import errors, http_types, redaction

Response = http_types.Response

#: The access token is not (any more) accepted: one renewal, one replay.
TOKEN_CODES = frozenset({1000, 1001, 1032, 1034, 1035, 1036})
#: The app's own credentials or settings are wrong: a person has to act.
APP_CODES = frozenset({1002, *range(1005, 1032), *range(1038, 1043), 1044})
SCOPE_CODES = frozenset({1033, 1037})
LIMIT_CODES = frozenset({1003, 1004, 1043})
#: Permissions of the member who authorized the app; sent with 401 as well as 403.
PERMISSION_CODES = frozenset({1201, 1202, *range(4002, 4011), 40005})
NOT_FOUND_CODES = frozenset({3003, 4001, 4303})
SERVER_CODES = frozenset({5000, 9000})
MEDIA_NOT_READY = 40021
#: The message cannot be deleted any more: it was sent meanwhile.
CANNOT_DELETE = 40003
INVALID_CURSOR = 3020

SECOND = 1.0
"""Window of the limit per second."""
_DAY = 86400.0
_PERMISSION_REMEDY = (
    "Let an administrator of the Hootsuite organization give this permission to the member who"
    " authorized the app, or authorize with another member. The connection itself is fine."
)
# Code -> (plain words, remedy). Codes of the table that are not here get Hootsuite's own words.
_WORDS: dict[int, tuple[str, str]] = {
    1100: ("Hootsuite cannot read the data of the call.", "Update the connector."),
    2000: ("Hootsuite does not accept the member's password.", ""),
    2001: ("Hootsuite does not accept the member's e-mail address.", "Correct the address."),
    2002: (
        "Hootsuite does not accept the member's name.",
        "Enter a name of 2 to 100 characters.",
    ),
    2003: ("Hootsuite does not know the member's time zone.", "Choose another time zone."),
    2004: ("Hootsuite does not accept the initials.", ""),
    2005: ("The member's name is missing.", "Enter the name."),
    2006: ("The member's e-mail address is missing.", "Enter the address."),
    2007: ("The member's password is missing.", ""),
    2008: (
        "The Hootsuite organization has no free seat.",
        "Buy a seat in Hootsuite, or remove a member.",
    ),
    2303: ("Hootsuite does not accept the organization's number.", "Press Sync Now."),
    2304: ("Hootsuite does not accept the member's number.", "Press Sync Now."),
    2305: ("The member's number is missing.", ""),
    2306: ("The social profile's number is missing.", "Choose a profile."),
    3002: ("Hootsuite wants team names of 2 to 200 characters.", "Change the name."),
    3004: ("The team's number is missing.", ""),
    3005: ("Hootsuite does not accept the team's number.", "Press Sync Now."),
    3006: ("The organization has a team of this name already.", "Choose another name."),
    3008: ("The member has no seat in the organization.", "Give the member a seat in Hootsuite."),
    3010: ("Somebody else uses this e-mail address at Hootsuite.", "Enter another address."),
    3020: ("Hootsuite does not accept the page cursor.", "The list is read again from the top."),
    3021: ("Hootsuite does not support this kind of network.", "Choose another profile."),
    3301: ("The member who pays cannot be removed from the organization.", ""),
    4000: ("Hootsuite refuses the data of the call.", "Correct the fields named in the details."),
    5001: ("Hootsuite does not permit this kind of call.", "Update the connector."),
    5002: ("Hootsuite does not support this.", ""),
    40001: (
        "Tags need a social profile that an organization owns.",
        "Remove the tags, or move the profile into an organization in Hootsuite.",
    ),
    40003: (
        "Hootsuite does not delete this message any more.",
        "It was sent or is being sent; delete the post in the network itself.",
    ),
    40004: ("Hootsuite takes files from its own address shortener only.", "Upload the file."),
    40019: ("Hootsuite cannot filter by this state.", "Update the connector."),
    40020: ("The period is too long for Hootsuite (four weeks at most).", "Update the connector."),
    40022: ("Hootsuite does not accept a yes-or-no value.", "Update the connector."),
    40023: (
        "A post on X (Twitter) goes to one profile at a time.",
        "Make a post of its own for each X profile.",
    ),
    40024: ("Facebook groups can no longer be posted to.", "Choose a page instead."),
    40025: (
        "The Hootsuite plan allows no more scheduled messages.",
        "Wait until some are sent, delete some, or extend the plan in Hootsuite.",
    ),
}
_PERMISSION_WORDS: dict[int, str] = {
    1201: "change this organization",
    1202: "see this member",
    4002: "see the members of this organization",
    4003: "see the permissions of members",
    4004: "see the organizations of a member",
    4005: "see the members of this team",
    4006: "see this team",
    4007: "create a team",
    4008: "see the social profiles of this team",
    4009: "work with this organization",
    4010: "see the teams of this organization",
    40005: "create new message tags",
}
# OAuth ``error`` strings that come from the API as well (REST specification, security).
_DEAD_ACCESS = frozenset({"request_forbidden"})
_TOKEN_STRINGS = frozenset(
    {
        "request_unauthorized",
        "invalid_token",
        "token_expired",
        "token_inactive",
        "token_signature_mismatch",
        "token_claim",
    }
)
_SCOPE_STRINGS = frozenset({"scope_not_granted", "invalid_scope"})
_APP_STRINGS = frozenset(
    {
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_response_type",
        "misconfiguration",
        "invalid_request",
        "invalid_state",
        "insufficient_entropy",
    }
)
_DEAD_GRANT = frozenset({"invalid_grant", "access_denied"})
_SERVER_STRINGS = frozenset({"server_error", "temporarily_unavailable", "unknown_error"})
_QUOTA = re.compile(r"\s*(\d{1,12})")


def quota(response: Response) -> tuple[int | None, int | None]:
    """Return (calls used today, calls allowed per day) of an answer's headers, None where absent.

    ``X-Account-Quota: 100000 per day`` and ``X-Account-Quota-Used`` (page "API rate limits").
    """

    def number(name: str) -> int | None:
        match = _QUOTA.match(response.headers.get(name) or "")
        return int(match[1]) if match else None

    return number("X-Account-Quota-Used"), number("X-Account-Quota")


def classify(response: Response) -> errors.ConnectorError | None:
    """The error for an answer of Hootsuite, None when it is a success. Never raises."""
    if response.ok:
        return None
    body = _body(response)
    rows = body.get("errors")
    rows = rows if isinstance(rows, list) else []
    first = next((row for row in rows if isinstance(row, dict)), {})
    code = _code(first)
    common: dict[str, Any] = {
        "status": response.status,
        "code": code if code is not None else _word(body),
        "request_id": _request_id(first, response),
    }
    if response.status == 429 or code in LIMIT_CODES:
        return _rate_limited(response, common)
    if code is not None:
        return _by_code(code, rows, common)
    if _word(body):
        return _by_word(_word(body), response, common)
    return _by_status(response, body, rows, common)


def _by_code(code: int, rows: list[Any], common: dict[str, Any]) -> errors.ConnectorError | None:
    status = common["status"]
    if code in TOKEN_CODES:
        return errors.AuthError("Hootsuite does not accept the access token.")
    if code in SCOPE_CODES:
        return errors.ScopeMissing(
            "The authorization does not cover this call.", scopes=("analytics:read",)
        )
    if code in APP_CODES:
        return errors.ConfigurationError(
            f"Hootsuite refuses the app's credentials or settings (code {code}).",
            remedy="Check the client ID, the client secret and the app at Hootsuite.",
        )
    if code in PERMISSION_CODES:
        return errors.Rejected(
            f"Hootsuite does not permit the authorizing member to {_PERMISSION_WORDS[code]}.",
            remedy=_PERMISSION_REMEDY,
            **common,
        )
    if code in NOT_FOUND_CODES:
        return errors.NotFound("Hootsuite does not have what was asked for.", **common)
    if code in SERVER_CODES:
        return errors.RemoteUnavailable("Hootsuite had an internal error.", **common)
    if code == MEDIA_NOT_READY:
        # Nothing was done; a moment later it will be.
        return errors.RateLimited(
            "Hootsuite is still processing an uploaded file.",
            scope="concurrency",
            retry_after=5.0,
            **common,
        )
    if code in _WORDS:
        words, remedy = _WORDS[code]
        return errors.Rejected(words, remedy=remedy, details=_details(rows), **common)
    if status >= 500:
        return errors.RemoteUnavailable("Hootsuite had an internal error.", **common)
    if status == 404:
        return errors.NotFound("Hootsuite does not have what was asked for.", **common)
    # Among them unknown codes with 401: those below 1100 come from the gateway, which checks tokens;
    # the others from the resource, which had accepted the token already.
    if status == 401 and code < 1100:
        return errors.AuthError("Hootsuite does not accept the access token.")
    return errors.Rejected(
        f"Hootsuite refused the call (code {code}).{_said(rows)}",
        remedy=_PERMISSION_REMEDY if status in (401, 403) else None,
        details=_details(rows),
        **common,
    )


def _by_word(word: str, response: Response, common: dict[str, Any]) -> errors.ConnectorError | None:
    """OAuth-style errors, which the API sends too."""
    if word in _DEAD_ACCESS or word in _DEAD_GRANT:
        # Uninstalling the app revokes its tokens (page "Using REST APIs").
        return errors.ReconnectRequired(
            "Hootsuite has withdrawn the access; the app may have been uninstalled."
        )
    if word in _SCOPE_STRINGS:
        return errors.ScopeMissing(
            "The authorization does not cover this call.", scopes=("analytics:read",)
        )
    if word in _TOKEN_STRINGS:
        return errors.AuthError("Hootsuite does not accept the access token.")
    if word in _APP_STRINGS:
        return errors.ConfigurationError(
            f"Hootsuite refuses the app's credentials or settings ({word}).",
            remedy="Check the client ID, the client secret and the app at Hootsuite.",
        )
    if word == "not_found":
        return errors.NotFound("Hootsuite does not have what was asked for.", **common)
    if word in _SERVER_STRINGS or response.status >= 500:
        return errors.RemoteUnavailable(
            "Hootsuite had an internal error.", retry_after=response.retry_after, **common
        )
    if response.status == 401:
        return errors.AuthError("Hootsuite does not accept the access token.")
    return errors.Rejected(f"Hootsuite refused the call ({word}).", **common)


def _by_status(
    response: Response, body: dict[str, Any], rows: list[Any], common: dict[str, Any]
) -> errors.ConnectorError | None:
    status = response.status
    if status == 401:
        return errors.AuthError("Hootsuite does not accept the access token.")
    if status == 408 or status >= 500:
        return errors.RemoteUnavailable(
            f"Hootsuite could not answer (HTTP {status}).",
            retry_after=response.retry_after,
            **common,
        )
    if status in (404, 410):
        return errors.NotFound("Hootsuite does not have what was asked for.", **common)
    if status == 403 and "scope" in f"{body.get('title')} {body.get('detail')}".lower():
        # Problem details of Analytics (its specification names no types).
        return errors.ScopeMissing(
            "The authorization does not cover figures.", scopes=("analytics:read",)
        )
    if status == 403:
        return errors.Rejected(
            "Hootsuite does not permit this call.", remedy=_PERMISSION_REMEDY, **common
        )
    if status < 400:
        return errors.RemoteUnavailable(
            f"Hootsuite answered with an unexpected redirection (HTTP {status}).",
            maybe_executed=False,
            **common,
        )
    said = _said(rows) or _problem(body)
    return errors.Rejected(
        f"Hootsuite refused the call (HTTP {status}).{said}", details=_details(rows), **common
    )


def _rate_limited(response: Response, common: dict[str, Any]) -> errors.RateLimited:
    """Over a limit: the day's, when the quota header says that it is used up, else the second's.

    Hootsuite sends no Retry-After; the limit of a second is waited out to the end of its window (page
    "API rate limits"), with jitter.
    """
    used, allowed = quota(response)
    if used is not None and allowed is not None and used >= allowed:
        wait = response.retry_after
        return errors.RateLimited(
            "The calls that Hootsuite allows per day are used up.",
            scope="day",
            retry_after=_until_midnight(response) if wait is None else wait,
            remedy="Nothing to do: work continues tomorrow.",
            **common,
        )
    wait = response.retry_after
    return errors.RateLimited(
        "Hootsuite asks to slow down.",
        scope="second",
        retry_after=SECOND if wait is None else wait,
        **common,
    )


def _until_midnight(response: Response) -> float:
    """Seconds to a minute past 00:00 UTC; when the day of the quota begins is not published."""
    return _DAY - response.received_at % _DAY + 60.0


def _body(response: Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}  # an HTML page of a gateway: the status alone decides
    return body if isinstance(body, dict) else {}


def _word(body: dict[str, Any]) -> str:
    word = body.get("error")
    return word.strip().lower()[:100] if isinstance(word, str) else ""


def _code(row: dict[str, Any]) -> int | None:
    code = row.get("code")
    if isinstance(code, str) and re.fullmatch(r"\d{1,9}", code, re.ASCII):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _request_id(row: dict[str, Any], response: Response) -> str | None:
    value = row.get("id")
    return value[:100] if isinstance(value, str) and value else response.request_id


def _text_of(row: Any) -> str:
    text = row.get("message") if isinstance(row, dict) else row
    return redaction.redact(text)[:200] if isinstance(text, str) else ""


def _said(rows: list[Any]) -> str:
    """Hootsuite's own words; they may quote what a person wrote, hence redacted."""
    text = "; ".join(text for text in map(_text_of, rows[:5]) if text)
    return f" Hootsuite says: {text}" if text else ""


def _problem(body: dict[str, Any]) -> str:
    """The words of problem details (Analytics)."""
    text = body.get("detail") or body.get("title")
    return f" Hootsuite says: {redaction.redact(text)[:200]}" if isinstance(text, str) else ""


def _details(rows: list[Any]) -> list[tuple[str, str]]:
    found = []
    for row in rows:
        resource = row.get("resource") if isinstance(row, dict) else None
        name = resource.get("type") if isinstance(resource, dict) else ""
        found.append((str(name or "")[:100], _text_of(row)))
    return found
