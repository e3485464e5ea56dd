from odoo import api, models
from odoo.tools import SQL

from ..tools.products import Catalogue

# Per database: a fingerprint of the products, and the catalogue made from them.
_catalogues: dict[str, tuple] = {}


class HootsuiteRoutingProducts(models.AbstractModel):
    """Which products a message mentions; nothing where the Products app is not installed."""

    _name = "hootsuite.routing.products"
    _description = "Products in Messages"

    @api.model
    def _catalogue(self):
        """Return the :class:`tools.products.Catalogue` of what is sold, None without products.

        Kept in the process until a product changes; looking costs one small query.
        """
        if "product.template" not in self.env:
            return None
        products = self.env["product.template"]
        products.flush_model(["name", "sale_ok", "active"])
        mark = self.env.execute_query(
            SQL("SELECT count(*), max(write_date), max(id) FROM product_template")
        )[0]
        kept = _catalogues.get(self.env.cr.dbname)
        if kept and kept[0] == mark:
            return kept[1]
        names = set()
        # Names in every language: people write in theirs.
        for (value,) in self.env.execute_query(
            SQL("SELECT name FROM product_template WHERE sale_ok AND active AND name IS NOT NULL")
        ):
            names.update(value.values() if isinstance(value, dict) else [value])
        catalogue = Catalogue(sorted(filter(None, names)))
        _catalogues[self.env.cr.dbname] = (mark, catalogue)
        return catalogue
