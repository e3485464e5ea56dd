"""Signature and URL validation of Zoom's webhooks (vendor page "Using webhooks")."""

import hashlib
import hmac
from typing import Any

from ._core import errors
from .wire import RESEND, hint

SIGNATURE_HEADER = "x-zm-signature"
TIMESTAMP_HEADER = "x-zm-request-timestamp"
REQUEST_ID_HEADER = "x-zm-request-id"
SIGNATURE_PREFIX = "v0="
URL_VALIDATION = "endpoint.url_validation"


def signed_message(timestamp: str, raw: bytes) -> bytes:
    """The bytes under Zoom's signature: ``v0:<x-zm-request-timestamp>:<raw body>``.

    Always the raw body: re-serialised JSON differs in blanks and escapes.
    """
    return b"v0:" + timestamp.encode("utf-8", "surrogateescape") + b":" + raw


def url_validation(secret: str, plain_token: object) -> dict[str, str]:
    """The answer to a URL-validation challenge (due within 3 seconds, repeated every 72 hours).

    :raises PayloadError: the challenge holds no token
    """
    if not isinstance(plain_token, str) or not 0 < len(plain_token) <= 1024:
        raise errors.PayloadError(
            "Zoom's URL validation holds no token to answer.",
            remedy=RESEND,
            field="payload.plainToken",
            value_hint=hint(plain_token),
        )
    token = plain_token.encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), token, hashlib.sha256).hexdigest()
    return {"plainToken": plain_token, "encryptedToken": digest}


def challenge_token(body: dict[str, Any]) -> object:
    """The ``plainToken`` of a challenge body, whatever it is; None when it is no challenge."""
    payload = body.get("payload")
    if body.get("event") != URL_VALIDATION or not isinstance(payload, dict):
        return None
    return payload.get("plainToken")
