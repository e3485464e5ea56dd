from odoo.addons.connector_base.tests.common import sandbox

from . import (
    test_access,
    test_history,
    test_integration,
    test_lookup,
    test_message_access,
    test_message_late_proof,
    test_message_people,
    test_message_privacy,
    test_message_screens,
    test_message_upsert,
    test_mirror,
    test_oauth,
    test_platform_events,
    test_routing,
    test_settings,
    test_tickets,
    test_webhook,
)

if sandbox():
    from . import (
        test_campaign,
        test_figures,
        test_hootsuite_sandbox,
        test_message_play,
        test_post_commit,
        test_post_in,
        test_post_out,
    )
