"""Take secrets and personal data out of anything that goes into a log.

Structures (and texts that are JSON) are judged by key; what is left, and any other text, is
searched for things that look like a secret or an address wherever they stand. When in doubt it is
masked: a log that says too little is better than one that leaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

MASK = "***"
#: Longest excerpt kept (characters).
DEFAULT_LIMIT = 2000
# Of a text, this many times the length of the excerpt is searched: the rest cannot get into it.
_SCAN_FACTOR = 8
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
    "pmi",
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
_STATUS_WORD = re.compile(r"[a-z_]{1,24}|[A-Z_]{1,24}")

# Characters of the local part of an address; generous, because it is only masked.
_LOCAL = r"[^\s\"<>()\[\]{},;:@=&/?#\\]"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Authorization schemes wherever they stand.
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20|\+)[\w.~+/=:%-]{4,}"), r"\1 " + MASK),
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
# Marks after which a value stands in text that is not whole JSON. Only the mark is matched, so that
# a value under a harmless key is itself searched: an address with a query, JSON inside JSON.
_QUOTED_MARK = re.compile(
    r"""(?P<q>(?<!\\)\\{0,31}["'])(?P<key>[^"'\\\r\n]{1,80})(?P=q)\s*[:=]\s*"""
)
_FORM_MARK = re.compile(r"(?P<key>[\w.\[\]%-]{1,80})=")
_LINE_MARK = re.compile(r"(?P<key>[\w.\[\]-]{1,80}):[ \t]*")
_FORM_VALUE = re.compile(r"[^&\s\"'<>,;]+")
_LINE_VALUE = re.compile(r"[^\r\n]+")
_OPENING_QUOTE = re.compile(r"""b?(?P<q>\\{0,31}["'])""")
_BARE_VALUE = re.compile(r"""[^\s,"'{}\[\]]+""")
# Every pattern above needs one of these; most values of a payload have none.
_SUSPECT = re.compile(r"[@=:%$\\]|eyJ|gAAAA|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]")
# Names of our error classes, not keys.
_ERROR_NAME = re.compile(r"(error|missing|mismatch|required|exception)$")


def redact(value: object, limit: int = DEFAULT_LIMIT) -> str:
    """Return ``value`` as text for a log: secrets and personal data masked, at most ``limit`` long.

    :param value: text, bytes (taken as UTF-8), or a JSON-like structure
    """
    if value is None:
        return ""
    scan = limit * _SCAN_FACTOR
    if isinstance(value, bytes):
        value = value[: scan * 4].decode("utf-8", "replace")
    body = value[:scan] if isinstance(value, str) else None
    text = _dumps(_redact_tree(value, 0)) if body is None else _redact_body(body)
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def redact_path(path: str) -> str:
    """Return a URL path for a log: without query, e-mail addresses masked."""
    return _scrub(path.split("?", 1)[0].split("#", 1)[0])


def is_sensitive_key(key: object) -> bool:
    """Tell whether values under this key are masked (see also the exceptions for codes)."""
    return _is_sensitive(str(key))


@lru_cache(maxsize=4096)
def _is_sensitive(key: str) -> bool:
    plain = _plain(key)
    if plain in _HARMLESS_KEYS or _ERROR_NAME.search(plain):
        return False
    return plain in _SECRET_KEYS or any(part in plain for part in _SECRET_PARTS)


@lru_cache(maxsize=4096)
def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unquote_plus(key).lower())


def _hides(key: object, value: object) -> bool:
    """Tell whether ``value`` under ``key`` must be masked."""
    if not is_sensitive_key(key) or value is None or value == "" or isinstance(value, bool):
        return False
    plain = _plain(str(key))
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
    if not _SUSPECT.search(text):
        return text
    text = _mask_after(_QUOTED_MARK, _quoted_value, text)
    text = _mask_after(_FORM_MARK, _span_of(_FORM_VALUE), text)
    text = _mask_after(_LINE_MARK, _span_of(_LINE_VALUE), text)
    return _scrub(text)


def _scrub(text: str) -> str:
    if not _SUSPECT.search(text):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


#: Where a value begins and ends, given the text and the end of its mark.
_Span = Callable[[str, int], "tuple[int, int]"]


def _mask_after(mark: re.Pattern[str], span: _Span, text: str) -> str:
    """Mask the values that follow a mark with a sensitive key."""
    kept: list[str] = []
    done = position = 0
    while match := mark.search(text, position):
        position = match.end()
        if not is_sensitive_key(match["key"]):
            continue
        start, end = span(text, position)
        if end > start and _hides(match["key"], text[start:end]):
            kept += [text[done:start], MASK]
            done = position = end
    return "".join([*kept, text[done:]])


def _span_of(pattern: re.Pattern[str]) -> _Span:
    def span(text: str, start: int) -> tuple[int, int]:
        match = pattern.match(text, start)
        return (start, match.end()) if match else (start, start)

    return span


def _quoted_value(text: str, start: int) -> tuple[int, int]:
    """The inside of a quoted value, a bare word, or the whole rest for an object or a list."""
    opening = _OPENING_QUOTE.match(text, start)
    if opening:
        return opening.end(), _closing_quote(text, opening.end(), opening["q"])
    if text[start : start + 1] in ("{", "["):
        return start, len(text)
    match = _BARE_VALUE.match(text, start)
    if match and match[0] in ("null", "true", "false", "None", "True", "False"):
        return start, start
    return (start, match.end()) if match else (start, start)


def _closing_quote(text: str, start: int, quote: str) -> int:
    """The place of the quote that ends a value, the end of the text if it was cut off.

    Inside JSON inside JSON (``quote`` is ``\\"``) a longer run of backslashes belongs to the value.
    """
    if len(quote) == 1:
        match = re.compile(rf"(?:\\.|[^\\{quote}])*", re.DOTALL).match(text, start)
        return match.end() if match else start
    match = re.compile(rf"(?<!\\){re.escape(quote)}").search(text, start)
    return match.start() if match else len(text)


def _dumps(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str)
