"""Times as Odoo stores them: naive UTC, whole seconds."""

from datetime import datetime, timezone


def naive(moment):
    """Return an aware datetime as naive UTC without fractions; None stays None."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def from_ms(text):
    """Return the naive UTC moment that a text of milliseconds since 1970 means, else None."""
    if not (text.isdigit() and len(text) in (12, 13)):
        return None
    return naive(datetime.fromtimestamp(int(text) / 1000, timezone.utc))
