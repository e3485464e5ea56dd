{
    "name": "Connector Base Test",
    "summary": "A vendor that does not exist, to test connector_base; never shipped",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Odoo Connectors Community",
    "license": "LGPL-3",
    "depends": ["connector_base"],
    "data": ["security/demo_groups.xml", "security/ir.model.access.csv"],
}
