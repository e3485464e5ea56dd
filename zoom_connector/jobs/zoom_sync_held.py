"""Steps of import and reconciliation about what is over: held meetings, people, recordings."""

from odoo import api, fields, models

from odoo.addons.connector_base.core.errors import NotFound, ScopeMissing

from ..models.zoom_meeting_instance import InstancePatch
from ..tools import people
from ..tools.times import naive
from .zoom_sync_steps import PAGE, chunks, now_ms

HELD_PAGE = 50


class ZoomSync(models.AbstractModel):
    _inherit = "zoom.sync"

    @api.model
    def _scope_missing(self, run, exc):
        """The app lacks a permission: what needs it is left out, and managers are told."""
        missing = run.position.setdefault("scopes", [])
        missing += [scope for scope in exc.scopes or ("?",) if scope not in missing]
        self._tell(run, exc.message)

    # -- held meetings -------------------------------------------------------------------------------

    @api.model
    def _held_meetings(self, run, user):
        """Yield the held meetings of a user, from the report or, without that scope, the list."""
        from_ = fields.Date.to_date(run.position["from"])
        today = fields.Date.to_date(run.position["today"])
        if run.integration.app_kind != "user_oauth" and not run.position.get("no_report"):
            try:
                yield from run.client.report_meetings(user["zoom_id"], from_, today)
                return
            except ScopeMissing as exc:
                run.position["no_report"] = True
                self._scope_missing(run, exc)
        yield from run.client.meetings(
            user["zoom_id"], type="previous_meetings", from_=from_, to=today
        )

    @api.model
    def _read_held(self, run, user):
        at = now_ms()
        done = 0
        for page in chunks(self._held_meetings(run, user), HELD_PAGE):
            done += len(page)
            if done <= run.position["skip"]:
                continue
            unchecked = self._page(
                run, lambda env, mine, page=page: self._store_held(run, env, mine, page, at, user)
            )
            rows = {uuid: self._people_rows(run, uuid) for uuid in unchecked}
            self._page(
                run, lambda env, mine, rows=rows: self._store_people(env, mine, rows, at), skip=done
            )
            run.check_time()

    @api.model
    def _store_held(self, run, env, integration, page, at, user):
        """Store held meetings; return the UUIDs whose people were never compared with Zoom."""
        host = env["zoom.user"].browse(user["id"]).zoom_id
        patches = [
            self._held_patch(integration, row, at, host) for row in page if row.uuid and row.zoom_id
        ]
        known = env["zoom.meeting.instance"]._known(integration, {p.uuid for p in patches})
        instances = env["zoom.meeting.instance"]._upsert(integration, patches)
        run.counts["created"] += len(set(instances) - set(known))
        run.counts["unchanged"] += len(known)
        integration._ask_for_details(integration._meetings_of(instances))
        return [
            uuid
            for uuid, instance in instances.items()
            if instance.stop and not instance.attendance_checked
        ]

    @api.model
    def _held_patch(self, integration, row, at, host):
        """Return the `InstancePatch` of a row of the report or of the list of past meetings.

        :param host: Zoom id of the user whose list it is
        """
        hint = integration._hint(row, row.start, zoom_type=row.type)
        hint.values.setdefault("host", host)
        told = {
            "reported_count": getattr(row, "participants_count", None),
            "reported_minutes": getattr(row, "total_minutes", None),
        }
        return InstancePatch(
            uuid=row.uuid,
            zoom_id=row.zoom_id,
            meeting=[hint],
            start=naive(row.start),
            stop=naive(getattr(row, "stop", None)),
            at=at,
            values={name: value for name, value in told.items() if value},
        )

    @api.model
    def _people_rows(self, run, uuid):
        """Return Zoom's own list of the people of one held meeting; None when it has none to give.

        Read once per meeting: the past does not change.
        """
        reports = run.integration.app_kind != "user_oauth" and not run.position.get("no_report")
        readers = [run.client.report_participants] if reports else []
        for reader in [*readers, run.client.past_participants]:
            try:
                return [row for row in reader(uuid) if not row.in_waiting_room]
            except NotFound:
                return []
            except ScopeMissing as exc:
                run.position["no_report"] = True
                self._scope_missing(run, exc)
        return None

    @api.model
    def _store_people(self, env, integration, rows, at):
        """Compare the people of held meetings with Zoom's lists (dict UUID -> rows or None)."""
        instances = env["zoom.meeting.instance"]._known(integration, set(rows))
        seen = {}
        for uuid, found in rows.items():
            # Zoom's figures may lag behind after big meetings: the next run looks again.
            ready = found is not None and not any(
                row.leave_time and row.leave_time > row.join_time and not row.duration_seconds
                for row in found
            )
            if ready:
                seen[instances[uuid]] = [self._row_observation(row, at) for row in found]
        if seen:
            env["zoom.participant"]._upsert_stays(seen)
            for instance in seen:
                # What moves after this moment, in Zoom or in Odoo, shows in the next comparison.
                instance.write(
                    {
                        "attendance_checked": True,
                        "checked_people": instance.participant_count,
                        "checked_seconds": instance.person_seconds,
                    }
                )

    @api.model
    def _row_observation(self, row, at):
        values = {
            "name": row.name,
            "email": (row.email or "").lower(),
            "zoom_user_id": row.zoom_user_id,
            "registrant_id": row.registrant_id,
            "customer_key": row.customer_key,
        }
        return people.Observation(
            at=at,
            device=row.user_id,
            join=naive(row.join_time),
            leave=naive(row.leave_time),
            reported=True,
            values={name: value for name, value in values.items() if value},
        )

    # -- recordings ----------------------------------------------------------------------------------

    @api.model
    def _read_recordings(self, run, user):
        at = now_ms()
        done = 0
        rows = run.client.recordings(
            user["zoom_id"],
            fields.Date.to_date(run.position["from"]),
            fields.Date.to_date(run.position["today"]),
        )
        try:
            for page in chunks(rows, PAGE):
                done += len(page)
                if done <= run.position["skip"]:
                    continue
                self._page(
                    run,
                    lambda env, mine, page=page: self._store_recordings(run, env, mine, page, at),
                    skip=done,
                )
                run.check_time()
        except ScopeMissing as exc:
            # Without the scope there are no recordings, but everything else goes on.
            self._scope_missing(run, exc)

    @api.model
    def _store_recordings(self, run, env, integration, page, at):
        page = [recording for recording in page if recording.zoom_id]
        instances = env["zoom.meeting.instance"]._upsert(
            integration, [integration._recording_patch(recording, at) for recording in page]
        )
        statements = []
        for recording in page:
            statements += integration._file_statements(
                instances[recording.uuid], recording, at, "available"
            )
        file_ids = {file.file_id for _instance, file, *_rest in statements}
        known = env["zoom.recording"]._known(integration, file_ids)
        files = env["zoom.recording"]._upsert(integration, statements)
        run.counts["created"] += len(files) - len(known)
        run.counts["unchanged"] += len(known)
