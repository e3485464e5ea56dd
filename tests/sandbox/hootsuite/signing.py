"""How Hootsuite serialises and signs a webhook delivery."""

import base64
import hashlib
import hmac
import json


def compact(body: object) -> bytes:
    """Compact JSON, UTF-8 unescaped."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def inbox_signature(secret_hex: str, raw: bytes) -> str:
    """Inbox 2.0: hexadecimal HMAC-SHA256 of the raw body; the key is the secret decoded from hex.

    Raises ValueError when the secret is not hexadecimal.
    """
    return hmac.new(bytes.fromhex(secret_hex), raw, hashlib.sha256).hexdigest()


def platform_signature(
    secret: str, raw: bytes, algorithm: str = "sha512", encoding: str = "hex", key: str = "text"
) -> str:
    """Platform webhooks: the vendor's scheme is not confirmed, so each part can be chosen."""
    secret_bytes = bytes.fromhex(secret) if key == "hex" else secret.encode()
    digest = hmac.new(secret_bytes, raw, getattr(hashlib, algorithm))
    if encoding == "base64":
        return base64.b64encode(digest.digest()).decode()
    return digest.hexdigest()
