"""Legal hold: what is held is neither deleted nor changed, by nobody and nothing."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

MANAGER = "zoom_connector.group_zoom_manager"
# What of an attachment may change while its recording is held: nothing that makes it another file.
FREE_OF_ATTACHMENT = {"access_token", "description"}


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    legal_hold = fields.Boolean("On hold itself", readonly=True, copy=False)
    held = fields.Boolean(
        "Legal hold",
        compute="_compute_held",
        store=True,
        index=True,
        help="Nothing deletes or changes the file while it, or its meeting, is on legal hold.",
    )

    @api.depends("legal_hold", "meeting_id.legal_hold")
    def _compute_held(self):
        for file in self:
            file.held = file.legal_hold or file.meeting_id.legal_hold

    def action_hold(self):
        """Place the files on legal hold; what is only in Zoom is copied to Odoo."""
        self._may_hold()
        # sudo: the right was checked; nobody writes recordings over RPC.
        files = self.sudo()
        files.write({"legal_hold": True})
        files._log_action(self.env._("Placed on legal hold by %(user)s.", user=self.env.user.name))
        files._plan_downloads()

    def action_release(self):
        """Lift the legal hold of the files; that of their meeting stays."""
        self._may_hold()
        # sudo: as in `action_hold`.
        files = self.sudo()
        files.write({"legal_hold": False})
        files._log_action(self.env._("Legal hold lifted by %(user)s.", user=self.env.user.name))

    def _may_hold(self):
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only Zoom managers place or lift a legal hold."))

    def _check_not_held(self):
        """:raises UserError: one of the files is on legal hold"""
        # sudo: a hold counts for everybody, also for who may not see the recording.
        held = self.sudo().filtered("held")
        if held:
            raise UserError(
                self.env._(
                    "%(name)s is on legal hold and can be neither deleted nor changed. A Zoom manager "
                    "can lift the hold on the recording or its meeting.",
                    name=held[0].name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        self._check_not_held()

    def unlink(self):
        """Delete recordings with their files: attachment, document, archived copy."""
        self._check_not_held()
        for file in self:
            file._drop_archived()
            if file.attachment_id:
                file._drop_file()
        return super().unlink()

    def _wipe(self):
        """Delete recordings with all that was kept of them, except those on legal hold.

        For who must delete on somebody's demand (deauthorization, erasure).

        :return: the recordings that a legal hold keeps
        """
        held = self.filtered("held")
        (self - held).unlink()
        return held


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    legal_hold = fields.Boolean(
        "Legal hold",
        readonly=True,
        copy=False,
        help="Nothing deletes or changes the recordings of this meeting, also later ones.",
    )

    def action_hold(self):
        """Place all recordings of the meeting on legal hold, also those that come later."""
        self._set_hold(True)

    def action_release(self):
        """Lift the legal hold of the meeting; single recordings may have one of their own."""
        self._set_hold(False)

    def _set_hold(self, wanted):
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only Zoom managers place or lift a legal hold."))
        # sudo: the right was checked; nobody writes meetings over RPC.
        meetings = self.sudo()
        meetings.write({"legal_hold": wanted})
        files = meetings.instance_ids.recording_ids
        text = (
            self.env._("The meeting was placed on legal hold by %(user)s.", user=self.env.user.name)
            if wanted
            else self.env._(
                "The legal hold of the meeting was lifted by %(user)s.", user=self.env.user.name
            )
        )
        files._log_action(text)
        if wanted:
            files._plan_downloads()

    def unlink(self):
        # One by one in the ORM, so that files go with their rows; a held one stops it.
        self.env["zoom.recording"].sudo().search(
            [("meeting_id", "in", self.ids)]
        ).unlink()  # sudo: cascade
        return super().unlink()


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    def unlink(self):
        # sudo: what cascades from the held meeting, whose deletion was allowed.
        self.env["zoom.recording"].sudo().search([("instance_id", "in", self.ids)]).unlink()
        return super().unlink()


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    def unlink(self):
        # sudo: what cascades from the account, whose deletion was allowed.
        self.env["zoom.recording"].sudo().search([("integration_id", "in", self.ids)]).unlink()
        return super().unlink()


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _held_recordings(self):
        """Return recordings on legal hold whose file is one of these attachments."""
        if not self.ids:
            return self.env["zoom.recording"]
        # sudo: a hold counts for everybody.
        return (
            self.env["zoom.recording"]
            .sudo()
            .search([("attachment_id", "in", self.ids), ("held", "=", True)])
        )

    def write(self, vals):
        if set(vals) - FREE_OF_ATTACHMENT:
            self._held_recordings()._check_not_held()
        return super().write(vals)

    def unlink(self):
        self._held_recordings()._check_not_held()
        return super().unlink()
