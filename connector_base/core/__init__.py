"""Policies without ORM: errors, HTTP, retry, breaker, OAuth 2.0, signatures, encryption, redaction.

Nothing here imports Odoo; clock, sleep and randomness are injected, so that every rule can be
tested alone.
"""
