import datetime
import json
import logging
import time
import traceback
from dataclasses import dataclass, field

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..core.errors import (
    AuthError,
    BreakerOpen,
    ConfigurationError,
    ConnectorError,
    KeyUnavailable,
    PayloadError,
    RateLimited,
    Rejected,
    is_retryable,
)
from ..core.redaction import redact
from ..core.retry import backoff
from ..cursors import own_cursor

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x636F6E6E  # "conn": our namespace of PostgreSQL advisory locks
BATCH = 200
MAX_ATTEMPTS = 8
# A worker died this often while it handled the event in a batch: from then on it is taken alone.
CRASHES_ALONE = 2
# ... and this often altogether: the event itself is to blame.
CRASHES_DEAD = 5
# Work that waits for the vendor or for a person's Connect is not given up before this.
GIVE_UP_AFTER = datetime.timedelta(days=3)
TRANSACTION_TRIES = 5
BACKOFF_LEAST = 1.0  # so that one drain never takes the same event twice
BACKOFF_BASE = 5.0
BACKOFF_CAP = 900.0
# These concern the whole account, not one event: trying the halves would change nothing.
WHOLE_ACCOUNT = (BreakerOpen, RateLimited, AuthError, KeyUnavailable)


@dataclass
class LaneRun:
    """What one drain of a lane did."""

    claimed: int = 0
    more: bool = False
    counts: dict = field(default_factory=dict)


class ConnectorDrain(models.AbstractModel):
    """Takes events out of the inbox and lets the products make records of them.

    Per batch two transactions, each on its own cursor: *claim* (read committed; also settles the
    outcomes of the batch before) and *apply* (repeatable read; records and outcomes together, so
    that an event is applied exactly once whatever dies when). A lane is drained by one worker at a
    time: it holds an advisory lock for as long as it lives, so rows found ``processing`` under the
    lock were left by a worker that died.
    """

    _name = "connector.drain"
    _description = "Connector Drain"

    # -- job ---------------------------------------------------------------------------------

    @api.model
    def _lane_key(self, lane):
        return f"connector.drain:{lane}"

    @api.model
    def _enqueue(self, lane, eta=None, delay=None):
        """Let a job drain ``lane``; does nothing when one waits already.

        :param eta: not before this time; such a job does not stand in the way of one for now
        :param delay: seconds to gather more events first
        """
        key = self._lane_key(lane)
        # A job record needs no followers and no tracking; both cost more than the rest of it.
        quiet = self.with_context(tracking_disable=True, mail_create_nosubscribe=True)
        quiet.with_delay(
            identity_key=f"{key}:later" if eta else key,
            eta=eta or delay,
            priority=5,
            max_retries=0,  # a drain that fails is tried again: the inbox must not stand still
            description=f"Drain inbox lane {lane}",
        )._drain_lane(lane)

    @api.model
    def _drain_lane(self, lane, budget=50.0):
        """Job: drain one lane for at most about ``budget`` seconds.

        :raises RetryableJobError: another worker drains this lane
        """
        try:
            run = self._run_lane(lane, budget)
        except psycopg2.Error as exc:
            # Committed batches stay; what was taken is reclaimed by the next try.
            raise RetryableJobError(
                f"The database interrupted the drain ({type(exc).__name__}).",
                seconds=5,
                ignore_retry=True,
            ) from exc
        if run is None:
            raise RetryableJobError(
                "Another worker drains this lane.", seconds=1, ignore_retry=True
            )
        if run.more:
            self._enqueue(lane)
        else:
            due = self._next_due(lane)
            if due:
                self._enqueue(lane, eta=due)
        return f"{run.claimed} event(s): {run.counts}"

    @api.model
    def _next_due(self, lane):
        """Return when the next waiting retry of the lane is due, if within ten minutes."""
        self.env.cr.execute(
            SQL(
                "SELECT min(next_try_at) FROM connector_event WHERE lane = %s AND state = 'retry'",
                lane,
            )
        )
        (due,) = self.env.cr.fetchone()
        if due and due < fields.Datetime.now() + datetime.timedelta(minutes=10):
            return due
        return None

    # -- lane --------------------------------------------------------------------------------

    @api.model
    def _run_lane(self, lane, budget):
        """Drain ``lane``; the core of job and watchdog.

        :param budget: seconds after which no new batch is begun
        :return: :class:`LaneRun`, or None when another worker holds the lane
        """
        deadline = time.monotonic() + budget
        run = LaneRun()
        touched = set()
        with own_cursor(self.env) as lock_cr:
            lock_cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_CLASS, lane))
            if not lock_cr.fetchone()[0]:
                return None
            self._reclaim(lane)
            while True:
                if time.monotonic() >= deadline:
                    run.more = True
                    break
                claims = self._claim(lane)
                if not claims:
                    break
                run.claimed += len(claims)
                self._apply_claims(claims, run, touched)
            self._settle_lane(lane)
        for model, res_id in touched:
            self._alert_dead(self.env[model].browse(res_id))
        self.env["connector.metric"]._flush_due()
        return run

    @api.model
    def _reclaim(self, lane):
        """Give back what a worker that died had taken; those that kill workers stay dead."""
        with own_cursor(self.env) as cr:
            self._settle(cr, lane)
            cr.execute(
                SQL(
                    """
                    UPDATE connector_event SET crashes = crashes + 1, claimed_at = NULL,
                        state = CASE WHEN crashes + 1 >= %(limit)s THEN 'dead' ELSE 'received' END,
                        error = CASE WHEN crashes + 1 >= %(limit)s THEN %(error)s END,
                        remedy = CASE WHEN crashes + 1 >= %(limit)s THEN %(remedy)s END
                    WHERE lane = %(lane)s AND state = 'processing'
                    """,
                    lane=lane,
                    limit=CRASHES_DEAD,
                    error="The worker stopped every time it handled this event.",
                    remedy="Look into the server log at the time of the attempts (memory or time"
                    " limit reached?), then press Replay.",
                )
            )

    @api.model
    def _settle_lane(self, lane):
        with own_cursor(self.env) as cr:
            self._settle(cr, lane)

    @api.model
    def _settle(self, cr, lane):
        """Move the outcomes of the lane into its events."""
        cr.execute(
            SQL(
                """
                WITH settled AS (
                    DELETE FROM connector_event_outcome o USING connector_event e
                    WHERE o.event_id = e.id AND e.lane = %s
                    RETURNING o.event_id, o.state, o.next_try_at, o.error, o.remedy, o.note
                )
                UPDATE connector_event e SET state = s.state, next_try_at = s.next_try_at,
                    error = s.error, remedy = s.remedy, note = s.note, claimed_at = NULL,
                    crashes = 0,
                    done_at = CASE WHEN s.state IN ('done', 'ignored')
                        THEN now() AT TIME ZONE 'UTC' END
                FROM settled s WHERE e.id = s.event_id
                """,
                lane,
            )
        )

    @api.model
    def _claim(self, lane):
        """Settle the batch before, take the next one in vendor-time order; committed at once.

        :return: list of dict ``id, integration_model, integration_id, event_type, attempts,
            received_at``
        """
        with own_cursor(self.env) as cr:
            self._settle(cr, lane)
            for suspects, limit in ((False, BATCH), (True, 1)):
                cr.execute(
                    SQL(
                        """
                        UPDATE connector_event SET state = 'processing', attempts = attempts + 1,
                            claimed_at = now() AT TIME ZONE 'UTC', next_try_at = NULL
                        WHERE id IN (
                            SELECT id FROM connector_event
                            WHERE lane = %s AND (state = 'received' OR (state = 'retry'
                                    AND next_try_at <= now() AT TIME ZONE 'UTC'))
                                AND (crashes >= %s) = %s
                            ORDER BY occurred_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                        )
                        RETURNING id, integration_model, integration_id, event_type, attempts,
                            received_at, occurred_at
                        """,
                        lane,
                        CRASHES_ALONE,
                        suspects,
                        limit,
                    )
                )
                claims = cr.dictfetchall()
                if claims:
                    return sorted(claims, key=lambda claim: (claim["occurred_at"], claim["id"]))
        return []

    # -- one batch ---------------------------------------------------------------------------

    @api.model
    def _apply_claims(self, claims, run, touched):
        """Apply claimed events in one transaction; records and outcomes are committed together.

        Serialization failures and deadlocks repeat the transaction. When they do not end, the
        batch is cut in two, so that one event cannot hold up the others for ever.
        """
        error = None
        for attempt in range(1, TRANSACTION_TRIES + 1):
            try:
                with own_cursor(self.env, read_committed=False) as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    outcomes = self.with_env(env)._apply_batch(claims)
                    env.flush_all()
                    self._insert_outcomes(cr, outcomes)
                env.registry.signal_changes()
                break
            except psycopg2.OperationalError as exc:
                self.env.registry.reset_changes()
                if exc.pgcode is None or exc.pgcode.startswith(("08", "57")):
                    raise  # the connection or the server is gone; the rows are reclaimed later
                error = exc
                time.sleep(backoff(attempt, 0.05, 1.0))
        else:
            if len(claims) > 1:
                middle = len(claims) // 2
                self._apply_claims(claims[:middle], run, touched)
                self._apply_claims(claims[middle:], run, touched)
                return
            outcomes = {claims[0]["id"]: self._failure(claims[0], error)}
            with own_cursor(self.env) as cr:
                self._insert_outcomes(cr, outcomes)
        for claim in claims:
            state = outcomes[claim["id"]]["state"]
            run.counts[state] = run.counts.get(state, 0) + 1
            if claim["integration_model"] in self.env:
                integration = self.env[claim["integration_model"]].browse(claim["integration_id"])
                lag = (fields.Datetime.now() - claim["received_at"]).total_seconds() * 1000
                metrics = self.env["connector.metric"]
                metrics._buffer(integration, f"events_{state}")
                if state == "done":
                    metrics._buffer(integration, "event_lag_ms", lag)
                if state in ("dead", "quarantined"):
                    touched.add((integration._name, integration.id))

    @api.model
    def _insert_outcomes(self, cr, outcomes):
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s)",
                event_id,
                outcome["state"],
                outcome.get("next_try_at"),
                outcome.get("error"),
                outcome.get("remedy"),
                outcome.get("note"),
            )
            for event_id, outcome in outcomes.items()
        )
        cr.execute(
            SQL(
                "INSERT INTO connector_event_outcome"
                " (event_id, state, next_try_at, error, remedy, note) VALUES %s",
                rows,
            )
        )

    @api.model
    def _apply_batch(self, claims):
        """Apply claimed events in the present transaction.

        :return: ``{event id: outcome}`` for every claim
        """
        outcomes, groups = {}, {}
        for claim in claims:
            key = (claim["integration_model"], claim["integration_id"], claim["event_type"])
            groups.setdefault(key, []).append(claim)
        events = self.env["connector.event"].browse(claim["id"] for claim in claims)
        events.fetch(["payload", "event_type", "integration_model", "integration_id"])
        for (model, res_id, event_type), group in groups.items():
            integration = self.env[model].browse(res_id).exists() if model in self.env else None
            if not integration:
                for claim in group:
                    outcomes[claim["id"]] = {
                        "state": "ignored",
                        "note": "The integration of this event does not exist any more.",
                    }
                continue
            integration = integration.with_company(integration.company_id)
            self.with_env(integration.env)._apply_group(integration, event_type, group, outcomes)
        return outcomes

    @api.model
    def _apply_group(self, integration, event_type, group, outcomes):
        if not integration._connector_known_event(event_type):
            for claim in group:
                outcomes[claim["id"]] = {
                    "state": "ignored",
                    "note": "This kind of event is not used.",
                }
            return
        pairs, issues = [], {}
        by_id = {claim["id"]: claim for claim in group}
        for claim in group:
            event = self.env["connector.event"].browse(claim["id"])
            try:
                fact, found = integration._connector_parse(event_type, json.loads(event.payload))
            except Exception as exc:  # noqa: BLE001 (one bad event never stops the others)
                outcomes[event.id] = self._failure(claim, exc, integration)
                continue
            pairs.append((event, fact))
            if found:
                issues[event.id] = found
        if pairs:
            self._apply_pairs(integration, event_type, pairs, by_id, outcomes)
        for event, _fact in pairs:
            if event.id in issues and outcomes[event.id]["state"] in ("done", "ignored"):
                self.env["connector.data.issue"]._add(integration, issues[event.id], event=event)

    @api.model
    def _apply_pairs(self, integration, event_type, pairs, claims, outcomes):
        """Hand events to the product; on an error halve them until the bad one stands alone."""
        try:
            with self.env.cr.savepoint():
                notes = integration._connector_apply(event_type, pairs) or {}
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # concerns the transaction, see _apply_claims
        except WHOLE_ACCOUNT as exc:
            for event, _fact in pairs:
                outcomes[event.id] = self._failure(claims[event.id], exc)
        except Exception as exc:  # noqa: BLE001 (one bad event never stops the others)
            if len(pairs) == 1:
                event = pairs[0][0]
                outcomes[event.id] = self._failure(claims[event.id], exc, integration)
                return
            middle = len(pairs) // 2
            self._apply_pairs(integration, event_type, pairs[:middle], claims, outcomes)
            self._apply_pairs(integration, event_type, pairs[middle:], claims, outcomes)
        else:
            for event, _fact in pairs:
                note = notes.get(event.id)
                ignored = bool(note) and note.startswith("ignored: ")
                outcomes[event.id] = {"state": "ignored" if ignored else "done", "note": note}

    # -- failures ----------------------------------------------------------------------------

    @api.model
    def _failure(self, claim, exc, integration=None):
        """Decide what becomes of an event that failed with ``exc``.

        :return: outcome dict with state ``retry``, ``quarantined`` or ``dead``
        """
        waits = is_retryable(exc) or isinstance(exc, (AuthError, KeyUnavailable))
        if isinstance(exc, ConnectorError):
            error, remedy = exc.message, exc.remedy
        else:
            # The text of a database error quotes the row it is about.
            error = f"{type(exc).__name__}: {redact(str(exc))}"
            remedy = ""
        if isinstance(exc, (PayloadError, Rejected, ConfigurationError)) and not waits:
            if isinstance(exc, PayloadError) and exc.field:
                error = f"{error} ({exc.field})"
            return {
                "state": "quarantined",
                "error": error,
                "remedy": remedy or "Correct the cause, then press Replay.",
            }
        if not waits:
            # Frames without values: neither payloads nor personal data belong in a log.
            frames = "".join(traceback.format_tb(exc.__traceback__))
            _logger.warning(
                "Event %s (%s) failed, attempt %s: %s\n%s",
                claim["id"],
                claim["event_type"],
                claim["attempts"],
                error,
                frames,
            )
        age = fields.Datetime.now() - claim["received_at"]
        if (waits and age > GIVE_UP_AFTER) or (not waits and claim["attempts"] >= MAX_ATTEMPTS):
            return {
                "state": "dead",
                "error": error,
                "remedy": remedy
                or "All attempts failed. Correct the cause the error names, then press Replay.",
            }
        cap = BACKOFF_CAP if waits else BACKOFF_CAP / 3
        wait = max(
            getattr(exc, "retry_after", None) or 0.0,
            BACKOFF_LEAST,
            backoff(claim["attempts"], BACKOFF_BASE, cap),
        )
        return {
            "state": "retry",
            "error": error,
            "remedy": remedy or "Nothing to do yet: it is tried again by itself.",
            "next_try_at": fields.Datetime.now() + datetime.timedelta(seconds=wait),
        }

    @api.model
    def _alert_dead(self, integration):
        """Open or close the alert about events that wait for a person."""
        # sudo: counts for the managers, whoever's work found them.
        count = (
            self.env["connector.event"]
            .sudo()
            .search_count(
                [
                    ("integration_model", "=", integration._name),
                    ("integration_id", "=", integration.id),
                    ("state", "in", ("dead", "quarantined")),
                ]
            )
        )
        if count:
            integration._alert(
                "dead_letters",
                self.env._("%(count)s event(s) could not be handled.", count=count),
                self.env._("Open Events That Need You, do what each one says, press Replay."),
            )
        else:
            integration._alert_clear("dead_letters")
