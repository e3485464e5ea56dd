"""Counting the people of a confidential meeting without keeping any of them.

While such a meeting runs, and until its figures are final, the joins and leaves that were seen are
kept under digests (`privacy`), because a leave or a re-join must find its join. A tally is what JSON
holds: a list of {"keys": [...], "points": [[device, join, leave, reported], ...]}.
"""

from collections import defaultdict
from datetime import datetime

from . import attendance, people


def _text(moment):
    return moment.isoformat() if moment else None


def _moment(text):
    return datetime.fromisoformat(text) if text else None


def add(tally, observations):
    """Return the tally after the observations, whatever their order; repeats change nothing.

    :param tally: the list kept so far, or None
    :param observations: `people.Observation`s after `privacy.conceal`
    """
    persons = [
        people.Person(
            keys=set(entry["keys"]), ref=True, stays=[tuple(point) for point in entry["points"]]
        )
        for entry in tally or []
    ]
    result = []
    for person in people.group(persons, observations):
        points = set(person.stays)
        for seen in person.observations:
            if seen.join or seen.leave:
                points.add((seen.device or "", _text(seen.join), _text(seen.leave), seen.reported))
        result.append(
            {
                "keys": sorted(person.keys),
                "points": [list(point) for point in sorted(points, key=repr)],
            }
        )
    return sorted(result, key=lambda entry: entry["keys"])


def figures(tally, start, stop):
    """Return (people who were inside, seconds of all of them, list of their shares 0-1).

    :param start: of the held meeting; `stop` None while it runs
    """
    length = (stop - start).total_seconds() if start and stop else 0
    count, seconds, shares = 0, 0, []
    for entry in tally or []:
        devices = defaultdict(lambda: {"joins": set(), "leaves": set(), "reported": set()})
        for device, join, leave, reported in entry["points"]:
            sets = devices[device]
            if reported:
                sets["reported"].add((_moment(join), _moment(leave)))
            else:
                sets["joins"] |= {_moment(join)} - {None}
                sets["leaves"] |= {_moment(leave)} - {None}
        spans = [span for sets in devices.values() for span in attendance.pair(stop=stop, **sets)]
        if not any(span.join for span in spans):
            continue
        attended = attendance.union_seconds([(span.join, span.leave) for span in spans])
        count += 1
        seconds += attended
        shares.append(min(attended / length, 1.0) if length > 0 else 0.0)
    return count, seconds, shares
