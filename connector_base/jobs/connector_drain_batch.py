import datetime
import json
import logging
import time
import traceback

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

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

MAX_ATTEMPTS = 8
# Work that waits for the vendor or for a person's Connect is not given up before this.
GIVE_UP_AFTER = datetime.timedelta(days=3)
TRANSACTION_TRIES = 5
BACKOFF_LEAST = 1.0  # so that one drain never takes the same event twice
BACKOFF_BASE = 5.0
BACKOFF_CAP = 900.0
# These concern the whole account, not one event: trying the halves would change nothing.
WHOLE_ACCOUNT = (BreakerOpen, RateLimited, AuthError, KeyUnavailable)


class ConnectorDrainBatch(models.AbstractModel):
    """Applies one batch: records and outcomes in one transaction, the bad events set apart."""

    _inherit = "connector.drain"

    # -- one batch ---------------------------------------------------------------------------

    @api.model
    def _apply_claims(self, claims, run, touched):
        """Apply claimed events in one transaction; records and outcomes are committed together.

        Serialization failures and deadlocks repeat the transaction. When they do not end, the
        batch is cut in two, so that one event cannot hold up the others for ever.
        """
        error: psycopg2.OperationalError | None = None
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
                if (exc.pgcode or "08").startswith(("08", "57")):
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
                now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
                lag = (now - claim["received_at"]).total_seconds() * 1000
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
        outcomes: dict[int, dict] = {}
        groups: dict[tuple, list[dict]] = {}
        for claim in claims:
            key = (claim["integration_model"], claim["integration_id"], claim["event_type"])
            groups.setdefault(key, []).append(claim)
        events = self.env["connector.event"].browse(claim["id"] for claim in claims)
        events.fetch([name for name, field in events._fields.items() if field.column_type])
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
        # Iterating one recordset lets its records be read together, also after a rollback.
        for event in self.env["connector.event"].browse(by_id):
            claim = by_id[event.id]
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
                note = notes.get(event.id) or ""
                state = "ignored" if note.startswith("ignored: ") else "done"
                outcomes[event.id] = {"state": state, "note": note or None}

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
        # On an own cursor: the present transaction, a job's, began before the events were settled
        # and would not see them.
        with own_cursor(self.env) as cr:
            # sudo: counts for the managers, whoever's work found them.
            events = self.with_env(self.env(cr=cr)).env["connector.event"].sudo()
            count = events.search_count(
                [
                    ("integration_model", "=", integration._name),
                    ("integration_id", "=", integration.id),
                    ("state", "in", ("dead", "quarantined")),
                ]
            )
        if count:
            integration._alert(
                "dead_letters",
                self.env._("%(count)s event(s) could not be handled.", count=count),
                self.env._("Open Events That Need You, do what each one says, press Replay."),
            )
        else:
            integration._alert_clear("dead_letters")
