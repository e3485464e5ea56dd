from odoo.addons.connector_base.tests.common import sandbox

from . import (
    test_access,
    test_history,
    test_integration,
    test_lookup,
    test_mirror,
    test_oauth,
    test_platform_events,
    test_webhook,
)

if sandbox():
    from . import test_figures, test_hootsuite_sandbox, test_post_in, test_post_out
