"""Repairing what a comparison found: inwards through the upserts, outwards through the outbox."""

import logging

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import ConnectorError, is_retryable
from odoo.addons.connector_base.core.redaction import redact
from odoo.addons.connector_base.models.connector_integration import plain_words

from .zoom_reconcile_data import (
    PARTS,
    instance_from_json,
    meeting_from_json,
    recording_from_json,
)
from .zoom_sync_steps import now_ms

_logger = logging.getLogger(__name__)

AT_ONCE = 50
# How many held meetings are read before their page is written: each costs a call.
READ_AT_ONCE = 40


class ZoomSync(models.AbstractModel):
    _inherit = "zoom.sync"

    @api.model
    def _heal_asked(self, run):
        """Repair all lines of the account that somebody asked for, page by page."""
        while True:
            with self._page_env() as env:
                lines = env["zoom.reconcile.line"].search(
                    [
                        ("integration_id", "=", run.integration.id),
                        ("heal_state", "=", "asked"),
                    ],
                    order="id",
                    limit=AT_ONCE,
                )
                if not lines:
                    return
                outwards = lines.filtered(lambda line: line.direction == "out").ids
                inwards = [
                    (line.id, len((line.data or {}).get("people", [])))
                    for line in lines
                    if line.direction == "in"
                ]
            if outwards:
                self._page(run, lambda env, mine, ids=outwards: self._send_lines(env, mine, ids))
                run.check_time()
            for batch in self._heal_batches(inwards):
                self._heal_batch(run, batch)
                run.check_time()

    @api.model
    def _heal_batches(self, lines):
        """Group lines so that a page does not wait long for the people it has to read."""
        batch, reads = [], 0
        for line_id, people in lines:
            if batch and people and reads + people > READ_AT_ONCE:
                yield batch
                batch, reads = [], 0
            batch.append(line_id)
            reads += people
        if batch:
            yield batch

    @api.model
    def _heal_batch(self, run, line_ids):
        """Repair lines together; if that fails, each alone, so that one bad line stops no other."""
        try:
            self._heal_lines(run, line_ids)
        except Exception as exc:
            if isinstance(exc, ConnectorError) and is_retryable(exc):
                raise
            if len(line_ids) > 1:
                for line_id in line_ids:
                    self._heal_batch(run, [line_id])
                return
            words = (
                plain_words(exc)
                if isinstance(exc, ConnectorError)
                else f"{type(exc).__name__}: {redact(str(exc))[:200]}"
            )
            _logger.warning("A difference from Zoom could not be repaired: %s", words)
            self._page(
                run,
                lambda env, mine: (
                    env["zoom.reconcile.line"]
                    .browse(line_ids)
                    .write({"heal_state": "failed", "error": words})
                ),
            )
            run.counts["failed"] += 1

    @api.model
    def _heal_lines(self, run, line_ids):
        at = now_ms()
        with self._page_env() as env:
            lines = env["zoom.reconcile.line"].browse(line_ids).exists()
            uuids = [uuid for line in lines for uuid in (line.data or {}).get("people", [])]
        rows = {uuid: self._people_rows(run, uuid) for uuid in dict.fromkeys(uuids)}

        def work(env, mine):
            mine_lines = env["zoom.reconcile.line"].browse(line_ids).exists()
            parts = {name: [] for name in PARTS}
            for line in mine_lines:
                for name, members in (line.data or {}).items():
                    parts[name] += members
            self._apply_parts(env, mine, parts)
            if rows:
                self._store_people(env, mine, rows, at)
            mine_lines.write({"heal_state": "healed", "healed_at": fields.Datetime.now()})
            for name, kinds in (("created", ("missing",)), ("updated", ("changed", "orphaned"))):
                run.counts[name] += len(mine_lines.filtered(lambda line, k=kinds: line.kind in k))

        self._page(run, work)

    @api.model
    def _apply_parts(self, env, integration, parts):
        """Give what Zoom said to the functions that make records."""
        if parts["users"]:
            users = parts["users"]
            env["zoom.user"]._upsert(
                integration, [user["values"] for user in users], [user["at"] for user in users]
            )
        env["zoom.meeting"]._apply_patches(
            integration, [meeting_from_json(data) for data in parts["meetings"]]
        )
        Instance = env["zoom.meeting.instance"]
        instances = Instance._upsert(
            integration, [instance_from_json(data) for data in parts["instances"]]
        )
        recordings = [recording_from_json(data) for data in parts["recordings"]]
        held = Instance._upsert(
            integration, [integration._recording_patch(r, at) for r, at in recordings]
        )
        statements = []
        for recording, at in recordings:
            statements += integration._file_statements(
                held[recording.uuid], recording, at, "available"
            )
        if statements:
            env["zoom.recording"]._upsert(integration, statements)
        moves = [move for move in parts["moves"] if isinstance(move, list)]
        if moves:
            env["zoom.recording"]._move(integration, [tuple(move) for move in moves])
        removed = {move["remove"] for move in parts["moves"] if isinstance(move, dict)}
        if removed:
            Instance.union(*Instance._known(integration, removed).values()).unlink()
        integration._ask_for_details(integration._meetings_of({**instances, **held}))

    @api.model
    def _send_lines(self, env, integration, line_ids):
        """Ask the outbox to bring Zoom to what the calendar says, as work that waits for people's."""
        lines = env["zoom.reconcile.line"].browse(line_ids).exists()
        notes = {
            "events": set(lines.event_id.ids),
            "meetings": set(lines.meeting_id.ids),
            "recurrences": set(),
        }
        env["zoom.push"].with_context(zoom_batch=True)._queue(notes)
        lines.write({"heal_state": "sent"})


class ZoomHeal(models.AbstractModel):
    """Repairs lines that people asked for."""

    _name = "zoom.heal"
    _inherit = "zoom.sync"
    _description = "Zoom Repair"
    _kind = "Repair"
    _stream = "heal"

    @api.model
    def _run_job(self, integration_id, **options):
        with self._page_env() as env:
            asked = env["zoom.reconcile.line"].search_count(
                [("integration_id", "=", integration_id), ("heal_state", "=", "asked")], limit=1
            )
        if not asked:
            return self.env._("Nothing to repair.")
        return super()._run_job(integration_id, **options)

    @api.model
    def _first_position(self, integration):
        return {}

    @api.model
    def _steps(self, run):
        self._heal_asked(run)

    @api.model
    def _done(self, run):
        """Nothing to note: the lines say themselves that they were repaired."""
