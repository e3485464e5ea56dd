from . import (
    test_access,
    test_drain,
    test_drain_workers,
    test_intake,
    test_integration,
    test_oauth_controller,
    test_tokens,
    test_watchdog,
    test_webhook,
)
