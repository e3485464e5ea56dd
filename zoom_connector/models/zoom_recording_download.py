"""Recording files on their way to Odoo: which ones, their state, what went wrong."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.connector_base.core.errors import ConfigurationError

# Waiting times (minutes) after failures that may pass; then the file is given up for a person.
WAITS = (2, 5, 15, 60, 180, 360, 720)
TEXT_KINDS = ("transcript", "chat", "summary", "data")
OPEN_STATES = ("waiting", "running")


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    download_state = fields.Selection(
        [
            ("none", "Not copied"),
            ("waiting", "Waiting"),
            ("running", "Being copied"),
            ("done", "Copied"),
            ("failed", "Failed"),
        ],
        "Copy",
        default="none",
        required=True,
        readonly=True,
        index=True,
    )
    download_asked = fields.Boolean(
        readonly=True, help="A person or a legal hold wants the file, whatever the rules say."
    )
    download_received = fields.Float("Received", digits=(20, 0), readonly=True, help="Bytes")
    download_progress = fields.Float("Progress", compute="_compute_download_progress")
    download_error = fields.Char("Problem", readonly=True)
    download_remedy = fields.Char("What to do", readonly=True)
    download_note = fields.Char(compute="_compute_download_note")
    download_tries = fields.Integer("Failed attempts", readonly=True)
    download_etag = fields.Char(readonly=True)
    next_try_at = fields.Datetime("Next attempt", readonly=True)
    is_mine = fields.Boolean(
        "I answer for it",
        compute="_compute_is_mine",
        help="The reader is the meeting's host or a manager of Zoom.",
    )
    downloaded_at = fields.Datetime("Copied on", readonly=True, index=True)

    @api.depends("download_received", "file_size", "download_state")
    def _compute_download_progress(self):
        for file in self:
            if file.download_state == "done":
                file.download_progress = 1.0
            else:
                size = file.file_size or 0.0
                file.download_progress = min(1.0, file.download_received / size) if size else 0.0

    @api.depends("download_state", "next_try_at", "meeting_id")
    def _compute_download_note(self):
        now = fields.Datetime.now()
        for file in self:
            note = False
            if file._confidential():
                note = self.env._(
                    "The meeting is confidential: Odoo keeps no copy and no transcript."
                )
            elif file.download_state == "waiting" and file.next_try_at and file.next_try_at > now:
                note = self.env._(
                    "Goes on at %(time)s.",
                    time=fields.Datetime.to_string(
                        fields.Datetime.context_timestamp(file, file.next_try_at)
                    )[:16],
                )
            file.download_note = note

    def _confidential(self):
        """Tell whether the meeting's recordings must not come to Odoo."""
        return self.confidential or self.meeting_id.confidential

    @api.model
    def _withheld_domain(self):
        """Return the domain of texts that a confidential meeting must not keep."""
        return [("confidential", "=", True), ("kind", "in", TEXT_KINDS)]

    # -- what is wanted ------------------------------------------------------------------------------

    def _plan_downloads(self):
        """Let wanted files that are not in Odoo be fetched, soon and in the background.

        What Zoom has taken away meanwhile is not waited for; if it comes back, it is planned anew.
        """
        self.filtered(
            lambda file: file.download_state == "waiting" and file.state != "available"
        ).write({"download_state": "none", "next_try_at": False})
        wanted = self.filtered(
            lambda file: (
                file.download_state == "none"
                and file.tier == "link"
                and file.state == "available"
                and file.download_url
                and not file._confidential()
            )
        )
        for integration in wanted.integration_id:
            rules = self.env["zoom.recording.rule"]._for(integration)
            chosen = wanted.filtered(
                lambda file, mine=integration, rules=rules: (
                    file.integration_id == mine
                    and (file.download_asked or file.held or rules[file.kind].policy == "download")
                )
            )
            if chosen:
                chosen.write({"download_state": "waiting"})
                chosen._wake_downloads()

    def _wake_downloads(self):
        for integration in self.integration_id:
            if integration.state == "connected":
                self.env["zoom.download"]._enqueue(integration)

    @api.depends("meeting_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for file in self:
            file.is_mine = file.meeting_id.is_mine

    def _check_mine(self):
        """:raises AccessError: the user is neither host of the meetings nor a manager of Zoom"""
        self.check_access("read")
        self.meeting_id._check_answers_for_it()

    def action_download(self):
        """Fetch the files now, or again after a failure; also big ones and those kept as links."""
        self._check_mine()
        # sudo: the right was checked; nobody may write the row's other fields.
        files = self.sudo()
        for file in files:
            if file._confidential():
                raise UserError(
                    self.env._("Recordings of confidential meetings are not copied to Odoo.")
                )
            if file.tier not in ("link", "purged"):
                raise UserError(self.env._("%(name)s is in Odoo already.", name=file.name))
            if file.state != "available":
                raise UserError(
                    self.env._("%(name)s cannot be had from Zoom any more.", name=file.name)
                )
        files.filtered(lambda file: file.download_state != "running").write(
            {
                "download_state": "waiting",
                "download_asked": True,
                "download_error": False,
                "download_remedy": False,
                "download_tries": 0,
                "next_try_at": False,
                "tier": "link",
            }
        )
        files._log_action(self.env._("Copy to Odoo asked for."))
        files._wake_downloads()
        return self.integration_id[:1]._notify_started(
            self.env._("The file is copied in the background.")
        )

    def action_cancel_download(self):
        """Stop waiting for the file; what has come so far is thrown away later."""
        self._check_mine()
        # sudo: as in `action_download`.
        waiting = self.sudo().filtered(lambda file: file.download_state in ("waiting", "failed"))
        waiting.write({"download_state": "none", "download_asked": False, "next_try_at": False})
        waiting._log_action(self.env._("Copy to Odoo cancelled."))

    @api.model
    def _waiting_domain(self, integration=None):
        domain = [
            ("download_state", "in", OPEN_STATES),
            ("integration_id.state", "=", "connected"),
            "|",
            ("next_try_at", "=", False),
            ("next_try_at", "<=", fields.Datetime.now()),
        ]
        return ([("integration_id", "=", integration.id)] if integration else []) + domain

    # -- outcomes ----------------------------------------------------------------------------------

    def _download_unwanted(self):
        """Return why the file is not wanted any more, else None."""
        if self._confidential():
            return self.env._("The meeting is confidential.")
        if self.state in ("trashed", "deleted"):
            return self.env._("The file was deleted in Zoom.")
        if not self.download_url:
            return self.env._("Zoom gives no download address.")
        return None

    def _download_later(self, exc_message, remedy, seconds=None):
        """Note a failure that may pass and when to try again; after many, leave it to a person."""
        tries = self.download_tries + 1
        if tries > len(WAITS):
            self._download_failed(exc_message, remedy)
            return
        wait = max(WAITS[tries - 1] * 60, seconds or 0)
        self.write(
            {
                "download_state": "waiting",
                "download_tries": tries,
                "download_error": exc_message,
                "download_remedy": remedy
                or self.env._("Nothing to do: Odoo tries again by itself."),
                "next_try_at": fields.Datetime.add(fields.Datetime.now(), seconds=wait),
            }
        )

    def _download_failed(self, message, remedy):
        """Leave the file to a person: say on it and to the managers what is wrong."""
        self.write(
            {
                "download_state": "failed",
                "download_error": message,
                "download_remedy": remedy
                or self.env._("Press Retry; if it fails again, see the API log."),
                "next_try_at": False,
            }
        )
        self._log_action(self.env._("The copy to Odoo failed: %(reason)s", reason=message))

    @api.model
    def _tell_failures(self, integration):
        """Raise or close the alert about files that could not be copied."""
        count = self.search_count(
            [("integration_id", "=", integration.id), ("download_state", "=", "failed")]
        )
        if count:
            integration._alert(
                "recording_download",
                self.env._("%(count)s recording files could not be copied to Odoo.", count=count),
                self.env._("Open Zoom > Recordings, filter 'Failed': each file says what to do."),
            )
        else:
            integration._alert_clear("recording_download")

    # -- history -----------------------------------------------------------------------------------

    def _log_action(self, text):
        """Write into the history of each file what was done to it."""
        if self:
            self._message_log_batch(bodies={file.id: text for file in self})

    @api.model
    def _no_space_error(self, integration, size):
        """Return the error that says that there is no room for `size` bytes."""
        return ConfigurationError(
            self.env._("There is no room for a file of %(size).1f GB.", size=size / 10**9),
            remedy=self.env._(
                "Free disk space on the server, archive or delete recordings, or raise the limit in "
                "the Zoom integration (Recordings); then press Retry."
            ),
        )
