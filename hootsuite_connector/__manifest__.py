{
    "name": "Hootsuite Connector",
    "summary": "Social conversations as activities, leads and tickets; posts and their numbers beside"
    " the campaign",
    "version": "1.0.0",
    "category": "Marketing/Social Marketing",
    "author": "Odoo Connectors Community",
    "license": "LGPL-3",
    "depends": ["connector_base", "crm", "utm", "mail"],
    "external_dependencies": {"python": ["pydantic", "vaderSentiment", "py3langid"]},
    "data": [
        "security/hootsuite_groups.xml",
        "security/ir.model.access.csv",
        "security/hootsuite_rules.xml",
        "data/queue_job_data.xml",
        "data/ir_cron_data.xml",
        "views/hootsuite_integration_views.xml",
        "views/hootsuite_organization_views.xml",
        "views/hootsuite_profile_views.xml",
        "views/hootsuite_member_views.xml",
        "views/hootsuite_menus.xml",
    ],
    "application": True,
}
