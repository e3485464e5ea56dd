"""What became of a difference that was given to the outbox."""

from odoo import fields, models


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    def _heal_lines(self):
        """Return the lines of reports that wait for this change."""
        lines = self.env["zoom.reconcile.line"].sudo()  # reports are written by code only
        terms = [
            (name, "=", record.id)
            for name, record in (("meeting_id", self.meeting_id), ("event_id", self.event_id))
            if record
        ]
        if not terms:
            return lines
        domain = ["|", *terms] if len(terms) == 2 else terms
        return lines.search([("heal_state", "=", "sent"), ("direction", "=", "out"), *domain])

    def _finish(self):
        lines = self.exists()._heal_lines() if self.exists() else None
        result = super()._finish()
        if lines:
            lines.write(
                {"heal_state": "healed", "healed_at": fields.Datetime.now(), "error": False}
            )
        return result

    def _failed(self, exc):
        result = super()._failed(exc)
        self._tell_lines()
        return result

    def _crashed(self, words):
        result = super()._crashed(words)
        self._tell_lines()
        return result

    def _tell_lines(self):
        """A change that was given up is shown as such on the report."""
        row = self.exists()
        if row.state == "failed":
            row._heal_lines().write({"heal_state": "failed", "error": row._words()})
