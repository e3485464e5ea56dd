from odoo import api, models


class ZoomDocuments(models.AbstractModel):
    """Door to the Documents app of Odoo Enterprise, found at run time.

    Nothing here depends on the app: models and fields are used when they are there, so that it works with
    folders as documents (18.0 and later) and with folders of their own (17.0). Access is set so that a
    document is never visible to more people than the meeting.
    """

    _name = "zoom.documents"
    _description = "Zoom Recordings in Documents"

    @api.model
    def _file(self, recording):
        """Make the document of a recording's file; does nothing when it is there."""
        # sudo: the connector files on behalf of the meeting's responsible, who may not use Documents.
        Document = self.env["documents.document"].sudo().with_context(active_test=False)
        names = Document._fields
        if "attachment_id" not in names or "folder_id" not in names:
            return Document
        found = Document.search([("attachment_id", "=", recording.attachment_id.id)], limit=1)
        if found:
            return found
        values = {
            "name": recording.attachment_id.name,
            "type": "binary",
            "attachment_id": recording.attachment_id.id,
            "folder_id": self._folder(recording.meeting_id).id,
            "res_model": recording._name,
            "res_id": recording.id,
            "company_id": recording.company_id.id,
            **self._access(Document, recording.meeting_id),
        }
        return Document.create(self._known(Document, values))

    @api.model
    def _folder(self, meeting):
        """Return the meeting's folder, below one of the company."""
        company = meeting.company_id
        root = self._find_or_create(self._folder_model(), "Zoom", None, company, None)
        name = f"{meeting.topic} ({meeting.zoom_id})"
        return self._find_or_create(self._folder_model(), name, root, company, meeting)

    @api.model
    def _folder_model(self):
        comodel = self.env["documents.document"]._fields["folder_id"].comodel_name
        # sudo: as in `_file`.
        return self.env[comodel].sudo()

    @api.model
    def _find_or_create(self, Folder, name, parent, company, meeting):
        as_document = Folder._name == "documents.document"
        parent_field = "folder_id" if as_document else "parent_folder_id"
        values = {
            "name": name,
            parent_field: parent.id if parent else False,
            "company_id": company.id,
            **({"type": "folder"} if as_document else {}),
        }
        known = self._known(Folder, values)
        found = Folder.search([(key, "=", value) for key, value in known.items()], limit=1)
        if found:
            return found
        return Folder.create({**known, **self._known(Folder, self._access(Folder, meeting))})

    @api.model
    def _access(self, Model, meeting):
        """Return the values that keep strangers out.

        :raises LookupError: the app does not let us; then nothing is filed
        """
        names = Model._fields
        values = {}
        for name in ("access_internal", "access_via_link"):
            if name in names:
                if "none" not in dict(names[name]._description_selection(self.env)):
                    raise LookupError(name)
                values[name] = "none"
        if "owner_id" in names:
            # Without an owner it is a folder of the company.
            values["owner_id"] = meeting.user_id.id if meeting else False
        managers = [(6, 0, [self.env.ref("zoom_connector.group_zoom_manager").id])]
        for name in ("group_ids", "read_group_ids"):
            if name in names and names[name].comodel_name == "res.groups":
                values[name] = managers
        return values

    @api.model
    def _known(self, Model, values):
        return {name: value for name, value in values.items() if name in Model._fields}
