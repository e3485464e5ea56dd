"""Odoo 19.0 from Debian's package, unpacked into the cache without installing anything."""

from __future__ import annotations

SERIES = "19.0"


def unpacked():
    return None


def fetch():
    raise NotImplementedError
