import logging
import os
import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.connector_base.compat import cron_progress

from ..models.zoom_recording_tier import PACKED, TRIES
from ..tools import archive, recording_file, video
from ..tools.recording_file import BadFile
from ..tools.video import Work
from .zoom_download import BUDGET_SECONDS, PART_FOLDER

_logger = logging.getLogger(__name__)
LOCK_CLASS = 0x7A737467  # "zstg": our namespace of PostgreSQL advisory locks


class ZoomStorage(models.AbstractModel):
    """Job: let the recordings of an account age as its rules say, one file after the other.

    Each step of each file is a transaction of its own, and the rows say what is due: whatever stops the job,
    the next one goes on.
    """

    _name = "zoom.storage"
    _inherit = "zoom.download"
    _description = "Zoom Recording Storage"

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        """Job: do what is due for about `budget` seconds."""
        integration = self.env["zoom.integration"].browse(integration_id).exists()
        if not integration or not integration.active:
            return self.env._("The Zoom account does not exist or is archived.")
        deadline = time.monotonic() + budget
        done, seen = 0, []
        with self._locked(LOCK_CLASS, integration.id) as mine:
            if not mine:
                return self.env._("Another job is doing this already.")
            while time.monotonic() < deadline:
                with self._page_env() as env:
                    work = self._next(env, env["zoom.integration"].browse(integration_id), seen)
                if work is None:
                    break
                file_id, step = work
                seen.append(file_id)
                done += self._step(file_id, step)
        with self._page_env() as env:
            account = env["zoom.integration"].browse(integration_id)
            env["zoom.recording"]._tell_storage(account)
            account._check_space()
            if time.monotonic() >= deadline:
                env["zoom.storage"]._enqueue(account)
        return self.env._("%(count)s files handled.", count=done)

    @api.model
    def _next(self, env, integration, seen):
        """Return (file id, name of the step) of what is due first, None when nothing is."""
        now = fields.Datetime.now()
        Recording = env["zoom.recording"]
        free = [
            ("integration_id", "=", integration.id),
            ("id", "not in", seen),
            ("storage_tries", "<", TRIES),
            "|",
            ("storage_next_at", "=", False),
            ("storage_next_at", "<=", now),
        ]
        # A restore brings back and changes nothing: the only step that a legal hold allows.
        asked = Recording.search([("restore_asked", "=", True), *free], order="id", limit=1)
        if asked:
            return asked.id, "_unpack" if asked.tier == "compressed" else "_restore"
        free.append(("held", "=", False))
        kept = ("tier", "in", ("recent", "compressed", "archive"))
        found = Recording.search([*Recording._withheld_domain(), kept, *free], order="id", limit=1)
        if found:
            return found.id, "_purge_confidential"
        for kind, rule in env["zoom.recording.rule"]._for(integration).items():
            own = [("kind", "=", kind), *free]
            steps = [
                (rule.purge_days, [kept], "_purge_old"),
                (
                    # sudo: a setting for administrators, needed to do the work.
                    rule.archive_days if integration.sudo().archive_url else 0,
                    [("tier", "in", ("recent", "compressed")), ("storage_work", "=", False)],
                    "_archive",
                ),
            ]
            if kind in PACKED:
                steps.append((rule.compress_days, self._compressible(), "_pack"))
            elif kind == "video" and video.find_ffmpeg():
                steps.append((rule.compress_days, self._compressible(), "_encode"))
            for days, domain, step in steps:
                found = days and self._first_due(integration, [*domain, *own], now, days, step)
                if found:
                    return found.id, step
        return None

    @api.model
    def _compressible(self):
        return [("tier", "=", "recent"), ("compress_done", "=", False)]

    @api.model
    def _first_due(self, integration, domain, now, days, step):
        """Return the oldest file that is older than `days` and may be worked on at this hour."""
        before = fields.Datetime.subtract(now, days=days)
        domain = [
            ("start", "<=", before),
            "|",
            ("restored_at", "=", False),
            ("restored_at", "<=", before),
            *domain,
        ]
        small = []
        if step != "_purge_old" and integration._big_work_at(float("inf"), now) > now:
            small = [("stored_size", "<", integration.offpeak_size * 10**6)]
        return integration.env["zoom.recording"].search(
            [*domain, *small], order="start, id", limit=1
        )

    # -- steps -------------------------------------------------------------------------------------

    @api.model
    def _step(self, file_id, step):
        """Do one step of one file; a failure is noted on it and never stops the others."""
        self._in_transaction(lambda env: env["zoom.recording"].browse(file_id)._storage_begin())
        try:
            getattr(self, f"_step{step}")(file_id)
        except (archive.ArchiveError, BadFile, UserError, OSError) as exc:
            message = (
                self.env._("The file store failed (%(kind)s).", kind=type(exc).__name__)
                if isinstance(exc, OSError)
                else str(exc)
            )
            remedy = self.env._(
                "Check the archive address and the server's disk, then press Retry. Nothing is lost."
            )
            _logger.warning("Recording file %s, %s: %s", file_id, step, type(exc).__name__)
            self._in_transaction(
                lambda env: env["zoom.recording"].browse(file_id)._storage_failed(message, remedy)
            )
            return 0
        return 1

    def _finish(self, file_id, work):
        """Do the database's part of a step and forget its failures, in one transaction."""

        def both(env):
            file = env["zoom.recording"].browse(file_id).exists()
            if not file:
                return None
            result = work(file)
            file.write(file._storage_well())
            return result

        return self._in_transaction(both)

    @api.model
    def _folder(self):
        folder = os.path.join(self.env["ir.attachment"]._filestore(), PART_FOLDER)
        os.makedirs(folder, exist_ok=True)
        return folder

    @api.model
    def _step_pack(self, file_id):
        folder = self._folder()
        self._finish(file_id, lambda file: file._pack(folder))

    @api.model
    def _step_unpack(self, file_id):
        folder = self._folder()

        def work(file):
            file._unpack(folder)
            file.restore_asked = False

        self._finish(file_id, work)

    @api.model
    def _step_purge_old(self, file_id):
        self._finish(file_id, lambda file: file._purge(self.env._("its time is over (rules).")))

    @api.model
    def _step_purge_confidential(self, file_id):
        self._finish(file_id, lambda file: file._purge(self.env._("the meeting is confidential.")))

    @api.model
    def _step_archive(self, file_id):
        with self._page_env() as env:
            file = env["zoom.recording"].browse(file_id)
            address, facts = file._archive_address(), file._archive_facts()
            digests = recording_file.Digests(int(file.stored_size), "", file.stored_sha256)
            store, path = archive.open_store(address)
            archive.put(store, path, file._file_pieces(), digests)
        moved = self._finish(file_id, lambda file: file._archived(address, facts))
        if not moved:
            archive.remove(store, path)

    @api.model
    def _step_restore(self, file_id):
        with self._page_env() as env:
            file = env["zoom.recording"].browse(file_id)
            location, wanted = file.archive_location, file.archive_sha256
        path = os.path.join(self._folder(), f"{file_id}.restored")
        store, name = archive.open_store(location)
        try:
            with open(path, "wb") as target:
                for piece in archive.pieces(store, name):
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            digests = recording_file.digest_file(path)
            if digests.sha256 != wanted:
                raise archive.ArchiveError("The archived file is damaged: its SHA-256 differs.")
            self._finish(file_id, lambda file: file._restored(path, digests))
        finally:
            if os.path.exists(path):
                os.unlink(path)

    @api.model
    def _step_encode(self, file_id):
        """Begin an encoding, look after one that runs, or take its result over.

        ffmpeg runs by itself meanwhile: hours of encoding do not fit into a job.
        """
        work = Work(os.path.join(self._folder(), f"{file_id}.encoded"))
        check = Work(f"{work.out}.check")
        with self._page_env() as env:
            file = env["zoom.recording"].browse(file_id)
            state, source = dict(file.storage_work or {}), file._file_path()
        ffmpeg = video.find_ffmpeg()
        if source is None or ffmpeg is None:
            raise BadFile("The file or ffmpeg is not there.")
        pid = state.get("pid", 0)
        current = check if state.get("step") == "verify" else work
        if pid and video.running(pid, current):
            self._encoding(file_id, state)
            return
        if not state:
            self._encoding(file_id, {"step": "encode", "pid": video.encode(ffmpeg, source, work)})
        elif not (current.finished() and current.clean_log()):
            self._encoded(file_id, work, check, self.env._("ffmpeg could not encode the file."))
        elif state["step"] == "encode":
            length = work.seconds()
            pid = video.verify(ffmpeg, work.out, check)
            self._encoding(file_id, {"step": "verify", "pid": pid, "length": length})
        elif not video.same_length(state["length"], check.seconds()):
            self._encoded(file_id, work, check, self.env._("the new file has another length."))
        else:
            self._encoded(file_id, work, check, None)

    def _encoding(self, file_id, state):
        """Note an encoding that runs; it is no failure that it is not finished."""

        def note(file):
            file.storage_work = state
            file.flush_recordset()

        self._finish(file_id, note)

    def _encoded(self, file_id, work, check, trouble):
        """Take over what ffmpeg made, if it is right and smaller; else keep the original for good."""

        def take(file):
            file._check_not_held()
            file.storage_work = False
            size = os.path.getsize(work.out) if os.path.exists(work.out) else 0
            reason = trouble
            if not reason and not 0 < size < file.stored_size:
                reason = self.env._("it would not be smaller.")
            if reason:
                file.compress_done = True
                file._log_action(self.env._("Not compressed: %(reason)s", reason=reason))
            else:
                digests = recording_file.digest_file(work.out)
                file._replace_content(work.out, digests, "", "video/mp4")

        self._finish(file_id, take)
        work.clean()
        check.clean()

    # -- scheduled action ----------------------------------------------------------------------------

    @api.model
    def _cron_storage(self):
        """Scheduled action: let the recordings of every account age."""
        integrations = self.env["zoom.integration"].search([("active", "=", True)])
        for done, integration in enumerate(integrations, start=1):
            with self._page_env() as env:
                due = self._next(env, env["zoom.integration"].browse(integration.id), [])
            integration._check_space()
            if due and self._overdue(integration):
                self._run_job(integration.id, budget=BUDGET_SECONDS / 2)
            elif due:
                self._enqueue(integration)
            cron_progress(self.env, done, len(integrations) - done)
