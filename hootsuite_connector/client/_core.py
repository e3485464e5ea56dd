"""The one door from the client to ``connector_base.core`` (see ``adapters/_core.py``)."""

from typing import TYPE_CHECKING

if not TYPE_CHECKING and __name__.startswith("odoo.addons."):
    from odoo.addons.connector_base.core import errors, facts, http_client, http_types, redaction
else:
    from connector_base.core import errors, facts, http_client, http_types, redaction

__all__ = ["errors", "facts", "http_client", "http_types", "redaction"]
