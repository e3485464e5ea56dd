"""Where the encryption keys come from: never from the database.

In this order: section ``[connector_base]``, option ``keys`` of the server's configuration file;
environment variable ``CONNECTOR_KEYS``; file ``<data_dir>/connector_base/keys`` (one key per line,
readable by the server only), which is made with one new key when a secret is stored for the first
time. Keys are separated by commas or line breaks; the first one encrypts, all decrypt.
"""

import configparser
import logging
import os
import re
import stat
import tempfile
from pathlib import Path

from odoo import tools

from . import compat
from .core import crypto, errors

_logger = logging.getLogger(__name__)

SECTION = "connector_base"
ENVIRONMENT = "CONNECTOR_KEYS"

# path -> ((mtime, size), text): parsing the file costs more than one stat
_config_cache: dict[str, tuple[tuple[int, int], str]] = {}
# text of the key list -> KeyRing: deriving ids is slow on purpose
_ring_cache: dict[str, crypto.KeyRing] = {}


def key_file():
    """Return the path of the key file in the data directory (it may not exist)."""
    return Path(tools.config["data_dir"]) / "connector_base" / "keys"


def source():
    """Return ``(where, text)`` of the key list in use, text is None when there is none.

    :return: where is ``"config"``, ``"environment"`` or ``"file"``
    :raises ConfigurationError: the key file can be read by others
    """
    text = _from_config()
    if text:
        return "config", text
    text = os.environ.get(ENVIRONMENT, "").strip()
    if text:
        return "environment", text
    return "file", _from_file()


def key_ring(env, create=False):
    """Return the :class:`KeyRing` in use.

    :param create: make the key file when no key is configured anywhere and no secret is stored
        yet; with stored secrets a new key would only hide that the old one was lost
    :raises KeyUnavailable: no key is configured
    :raises ConfigurationError: a key is malformed, or the key file can be read by others
    """
    _where, text = source()
    if not text:
        env.cr.execute("SELECT 1 FROM connector_secret LIMIT 1")
        if not create or env.cr.fetchone():
            raise errors.KeyUnavailable("The encryption key of the connectors is missing.")
        text = _create_file()
    ring = _ring_cache.get(text)
    if ring is None:
        _ring_cache.clear()
        ring = _ring_cache[text] = crypto.KeyRing(
            [part for part in re.split(r"[,\s]+", text) if part]
        )
    return ring


def _from_config():
    path = compat.config_path()
    if not path:
        return ""
    try:
        info = os.stat(path)
    except OSError:
        # The server runs without a configuration file; the other places may hold the keys.
        return ""
    stamp = (info.st_mtime_ns, info.st_size)
    cached = _config_cache.get(path)
    if cached is None or cached[0] != stamp:
        parser = configparser.RawConfigParser(strict=False)
        parser.read(path)
        cached = _config_cache[path] = (stamp, parser.get(SECTION, "keys", fallback="").strip())
    return cached[1]


def _from_file():
    path = key_file()
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_IMODE(info.st_mode) & 0o077:
        raise errors.ConfigurationError(
            f"The encryption key file {path} can be read by other users of this machine.",
            remedy=f"Run: chmod 600 {path}",
        )
    return path.read_text().strip() or None


def _create_file():
    """Create the key file with one new key; another process may win the race, its key is used."""
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(crypto.KeyRing.generate_key() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            _logger.info("Another process created the encryption key file first; using its key.")
        else:
            _logger.info("Created the encryption key file %s; include it in your backups.", path)
    finally:
        os.unlink(temporary)
    return _from_file()
