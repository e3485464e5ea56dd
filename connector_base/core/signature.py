"""HMAC signatures of webhook deliveries: sign, verify, check the time window."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Literal

from .errors import (
    NoSecret,
    SignatureError,
    SignatureMismatch,
    SignatureMissing,
    TimestampMissing,
    TimestampOutOfWindow,
)

__all__ = [
    "NoSecret",
    "SignatureError",
    "SignatureMismatch",
    "SignatureMissing",
    "TimestampMissing",
    "TimestampOutOfWindow",
    "check_timestamp",
    "sign",
    "verify",
]

Algorithm = Literal["sha256", "sha512"]
Encoding = Literal["hex", "base64"]

_DIGESTS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
# ASCII digits only: float() alone would also take "nan", "inf", "1_0" and digits of other scripts.
_TIMESTAMP = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")


def sign(
    secret: str | bytes,
    message: bytes,
    algorithm: Algorithm = "sha256",
    encoding: Encoding = "hex",
    prefix: str = "",
) -> str:
    """Return ``prefix`` + HMAC of ``message``, as lower-case hex or standard base64.

    :param secret: text is used as its UTF-8 bytes; give bytes for a key that was decoded before
    :raises NoSecret: when the secret is empty
    """
    key = secret.encode() if isinstance(secret, str) else secret
    if not key:
        raise NoSecret("No webhook secret is configured.")
    if algorithm not in _DIGESTS:
        raise ValueError(f"unknown algorithm {algorithm!r}")
    digest = hmac.new(key, message, _DIGESTS[algorithm])
    if encoding == "hex":
        return prefix + digest.hexdigest()
    if encoding == "base64":
        return prefix + base64.b64encode(digest.digest()).decode()
    raise ValueError(f"unknown encoding {encoding!r}")


def verify(
    secrets: Iterable[str | bytes | None],
    message: bytes,
    given: str | None,
    algorithm: Algorithm = "sha256",
    encoding: Encoding = "hex",
    prefix: str = "",
) -> int:
    """Return the index of the secret that made the signature ``given``.

    Several secrets may be live while one is being rotated. Every one of them is compared, each in
    constant time, so that the time taken tells neither which matched nor how close a guess was.
    Empty entries are skipped but keep their index.

    :raises NoSecret: no secret is configured (nothing can be accepted)
    :raises SignatureMissing: no signature was given
    :raises SignatureMismatch: it fits none of the secrets
    """
    live = [(index, secret) for index, secret in enumerate(secrets) if secret]
    if not live:
        raise NoSecret("No webhook secret is configured.")
    if not given:
        raise SignatureMissing("The delivery has no signature.")
    # compare_digest refuses text that is not ASCII; a header may hold anything.
    given_bytes = given.encode("utf-8", "replace")
    match = -1
    for index, secret in live:
        expected = sign(secret, message, algorithm, encoding, prefix).encode()
        if hmac.compare_digest(expected, given_bytes) and match < 0:
            match = index
    if match < 0:
        raise SignatureMismatch("The signature does not match.")
    return match


def check_timestamp(given: str | None, now: float, window: float = 300) -> float:
    """Return the delivery's time (epoch seconds) if it lies within ``window`` seconds of ``now``.

    The difference is taken absolutely: a vendor's clock may be slightly ahead of ours.

    :raises TimestampMissing: nothing, or nothing that is a number, was given
    :raises TimestampOutOfWindow: it is too old or too far in the future
    """
    text = (given or "").strip()
    if not _TIMESTAMP.fullmatch(text):
        raise TimestampMissing("The delivery has no usable timestamp.")
    value = float(text)
    if abs(now - value) > window:
        raise TimestampOutOfWindow(
            f"The delivery's timestamp is {abs(now - value):.0f} s off, more than {window:.0f} s."
        )
    return value
