"""Parts of addresses."""

from urllib.parse import quote


def path_id(identifier: str) -> str:
    """A meeting number, UUID, user id or e-mail address as a path segment.

    A UUID that begins with ``/`` or contains ``//`` is encoded twice (vendor page "Get past meeting
    details").
    """
    once = quote(identifier, safe="")
    return quote(once, safe="") if identifier.startswith("/") or "//" in identifier else once
