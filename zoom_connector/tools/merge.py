"""Three-way merge, field by field: what both sides agreed on last, what each of them says now.

The base keeps both sides' own spelling of the agreed value, because the two cannot always say the
same (a description is formatted in Odoo and plain in Zoom, topics end at 200 characters there): a
side changed a field when its value differs from what *it* said then.
"""

from dataclasses import dataclass

ODOO, ZOOM, NEWEST, ASK = "odoo", "zoom", "newest", "ask"
POLICIES = (ODOO, ZOOM, NEWEST, ASK)
SAME = "same"


@dataclass(frozen=True)
class Decision:
    """What happens to one field.

    :ivar outcome: SAME (nothing to do), ODOO or ZOOM (that side's value holds), ASK (a person decides;
        until then each side keeps its own)
    :ivar conflict: both sides changed it, to different values
    """

    name: str
    outcome: str
    conflict: bool
    base: tuple | None
    zoom: object = None
    odoo: object = None

    @property
    def lost(self):
        """The side whose change does not hold, None when no change is given up."""
        if not self.conflict or self.outcome == ASK:
            return None
        return ODOO if self.outcome == ZOOM else ZOOM


def merge(base, zoom, odoo, policy, zoom_at=None, odoo_at=None):
    """Decide every field.

    :param dict base: name -> (value in Zoom, value in Odoo) when they last agreed; a missing name has
        no history
    :param dict zoom: name -> value in Zoom now; names that Zoom does not tell are missing
    :param dict odoo: name -> value in Odoo now, in the same vocabulary
    :param policy: function name -> one of POLICIES, asked for conflicts only
    :param dict zoom_at: name -> vendor time in ms of Zoom's value
    :param dict odoo_at: name -> time in ms of Odoo's value
    :return: dict name -> `Decision`
    """
    names = [*zoom, *(name for name in odoo if name not in zoom)]
    return {
        name: _decide(name, base or {}, zoom, odoo, policy, zoom_at or {}, odoo_at or {})
        for name in names
    }


def _decide(name, base, zoom, odoo, policy, zoom_at, odoo_at):
    agreed = tuple(base[name]) if base.get(name) is not None else None

    def decision(outcome, conflict=False):
        return Decision(name, outcome, conflict, agreed, zoom.get(name), odoo.get(name))

    if name not in odoo or name not in zoom:
        # One side does not speak of it: the other one's word holds, and is news when it changed.
        side, told, at = (ZOOM, zoom, 0) if name in zoom else (ODOO, odoo, 1)
        return decision(SAME if agreed and agreed[at] == told[name] else side)
    if zoom[name] == odoo[name]:
        return decision(SAME)
    zoom_changed = agreed is None or zoom[name] != agreed[0]
    odoo_changed = agreed is None or odoo[name] != agreed[1]
    if not zoom_changed:
        return decision(ODOO if odoo_changed else SAME)
    if not odoo_changed:
        return decision(ZOOM)
    chosen = policy(name)
    if chosen == NEWEST:
        chosen = _newest(zoom_at.get(name), odoo_at.get(name))
    return decision(chosen, conflict=True)


def _newest(zoom_at, odoo_at):
    if zoom_at is None or odoo_at is None or zoom_at == odoo_at:
        return ASK
    return ZOOM if zoom_at > odoo_at else ODOO
