"""Language, mood and urgency of a text, from offline libraries and editable word lists."""

from odoo import api, models

from ..tools import language as languages
from ..tools import sentiment, words


class HootsuiteMessage(models.Model):
    _inherit = "hootsuite.message"

    @api.model
    def _judge(self, text, told, direction="in"):
        """Return the values of language, sentiment, urgency and priority of a text.

        :param told: language that Hootsuite or a relay tells, or a false value
        """
        found = languages.detect(text, told or None)
        if direction == "out":
            return {"language": found.code or False, "language_sure": found.sure}
        folded = words.fold(text)
        lists = self.env["hootsuite.routing.words"]
        trouble = lists._hit("trouble", folded, found.code)
        urgent = lists._hit("urgent", folded, found.code)
        mood = sentiment.judge(text, found.code, trouble=bool(trouble))
        return {
            "language": found.code or False,
            "language_sure": found.sure,
            "sentiment": mood.label,
            "sentiment_score": mood.score,
            "irony": mood.irony,
            "urgent": bool(urgent),
            "priority": self._priority_of(mood.label, bool(urgent)),
        }

    @api.model
    def _priority_of(self, label, urgent):
        """Urgent words outweigh the mood; an unhappy text outweighs a neutral one."""
        if urgent:
            return "3"
        return "2" if label == sentiment.NEGATIVE else "1"
