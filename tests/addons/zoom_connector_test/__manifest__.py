{
    "name": "Zoom Connector Test",
    "summary": "Brings the apps that zoom_connector works with but does not need; never shipped",
    "summary": "Zoom beside apps that may or may not be installed; never shipped",
    "version": "1.0.0",
    "category": "Hidden",
    "author": "Odoo Connectors Community",
    "license": "LGPL-3",
    "depends": ["zoom_connector", "hr"],
    "depends": ["zoom_connector", "documents"],
}
