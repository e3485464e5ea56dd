from odoo import api, models


class ZoomDocuments(models.AbstractModel):
    """Door to the Documents app of Odoo Enterprise, found at run time.

    Nothing here depends on the app: fields are used when they are there. Access is set so that a document is
    never visible to more people than the recording: to the meeting's responsible only. Everybody else reaches
    the file through the meeting. Where the app does not let us do that, nothing is filed.
    """

    _name = "zoom.documents"
    _description = "Zoom Recordings in Documents"

    @api.model
    def _file(self, recording):
        """Make the document of a recording's file; does nothing when it is there."""
        # sudo: the connector files on behalf of the meeting's responsible, who may not use Documents.
        Document = self.env["documents.document"].sudo().with_context(active_test=False)
        names = Document._fields
        folder = names.get("folder_id")
        if "attachment_id" not in names or not folder or folder.comodel_name != Document._name:
            # Folders of another kind (before 18.0, or another app of that name).
            raise LookupError("folder_id")
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
        root = self._find_or_create("Zoom", None, company, None)
        return self._find_or_create(f"{meeting.topic} ({meeting.zoom_id})", root, company, meeting)

    @api.model
    def _find_or_create(self, name, parent, company, meeting):
        # sudo: as in `_file`.
        Folder = self.env["documents.document"].sudo()
        values = {
            "name": name,
            "type": "folder",
            "folder_id": parent.id if parent else False,
            "company_id": company.id,
        }
        known = self._known(Folder, values)
        found = Folder.search([(key, "=", value) for key, value in known.items()], limit=1)
        return found or Folder.create({**known, **self._access(Folder, meeting)})

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
        return values

    @api.model
    def _known(self, Model, values):
        return {name: value for name, value in values.items() if name in Model._fields}
