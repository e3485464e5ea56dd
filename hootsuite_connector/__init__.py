# The ORM-free packages ``adapters`` and ``client`` are also used without Odoo (unit tests, tools).
# Only the real addon, loaded by Odoo under ``odoo.addons``, brings its models and routes along.
# Type checkers cover the ORM-free part, hence TYPE_CHECKING.
from typing import TYPE_CHECKING

if not TYPE_CHECKING and __name__.startswith("odoo.addons."):
    from . import controllers, jobs, models, wizards
