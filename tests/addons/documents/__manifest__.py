{
    "name": "Documents (test stub)",
    "summary": "The shape of Odoo Enterprise's Documents as public sources show it; never shipped",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Odoo Connectors Community",
    "license": "LGPL-3",
    "depends": ["connector_base"],
    "data": ["security/ir.model.access.csv"],
}
