"""Encryption of secrets at rest, with a list of keys so that a key can be rotated without downtime.

Format of an encrypted value: ``v1$<key id>$<Fernet token>``. The Fernet key is derived
(HKDF-SHA256) from the listed key *and* the context, for example
``"zoom.integration,3,client_secret"``: a value copied to another row cannot be read there. Only the
long-standing API of cryptography is used (Odoo pins 3.4.8).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import ConfigurationError, KeyUnavailable

VERSION = "v1"
_KEY_BYTES = 32


class KeyRing:
    """Keys to encrypt with (the first, "primary") and to decrypt with (all of them).

    :param keys: urlsafe-base64 keys of 32 bytes, as :meth:`generate_key` makes them
    :raises KeyUnavailable: the list is empty
    :raises ConfigurationError: a key is malformed or listed twice
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys: dict[str, bytes] = {}
        for position, text in enumerate(keys, start=1):
            key = _parse_key(text, position)
            key_id = _hkdf(key, b"connector key id", 4).hex()
            if key_id in self._keys:
                raise ConfigurationError(
                    f"Encryption key number {position} is listed twice.",
                    remedy="List every encryption key once.",
                )
            self._keys[key_id] = key
        if not self._keys:
            raise KeyUnavailable("There is no encryption key.")

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @property
    def key_ids(self) -> list[str]:
        """Ids of all keys, the primary first. An id tells nothing about its key."""
        return list(self._keys)

    @property
    def primary_id(self) -> str:
        """Id of the key that encrypts."""
        return self.key_ids[0]

    @staticmethod
    def generate_key() -> str:
        """Return a new random key in the form the key list takes."""
        return Fernet.generate_key().decode()

    @staticmethod
    def key_id_of(token: str) -> str:
        """Return the id of the key that encrypted ``token``.

        :raises ConfigurationError: the text is not an encrypted value
        """
        return _split(token)[0]

    def encrypt(self, text: str, context: str) -> str:
        """Encrypt ``text`` under the primary key, readable only with the same ``context``."""
        key_id = self.primary_id
        fernet = _fernet(self._keys[key_id], context)
        return f"{VERSION}${key_id}${fernet.encrypt(text.encode()).decode()}"

    def decrypt(self, token: str, context: str) -> str:
        """Return the text behind ``token``.

        :raises KeyUnavailable: the key that encrypted it is not in the list
        :raises ConfigurationError: the value is damaged or belongs to another context
        """
        key_id, sealed = _split(token)
        key = self._keys.get(key_id)
        if key is None:
            raise KeyUnavailable(
                f"The encryption key {key_id} that protects this secret is not in the key list."
            )
        try:
            return _fernet(key, context).decrypt(sealed.encode()).decode()
        except InvalidToken:
            # "from None": the chained error would tell nothing but internals.
            raise ConfigurationError(
                "A stored secret cannot be read: it is damaged or was moved from another record.",
                remedy="Enter the secret again.",
            ) from None

    def needs_reencrypt(self, token: str) -> bool:
        """Tell whether ``token`` is encrypted under another key than the primary one."""
        return self.key_id_of(token) != self.primary_id

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for ``purpose`` (such as signing a state), from the primary key."""
        return self.derive_all(purpose)[0]

    def derive_all(self, purpose: str) -> list[bytes]:
        """Like :meth:`derive`, one value per listed key: what was signed just before a rotation
        can still be checked."""
        info = b"connector purpose\0" + purpose.encode()
        return [_hkdf(key, info, _KEY_BYTES) for key in self._keys.values()]


def _parse_key(text: str, position: int) -> bytes:
    """Decode one listed key; the error names its position, never the key."""
    try:
        key = base64.b64decode(text.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            f"Encryption key number {position} is not a valid key.",
            remedy="A key is 32 random bytes in urlsafe base64 (44 characters); correct the list.",
        )
    return key


def _split(token: str) -> tuple[str, str]:
    parts = token.split("$")
    if len(parts) != 3 or parts[0] != VERSION or not parts[1] or not parts[2]:
        raise ConfigurationError(
            "A stored secret is not in the expected form.", remedy="Enter the secret again."
        )
    return parts[1], parts[2]


def _hkdf(key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=info).derive(key)


def _fernet(key: bytes, context: str) -> Fernet:
    derived = _hkdf(key, b"connector context\0" + context.encode(), _KEY_BYTES)
    return Fernet(base64.urlsafe_b64encode(derived))
