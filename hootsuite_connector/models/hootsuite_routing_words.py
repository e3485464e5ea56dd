from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..tools import words
from ..tools.router import Words

PURPOSES = [
    ("urgent", "Urgency"),
    ("trouble", "Trouble: what goes wrong for a customer"),
    ("other", "Used by rules only"),
]


class HootsuiteRoutingWords(models.Model):
    """A list of words per language that rules and judgements look for."""

    _name = "hootsuite.routing.words"
    _description = "Hootsuite Word List"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    purpose = fields.Selection(
        PURPOSES,
        required=True,
        default="other",
        help="Words of urgency make a message urgent; words of trouble make it negative, also beside"
        " kind words (irony). All lists can be conditions of routing rules.",
    )
    line_ids = fields.One2many("hootsuite.routing.words.line", "list_id", "Languages", copy=True)
    word_count = fields.Integer("Words", compute="_compute_word_count")

    @api.depends("line_ids.words")
    def _compute_word_count(self):
        for record in self:
            record.word_count = sum(len(words.entries(line.words)) for line in record.line_ids)

    @api.model
    @tools.ormcache()
    def _compiled_by_purpose(self):
        """Return dict purpose -> tuple of compiled lists, kept in memory until a list changes."""
        found = {}
        for record in self.sudo().search(
            [("line_ids", "!=", False)]
        ):  # sudo: word lists are the same for everybody
            found.setdefault(record.purpose, []).append(record._compiled())
        return {purpose: tuple(lists) for purpose, lists in found.items()}

    def _compiled(self):
        self.ensure_one()
        by_code = {}
        for line in self.line_ids:
            by_code.setdefault(line.language or "", []).extend(words.entries(line.words))
        patterns = {code: words.compiled(entries) for code, entries in by_code.items()}
        return Words(
            self.name or "", {code: pattern for code, pattern in patterns.items() if pattern}
        )

    @api.model
    def _hit(self, purpose, folded, language):
        """Return the first word of the lists of a purpose that a folded text holds, or None."""
        for words_ in self._compiled_by_purpose().get(purpose, ()):
            found = words_.search(folded, language)
            if found:
                return found
        return None

    @api.model_create_multi
    def create(self, vals_list):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().unlink()


class HootsuiteRoutingWordsLine(models.Model):
    _name = "hootsuite.routing.words.line"
    _description = "Words of one Language"
    _order = "list_id, language, id"

    list_id = fields.Many2one(
        "hootsuite.routing.words", required=True, ondelete="cascade", index=True
    )
    language = fields.Char(
        size=2, help="Two letters, such as en or fr. Empty: for texts in any language."
    )
    words = fields.Text(
        required=True,
        help="One entry a line. Accents and capitals do not matter. A star stands for any ending"
        " (refund*) or, alone, for a few words (free * phone).",
    )

    @api.constrains("language")
    def _check_language(self):
        for line in self:
            code = line.language
            if code and not (len(code) == 2 and code.isascii() and code.islower()):
                raise ValidationError(
                    self.env._("Write the language in two small letters, such as en, fr, de or es.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Forget compiled lists."""
        self.env.registry.clear_cache()
        return super().unlink()
