from odoo import fields, models

from odoo.addons.connector_base.compat import Constraint

ACCESS = [("view", "Viewer"), ("edit", "Editor"), ("none", "None")]


class DocumentsDocument(models.Model):
    """Names and fields that public sources confirm for 18.0 and 19.0; no behaviour."""

    _name = "documents.document"
    _description = "Document (test stub)"

    name = fields.Char()
    type = fields.Selection(
        [("folder", "Folder"), ("binary", "File"), ("url", "URL")], default="binary"
    )
    active = fields.Boolean(default=True)
    folder_id = fields.Many2one("documents.document", domain=[("type", "=", "folder")])
    attachment_id = fields.Many2one("ir.attachment")
    owner_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    res_model = fields.Char()
    res_id = fields.Integer()
    company_id = fields.Many2one("res.company")
    access_internal = fields.Selection(ACCESS, default="edit")
    access_via_link = fields.Selection(ACCESS, default="view")

    _attachment_unique = Constraint("UNIQUE (attachment_id)", "One document per attachment.")
