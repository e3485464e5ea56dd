import logging
import time
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.connector_base.core.errors import (
    AuthError,
    ConfigurationError,
    ConnectorError,
    is_retryable,
)
from odoo.addons.connector_base.cursors import own_cursor
from odoo.addons.connector_base.models.connector_integration import plain_words
from odoo.addons.queue_job.exception import RetryableJobError

from ..client.zoom_client import ZoomClient

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x7A6F6F6D  # "zoom": our namespace of PostgreSQL advisory locks
TRANSACTION_TRIES = 5
# Below the usual time limit of a server process; the next job goes on where this one stopped.
# Jobs run inside HTTP workers: events must not wait long for their turn.
BUDGET_SECONDS = 15.0
# A vendor that is away for long is asked again at this distance, in seconds.
LONGEST_WAIT = 900
# Jobs that the scheduler does itself where no job runner takes them.
STREAMS = ("zoom.wipe", "zoom.import", "zoom.reconcile", "zoom.heal", "zoom.fetch")
# A run that gave no sign of life for so long has probably lost its worker.
SILENT_SECONDS = 120
# How many failures a run tells by name; all of them are counted.
FAILURES_TOLD = 20


class OutOfTime(Exception):
    """The time of this job is over; the next one goes on from the checkpoint."""


class CountingHttp:
    """Passes calls on to an HTTP client and counts them, for the history of the run."""

    def __init__(self, http):
        self._http = http
        self.calls = 0

    def request(self, *args, **kwargs):
        """Make one call, see `HttpClient.request`."""
        self.calls += 1
        return self._http.request(*args, **kwargs)


class Progress:
    """What one run has to hand: client, deadline, position, counters.

    :ivar dict position: where the run stands; kept in connector.checkpoint
    """

    def __init__(self, integration, run_id, position, deadline):
        self.integration = integration
        self.http = CountingHttp(integration._http_client())
        self.client = ZoomClient(self.http)
        self.run_id = run_id
        self.position = position
        self.deadline = deadline
        self.worked = False
        self.told_calls = 0
        self.counts = {"created": 0, "updated": 0, "unchanged": 0, "failed": 0}

    def check_time(self):
        """Stop when the time of the job is over; something was done by then, however little.

        :raises OutOfTime: the budget of the job is spent
        """
        if self.worked and time.monotonic() > self.deadline:
            raise OutOfTime


class ZoomSync(models.AbstractModel):
    """Frame of the long jobs: resumable, committed page by page, visible as a sync run.

    Each page is written on a cursor of its own together with the checkpoint that says so, so
    whatever stops the job (a fault, a restart, its own time limit), it goes on from there.
    """

    _name = "zoom.sync"
    _description = "Zoom Synchronization"

    _kind = None
    _stream = None
    _of_archived = False  # whether it is done for archived accounts as well

    @api.model
    def _enqueue(self, integration, eta=None):
        """Let one job of this kind run for the account; does nothing when one waits already."""
        # sudo: the right to press the button is checked by the button; the job writes what nobody
        # may write over RPC (checkpoint, sync run, tokens), so it must not run with a person's rights.
        self.sudo().with_delay(
            identity_key=f"{self._name}:{integration.id}",
            description=f"Zoom {self._stream} ({integration.name})",
            eta=eta,
        )._run_job(integration.id)

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        """Job: go on with the run of this kind for at most about `budget` seconds.

        :raises RetryableJobError: Zoom cannot be asked at the moment
        """
        integration = self.env["zoom.integration"].browse(integration_id).exists()
        if not integration or not (integration.active or self._of_archived):
            return self.env._("The Zoom integration does not exist or is archived.")
        ended = None
        with own_cursor(self.env) as lock_cr:
            lock_cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))",
                (LOCK_CLASS, f"{self._name},{integration.id}"),
            )
            if not lock_cr.fetchone()[0]:
                return self.env._("Another job is doing this already.")
            try:
                return self._run_locked(integration, time.monotonic() + budget)
            except Exception as exc:  # noqa: BLE001 (raised again below)
                # Raised when the lock is given back, so that nothing else is rolled back with it.
                ended = exc
        if not isinstance(ended, RetryableJobError):
            self._broken(integration, ended)
        raise ended

    @api.model
    def _run_locked(self, integration, deadline):
        runs = self.env["connector.sync.run"]
        position = self._load_position(integration)
        if not position.get("run_id"):
            position = self._first_position(integration)
            position["run_id"] = runs._run_start(integration, self._kind)
            self._save_position(integration, position)
        run = Progress(integration, position["run_id"], position, deadline)
        try:
            self._steps(run)
        except OutOfTime:
            self._tell(run)
            self._enqueue(integration)
            return self.env._("Goes on in the next job.")
        except ConnectorError as exc:
            return self._stopped(run, exc)
        self._tell(run)
        summary = self._summary(run)
        self._save_position(integration, {})
        self._done(run)
        runs._run_finish(run.run_id, message=summary)
        return summary

    @api.model
    def _stopped(self, run, exc):
        """Wait and go on, or give up: depending on what `exc` asks for."""
        runs = self.env["connector.sync.run"]
        self._tell(run, plain_words(exc))
        if is_retryable(exc):
            wait = min(max(exc.retry_after or 60, 5), LONGEST_WAIT)
            raise RetryableJobError(exc.message, seconds=int(wait), ignore_retry=True) from exc
        self._save_position(run.integration, {})
        runs._run_finish(run.run_id, state="failed", message=plain_words(exc))
        if not isinstance(exc, AuthError | ConfigurationError):
            _logger.warning("%s: %s", self._kind, exc.message)
        return plain_words(exc)

    @api.model
    def _broken(self, integration, exc):
        """An error nobody foresaw: the run ends as failed, and the next one begins anew."""
        run_id = self._load_position(integration).get("run_id")
        if run_id:
            self._save_position(integration, {})
            self.env["connector.sync.run"]._run_finish(
                run_id, state="failed", message=plain_words(exc)
            )

    # -- what a kind of run defines ------------------------------------------------------------------

    @api.model
    def _first_position(self, integration):
        """Return the position of a run that begins now."""
        raise NotImplementedError

    @api.model
    def _steps(self, run):
        """Do the work, from `run.position` on."""
        raise NotImplementedError

    @api.model
    def _done(self, run):
        """Note on the integration that the run ended well."""
        raise NotImplementedError

    # -- checkpoint, pages ---------------------------------------------------------------------------

    @api.model
    def _load_position(self, integration):
        with own_cursor(self.env) as cr:
            checkpoint = self.env(cr=cr)["connector.checkpoint"]._acquire(integration, self._stream)
            return checkpoint._load() if checkpoint else {}

    @api.model
    def _save_position(self, integration, position):
        with own_cursor(self.env) as cr:
            env = self.env(cr=cr)
            env["connector.checkpoint"]._acquire(integration, self._stream)._save(position)
            # Said here: a cursor only flushes environments that somebody still holds.
            env.flush_all()

    @api.model
    def _page(self, run, work, **position):
        """Do `work(env, integration)` and move the position, in one transaction of its own.

        Repeated when another worker wrote the same records meanwhile.

        :return: what `work` returns
        """
        run.position.update(position)
        counts = dict(run.counts)
        for attempt in range(1, TRANSACTION_TRIES + 1):
            try:
                with self._page_env() as env:
                    mine = env["zoom.integration"].browse(run.integration.id)
                    mine = mine.with_company(mine.company_id)
                    result = work(mine.env, mine)
                    mine.env.flush_all()
                    checkpoint = mine.env["connector.checkpoint"]._acquire(mine, self._stream)
                    checkpoint._save(run.position)
                break
            except (psycopg2.OperationalError, psycopg2.IntegrityError):
                # Webhooks of the same meetings are being applied: what they wrote is seen next time.
                run.counts.update(counts)
                if attempt == TRANSACTION_TRIES:
                    raise
                time.sleep(0.05 * 2**attempt)
        run.worked = True
        self._tell(run)
        return result

    @contextmanager
    def _page_env(self):
        with own_cursor(self.env, read_committed=False) as cr:
            # Background work of the account, whoever pressed the button.
            yield api.Environment(cr, SUPERUSER_ID, {})

    @api.model
    def _tell(self, run, message=None):
        """Write the counters since the last time into the visible run."""
        calls = run.http.calls - run.told_calls
        run.told_calls = run.http.calls
        counts = {name: count for name, count in run.counts.items() if count}
        for name in counts:
            totals = run.position.setdefault("totals", {})
            totals[name] = totals.get(name, 0) + counts[name]
            run.counts[name] = 0
        if calls or counts or message:
            self.env["connector.sync.run"]._run_progress(
                run.run_id, message=message, api_calls=calls, **counts
            )

    @api.model
    def _summary(self, run):
        totals = run.position.get("totals", {})
        text = self.env._(
            "%(created)s new, %(updated)s changed, %(unchanged)s unchanged, %(failed)s failed",
            created=totals.get("created", 0),
            updated=totals.get("updated", 0),
            unchanged=totals.get("unchanged", 0),
            failed=totals.get("failed", 0),
        )
        return "\n".join([text, *run.position.get("failures", [])])

    @api.model
    def _failed_item(self, run, name, exc):
        """Count what could not be read and keep it for the summary; the run goes on."""
        run.counts["failed"] += 1
        failures = run.position.setdefault("failures", [])
        if len(failures) < FAILURES_TOLD:
            failures.append(f"{name}: {plain_words(exc)}")

    # -- crons ---------------------------------------------------------------------------------------

    @api.model
    def _cron_reconcile(self):
        """Scheduled action, daily: compare every connected account with Zoom."""
        for integration in self.env["zoom.integration"].search([("state", "=", "connected")]):
            self.env["zoom.reconcile"]._enqueue(integration)

    @api.model
    def _cron_consistency(self):
        """Scheduled action, weekly: count both sides and compare a sample field by field."""
        for integration in self.env["zoom.integration"].search([("state", "=", "connected")]):
            integration._ask_consistency()

    @api.model
    def _cron_without_runner(self):
        """Scheduled action: do the waiting Zoom jobs where no job runner takes them.

        The job stays in the queue; when a runner comes back it finds nothing left to do.
        """
        self._resume_interrupted()
        late = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        # sudo: the scheduler looks after all accounts; identity keys only, no job is changed.
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search_fetch(
                [
                    ("state", "in", ("pending", "enqueued")),
                    ("model_name", "in", STREAMS),
                    ("date_created", "<", late),
                    "|",
                    ("eta", "=", False),
                    ("eta", "<", late),
                ],
                ["identity_key", "model_name"],
                order="date_created",
                limit=10,
            )
        )
        for job in jobs:
            integration_id = int(job.identity_key.rpartition(":")[2])
            try:
                self.env[job.model_name]._run_job(integration_id, budget=BUDGET_SECONDS / 2)
                # sudo: as above. Done here, so the runner need not do it again.
                job.sudo().write({"state": "cancelled"})
            except RetryableJobError as exc:
                _logger.info("%s waits: %s", job.model_name, exc)
            return

    @api.model
    def _resume_interrupted(self):
        """Let runs go on whose worker died: they stand in a checkpoint and no job works on them.

        A job too many does no harm: it finds the work locked, or done.
        """
        streams = {self.env[name]._stream: name for name in STREAMS}
        # sudo: the scheduler looks after all accounts.
        checkpoints = (
            self.env["connector.checkpoint"]
            .sudo()
            .search(
                [
                    ("integration_model", "=", "zoom.integration"),
                    ("stream", "in", list(streams)),
                    ("cursor", "like", '"run_id"'),
                ]
            )
        )
        silent = fields.Datetime.subtract(fields.Datetime.now(), seconds=SILENT_SECONDS)
        for checkpoint in checkpoints:
            # sudo: the scheduler looks after the runs of all accounts.
            run = self.env["connector.sync.run"].sudo().browse(checkpoint._load().get("run_id"))
            if run.exists() and run.state == "running" and run.heartbeat_at < silent:
                integration = self.env["zoom.integration"].browse(checkpoint.integration_id)
                self.env[streams[checkpoint.stream]]._enqueue(integration)
