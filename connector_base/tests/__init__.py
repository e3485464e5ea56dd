from . import test_compat, test_secret
