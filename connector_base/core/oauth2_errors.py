"""Typed errors for the refusals of token endpoints."""

from __future__ import annotations

import json
from typing import Any

from .errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    ReconnectRequired,
    Rejected,
    RemoteUnavailable,
)
from .http_types import Response

# OAuth ``error`` strings (RFC 6749; Hootsuite adds the token_* ones). Sources: Zoom page
# "OAuth error messages", Hootsuite REST specification.
_DEAD_GRANT = {"invalid_grant", "invalid_token", "token_expired", "token_inactive"}
_WRONG_SETTING = {
    "invalid_client": "Check the client ID and the client secret; some vendors give an app a"
    " development and a production pair, which must not be mixed.",
    "unauthorized_client": "Allow this kind of authorization in the vendor's app.",
    "unsupported_grant_type": "Check that the kind of app in the integration is the one you created"
    " at the vendor.",
    "invalid_request": "Check the account ID, the redirect address and the kind of app.",
    "invalid_scope": "Check the scopes in the vendor's app.",
    "misconfiguration": "Check the vendor's app.",
}
_UNAVAILABLE = {"server_error", "temporarily_unavailable"}
# Zoom's numeric codes, seen in place of or next to the strings.
_DEAD_CODES = {"4711", "4733", "4734", "4735", "4737", "4738", "4740", "4741"}
_SETTING_CODES = {
    "4702": _WRONG_SETTING["invalid_client"],
    "4704": _WRONG_SETTING["invalid_client"],
    "4705": _WRONG_SETTING["unsupported_grant_type"],
    "4706": _WRONG_SETTING["invalid_client"],
    "4709": "Register the integration's redirect address, exactly as shown, in the vendor's app.",
    "4717": "Enable the app at the vendor.",
}


def token_error(response: Response, grant_type: str) -> ConnectorError:
    """Return the typed error for a refusal of a token endpoint.

    ``invalid_grant`` and its kin give ReconnectRequired; wrong client, grant or scope give
    ConfigurationError; 429 RateLimited; 5xx RemoteUnavailable (``maybe_executed`` True, the vendor
    may have used up the refresh token). Vendor texts are not copied into messages: they may repeat
    what we sent.
    """
    status, request_id = response.status, response.request_id
    body = _error_body(response)
    error = str(body.get("error") or "").strip().lower()
    code = str(body.get("errorCode") or body.get("code") or body.get("error_code") or "").strip()
    reason = str(body.get("reason") or body.get("error_description") or "")
    said = f'("{error or code or status}")'
    if status == 429:
        return RateLimited(
            "The vendor limits the number of authorizations.",
            code=error or None,
            request_id=request_id,
            retry_after=response.retry_after,
        )
    if status >= 500 or error in _UNAVAILABLE:
        return RemoteUnavailable(
            f"The vendor's authorization server failed {said}.",
            status=status,
            code=error or None,
            request_id=request_id,
            retry_after=response.retry_after,
            maybe_executed=True,
        )
    # Until about 2024 Zoom answered a dead refresh token with invalid_request / "Invalid Token!".
    old_style_dead = (
        grant_type == "refresh_token"
        and error == "invalid_request"
        and "invalid token" in reason.lower()
    )
    if error in _DEAD_GRANT or code in _DEAD_CODES or old_style_dead:
        what = {
            "authorization_code": "The authorization code is expired, already used or not valid",
            "refresh_token": "The stored authorization is no longer valid",
        }.get(grant_type, "The vendor does not accept this authorization any more")
        return ReconnectRequired(f"{what} {said}.")
    remedy = _WRONG_SETTING.get(error) or _SETTING_CODES.get(code)
    if remedy:
        return ConfigurationError(
            f"The vendor refuses the app's credentials or settings {said}.", remedy=remedy
        )
    if error in {"access_denied", "request_forbidden", "request_unauthorized"} or status in {
        401,
        403,
    }:
        return AuthError(
            f"The vendor denied the authorization {said}.",
            remedy="Check that the app is installed and enabled at the vendor.",
        )
    return Rejected(
        f"The vendor refused the authorization request {said}.",
        status=status,
        code=error or code or None,
        request_id=request_id,
    )


def _error_body(response: Response) -> dict[str, Any]:
    """The error body as a dict; an HTML page or other text counts as empty."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
