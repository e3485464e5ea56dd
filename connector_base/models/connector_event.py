import hashlib
import json
import zlib

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import compat
from ..jobs.connector_drain import ALL_LANES_KEY
from .connector_integration import set_integration_names

LANES = 4
"""Drain lanes: events of one subject share a lane, so they are never handled by two workers."""

STATES = [
    ("received", "Received"),
    ("processing", "Processing"),
    ("done", "Done"),
    ("ignored", "Ignored"),
    ("retry", "Waiting to Retry"),
    ("dead", "Dead"),
    ("quarantined", "Quarantined"),
]
REPLAYABLE = ("dead", "quarantined", "ignored", "done", "retry")
KEY_LENGTH = 255
KEEP_DONE_DAYS = 90


class ConnectorEvent(models.Model):
    """Inbox: one row per fact a vendor told us, however often it was delivered."""

    _name = "connector.event"
    _description = "Connector Event"
    _order = "id desc"
    _rec_name = "event_type"
    _log_access = False  # the hot path inserts rows; who made them is always the vendor

    integration_model = fields.Char(required=True, readonly=True)
    integration_id = fields.Many2oneReference(
        string="Integration ID", model_field="integration_model", required=True, readonly=True
    )
    integration_name = fields.Char(string="Integration", compute="_compute_integration_name")
    event_type = fields.Char(required=True, readonly=True, index=True)
    external_key = fields.Char(required=True, readonly=True, help="Identity of the fact.")
    subject_key = fields.Char(readonly=True, index=True, help="What the fact is about.")
    occurred_at = fields.Datetime(
        required=True, readonly=True, help="The vendor's time of the fact, not of its arrival."
    )
    received_at = fields.Datetime(required=True, readonly=True, help="First delivery.")
    last_delivery_at = fields.Datetime(string="Last Delivery", readonly=True)
    deliveries = fields.Integer(readonly=True, default=1, help="How often the vendor sent it.")
    lane = fields.Integer(readonly=True, aggregator=False)
    request_id = fields.Char(string="Vendor Request ID", readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="received")
    attempts = fields.Integer(readonly=True, default=0)
    crashes = fields.Integer(
        readonly=True, default=0, help="How often a worker died while it handled this event."
    )
    next_try_at = fields.Datetime(string="Next Try", readonly=True)
    claimed_at = fields.Datetime(string="Taken by a Worker", readonly=True)
    done_at = fields.Datetime(string="Finished", readonly=True)
    error = fields.Text(readonly=True)
    remedy = fields.Text(string="What to Do", readonly=True)
    note = fields.Char(readonly=True)
    payload = fields.Text(
        readonly=True,
        groups="connector_base.group_connector_diagnostics",
        help="What the vendor sent, without secrets.",
    )
    payload_pretty = fields.Text(
        string="Payload (formatted)",
        compute="_compute_payload_pretty",
        groups="connector_base.group_connector_diagnostics",
    )
    issue_ids = fields.One2many("connector.data.issue", "event_id", string="Data Issues")
    company_id = fields.Many2one("res.company", readonly=True, index=True)

    _fact_unique = compat.Constraint(
        "UNIQUE (integration_model, integration_id, external_key)",
        "This fact is already in the inbox.",
    )

    def init(self):
        """Indexes for what the drain claims and the screens count."""
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS connector_event_open_idx"
            " ON connector_event (lane, occurred_at, id)"
            " WHERE state IN ('received', 'processing', 'retry')"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS connector_event_integration_idx"
            " ON connector_event (integration_model, integration_id, received_at DESC)"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS connector_event_attention_idx"
            " ON connector_event (integration_model, integration_id, state)"
            " WHERE state IN ('dead', 'quarantined')"
        )
        return result

    @api.depends("integration_model", "integration_id")
    def _compute_integration_name(self):
        set_integration_names(self)

    @api.depends("payload")
    def _compute_payload_pretty(self):
        for event in self:
            try:
                event.payload_pretty = json.dumps(
                    json.loads(event.payload or "null"), indent=2, ensure_ascii=False
                )
            except ValueError:
                event.payload_pretty = event.payload

    # -- intake ------------------------------------------------------------------------------

    @api.model
    def _intake(self, integration, facts, request_id=None, outcome=None):
        """Store facts in the present transaction, with one statement.

        A fact that is known already only counts one delivery more. The caller commits, then calls
        :meth:`_wake` with the lanes: in this order a drain job that is seen waiting afterwards
        will surely see the rows.

        :param facts: iterable of :class:`core.facts.Fact`
        :param request_id: the vendor's id of the delivery
        :param outcome: dict ``state, error, remedy, note`` for facts that need no drain, such as
            a body that is kept in quarantine
        :return: dict ``created`` and ``doubled`` (counts) and ``lanes`` (set of int)
        """
        unique, doubled_in_body = {}, 0
        for fact in facts:
            key = _database_key(fact.external_key)
            doubled_in_body += key in unique
            unique[key] = fact
        if not unique:
            return {"created": 0, "doubled": 0, "lanes": set()}
        company = integration._connector_cached_company() or None
        outcome = outcome or {}
        rows, lanes = [], set()
        for key, fact in unique.items():
            subject = _clean(fact.subject_key or "")
            lane = zlib.crc32(f"{integration._name},{integration.id},{subject}".encode()) % LANES
            state, note = outcome.get("state", "received"), outcome.get("note")
            if "state" not in outcome and not integration._connector_known_event(fact.event_type):
                state, note = "ignored", "This kind of event is not used."
            if state == "received":
                lanes.add(lane)
            rows.append(
                SQL(
                    "(%s, %s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',"
                    " 1, %s, %s, %s, 0, 0, %s, %s, %s, %s, %s)",
                    integration._name,
                    integration.id,
                    _clean(fact.event_type),
                    key,
                    subject or None,
                    fact.occurred_at.replace(tzinfo=None),
                    lane,
                    _clean(request_id or "")[:KEY_LENGTH] or None,
                    state,
                    outcome.get("error"),
                    outcome.get("remedy"),
                    note,
                    _payload_text(fact.payload),
                    company,
                )
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO connector_event AS e (integration_model, integration_id, event_type,
                    external_key, subject_key, occurred_at, received_at, last_delivery_at,
                    deliveries, lane, request_id, state, attempts, crashes, error, remedy, note,
                    payload, company_id)
                VALUES %s
                ON CONFLICT (integration_model, integration_id, external_key) DO UPDATE
                    SET deliveries = e.deliveries + 1, last_delivery_at = excluded.last_delivery_at
                RETURNING xmax = 0
                """,
                SQL(", ").join(rows),
            )
        )
        created = sum(new for (new,) in self.env.cr.fetchall())
        return {
            "created": created,
            "doubled": len(unique) - created + doubled_in_body,
            # Nothing new came: whoever is to handle the known ones has been woken before.
            "lanes": lanes if created else set(),
        }

    @api.model
    def _wake(self, lanes, delay=None):
        """See to it that a drain job waits for each of ``lanes``.

        Call it after the commit of the rows. A burst finds the job of the first event still
        waiting, so ten thousand events need few jobs.

        :param delay: in a burst: one job for all lanes, after so many seconds
        """
        if not lanes:
            return
        drain = self.env["connector.drain"]
        keys = {drain._lane_key(lane): lane for lane in lanes}
        self.env.cr.execute(
            SQL(
                "SELECT identity_key FROM queue_job WHERE identity_key = ANY(%s)"
                " AND state IN ('pending', 'enqueued', 'wait_dependencies')",
                [*keys, ALL_LANES_KEY],
            )
        )
        waiting = {key for (key,) in self.env.cr.fetchall()}
        missing = [lane for key, lane in keys.items() if key not in waiting]
        if ALL_LANES_KEY in waiting or not missing:
            return
        if delay:
            drain._enqueue_all(delay)
            return
        for lane in missing:
            drain._enqueue(lane)

    # -- buttons -----------------------------------------------------------------------------

    def action_replay(self):
        """Handle the events once more, from the first attempt."""
        self._check_manager()
        events = self.filtered(lambda event: event.state in REPLAYABLE)
        if not events:
            raise UserError(
                self.env._("These events are being handled already; there is nothing to replay.")
            )
        # sudo: managers may press the button, but nobody may write events over RPC.
        events.sudo().write(
            {
                "state": "received",
                "attempts": 0,
                "crashes": 0,
                "next_try_at": False,
                "claimed_at": False,
                "done_at": False,
                "error": False,
                "remedy": False,
                "note": self.env._("Replayed by %(user)s.", user=self.env.user.name),
            }
        )
        lanes = set(events.mapped("lane"))
        self.env.flush_all()
        # The look at waiting jobs must follow the commit, see _wake.
        registry = self.env.registry

        @self.env.cr.postcommit.add
        def wake():
            with registry.cursor() as cr:
                # The drain serves all accounts: it is not the work of whoever pressed the button.
                api.Environment(cr, SUPERUSER_ID, {})["connector.event"]._wake(lanes)

        return self._notify(
            self.env._("%(count)s event(s) will be handled again.", count=len(events))
        )

    def action_ignore(self):
        """Set events that wait for a person aside for good."""
        self._check_manager()
        events = self.filtered(lambda event: event.state in ("dead", "quarantined", "retry"))
        # sudo: as in action_replay.
        events.sudo().write(
            {
                "state": "ignored",
                "next_try_at": False,
                "note": self.env._("Ignored by %(user)s.", user=self.env.user.name),
                "done_at": fields.Datetime.now(),
            }
        )
        return self._notify(self.env._("%(count)s event(s) are ignored now.", count=len(events)))

    def _check_manager(self):
        """Only people who may see raw data may steer the inbox; rules limit which events."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "connector_base.group_connector_diagnostics"
        ):
            raise UserError(self.env._("Only a connector manager can do this."))

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open_integration(self):
        """Open the integration that received the event."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.integration_model,
            "res_id": self.integration_id,
            "view_mode": "form",
        }

    @api.autovacuum
    def _gc_finished(self):
        """Delete events that were finished long ago, and outcomes of events that are gone."""
        self.env.cr.execute(
            "DELETE FROM connector_event WHERE state IN ('done', 'ignored')"
            " AND last_delivery_at < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
            (KEEP_DONE_DAYS,),
        )
        self.env.cr.execute(
            "DELETE FROM connector_event_outcome o"
            " WHERE NOT EXISTS (SELECT 1 FROM connector_event e WHERE e.id = o.event_id)"
        )


class ConnectorEventOutcome(models.Model):
    """What became of an event, inserted in the transaction of the records it made.

    A row of its own instead of an update of the event: a second delivery that arrives meanwhile
    updates the event's counter, and the two would abort each other. The drain moves outcomes into
    the events before it claims new ones (``connector.drain._settle``). The unique key is also the
    fence: if two workers ever applied one event, only one transaction could commit.
    """

    _name = "connector.event.outcome"
    _description = "Connector Event Outcome"
    _rec_name = "event_id"
    _log_access = False

    event_id = fields.Integer(required=True, readonly=True)
    state = fields.Char(required=True, readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    error = fields.Text(readonly=True)
    remedy = fields.Text(readonly=True)
    note = fields.Char(readonly=True)

    _event_unique = compat.Constraint("UNIQUE (event_id)", "An event has one outcome at a time.")


def _clean(text):
    """Return ``text`` as PostgreSQL can store it: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _database_key(text):
    """Return ``text`` short enough for an index; long keys are replaced by their hash."""
    text = _clean(text)
    if len(text) <= KEY_LENGTH:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _payload_text(payload):
    try:
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate cannot be stored as text, but as an escape of JSON.
        text = json.dumps(payload, separators=(",", ":"))
    return text
