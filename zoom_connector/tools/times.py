"""Times as Odoo stores them: naive UTC, whole seconds."""

from datetime import timezone


def naive(moment):
    """Return an aware datetime as naive UTC without fractions; None stays None."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0)
