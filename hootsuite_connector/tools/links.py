"""Web addresses in the text of a post."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
# What usually ends a sentence or a bracket and is no part of the address before it.
_TAIL = ".,;:!?)]}»”’"


def find(text):
    """Return the web addresses of ``text`` in their order, each once."""
    return list(dict.fromkeys(_trim(found) for found in _ADDRESS.findall(text or "")))


def replace(text, mapping):
    """Return ``text`` with each address replaced that ``mapping`` (address -> address) knows."""

    def change(match):
        address = _trim(match[0])
        return mapping.get(address, address) + match[0][len(address) :]

    return _ADDRESS.sub(change, text or "")


def with_utm(address, campaign=None, source=None, medium=None):
    """Return ``address`` with utm parameters; those that it has already stay as they are."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _value in query}
    for name, value in (
        ("utm_campaign", campaign),
        ("utm_source", source),
        ("utm_medium", medium),
    ):
        if value and name not in known:
            query.append((name, value))
    return urlunsplit(parts._replace(query=urlencode(query)))


def _trim(address):
    return address.rstrip(_TAIL)
