# The ORM-free packages ``adapters`` and ``client`` are also used without Odoo (unit tests, tools).
# Only the real addon, loaded by Odoo under ``odoo.addons``, brings its models and routes along.
if __name__.startswith("odoo.addons."):
    from . import controllers, jobs, models, wizards
