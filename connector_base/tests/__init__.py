from . import test_compat, test_secret, test_webhook_counters
