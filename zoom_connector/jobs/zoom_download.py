import logging
import os
import shutil
import time
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    Rejected,
    RemoteError,
    RemoteUnavailable,
    is_retryable,
)
from odoo.addons.connector_base.cursors import own_cursor

from ..tools import recording_file
from ..tools.recording_file import BadFile, Received

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x7A726563  # "zrec": our namespace of PostgreSQL advisory locks
TRANSACTION_TRIES = 5
# Below the usual time limit of a server process; the next job goes on at the byte where this stopped.
BUDGET_SECONDS = 45.0
# Left free on the disk, bytes.
RESERVE = 10**9
PART_FOLDER = "zoom_recordings"
# Seconds that a partial file is left alone whatever the rows say.
KEEP_PARTS = 86400


class ZoomDownload(models.AbstractModel):
    """Job: copy waiting recording files of an account, smallest first, one after the other.

    The rows are the queue: a file is waiting until it is there, so neither a lost job nor a killed worker
    loses it. What has arrived lies in a partial file in the file store, and `download_received` says how much
    of it is safe.
    """

    _name = "zoom.download"
    _description = "Zoom Recording Download"

    @api.model
    def _enqueue(self, integration):
        """Let one download job run for the account; does nothing when one waits already."""
        # sudo: the job writes what nobody may write over RPC, so it runs with the server's rights.
        self.sudo().with_delay(
            identity_key=f"{self._name}:{integration.id}",
            description=f"Zoom recordings ({integration.name})",
        )._run_job(integration.id)

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        """Job: work on waiting files for about `budget` seconds."""
        integration = self.env["zoom.integration"].browse(integration_id).exists()
        if not integration or not integration.active or integration.state != "connected":
            return self.env._("The Zoom account is not connected; the files wait.")
        deadline = time.monotonic() + budget
        done, tried = 0, []
        while time.monotonic() < deadline:
            with self._page_env() as env:
                file = env["zoom.recording"].search(
                    [
                        *env["zoom.recording"]._waiting_domain(integration),
                        ("id", "not in", tried),
                    ],
                    order="file_size, id",
                    limit=1,
                )
                file_id = file.id
            if not file_id:
                break
            tried.append(file_id)
            done += self._one_file(integration, file_id, deadline)
        with self._page_env() as env:
            Recording = env["zoom.recording"]
            mine = env["zoom.integration"].browse(integration_id)
            Recording._tell_failures(mine)
            mine._check_space()
            if (
                Recording.search_count(
                    [*Recording._waiting_domain(integration), ("id", "not in", tried[:-1])], limit=1
                )
                and time.monotonic() >= deadline
            ):
                env["zoom.download"]._enqueue(mine)
        return self.env._("%(count)s files copied.", count=done)

    @api.model
    def _one_file(self, integration, file_id, deadline):
        """Copy one file, unless another worker is at it. Return True when it is there."""
        with self._locked(LOCK_CLASS, file_id) as mine:
            if not mine:
                return False
            try:
                return self._copy(integration, file_id, deadline)
            except ConnectorError as exc:
                self._ended(file_id, exc)
            except BadFile as exc:
                self._ended(
                    file_id, RemoteUnavailable(str(exc), maybe_executed=False), restart=True
                )
            except OSError as exc:
                # The text of the system names paths of the server; its kind is enough for a person.
                self._ended(
                    file_id,
                    ConfigurationError(
                        self.env._(
                            "The file store cannot be written (%(reason)s).",
                            reason=os.strerror(exc.errno) if exc.errno else type(exc).__name__,
                        ),
                        remedy=self.env._(
                            "Check space and rights of the server's file store, then press Retry."
                        ),
                    ),
                )
        return False

    @api.model
    def _copy(self, integration, file_id, deadline):
        plan = self._begin(file_id)
        if plan is None:
            return False
        path = self._part_path(file_id)
        self._check_room(integration, plan, path)
        client = integration._recording_client()
        fresh = False
        while True:
            try:
                state = self._receive(client, plan, path, file_id, deadline)
                break
            except (AuthError, NotFound, Rejected, BadFile) as exc:
                # The address or the right to it may have ended; Zoom is asked for fresh ones, once.
                if fresh or (isinstance(exc, BadFile) and not exc.again):
                    raise
                fresh = True
                self._refresh(client, plan, file_id)
        if not state.done:
            return False
        digests = recording_file.digest_file(path)
        with open(path, "rb") as file:
            recording_file.check_content(plan["extension"], file.read(64))
        self._in_transaction(
            lambda env: env["zoom.recording"].browse(file_id)._keep_file(path, digests)
        )
        if os.path.exists(path):
            os.unlink(path)
        return True

    @api.model
    def _begin(self, file_id):
        """Return what to fetch, None when it is not to be fetched now."""

        def work(env):
            file = env["zoom.recording"].browse(file_id).exists()
            if not file or file.download_state not in ("waiting", "running"):
                return None
            if file.attachment_id and file.tier in ("recent", "compressed"):
                # Another job stored it meanwhile.
                file.download_state = "done"
                return None
            reason = file._download_unwanted()
            if reason:
                file.write({"download_state": "none", "next_try_at": False})
                file._log_action(reason)
                return None
            now = fields.Datetime.now()
            begin = file.integration_id._big_work_at(file.file_size, now)
            if not file.download_asked and begin > now:
                file.write({"download_state": "waiting", "next_try_at": begin})
                return None
            if file.download_state != "running":
                file.write({"download_state": "running", "next_try_at": False})
            return {
                "url": file.download_url,
                "uuid": file.instance_id.uuid,
                "file": file.file_id,
                "size": int(file.file_size or 0),
                "extension": file.file_extension or "",
                "received": int(file.download_received or 0),
                "etag": file.download_etag or "",
                "token": None,
            }

        return self._in_transaction(work)

    @api.model
    def _check_room(self, integration, plan, path):
        """Stop before the disk is full or the account's limit is used up."""
        missing = max(0, plan["size"] - plan["received"])
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        with self._page_env() as env:
            mine = env["zoom.integration"].browse(integration.id)
            limit = mine.storage_limit * 10**9
            full = limit and mine._space_used() + plan["size"] > limit
            if full or shutil.disk_usage(folder).free < missing + RESERVE:
                raise env["zoom.recording"]._no_space_error(mine, plan["size"])

    @api.model
    def _receive(self, client, plan, path, file_id, deadline):
        return recording_file.receive(
            path,
            lambda start: client.open_recording(plan["url"], start, plan["token"]),
            plan["size"],
            so_far=Received(plan["received"], plan["etag"]),
            deadline=deadline,
            cut=(RemoteUnavailable,),
            out_of_range=lambda exc: isinstance(exc, RemoteError) and exc.status == 416,
            mark=lambda state: self._mark(file_id, plan, state),
        )

    @api.model
    def _mark(self, file_id, plan, state):
        """Note how much is safe on the disk; progress means that earlier failures have passed."""
        if state.size > plan["received"]:
            values = {"download_tries": 0, "download_error": False, "download_remedy": False}
        else:
            values = {}
        plan.update(received=state.size, etag=state.etag)
        values.update(download_received=float(state.size), download_etag=state.etag or False)
        self._in_transaction(lambda env: env["zoom.recording"].browse(file_id).write(values))

    @api.model
    def _refresh(self, client, plan, file_id):
        """Ask Zoom for the recording as it is now: address, size, and a token that opens it."""
        access = client.recording_access(plan["uuid"])
        for file in access.recording.all_files:
            if file.file_id == plan["file"] and file.download_url:
                break
        else:
            raise NotFound(
                self.env._("Zoom does not have this recording file any more."),
                remedy=self.env._("Nothing to do, unless the recording lies in Zoom's trash."),
            )
        if file.file_size and int(file.file_size) != plan["size"]:
            # Zoom made the file anew: what has come of the old one is worth nothing.
            plan.update(received=0, etag="")
        plan.update(
            url=file.download_url, size=int(file.file_size or plan["size"]), token=access.token
        )
        values = {"download_url": file.download_url, "file_size": float(plan["size"])}
        self._in_transaction(lambda env: env["zoom.recording"].browse(file_id).write(values))

    @api.model
    def _ended(self, file_id, exc, restart=False):
        """Note a failure on the file: it waits, or it needs a person."""

        def work(env):
            file = env["zoom.recording"].browse(file_id).exists()
            if not file:
                return
            if restart:
                file.write({"download_received": 0.0, "download_etag": False})
            if is_retryable(exc):
                file._download_later(exc.message, exc.remedy, exc.retry_after)
            else:
                file._download_failed(exc.message, exc.remedy)

        _logger.info("Recording file %s: %s", file_id, exc.message)
        self._in_transaction(work)

    @api.model
    def _part_path(self, file_id):
        """Return where the partial file lies: beside the file store's files, to be moved at the end."""
        folder = os.path.join(self.env["ir.attachment"]._filestore(), PART_FOLDER)
        return os.path.join(folder, f"{file_id}.part")

    @api.model
    def _in_transaction(self, work):
        """Do `work(env)` in a transaction of its own; again when another one was faster."""
        for attempt in range(1, TRANSACTION_TRIES + 1):
            try:
                with self._page_env() as env:
                    result = work(env)
                    env.flush_all()
                return result
            except psycopg2.OperationalError:
                if attempt == TRANSACTION_TRIES:
                    raise
                time.sleep(0.05 * 2**attempt)
        return None

    @contextmanager
    def _locked(self, lock_class, number):
        """Give True while nobody else does the same work, False at once when somebody does."""
        with own_cursor(self.env) as cr:
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (lock_class, number))
            yield cr.fetchone()[0]

    @contextmanager
    def _page_env(self):
        with own_cursor(self.env, read_committed=False) as cr:
            # Background work of the account, whoever pressed the button.
            yield api.Environment(cr, SUPERUSER_ID, {})

    # -- scheduled action ----------------------------------------------------------------------------

    @api.model
    def _cron_downloads(self):
        """Scheduled action: wake up files that wait for their time; work where no job runner does.

        Also takes up what a killed worker left behind: its lock is gone, its file is still "running".
        """
        Recording = self.env["zoom.recording"]
        groups = Recording._read_group(Recording._waiting_domain(), ["integration_id"])
        for [integration] in groups:
            if self._overdue(integration) or self._abandoned(integration):
                self._run_job(integration.id, budget=BUDGET_SECONDS / 2)
            else:
                self._enqueue(integration)
        self._sweep_parts()

    @api.model
    def _abandoned(self, integration):
        """Tell whether a worker died at a file: it is "running", and nobody holds its lock."""
        running = self.env["zoom.recording"].search(
            [("integration_id", "=", integration.id), ("download_state", "=", "running")]
        )
        for file_id in running.ids:
            with self._locked(LOCK_CLASS, file_id) as free:
                if free:
                    return True
        return False

    @api.model
    def _overdue(self, integration):
        """Tell whether a job for this has been waiting so long that no runner seems to be there."""
        late = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        # sudo: the scheduler looks after all accounts; only that the job is there is read.
        return (
            self.env["queue.job"]
            .sudo()
            .search_count(
                [
                    ("identity_key", "=", f"{self._name}:{integration.id}"),
                    ("state", "in", ("pending", "enqueued")),
                    ("date_created", "<", late),
                ],
                limit=1,
            )
        )

    @api.model
    def _sweep_parts(self):
        """Delete partial files that nothing waits for any more."""
        folder = os.path.join(self.env["ir.attachment"]._filestore(), PART_FOLDER)
        if not os.path.isdir(folder):
            return
        for name in os.listdir(folder):
            stem = name.partition(".")[0]
            path = os.path.join(folder, name)
            if not stem.isdigit() or time.time() - os.path.getmtime(path) < KEEP_PARTS:
                continue
            # sudo: the scheduler cleans up after all accounts.
            file = self.env["zoom.recording"].sudo().browse(int(stem)).exists()
            needed = file and (
                file.download_state in ("waiting", "running", "failed") or file.storage_work
            )
            if not needed:
                os.unlink(path)
