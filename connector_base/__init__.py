# The ORM-free packages of this addon (``core``) are also imported without Odoo, by unit tests
# and tools, as ``connector_base.core``. Odoo itself always loads an addon as
# ``odoo.addons.<name>``; only then are models, controllers and so on imported. One mechanism, the
# same in every product addon.
if __name__.startswith("odoo.addons."):
    from . import controllers, jobs, models, wizards
