"""No wizard yet: the set-up is one form."""
