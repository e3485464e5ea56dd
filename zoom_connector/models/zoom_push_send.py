"""Sending: what differs is worked out, written down, sent, read back and settled, in this order.

Zoom knows no idempotency key (vendor page "Create a meeting"), and none of its own fields can carry a
mark: tracking fields exist only where the account's administrator defined them, the agenda is read by
guests. An attempt to create whose answer is unknown is therefore written down before the call; before
it is repeated, the host's list is searched for a meeting of that topic, start, length and kind which
was made after the attempt began and which no calendar event has yet.
"""

import logging
import time
from datetime import timedelta

from odoo import fields, models

from odoo.addons.connector_base.core.errors import (
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
)
from odoo.addons.connector_base.core.redaction import redact

from ..tools import series_diff
from ..tools.times import naive
from .zoom_push_outcome import Deferred

_logger = logging.getLogger(__name__)

MAX_ROUNDS = 4
NO_SUCH_DATE, IN_PROGRESS, ENDED = 3000, 3002, 3007
LOOK_BACK = 120  # seconds that Zoom's clock may be behind ours


def _now_ms():
    return int(time.time() * 1000)


class ZoomPush(models.Model):
    _inherit = "zoom.push"

    def _send(self, row_id):
        """Send one row: at most a few rounds, because a planned series is corrected date by date."""
        fresh = False
        try:
            for _round in range(MAX_ROUNDS):
                step = self._transaction(
                    lambda push, again=fresh: push.browse(row_id)._prepare(again)
                )
                if step is None:
                    return
                fresh = self._carry_out(row_id, step)
            self._transaction(lambda push: push.browse(row_id)._finish())
        except ConnectorError as exc:
            error = exc
            self._transaction(lambda push: push.browse(row_id)._failed(error))
        except Exception as exc:
            # An error of ours: told, tried again, and shown to people if it stays.
            _logger.exception("Sending a meeting to Zoom failed")
            words = f"{type(exc).__name__}: {redact(str(exc))[:200]}"
            self._transaction(lambda push: push.browse(row_id)._crashed(words))

    # -- the calls ---------------------------------------------------------------------------------

    def _carry_out(self, row_id, step):
        """Do the step; return whether the next round only corrects single dates.

        :raises ConnectorError: Zoom did not do it, or nobody knows
        """
        account = self.env["zoom.integration"].browse(step.account_id)
        client = account._zoom_client()
        if step.action == "create":
            return self._carry_out_create(row_id, step, client)
        if step.action == "search":
            found = self._look_up(client, step.attempts, row_id)
            if found:
                client.delete_meeting(found.zoom_id)
            self._transaction(lambda push: push.browse(row_id).write({"attempts": False}))
            return False
        if step.action == "cancel":
            return self._carry_out_cancel(row_id, step, client)
        return self._carry_out_update(row_id, step, client)

    def _carry_out_create(self, row_id, step, client):
        begun = _now_ms()
        found = self._look_up(client, step.attempts, row_id) if step.attempts else None
        if found:
            meeting = client.meeting(found.zoom_id, show_previous=True)
        else:
            self._spend(step)
            self._transaction(lambda push: push.browse(row_id)._mark(step))
            meeting = client.create_meeting(step.host_key, step.draft)
        ended = _now_ms()
        self._transaction(
            lambda push: push.browse(row_id)._created(step, meeting, begun, ended, bool(found))
        )
        # A meeting that was found may be what an earlier wish asked for: compare everything.
        return not found

    def _carry_out_update(self, row_id, step, client):
        begun = _now_ms()
        if step.read_first:
            meeting = client.meeting(step.zoom_id)
            self._transaction(
                lambda push: push.browse(row_id)._read_back(step, meeting, begun, begun, set())
            )
            return False
        self._transaction(lambda push: push.browse(row_id)._mark(step))
        done = 0
        try:
            for key, draft in step.operations:
                if draft is None:
                    self._delete_date(client, step.zoom_id, key)
                else:
                    self._spend(step)
                    client.update_meeting(step.zoom_id, draft, occurrence_id=key)
                done += 1
            read_at = _now_ms()
            meeting = client.meeting(step.zoom_id)
        except NotFound:
            self._transaction(lambda push: push.browse(row_id)._vanished(step, _now_ms()))
            return False
        except ConnectorError as exc:
            # What Odoo knows of the meeting is older than what Zoom has now.
            exc.partly_done = done > 0
            raise
        ended = _now_ms()
        self._transaction(
            lambda push: push.browse(row_id)._read_back(
                step, meeting, read_at, ended, step.sent, begun
            )
        )
        return True

    def _delete_date(self, client, zoom_id, key):
        """Delete one date of a series; one that is gone already is a success."""
        try:
            client.delete_meeting(zoom_id, occurrence_id=key)
        except Rejected as exc:
            if exc.code != NO_SUCH_DATE:
                raise

    def _carry_out_cancel(self, row_id, step, client):
        begun = _now_ms()
        self._transaction(lambda push: push.browse(row_id)._mark(step))
        try:
            client.delete_meeting(step.zoom_id, remind=step.tell_registrants)
        except Rejected as exc:
            if exc.code == IN_PROGRESS:
                raise RateLimited(exc.message, scope="concurrency", retry_after=600.0) from exc
            if exc.code != ENDED:
                raise
        ended = _now_ms()
        self._transaction(lambda push: push.browse(row_id)._cancelled(step, begun, ended))
        return False

    def _spend(self, step):
        """Take one change from the host's budget. Raises Deferred when there is none left."""
        host = self.env["zoom.user"].browse(step.host_id).exists()
        if not host:
            return
        wait = self.env["zoom.budget"]._take(host, step.priority)
        if wait is not None:
            raise Deferred(
                self.env._(
                    "Zoom allows %(limit)s new or changed meetings a day for %(host)s; today's are "
                    "used up.",
                    limit=host.integration_id.push_daily_limit,
                    host=host.name,
                )
                if step.priority == 0
                else self.env._(
                    "Mass changes for %(host)s go on tomorrow: the rest of Zoom's %(limit)s changes "
                    "a day is kept for people.",
                    limit=host.integration_id.push_daily_limit,
                    host=host.name,
                ),
                scope="host",
                retry_after=wait,
                remedy=self.env._("Nothing to do: it is sent after midnight UTC."),
            )

    def _look_up(self, client, attempts, row_id):
        """Return the meeting that an unanswered attempt made, as an adapter `Meeting`, or None."""
        for attempt in attempts:
            start = fields.Datetime.to_datetime(attempt.get("start"))
            begun = fields.Datetime.to_datetime(attempt["begun"])
            span = {}
            if start:
                day = max(start, begun) if start < begun else start
                span = {
                    "from_": (day - timedelta(days=1)).date(),
                    "to": (day + timedelta(days=1)).date(),
                }
            rows = [
                meeting
                for meeting in client.meetings(attempt["host"], **span)
                if self._matches(meeting, attempt, start, begun)
            ]
            taken = self._taken({meeting.zoom_id for meeting in rows}, row_id)
            for meeting in sorted(rows, key=lambda m: str(m.created_at or "")):
                if meeting.zoom_id not in taken:
                    return meeting
        return None

    def _matches(self, meeting, attempt, start, begun):
        created = naive(meeting.created_at)
        if created and created < begun - timedelta(seconds=LOOK_BACK):
            return False
        if (meeting.topic, meeting.type) != (attempt["topic"], attempt["type"]):
            return False
        if meeting.type == series_diff.NO_FIXED_TIME:
            return True
        if meeting.duration_minutes != attempt["minutes"]:
            return False
        found = naive(meeting.start)
        if start < begun:
            # Zoom lets meetings of the past begin now.
            return bool(found) and abs(found - begun) < timedelta(minutes=10)
        return found == start

    def _taken(self, zoom_ids, row_id):
        """Return those Zoom ids that calendar events of other rows have already."""

        def work(push):
            meetings = push.env["zoom.meeting"].search([("zoom_id", "in", list(zoom_ids))])
            return {
                meeting.zoom_id
                for meeting in meetings
                if meeting.calendar_event_ids and meeting.push_origin == "odoo"
            }

        return self._transaction(work) if zoom_ids else set()
