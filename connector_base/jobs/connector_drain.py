import datetime
import time
from dataclasses import dataclass, field

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..cursors import own_cursor

LOCK_CLASS = 0x636F6E6E  # "conn": our namespace of PostgreSQL advisory locks
ALL_LANES_KEY = "connector.drain:all"
BATCH = 200
# A worker died this often while it handled the event in a batch: from then on it is taken alone.
CRASHES_ALONE = 2
# ... and this often altogether: the event itself is to blame.
CRASHES_DEAD = 5
# Seconds. Jobs run inside the HTTP workers, and the web wants its worker back soon.
JOB_BUDGET = 15.0
# Seconds per lane, when one job drains them all.
LANE_BUDGET = 4.0


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
    def _enqueue(self, lane, eta=None):
        """Let a job drain ``lane``; does nothing when one waits already.

        :param eta: not before this time; such a job does not stand in the way of one for now
        """
        key = self._lane_key(lane)
        self._delayed(f"{key}:later" if eta else key, eta, f"Drain inbox lane {lane}")._drain_lane(
            lane
        )

    @api.model
    def _enqueue_all(self, delay):
        """Let one job drain every lane in ``delay`` seconds."""
        self._delayed(ALL_LANES_KEY, delay, "Drain inbox")._drain_all()

    @api.model
    def _delayed(self, key, eta, description):
        # A job record needs no followers and no tracking; both cost more than the rest of it.
        quiet = self.with_context(tracking_disable=True, mail_create_nosubscribe=True)
        return quiet.with_delay(
            identity_key=key,
            eta=eta,
            priority=5,
            max_retries=0,  # a drain that fails is tried again: the inbox must not stand still
            description=description,
        )

    @api.model
    def _drain_all(self):
        """Job for bursts: drain what every lane gathered, one lane after the other.

        Lanes with much to do get a job of their own, so that they are drained in parallel.
        """
        claimed = 0
        for lane, count in self._due():
            run = None
            if count <= BATCH:
                run = self._run_job(lane, LANE_BUDGET)
                claimed += run.claimed if run else 0
            # Whoever holds the lane may have looked for the last time already.
            if run is None or run.more:
                self._enqueue(lane)
        return f"{claimed} event(s)"

    @api.model
    def _due(self):
        """Return ``[(lane, number of events)]`` of what could be claimed now."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "SELECT lane, count(*) FROM connector_event"
                " WHERE state IN ('received', 'processing') OR (state = 'retry'"
                " AND next_try_at <= now() AT TIME ZONE 'UTC') GROUP BY lane"
            )
            return cr.fetchall()

    @api.model
    def _run_job(self, lane, budget):
        try:
            return self._run_lane(lane, budget)
        except psycopg2.Error as exc:
            # Committed batches stay; what was taken is reclaimed by the next try.
            raise RetryableJobError(
                f"The database interrupted the drain ({type(exc).__name__}).",
                seconds=5,
                ignore_retry=True,
            ) from exc

    @api.model
    def _drain_lane(self, lane, budget=JOB_BUDGET):
        """Job: drain one lane for at most about ``budget`` seconds.

        :raises RetryableJobError: another worker drains this lane
        """
        run = self._run_job(lane, budget)
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
        touched: set[tuple[str, int]] = set()
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
