from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.connector_base.compat import Constraint

KINDS = [
    ("video", "Video"),
    ("audio", "Audio"),
    ("transcript", "Transcript"),
    ("chat", "Chat"),
    ("summary", "Summary"),
    ("data", "Data"),
]
# What is small and worth reading comes to Odoo; what is big stays with Zoom until somebody decides.
DEFAULTS = {"video": "link", "audio": "link"}


class ZoomRecordingRule(models.Model):
    """What happens to one kind of recording file of an account, from its arrival to its end."""

    _name = "zoom.recording.rule"
    _description = "Zoom Recording Rule"
    _order = "integration_id, sequence, id"
    _rec_name = "kind"

    integration_id = fields.Many2one(
        "zoom.integration", required=True, ondelete="cascade", index=True, string="Zoom account"
    )
    company_id = fields.Many2one(related="integration_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    policy = fields.Selection(
        [("link", "Keep a link to Zoom"), ("download", "Copy to Odoo")],
        "When it arrives",
        required=True,
        default="link",
    )
    compress_days = fields.Integer(
        "Compress after",
        help="Days after the recording. 0: never. Text is packed with gzip, video "
        "is encoded anew where ffmpeg is installed.",
    )
    archive_days = fields.Integer(
        "Archive after",
        help="Days after the recording. 0: never. The file moves to the archive address.",
    )
    purge_days = fields.Integer(
        "Delete after",
        help="Days after the recording. 0: never. Odoo's copy and the archived one are deleted; "
        "what Zoom has is left alone.",
    )

    _kind_unique = Constraint("UNIQUE (integration_id, kind)", "There is one rule per kind.")

    @api.constrains("compress_days", "archive_days", "purge_days")
    def _check_days(self):
        for rule in self:
            days = (rule.compress_days, rule.archive_days, rule.purge_days)
            if min(days) < 0:
                raise ValidationError(self.env._("Days cannot be negative."))
            used = [value for value in days if value]
            if used != sorted(used):
                raise ValidationError(
                    self.env._("A file is compressed first, then archived, then deleted.")
                )

    @api.model
    def _for(self, integration):
        """Return the account's rules as dict kind -> rule; missing ones are made."""
        # sudo: rules are settings; the work that follows them is the server's own.
        rules = {rule.kind: rule for rule in integration.sudo().recording_rule_ids}
        missing = [kind for kind, _name in KINDS if kind not in rules]
        if missing:
            # sudo: as above.
            made = self.sudo().create(
                [
                    {
                        "integration_id": integration.id,
                        "kind": kind,
                        "sequence": [name for name, _text in KINDS].index(kind),
                        "policy": DEFAULTS.get(kind, "download"),
                    }
                    for kind in missing
                ]
            )
            rules.update({rule.kind: rule for rule in made})
        return rules
