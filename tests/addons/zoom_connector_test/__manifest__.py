{
    "name": "Zoom Connector Test",
    "summary": "Brings the apps that zoom_connector works with but does not need; never shipped",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Odoo Connectors Community",
    "license": "LGPL-3",
    "depends": ["zoom_connector", "hr", "documents", "project"],
}
