from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..tools import merge
from ..tools.times import from_ms
from .zoom_conflict import SIDES
from .zoom_meeting_merge import DATE

RESTORABLE = ("topic", "agenda", "start", "minutes")


class ZoomConflictLine(models.Model):
    """One field of a conflict. Values are kept as lists of one, so that "nothing" is kept as well."""

    _name = "zoom.conflict.line"
    _description = "Zoom Conflict Field"
    _order = "conflict_id, id"

    conflict_id = fields.Many2one(
        "zoom.conflict", required=True, readonly=True, ondelete="cascade", index=True
    )
    meeting_id = fields.Many2one(related="conflict_id.meeting_id", store=True, index=True)
    name = fields.Char("Technical name", required=True, readonly=True)
    label = fields.Char("Field", compute="_compute_texts")
    base_value = fields.Json(readonly=True)
    odoo_value = fields.Json(readonly=True)
    zoom_value = fields.Json(readonly=True)
    base_text = fields.Char("Before", compute="_compute_texts")
    odoo_text = fields.Char("In Odoo", compute="_compute_texts")
    zoom_text = fields.Char("In Zoom", compute="_compute_texts")
    choice = fields.Selection(SIDES, "Keep")
    decided = fields.Selection(
        [("policy", "By rule"), ("person", "By a person"), ("agreed", "Both sides agree now")],
        readonly=True,
        index=True,
    )
    can_restore = fields.Boolean(compute="_compute_can_restore")

    @api.depends("name", "decided")
    def _compute_can_restore(self):
        for line in self:
            plain = line.name in RESTORABLE or (line.name or "").startswith(DATE)
            line.can_restore = plain and line.decided == "policy" and bool(line.choice)

    def write(self, vals):
        foreign = set(vals) - {"choice"} or any(line.decided for line in self)
        if foreign and not self.env.su:
            raise AccessError(self.env._("Only the choice of open fields can be changed."))
        return super().write(vals)

    # -- words -----------------------------------------------------------------------------------

    @api.depends("name", "base_value", "odoo_value", "zoom_value")
    @api.depends_context("lang", "tz")
    def _compute_texts(self):
        for line in self:
            line.label = line._label()
            line.base_text = line._text(line.base_value)
            line.odoo_text = line._text(line.odoo_value)
            line.zoom_text = line._text(line.zoom_value)

    def _label(self):
        labels = {
            "topic": self.env._("Topic"),
            "agenda": self.env._("Agenda"),
            "start": self.env._("Start"),
            "minutes": self.env._("Duration"),
            "schedule": self.env._("Repetition"),
            "waiting_room": self.env._("Waiting room"),
            "auto_recording": self.env._("Automatic recording"),
        }
        name = self.name or ""
        if name.startswith(DATE):
            day = from_ms(name.removeprefix(DATE))
            return self.env._("Date of %(day)s", day=self._moment(day) if day else name)
        return labels.get(name, name)

    def _moment(self, moment):
        if not isinstance(moment, str):
            moment = fields.Datetime.to_string(moment)
        local = fields.Datetime.context_timestamp(self, fields.Datetime.to_datetime(moment))
        return f"{local:%a %Y-%m-%d %H:%M}"

    def _text(self, kept):
        """Return a kept value in words."""
        value = kept[0] if kept else None
        if self.name == "topic" or self.name == "agenda":
            return value or self.env._("(empty)")
        if self.name == "start" and value:
            return self._moment(value)
        if self.name == "minutes" and value:
            return self.env._("%(minutes)s minutes", minutes=value)
        if self.name == "waiting_room":
            return self.env._("On") if value else self.env._("Off")
        if self.name == "schedule":
            return self._schedule_text(value)
        if self.name and self.name.startswith(DATE):
            if not value:
                return self.env._("Cancelled")
            return self.env._(
                "%(start)s, %(minutes)s minutes",
                start=self._moment(value["start"]),
                minutes=value["minutes"],
            )
        return str(value) if value is not None else self.env._("(empty)")

    def _schedule_text(self, value):
        if not value:
            return self.env._("Single dates")
        # sudo: only a name is made of the rule; nothing is stored.
        rule = self.env["calendar.recurrence"].sudo()
        names = {name: value[name] for name in value if name in rule._fields}
        words = rule.new({**names, "end_type": "forever"}).get_recurrence_name()
        parts = [words, value.get("clock") or "", value.get("event_tz") or ""]
        if value.get("minutes"):
            parts.append(self.env._("%(minutes)s minutes", minutes=value["minutes"]))
        return ", ".join(part for part in parts if part)

    # -- decisions -------------------------------------------------------------------------------

    def _is_about(self, decision):
        """Return whether the line is about these two values."""
        return self.zoom_value == [decision.zoom] and self.odoo_value == [decision.odoo]

    def _as_decided(self, decision):
        """Return the decision with the outcome that the line has."""
        outcome = self.choice if self.decided and self.choice else merge.ASK
        if not self.decided and decision.outcome != merge.ASK:
            # The rule was changed meanwhile and decides now.
            self.write({"choice": decision.outcome, "decided": "policy"})
            self._done()
            return decision
        return merge.Decision(
            decision.name, outcome, True, decision.base, decision.zoom, decision.odoo
        )

    def _close(self, how, outcome):
        """Nothing is left to decide about."""
        self.write({"decided": how, "choice": outcome if outcome in dict(SIDES) else False})
        self._done()

    def _done(self):
        conflict = self.conflict_id
        if conflict.state != "open":
            conflict.activity_unlink(["mail.mail_activity_data_todo"])

    # -- bringing back ---------------------------------------------------------------------------

    def action_restore(self):
        """Use the value that a rule gave up: it is written to the calendar and sent to Zoom."""
        for line in self:
            line.check_access("write")
            if not line.can_restore:
                raise UserError(self.env._("This value cannot be restored by a button."))
            # sudo: the right to decide was checked; the event may be a colleague's.
            line.sudo()._restore()

    def _restore(self):
        kept = self.odoo_value if self.choice == "zoom" else self.zoom_value
        value = kept[0] if kept else None
        events = self.meeting_id.with_context(active_test=False).calendar_event_ids
        key = self.name.removeprefix(DATE)
        if self.name == "topic":
            events.write({"name": value})
        elif self.name == "agenda":
            events.write({"description": plaintext2html(value or "")})
        elif self.name in ("start", "minutes"):
            event = self.meeting_id.calendar_event_id
            start = event.start if self.name == "minutes" else fields.Datetime.to_datetime(value)
            length = (
                timedelta(minutes=value) if self.name == "minutes" else event.stop - event.start
            )
            event.write({"start": start, "stop": start + length})
        else:
            event = events.filtered(lambda e: e.zoom_key == key)[:1]
            if value:
                start = fields.Datetime.to_datetime(value["start"])
                stop = start + timedelta(minutes=value["minutes"])
                event.write({"active": True, "start": start, "stop": stop})
            else:
                event.write({"active": False})
        other = "odoo" if self.choice == "zoom" else "zoom"
        self.write({"choice": other, "decided": "person"})
