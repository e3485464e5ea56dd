"""A stand-in for Hootsuite: OAuth, REST, analytics, Inbox 2.0 and both kinds of webhooks."""
