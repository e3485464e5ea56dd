"""How Zoom serialises, signs and labels a webhook delivery ("Webhooks" page)."""

import hashlib
import hmac
import json
import random
import uuid


def compact(body: object) -> bytes:
    """Compact JSON, UTF-8 unescaped, equal to what JSON.stringify makes of it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret_token: str, timestamp: str, raw: bytes) -> str:
    """The x-zm-signature of a raw body sent at an epoch-seconds timestamp."""
    message = b"v0:" + timestamp.encode() + b":" + raw
    return "v0=" + hmac.new(secret_token.encode(), message, hashlib.sha256).hexdigest()


def encrypted_token(secret_token: str, plain_token: str) -> str:
    """The answer to a URL-validation challenge."""
    return hmac.new(secret_token.encode(), plain_token.encode(), hashlib.sha256).hexdigest()


def request_id() -> str:
    """A new x-zm-request-id, which stays the same over the retries of one event."""
    return str(uuid.uuid4()).replace("-", "_")


def headers(raw: bytes, secret_token: str, timestamp: int, request: str, client_id: str) -> dict:
    """All headers of one attempt."""
    rng = random.Random(request)
    trace = f"{rng.getrandbits(128):032x}"
    stamp = str(timestamp)
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zoom Marketplace/1.0a",
        "clientid": client_id,
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": signature(secret_token, stamp, raw),
        "x-zm-request-id": request,
        "x-zm-trackingid": f"v=2.0;clid=us02;rid=WEB_{trace}",
        "traceparent": f"00-{trace}-{rng.getrandbits(64):016x}-02",
        "zm-trace-upstream": "Meeting_Web_marketplace-consumer",
        "accept-encoding": "gzip",
    }
