"""The steps that first import and reconciliation share: users, then per user what Zoom knows."""

import time
from itertools import islice

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, PayloadError, Rejected

from ..models.zoom_meeting import RECURRING_FIXED
from ..models.zoom_meeting_upsert import MeetingPatch
from ..tools.times import naive

PAGE = 100
PHASES = ("planned", "held", "recordings")


def now_ms():
    """Return the present as vendor time: what a reply states was true when it was asked for."""
    return int(time.time() * 1000)


def chunks(iterator, size):
    """Yield lists of at most `size` items, reading no further than needed."""
    iterator = iter(iterator)
    while rows := list(islice(iterator, size)):
        yield rows


class ZoomSync(models.AbstractModel):
    _inherit = "zoom.sync"

    @api.model
    def _window_position(self, integration, past_days):
        today = fields.Date.today()
        return {
            "from": fields.Date.to_string(fields.Date.subtract(today, days=past_days)),
            "today": fields.Date.to_string(today),
            "to": fields.Date.to_string(fields.Date.add(today, days=integration.sync_future_days)),
            "users_read": False,
            "after": 0,
            "phase": 0,
            "skip": 0,
        }

    @api.model
    def _steps(self, run):
        if not run.position["users_read"]:
            self._read_users(run)
        while True:
            user = self._next_user(run)
            if user is None:
                return
            for index in range(run.position["phase"], len(PHASES)):
                run.check_time()
                try:
                    getattr(self, f"_read_{PHASES[index]}")(run, user)
                except (NotFound, Rejected, PayloadError) as exc:
                    # One user's data never stops the others.
                    self._failed_item(run, user["name"], exc)
                self._page(run, lambda env, integration: None, phase=index + 1, skip=0)
            self._page(run, lambda env, integration: None, after=user["id"], phase=0, skip=0)

    # -- users ---------------------------------------------------------------------------------------

    @api.model
    def _read_users(self, run):
        integration = run.integration
        at = now_ms()
        if integration.app_kind == "user_oauth":
            me = run.client.me()
            rows = [me]
            self._page(run, lambda env, mine: self._bind_account(mine, me), only=me.user_id)
        else:
            rows = run.client.users()
        for page in chunks(rows, PAGE):
            self._page(
                run, lambda env, mine, page=page: self._store_users(run, env, mine, page, at)
            )
        self._page(run, lambda env, mine: None, users_read=True)

    @api.model
    def _bind_account(self, integration, me):
        if me.account_id and not integration.account_id:
            integration.account_id = me.account_id

    @api.model
    def _store_users(self, run, env, integration, page, at):
        values = []
        for user in page:
            row = integration._user_values(user)
            known_state = user.status in ("active", "inactive", "pending")
            row["status"] = user.status if known_state else "active"
            values.append(row)
        known = env["zoom.user"]._known(integration, {row["zoom_id"] for row in values})
        env["zoom.user"]._upsert(integration, values, at)
        run.counts["created"] += sum(
            1 for row in values if row["zoom_id"] and row["zoom_id"] not in known
        )

    @api.model
    def _next_user(self, run):
        """Return {"id", "zoom_id", "name"} of the next user to read, or None."""
        domain = [
            ("integration_id", "=", run.integration.id),
            ("id", ">", run.position["after"]),
            ("status", "=", "active"),
        ]
        own = run.position.get("only")
        if own:
            domain.append(("zoom_id", "=", own))
        with self._page_env() as env:
            user = env["zoom.user"].search(domain, order="id", limit=1)
            if not user:
                return None
            # A person's own authorization only answers to "me" (vendor page "Using OAuth").
            return {"id": user.id, "zoom_id": "me" if own else user.zoom_id, "name": user.name}

    # -- planned meetings ----------------------------------------------------------------------------

    @api.model
    def _read_planned(self, run, user):
        position = run.position
        at = now_ms()
        rows = run.client.meetings(
            user["zoom_id"],
            from_=fields.Date.to_date(position["from"]),
            to=fields.Date.to_date(position["to"]),
        )
        seen = set()
        done = 0
        for page in chunks(rows, PAGE):
            done += len(page)
            seen |= {row.zoom_id for row in page}
            if done <= position["skip"]:
                continue
            series = self._page(
                run, lambda env, mine, page=page: self._store_planned(run, env, mine, page, at)
            )
            for zoom_id in series:
                self._read_details(run, zoom_id)
            run.position["skip"] = done
            self._page(run, lambda env, mine: None, skip=done)
            run.check_time()
        self._check_missing(run, user, seen)

    @api.model
    def _store_planned(self, run, env, integration, page, at):
        """Store one page of the list; return the ids whose details the list does not hold."""
        Meeting = env["zoom.meeting"]
        first = {}
        for row in page:
            # A series comes once per date; what it says about the series is the same each time.
            first.setdefault(row.zoom_id, row)
        known = Meeting._known(integration, set(first))
        versions = {zoom_id: dict(meeting.register or {}) for zoom_id, meeting in known.items()}
        before = {zoom_id: meeting._register_row()["values"] for zoom_id, meeting in known.items()}
        meetings = Meeting._upsert(integration, list(first.values()), at)
        for meeting in meetings:
            if meeting.zoom_id not in versions:
                run.counts["created"] += 1
            elif meeting._register_row()["values"] != before[meeting.zoom_id]:
                run.counts["updated"] += 1
            else:
                run.counts["unchanged"] += 1
        return self._series_to_read(meetings, page)

    @api.model
    def _series_to_read(self, meetings, page):
        """Return the ids of series that the rows show to be unknown or changed."""
        rows = {}
        for row in page:
            if row.type == RECURRING_FIXED and row.start:
                rows.setdefault(row.zoom_id, set()).add(fields.Datetime.to_string(naive(row.start)))
        wanted = []
        for meeting in meetings.filtered(lambda m: m.zoom_type == RECURRING_FIXED):
            planned = {
                entry["start"]
                for entry in (meeting.occurrences or {}).values()
                if entry.get("status") != "deleted"
            }
            told = rows.get(meeting.zoom_id, set())
            # One row can mean one date or the whole series, so only several prove anything.
            if len(told) < 2 or not told <= planned or not meeting.recurrence:
                wanted.append(meeting.zoom_id)
        return wanted

    @api.model
    def _read_details(self, run, zoom_id):
        """Read one meeting with its dates; a meeting that is gone is marked as deleted."""
        at = now_ms()
        try:
            meeting = run.client.meeting(zoom_id, show_previous=True)
        except NotFound:
            self._page(run, lambda env, mine: self._store_missing(env, mine, zoom_id, at))
            run.counts["updated"] += 1
            return
        self._page(run, lambda env, mine: env["zoom.meeting"]._upsert(mine, [meeting], at))

    @api.model
    def _store_missing(self, env, integration, zoom_id, at):
        """Zoom does not know a meeting: deleted when it lies ahead, else it has merely expired.

        Zoom forgets meeting ids some time after they were used (vendor page "Meeting IDs").
        """
        meeting = env["zoom.meeting"]._known(integration, {zoom_id}).get(zoom_id)
        ahead = meeting and meeting._is_ahead()
        values = {"presence": "deleted"} if ahead else {}
        patch = MeetingPatch(zoom_id=zoom_id, at=at, values=values, read=True)
        env["zoom.meeting"]._apply_patches(integration, [patch])

    @api.model
    def _check_missing(self, run, user, seen):
        """Ask about each planned meeting of Odoo that Zoom's list did not hold."""
        with self._page_env() as env:
            missing = env["zoom.meeting"].search(
                [
                    ("integration_id", "=", run.integration.id),
                    ("host_id", "=", user["id"]),
                    ("presence", "=", "present"),
                    ("kind", "in", ("scheduled", "series")),
                    ("start", ">=", fields.Datetime.now()),
                    ("start", "<", run.position["to"]),
                    ("zoom_id", "not in", list(seen)),
                ]
            )
            zoom_ids = missing.mapped("zoom_id")
        for zoom_id in zoom_ids:
            self._read_details(run, zoom_id)
            run.check_time()
