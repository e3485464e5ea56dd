"""Zoom's API: one method per endpoint, adapter objects in and out."""

from .errors import classify
from .zoom_client import ZoomClient, path_id

__all__ = ["ZoomClient", "classify", "path_id"]
