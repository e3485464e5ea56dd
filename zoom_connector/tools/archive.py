"""Files in an archive: any store that fsspec reaches. A file is there completely or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import fsspec

from .recording_file import CHUNK, Digests, digest

PART = ".part"


class ArchiveError(Exception):
    """The archive cannot be used, or did not keep what was given to it."""


def open_store(url: str) -> tuple[Any, str]:
    """Return the file system of an archive address and the path of its folder.

    :raises ArchiveError: the address is not understood, or a package for it is missing
    """
    if "::" in url or "://" not in url:
        raise ArchiveError(
            "The archive address must look like file:///folder or s3://bucket/folder."
        )
    try:
        store, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError, OSError) as exc:
        raise ArchiveError(f"The archive address cannot be used: {exc}") from exc
    return store, path.rstrip("/")


def put(store: Any, path: str, pieces: Iterator[bytes], digests: Digests) -> None:
    """Write a file under another name, read it back, and give it its name when it is right.

    Repeating it after a crash is harmless: a partial file is overwritten, a complete one is kept.

    :raises ArchiveError: what the store gives back is not what was written
    """

    def work() -> None:
        if store.exists(path) and check(store, path, digests):
            return
        store.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        with store.open(path + PART, "wb") as target:
            for piece in pieces:
                target.write(piece)
        if not check(store, path + PART, digests):
            raise ArchiveError("The archive gave back something else than what was written to it.")
        store.mv(path + PART, path)

    _told(work)


def check(store: Any, path: str, digests: Digests) -> bool:
    """Tell whether the store has this very file, by reading it."""

    def work() -> bool:
        with store.open(path, "rb") as source:
            found = digest(source.read)
        return (found.size, found.sha256) == (digests.size, digests.sha256)

    return _told(work)


def pieces(store: Any, path: str) -> Iterator[bytes]:
    """Yield a file of the archive.

    :raises ArchiveError: it is not there or cannot be read
    """
    try:
        with store.open(path, "rb") as source:
            while piece := source.read(CHUNK):
                yield piece
    except (OSError, ValueError) as exc:
        raise ArchiveError(f"The archive cannot give the file: {exc}") from exc


def remove(store: Any, path: str) -> None:
    """Delete a file and what is left of attempts to write it; one that is gone is a success."""

    def work() -> None:
        for name in (path, path + PART):
            if store.exists(name):
                store.rm_file(name)

    _told(work)


def _told(work: Callable[[], Any]) -> Any:
    # Every store brings errors of its own; nearly all are OSErrors, the rest must not pass as ours.
    try:
        return work()
    except ArchiveError:
        raise
    except Exception as exc:
        raise ArchiveError(f"The archive cannot be used: {type(exc).__name__}: {exc}") from exc
