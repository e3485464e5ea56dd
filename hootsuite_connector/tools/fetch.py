"""Fetching files that strangers name: only from the internet, only so much, nothing active."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3

REDIRECTS = 3
CHUNK = 64 * 1024
TIMEOUT = urllib3.Timeout(connect=5, read=20)
REDIRECTING = (301, 302, 303, 307, 308)
# What a browser would run is kept as a plain file.
ACTIVE = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")


class Refused(Exception):
    """The file is not fetched, and trying again would not help; the text says why."""


class Unreachable(Exception):
    """The file could not be fetched now."""


@dataclass(frozen=True)
class Fetched:
    """A file in memory, at most as large as allowed."""

    content: bytes
    mimetype: str


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of ``host``.

    :raises Refused: one of them is not on the public internet (so a name cannot lead inside)
    :raises Unreachable: the name is not known
    """
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise Unreachable("The server's name is not known.") from exc
    addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
    for text in addresses:
        address = ipaddress.ip_address(text.split("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if not address.is_global or address.is_multicast:
            raise Refused("The address lies in a private network.")
    return addresses


def fetch(
    url: str,
    limit: int,
    *,
    trusted_hosts: frozenset[str] = frozenset(),
    addresses: Callable[[str, int], list[str]] = public_addresses,
) -> Fetched:
    """Return the file at ``url``.

    The connection goes to the very address that was checked, so the name cannot change in between.

    :param limit: bytes
    :param trusted_hosts: ``host:port`` of servers that may be local and plain http (a sandbox)
    :raises Refused: scheme, address, size or answer are not acceptable
    :raises Unreachable: the server does not answer, or not now
    """
    for _hop in range(REDIRECTS + 1):
        parts = urlsplit(url)
        host = parts.hostname or ""
        trusted = parts.netloc in trusted_hosts
        if parts.scheme != "https" and not (trusted and parts.scheme == "http"):
            raise Refused("Only addresses with https are fetched.")
        if parts.username or parts.password or not host:
            raise Refused("The address is not acceptable.")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        target = host if trusted else addresses(host, port)[0]
        answer = _get(parts, host, port, target)
        try:
            if answer.status in REDIRECTING and answer.headers.get("Location"):
                url = urljoin(url, answer.headers["Location"])
                continue
            return _read(answer, limit)
        except urllib3.exceptions.HTTPError as exc:
            raise Unreachable("The connection broke.") from exc
        finally:
            answer.close()
            answer.release_conn()
    raise Refused("The address leads from one to the next without end.")


def _get(parts, host, port, target):
    options = {"timeout": TIMEOUT, "retries": False, "maxsize": 1}
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            target, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED",
            **options,
        )  # fmt: skip
    else:
        pool = urllib3.HTTPConnectionPool(target, port, **options)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc, "Accept": "*/*", "User-Agent": "odoo-hootsuite-connector"}
    try:
        return pool.urlopen(
            "GET", path, headers=headers, redirect=False, preload_content=False,
            assert_same_host=False,
        )  # fmt: skip
    except urllib3.exceptions.HTTPError as exc:
        raise Unreachable("The server does not answer.") from exc


def _read(answer, limit):
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise Unreachable(f"The server answers {answer.status}.")
    if answer.status != 200:
        raise Refused(f"The server answers {answer.status}.")
    told = answer.headers.get("Content-Length") or ""
    if told.isdigit() and int(told) > limit:
        raise Refused("The file is too large.")
    content = bytearray()
    for chunk in answer.stream(CHUNK, decode_content=True):
        content += chunk
        if len(content) > limit:
            raise Refused("The file is too large.")
    kind = (answer.headers.get("Content-Type") or "").split(";")[0].strip().lower()
    if not kind or kind in ACTIVE or "script" in kind:
        kind = "application/octet-stream"
    return Fetched(bytes(content), kind)
