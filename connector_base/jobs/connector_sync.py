import logging
import time
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.queue_job.exception import RetryableJobError

from ..core.errors import ConnectorError, is_retryable
from ..cursors import own_cursor
from ..models.connector_integration import plain_words

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x73796E63  # "sync": our namespace of PostgreSQL advisory locks
TRANSACTION_TRIES = 5
# Below the usual time limit of a server process; the next job goes on where this one stopped.
# Jobs run inside HTTP workers: events must not wait long for their turn.
BUDGET_SECONDS = 15.0
# A vendor that is away for long is asked again at this distance, in seconds.
LONGEST_WAIT = 900
# How many failures a run tells by name; all of them are counted.
FAILURES_TOLD = 20


class OutOfTime(Exception):
    """The time of this job is over; the next one goes on from the checkpoint."""


class CountingHttp:
    """Passes calls on to an HTTP client, counts them for the history of the run, and keeps a
    distance between them, so that background work leaves room for what people wait for.

    :param pace: least seconds between the beginnings of two calls
    """

    def __init__(self, http, pace=0.0):
        self._http = http
        self._pace = pace
        self._next = 0.0
        self.calls = 0

    def request(self, *args, **kwargs):
        """Make one call, see ``HttpClient.request``."""
        self._take()
        return self._http.request(*args, **kwargs)

    def stream(self, *args, **kwargs):
        """Open one answer, see ``HttpClient.stream``."""
        self._take()
        return self._http.stream(*args, **kwargs)

    def _take(self):
        wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next = time.monotonic() + self._pace
        self.calls += 1


class Progress:
    """What one run has to hand: client, deadline, position, counters.

    :ivar integration: the account
    :ivar client: what :meth:`ConnectorSync._client` returned
    :ivar dict position: where the run stands; kept in connector.checkpoint
    :ivar dict counts: ``created, updated, unchanged, failed`` since the last page
    """

    def __init__(self, integration, http, client, run_id, position, deadline):
        self.integration = integration
        self.http = http
        self.client = client
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


class ConnectorSync(models.AbstractModel):
    """Frame of long jobs: resumable, committed page by page, visible as a sync run.

    Each page is written on a cursor of its own together with the checkpoint that says so, so
    whatever stops the job (a fault, a restart, its own time limit), it goes on from there.

    A product inherits it, names its integration model, and defines one model for each kind of run
    with ``_kind``, ``_stream``, :meth:`_first_position`, :meth:`_steps` and :meth:`_done`. The
    job function of a kind (``queue.job.function`` for ``_run_job``) says in which channel it runs.
    """

    _name = "connector.sync"
    _description = "Connector Synchronization"

    # Model of the accounts.
    _integration_model = None
    # What runs, in words people know ("Import"), and the name of its checkpoint.
    _kind = None
    _stream = None
    # Least seconds between two calls of one run.
    _pace = 0.0

    # -- what a product and a kind of run define -----------------------------------------------

    @api.model
    def _client(self, http):
        """Return the product's client over ``http``."""
        raise NotImplementedError

    @api.model
    def _first_position(self, integration):
        """Return the position (a dict JSON can hold) of a run that begins now."""
        return {}

    @api.model
    def _steps(self, run):
        """Do the work, from ``run.position`` on; :meth:`Progress.check_time` between pages."""
        raise NotImplementedError

    @api.model
    def _done(self, run):
        """Note that the run ended well."""
        return

    # -- the job -------------------------------------------------------------------------------

    @api.model
    def _enqueue(self, integration, eta=None, priority=None):
        """Let one job of this kind run for the account; does nothing when one waits already."""
        # sudo: the right to press the button is checked by the button; the job writes what nobody
        # may write over RPC (checkpoint, sync run, tokens), so it must not run with a person's
        # rights.
        self.sudo().with_delay(
            identity_key=f"{self._name}:{integration.id}",
            description=f"{self._kind} ({integration.name})",
            eta=eta,
            priority=priority,
        )._run_job(integration.id)

    @api.model
    def _run_job(self, integration_id, budget=BUDGET_SECONDS):
        """Job: go on with the run of this kind for at most about ``budget`` seconds.

        :raises RetryableJobError: the vendor cannot be asked at the moment
        """
        integration = self.env[self._integration_model].browse(integration_id).exists()
        if not integration or not integration.active:
            return self.env._("The integration does not exist or is archived.")
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
        run = self._begin(integration, position, deadline)
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
    def _begin(self, integration, position, deadline):
        http = CountingHttp(integration._http_client(), self._pace)
        return Progress(
            integration, http, self._client(http), position["run_id"], position, deadline
        )

    @api.model
    def _stopped(self, run, exc):
        """Wait and go on, or give up: depending on what ``exc`` asks for."""
        runs = self.env["connector.sync.run"]
        self._tell(run, plain_words(exc))
        if is_retryable(exc):
            wait = min(max(exc.retry_after or 60, 5), LONGEST_WAIT)
            raise RetryableJobError(exc.message, seconds=int(wait), ignore_retry=True) from exc
        self._save_position(run.integration, {})
        runs._run_finish(run.run_id, state="failed", message=plain_words(exc))
        self.env["connector.api.log"]._log_sync_error(run.integration, self._kind, exc)
        return plain_words(exc)

    @api.model
    def _broken(self, integration, exc):
        """An error nobody foresaw: the run ends as failed, and the next one begins anew."""
        self.env["connector.api.log"]._log_sync_error(integration, self._kind, exc)
        run_id = self._load_position(integration).get("run_id")
        if run_id:
            self._save_position(integration, {})
            self.env["connector.sync.run"]._run_finish(
                run_id, state="failed", message=plain_words(exc)
            )

    # -- checkpoint, pages ---------------------------------------------------------------------

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
        """Do ``work(env, integration)`` and move the position, in one transaction of its own.

        Repeated when another worker wrote the same records meanwhile.

        :return: what ``work`` returns
        """
        run.position.update(position)
        for attempt in range(1, TRANSACTION_TRIES + 1):
            try:
                with self._page_env() as env:
                    mine = env[run.integration._name].browse(run.integration.id)
                    mine = mine.with_company(mine.company_id)
                    result = work(mine.env, mine)
                    mine.env.flush_all()
                    checkpoint = mine.env["connector.checkpoint"]._acquire(mine, self._stream)
                    checkpoint._save(run.position)
                break
            except (psycopg2.OperationalError, psycopg2.IntegrityError):
                # Webhooks about the same things are being applied: seen next time.
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

    # -- without a job runner ------------------------------------------------------------------

    @api.model
    def _do_waiting(self, job_models):
        """Do one waiting job where no job runner takes it; for a product's scheduled action.

        :param job_models: names of the models of the product's runs
        """
        late = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        # sudo: the scheduler looks after all accounts; identity keys only, no job is changed.
        job = (
            self.env["queue.job"]
            .sudo()
            .search(
                [
                    ("state", "in", ("pending", "enqueued")),
                    ("model_name", "in", job_models),
                    ("identity_key", "!=", False),
                    ("date_created", "<", late),
                    "|",
                    ("eta", "=", False),
                    ("eta", "<", late),
                ],
                order="date_created",
                limit=1,
            )
        )
        if not job:
            return
        integration_id = int(job.identity_key.rpartition(":")[2])
        try:
            self.env[job.model_name]._run_job(integration_id, budget=BUDGET_SECONDS / 2)
            # sudo: as above. Done here, so the runner need not do it again.
            job.sudo().write({"state": "cancelled"})
        except RetryableJobError as exc:
            _logger.info("%s waits: %s", job.model_name, exc)
