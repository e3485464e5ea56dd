"""Differences in plain words: labels and values as people read them."""

from odoo import api, fields, models

# Names of values that people do not know and that follow from others.
SILENT = {"live_state"}


class ZoomReconcile(models.AbstractModel):
    _inherit = "zoom.reconcile"

    @api.model
    def _labels(self):
        return {
            "topic": self.env._("Topic"),
            "agenda": self.env._("Agenda"),
            "zoom_type": self.env._("Kind of meeting"),
            "start": self.env._("Start"),
            "stop": self.env._("End"),
            "duration": self.env._("Planned duration"),
            "timezone": self.env._("Time zone"),
            "join_url": self.env._("Join link"),
            "host": self.env._("Host"),
            "waiting_room": self.env._("Waiting room"),
            "recording_mode": self.env._("Automatic recording"),
            "invitees": self.env._("Invited"),
            "recurrence": self.env._("Repetition"),
            "presence": self.env._("In Zoom"),
            "people": self.env._("People"),
            "minutes": self.env._("Attendance of all people"),
            "file_type": self.env._("Kind of file"),
            "file_size": self.env._("Size"),
            "state": self.env._("State"),
            "recording_state": self.env._("Recording"),
            "share_url": self.env._("Recording page"),
            "reported_count": self.env._("People in Zoom's report"),
            "reported_minutes": self.env._("Minutes in Zoom's report"),
        }

    @api.model
    def _in_words(self, name, value, hosts=None):
        """Return a value of the register as people read it."""
        if value is None or value is False or value == "" or value == []:
            return self.env._("off") if name == "waiting_room" and value is False else "-"
        if name in ("start", "stop"):
            text = value if isinstance(value, str) else fields.Datetime.to_string(value)
            return f"{text[:16]} UTC"
        if name == "duration":
            return self.env._("%(count)s minutes", count=round(value * 60))
        if name == "minutes":
            return self.env._("%(count)s minutes", count=value)
        if name == "host":
            return (hosts or {}).get(value) or value
        if name == "waiting_room":
            return self.env._("on")
        if name == "invitees":
            return ", ".join(value)
        if name == "zoom_type":
            kinds = {
                1: self.env._("instant"),
                2: self.env._("single"),
                3: self.env._("series without fixed time"),
                4: self.env._("personal room"),
                8: self.env._("series"),
            }
            return kinds.get(value, str(value))
        if name == "recurrence":
            return self._recurrence_words(value)
        if name == "presence":
            return self.env._("exists") if value == "present" else self.env._("deleted")
        if name == "file_size":
            return f"{value / 1e6:.1f} MB"
        return str(value)

    @api.model
    def _recurrence_words(self, rule):
        unit = {
            1: self.env._("days"),
            2: self.env._("weeks"),
            3: self.env._("months"),
        }.get(rule.get("type"), "?")
        words = self.env._(
            "every %(interval)s %(unit)s", interval=rule.get("repeat_interval") or 1, unit=unit
        )
        if rule.get("weekly_days"):
            words += " (" + ", ".join(str(day) for day in rule["weekly_days"]) + ")"
        if rule.get("end_times"):
            words += ", " + self.env._("%(count)s times", count=rule["end_times"])
        elif rule.get("end_date_time"):
            words += ", " + self.env._("until %(day)s", day=rule["end_date_time"][:10])
        return words

    @api.model
    def _value_differences(self, before, after, names, hosts=None):
        """Return [(label, text of Odoo, text of Zoom)] of the values that differ."""
        labels = self._labels()
        return [
            (
                labels.get(name, name),
                self._in_words(name, before.get(name), hosts),
                self._in_words(name, after.get(name), hosts),
            )
            for name in names
            if name not in SILENT and not self._equal(name, before.get(name), after.get(name))
        ]

    @api.model
    def _equal(self, name, one, other):
        if name == "duration":
            return round((one or 0) * 60) == round((other or 0) * 60)
        if name in ("agenda", "invitees", "topic"):
            return (one or "") == (other or "")
        return one == other

    @api.model
    def _date_differences(self, before, after):
        """Return the differences between the dates of a series."""

        def shown(entry):
            if not entry or not entry.get("start"):
                return "-"
            if entry.get("status") == "deleted":
                return self.env._("cancelled")
            words = self._in_words("start", entry["start"])
            if entry.get("minutes"):
                words += " (" + self.env._("%(count)s minutes", count=entry["minutes"]) + ")"
            return words

        rows = []
        for key in sorted({**(before or {}), **(after or {})}):
            one, other = (before or {}).get(key), (after or {}).get(key)
            if shown(one) != shown(other):
                rows.append((self.env._("Date"), shown(one), shown(other)))
        return rows
