"""The one door from the adapters to ``connector_base.core``.

Inside Odoo both addons live under ``odoo.addons``; outside they are plain packages. The package's
own name tells which, so that both halves always use the same error classes.
"""

from typing import TYPE_CHECKING

if not TYPE_CHECKING and __name__.startswith("odoo.addons."):
    from odoo.addons.connector_base.core import errors, facts, signature
else:
    from connector_base.core import errors, facts, signature

__all__ = ["errors", "facts", "signature"]
