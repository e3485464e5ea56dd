"""Take secrets and personal data out of anything that goes into a log.

Structures (and texts that are JSON) are judged by key; what is left, and any other text, is
searched for things that look like a secret or an address wherever they stand. When in doubt it is
masked: a log that says too little is better than one that leaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

MASK = "***"
#: Longest excerpt kept (characters).
DEFAULT_LIMIT = 2000
# Texts longer than this are cut before they are searched: an excerpt keeps far less anyway.
_SCAN_LIMIT = 65_536
_MAX_DEPTH = 40

# Compared with the key in lower case without punctuation. Any key that contains one of these:
_SECRET_PARTS = (
    "token",
    "secret",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "authorization",
    "credential",
    "cookie",
    "apikey",
    "privatekey",
    "signature",
    "verifier",
    "assertion",
    "hostkey",
    "pincode",
    "phone",
    "email",
    "publicip",
    "privateip",
)
# ... or is one of these. The second half is personal data and free text written by people.
_SECRET_KEYS = {
    "auth",
    "bearer",
    "challenge",
    "clientassertion",
    "code",
    "h323password",
    "joinurl",
    "jwt",
    "key",
    "keys",
    "pass",
    "pin",
    "pstn",
    "pwd",
    "playurl",
    "sid",
    "sig",
    "starturl",
    "state",
    "tk",
    "zak",
    "zpk",
    # personal
    "address",
    "agenda",
    "birthdate",
    "city",
    "comments",
    "contactname",
    "displayname",
    "firstname",
    "fullname",
    "ip",
    "ipaddress",
    "lastname",
    "mail",
    "mobile",
    "name",
    "operator",
    "participantname",
    "text",
    "topic",
    "username",
    "zip",
}
# Contain a part of the first list but say nothing secret.
_HARMLESS_KEYS = {"tokentype", "tokenexpiresin", "encryptedemail"}
# A short number behind "code" is an error code, a short word behind "state" a status.
_ERROR_CODE = re.compile(r"-?\d{1,6}")
_STATUS_WORD = re.compile(r"[A-Za-z_]{1,24}")

_KEY_IN_TEXT = r"[\w.\[\]%-]{1,80}"
# Characters of the local part of an address; generous, because it is only masked.
_LOCAL = r"[^\s\"'<>()\[\]{},;:@=&/?#\\*]"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Authorization schemes wherever they stand.
    (re.compile(r"(?i)\b(bearer|basic|digest)(\s+|%20|\+)[\w.~+/=:%-]{4,}"), r"\1 " + MASK),
    # JSON web tokens, whole or cut off.
    (re.compile(r"\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}"), MASK),
    # Our own ciphertexts and Fernet tokens.
    (re.compile(r"\bv1\$[0-9a-f]{2,16}\$[\w=-]*"), MASK),
    (re.compile(r"\bgAAAA[\w=-]{10,}"), MASK),
    # user:password@ in an address.
    (re.compile(r"(?<=://)[^/\s@\"'<>]+@"), MASK + "@"),
    # E-mail addresses, also percent-encoded.
    (
        re.compile(
            # Tried at the start of a word only, else long words would cost quadratic time.
            rf"(?<!{_LOCAL}){_LOCAL}+(?:@|%40|\\u0040)"
            r"[\w](?:[\w-]*[\w])?(?:\.[\w](?:[\w-]*[\w])?)*"
        ),
        MASK,
    ),
)
# "key": "value" or 'key': 'value' in text that is not whole JSON (cut, or a Python repr).
_QUOTED_PAIR = re.compile(
    r"""(?P<open>\\?["'])(?P<key>[^"'\\\r\n]{1,80})(?P=open)(?P<sep>\s*[:=]\s*)"""
    r"""(?:b?(?P<q>\\?["'])(?P<value>(?:(?!(?P=q))(?:\\.|[^\\]|\\))*)(?P<close>(?P=q))?"""
    r"""|(?P<bare>[^\s,"'{}\[\]]+))""",
    re.DOTALL,
)
# key=value of forms, queries and log lines; key: value of header lines.
_PLAIN_PAIR = re.compile(
    rf"(?P<key>{_KEY_IN_TEXT})(?P<sep>=)(?P<value>[^&\s\"'<>,;]+)"
    rf"|(?m:^)(?P<hkey>{_KEY_IN_TEXT})(?P<hsep>:[ \t]*)(?P<hvalue>[^\r\n]+)"
)


def redact(value: object, limit: int = DEFAULT_LIMIT) -> str:
    """Return ``value`` as text for a log: secrets and personal data masked, at most ``limit`` long.

    :param value: text, bytes (taken as UTF-8), or a JSON-like structure
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value[: _SCAN_LIMIT * 4].decode("utf-8", "replace")
    if isinstance(value, str):
        text = _redact_body(value[:_SCAN_LIMIT])
    else:
        text = _dumps(_redact_tree(value, 0))
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def redact_path(path: str) -> str:
    """Return a URL path for a log: without query, e-mail addresses masked."""
    return _scrub(path.split("?", 1)[0].split("#", 1)[0])


def is_sensitive_key(key: object) -> bool:
    """Tell whether values under this key are masked (see also the exceptions for codes)."""
    plain = re.sub(r"[^a-z0-9]", "", unquote_plus(str(key)).lower())
    if plain in _HARMLESS_KEYS:
        return False
    return plain in _SECRET_KEYS or any(part in plain for part in _SECRET_PARTS)


def _hides(key: object, value: object) -> bool:
    """Tell whether ``value`` under ``key`` must be masked."""
    if not is_sensitive_key(key) or value is None or value == "" or isinstance(value, bool):
        return False
    plain = re.sub(r"[^a-z0-9]", "", str(key).lower())
    if plain == "code":
        return not _ERROR_CODE.fullmatch(str(value))
    if plain == "state":
        return not _STATUS_WORD.fullmatch(str(value))
    return True


def _redact_body(text: str) -> str:
    stripped = text.lstrip()
    if stripped[:1] in ("{", "["):
        try:
            tree = json.loads(stripped)
        except (ValueError, RecursionError):
            return _redact_text(text)
        return _dumps(_redact_tree(tree, 0))
    return _redact_text(text)


def _redact_tree(node: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return MASK
    if isinstance(node, Mapping):
        return {
            _scrub(str(key)): MASK if _hides(key, item) else _redact_tree(item, depth + 1)
            for key, item in node.items()
        }
    if isinstance(node, (list, tuple, set, frozenset)):
        items = list(node)
        if len(items) == 2 and isinstance(items[0], str) and _hides(items[0], items[1]):
            return [items[0], MASK]  # ("password", "x"), as in lists of form fields
        return [_redact_tree(item, depth + 1) for item in items]
    if node is None or isinstance(node, (bool, int, float)):
        return node
    if isinstance(node, bytes):
        node = node.decode("utf-8", "replace")
    # A text inside a structure may itself be JSON, a form or an address.
    return _redact_body(str(node))


def _redact_text(text: str) -> str:
    text = _QUOTED_PAIR.sub(_mask_quoted, text)
    text = _PLAIN_PAIR.sub(_mask_plain, text)
    return _scrub(text)


def _scrub(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _mask_quoted(match: re.Match[str]) -> str:
    value = match["value"] if match["q"] else match["bare"]
    if not _hides(match["key"], value):
        return match[0]
    quote = match["q"] or ""
    return (
        f"{match['open']}{match['key']}{match['open']}{match['sep']}"
        f"{quote}{MASK}{match['close'] or ''}"
    )


def _mask_plain(match: re.Match[str]) -> str:
    key = match["key"] or match["hkey"]
    value = match["value"] or match["hvalue"]
    if not _hides(key, value):
        return match[0]
    return f"{key}{match['sep'] or match['hsep']}{MASK}"


def _dumps(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str)
