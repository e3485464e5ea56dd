"""From joins and leaves to minutes attended.

Zoom sends one event per join and one per leave; a leave does not say which join it ends, and either
may come first, twice or never. So the set of known points of one device is kept and paired anew
whenever a point is added: the result depends on the set only, not on the order of arrival.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Webhook and report times of one join may differ by rounding; points this near to a reported stay
# are the same fact.
REPORT_TOLERANCE = timedelta(seconds=5)


@dataclass(frozen=True)
class Stay:
    """One presence of one device. Times are naive UTC with whole seconds, as Odoo stores them.

    :ivar inferred: the leave time was not reported but follows from the end of the meeting or from
        the next join of the same device
    :ivar reported: the stay comes from Zoom's own report, which closes the matter
    """

    join: datetime | None
    leave: datetime | None
    inferred: bool = False
    reported: bool = False


def pair(joins, leaves, reported=(), stop=None):
    """Pair the points of one device into stays.

    :param joins: iterable of join times
    :param leaves: iterable of leave times (reported ones only, never inferred ones)
    :param reported: iterable of (join, leave) from Zoom's report
    :param stop: end of the meeting, closes what is still open
    :return: list of `Stay` in time order
    """
    reported = sorted(set(reported), key=lambda span: (span[0], span[1] or span[0]))
    points = {}
    for kind, moments in (("join", joins), ("leave", leaves)):
        for moment in set(moments):
            if not _covered(moment, reported):
                points.setdefault(moment, set()).add(kind)
    spans = []
    opened = None
    for moment in sorted(points):
        kinds = points[moment]
        # At the same second an open stay ends before the next begins; without an open stay the
        # device came and went within one second.
        for kind in ("leave", "join") if opened is not None else ("join", "leave"):
            if kind not in kinds:
                continue
            if kind == "join":
                if opened is not None:
                    spans.append(Stay(opened, moment, inferred=True))
                opened = moment
            else:
                spans.append(Stay(opened, moment))
                opened = None
    if opened is not None:
        end = max(stop, opened) if stop else None
        spans.append(Stay(opened, end, inferred=end is not None))
    spans.extend(
        Stay(join, leave or (max(stop, join) if stop else None), inferred=not leave, reported=True)
        for join, leave in reported
    )
    return sorted(spans, key=lambda stay: (stay.join or stay.leave, stay.leave or datetime.max))


def _covered(moment, reported):
    return any(
        join - REPORT_TOLERANCE <= moment <= (leave or join) + REPORT_TOLERANCE
        for join, leave in reported
    )


def union_seconds(spans):
    """Return the seconds covered by closed (start, stop) spans; overlaps count once."""
    total = 0
    reached = None
    for start, stop in sorted(span for span in spans if span[0] and span[1]):
        if reached is not None and start < reached:
            start = reached
        if stop > start:
            total += int((stop - start).total_seconds())
            reached = stop
        elif reached is None:
            reached = start
    return total
