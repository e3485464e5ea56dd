"""Last-writer-wins registers: why the order of deliveries does not matter.

Zoom promises neither order nor single delivery (vendor page "Using webhooks"). Every value that a
delivery carries is therefore kept together with the vendor time at which it was true, in
milliseconds. A value replaces the kept one only if its time is later; with equal times the greater
text wins, so that two records end equal whichever of the two came first.
"""

import json
from datetime import timezone

# A hint (for example the topic repeated in a participant event) must never beat a real statement
# about the meeting, whenever either of them was sent.
HINT = 0


def order_key(value):
    """Return a text that orders any JSON-like value the same way on every run."""
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)


def merge(stamps, current, incoming, at):
    """Merge `incoming` values that were true at `at` into `current`.

    :param dict stamps: field name -> vendor time in ms of the value kept now; not changed
    :param dict current: field name -> value kept now
    :param dict incoming: field name -> value delivered
    :param int at: vendor time of the delivered values, ms since 1970 (`HINT` for hints)
    :return: (values that change, stamps afterwards)
    """
    changed = {}
    after = dict(stamps or {})
    for name, value in incoming.items():
        known_at = after.get(name)
        if known_at is not None and known_at > at:
            continue
        kept = changed.get(name, current.get(name))
        if known_at == at and order_key(value) <= order_key(kept):
            continue
        after[name] = at
        if value != kept:
            changed[name] = value
    return changed, after


def to_ms(moment):
    """Return an aware or naive-UTC datetime as integer milliseconds since 1970."""
    if moment is None:
        return HINT
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int(moment.timestamp() * 1000)
