"""What to tell Zoom so that its meeting takes place when the calendar says.

`plan` compares the wish with what Zoom has and returns operations. A change of a whole series makes
Zoom plan its dates anew, with ids nobody can foretell, so single dates are corrected in a second step:
carry the operations out, read the meeting again when the plan says so, and ask for the next plan,
until there is none. Nothing in the past is touched: Zoom ignores it.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from . import recurrence_out as out
from .series_types import (  # noqa: F401 (callers need this module only)
    NO_FIXED_TIME,
    SCHEDULED,
    SERIES,
    CreateMeeting,
    Date,
    DeleteMeeting,
    DeleteOccurrence,
    EndSeries,
    Known,
    Occurrence,
    Operation,
    PatchMeeting,
    PatchOccurrence,
    Plan,
    Wish,
)

# Dates of an endless series are added when fewer than this many are left in Zoom.
REFILL = 20
# A change of the whole series, and reading it again.
SERIES_CALLS = 2
# Note of a plan: Zoom knows the first dates of a longer series.
WINDOW = "window"


def plan(wish, known, now, fresh=False):
    """Return the next `Plan`.

    :param Wish wish: what the calendar wants
    :param known: `Known`, None when Zoom has no such meeting
    :param datetime now: naive UTC
    :param bool fresh: `known` was read after the last plan's operations, as it asked: only single dates
        are corrected now, so that two rounds always suffice, whatever Zoom made of the first
    """
    ahead = tuple(sorted((d for d in wish.dates if d.start > now), key=lambda d: d.start))
    if not wish.dates:
        return Plan((DeleteMeeting(),) if known else ())
    if not ahead:
        return _plan_nothing_ahead(known, now, fresh)
    if wish.rule is None and len(wish.dates) == 1 and not wish.allday:
        return _plan_single(wish, known)
    try:
        target = _target(wish, ahead, now)
    except out.CannotExpress as problem:
        return _plan_inexpressible(wish, ahead, known, now, problem.reason)
    if known is None:
        return _series_plan(CreateMeeting, target)
    if known.kind != SERIES:
        return Plan(note="fewer") if fresh else _series_plan(PatchMeeting, target)
    return _plan_series(target, ahead, known, now, fresh)


# -- other kinds ---------------------------------------------------------------------------------


def _plan_single(wish, known):
    date = wish.dates[0]
    values = {"kind": SCHEDULED, "start": date.start, "minutes": date.minutes}
    try:
        _check_length(wish.dates)
        values["zone"] = out.zone_for(wish.zone, [date.start])
    except out.CannotExpress as problem:
        if problem.reason != "zone":
            return _plan_open(wish, known, problem.reason)
        values["zone"] = "UTC"  # one date needs no wall clock of a zone
    if known is None:
        return Plan((CreateMeeting(**values),))
    if known.kind != SCHEDULED:
        return Plan((PatchMeeting(**values),), read_again=True)
    if (known.start, known.minutes) == (date.start, date.minutes):
        return Plan()
    return Plan((PatchMeeting(**values),))


def _plan_nothing_ahead(known, now, fresh):
    """All that is wanted is over; what Zoom still plans was cancelled in the calendar.

    The series itself stays, because what took place belongs to it. It is cut down to its next date
    first when that takes fewer calls than deleting all of them one by one.
    """
    upcoming = _upcoming(known, now)
    if len(upcoming) > SERIES_CALLS + 1 and known.recurrence and not fresh:
        first = upcoming[0]
        start = first.slot if first.slot > now else first.start
        rule = out.wire(known.recurrence)
        cut = EndSeries(known.kind, known.zone, start, first.minutes, out.ends(rule, 1))
        return Plan((cut,), read_again=True)
    return Plan(tuple(DeleteOccurrence(occurrence.key) for occurrence in upcoming))


def _plan_inexpressible(wish, ahead, known, now, reason):
    """Zoom has no such rule; its own series may have the dates all the same (it was made there)."""
    if known is not None and known.kind == SERIES:
        pairs, missing, surplus = _pair(ahead, _upcoming(known, now))
        moved = sum(date.start != occurrence.start for date, occurrence in pairs)
        # Without a rule the calendar follows Zoom's dates; with one, Zoom's must be mostly right.
        if not missing and (wish.rule is None or moved * 2 <= len(pairs)):
            return Plan(tuple(_singles(pairs, surplus)))
    return _plan_open(wish, known, reason)


def _plan_open(wish, known, reason):
    """One meeting without fixed time: the same link serves all dates, which only Odoo knows."""
    if known is not None and known.kind == NO_FIXED_TIME:
        return Plan(note=reason)
    zone = out.zoom_zone(wish.zone, ()) or "UTC"
    minutes = min(Counter(d.minutes for d in wish.dates).most_common(1)[0][0], out.MAX_MINUTES)
    action = CreateMeeting if known is None else PatchMeeting
    return Plan(
        (action(NO_FIXED_TIME, zone, minutes=minutes),), read_again=known is not None, note=reason
    )


# -- series ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Target:
    """A series as Zoom should plan it. `slots` are all its dates, at most Zoom's limit."""

    recurrence: dict
    zone: str
    calendar_zone: str
    minutes: int
    slots: tuple
    wanted: tuple
    window: bool

    def schedule(self, action):
        recurrence = out.ends(self.recurrence, len(self.slots))
        return action(SERIES, self.zone, self.slots[0], self.minutes, recurrence)

    @property
    def notes(self):
        return {"note": WINDOW, "until": self.slots[-1]} if self.window else {}


def _check_length(dates):
    if any(date.minutes > out.MAX_MINUTES for date in dates):
        raise out.CannotExpress("length")


def _target(wish, ahead, now):
    """Work out which series Zoom needs for the dates ahead. Raises CannotExpress."""
    if wish.allday:
        raise out.CannotExpress("allday")
    _check_length(ahead)
    if wish.rule is None:
        raise out.CannotExpress("dates")
    regular = sorted(date.start for date in wish.dates if date.regular)
    over = [start for start in regular if start <= now]
    coming = [start for start in regular if start > now]
    origin = over[-1:] + coming
    recurrence = out.to_zoom(wish.rule, origin)
    slots = _slots(recurrence, wish.zone, origin[0], coming, len(ahead) - len(coming), now)
    window = len(slots) > out.MAX_DATES
    slots = tuple(slots[: out.MAX_DATES])
    return _Target(
        recurrence=recurrence,
        zone=out.zone_for(wish.zone, slots),
        calendar_zone=wish.zone,
        minutes=Counter(date.minutes for date in ahead).most_common(1)[0][0],
        slots=slots,
        wanted=tuple(d for d in ahead if d.start <= slots[-1]) if window else ahead,
        window=window,
    )


def _slots(recurrence, zone, origin, coming, moved, now):
    """Return the dates of the rule that the series needs: one for each date of the calendar.

    A date that was moved keeps its place in the rule. Places between regular dates are taken first
    (others there were cancelled), then those just before, then those after.
    """
    kind, interval = recurrence["type"], recurrence["repeat_interval"]
    last = coming[-1] if coming else max(origin, now)
    last += timedelta(days=(moved + 1) * out.STEP_DAYS[kind] * interval)
    places = [p for p in out.dates(recurrence, origin, zone, last=last) if p > now]
    if not coming:
        return places[:moved]
    inner = [place for place in places if coming[0] <= place <= coming[-1]]
    more = max(moved - (len(inner) - len(coming)), 0)
    before = [place for place in places if place < coming[0]][-more:] if more else []
    after = [place for place in places if place > coming[-1]]
    return before + inner + after[: more - len(before)]


def _series_plan(action, target):
    return Plan((target.schedule(action),), read_again=True, **target.notes)


def _plan_series(target, ahead, known, now, fresh):
    upcoming = _upcoming(known, now)
    wanted = target.wanted
    if target.window and upcoming:
        # Zoom already knows some of the endless dates: only those count, until few are left.
        last = max(occurrence.slot for occurrence in upcoming)
        keys = {occurrence.key for occurrence in upcoming}
        covered = tuple(date for date in ahead if date.start <= last or date.key in keys)
        if len(covered) >= REFILL:
            wanted = covered
            target = replace(target, slots=(*target.slots[:-1], last))
    pairs, missing, surplus = _pair(wanted, upcoming)
    singles = _singles(pairs, surplus)
    if fresh:
        notes = {"note": "fewer"} if missing else target.notes
        return Plan(tuple(singles), **notes)
    same = _same_schedule(target, wanted, known, upcoming)
    if not missing and (not singles or (same and len(singles) <= _cost_anew(target, wanted))):
        return Plan(tuple(singles), **target.notes)
    return _series_plan(EndSeries if same else PatchMeeting, target)


def _same_schedule(target, wanted, known, upcoming):
    """Return whether Zoom's rule is the calendar's, but for its end and for single dates."""
    if not upcoming or not out.same_rule(known.recurrence, target.recurrence):
        return False
    if known.zone not in (target.zone, target.calendar_zone):
        return False
    slots = {occurrence.slot for occurrence in upcoming}
    regular = [date.start for date in wanted if date.regular and date.start <= max(slots)]
    return bool(regular) and sum(start in slots for start in regular) * 2 > len(regular)


def _cost_anew(target, wanted):
    """Return the number of calls when Zoom plans the series anew and exceptions follow."""
    exact = {(slot, target.minutes) for slot in target.slots}
    kept = sum((date.start, date.minutes) in exact for date in wanted)
    moved = len(wanted) - kept
    return SERIES_CALLS + moved + max(len(target.slots) - kept - moved, 0)


def _upcoming(known, now):
    if known is None:
        return []
    found = [occurrence for occurrence in known.occurrences if occurrence.start > now]
    return sorted(found, key=lambda occurrence: occurrence.start)


def _singles(pairs, surplus):
    operations = []
    for date, occurrence in pairs:
        change = PatchOccurrence(
            occurrence.key,
            start=date.start if date.start != occurrence.start else None,
            minutes=date.minutes if date.minutes != occurrence.minutes else None,
            agenda=date.agenda if (date.agenda or None) != occurrence.agenda else None,
            ref=date.ref,
        )
        if (change.start, change.minutes, change.agenda) != (None, None, None):
            operations.append(change)
    return operations + [DeleteOccurrence(occurrence.key) for occurrence in surplus]


def _pair(dates, occurrences):
    """Return ([(date, occurrence)], dates without one, occurrences without one)."""
    free_dates, free = list(dates), list(occurrences)
    pairs = []

    def take(matches):
        for date in list(free_dates):
            found = next((occurrence for occurrence in free if matches(date, occurrence)), None)
            if found is not None:
                pairs.append((date, found))
                free_dates.remove(date)
                free.remove(found)

    take(lambda date, occurrence: date.key == occurrence.key)
    take(lambda date, occurrence: date.start == occurrence.start)
    take(lambda date, occurrence: date.start == occurrence.slot)
    # What is left was moved by somebody, or planned anew: the nearest ones belong together.
    distances = sorted(
        (abs(date.start - occurrence.slot), i, j)
        for i, date in enumerate(free_dates)
        for j, occurrence in enumerate(free)
    )
    used_dates, used = set(), set()
    for _distance, i, j in distances:
        if i not in used_dates and j not in used:
            pairs.append((free_dates[i], free[j]))
            used_dates.add(i)
            used.add(j)
    pairs.sort(key=lambda pair: pair[0].start)
    return (
        pairs,
        [date for i, date in enumerate(free_dates) if i not in used_dates],
        [occurrence for j, occurrence in enumerate(free) if j not in used],
    )
