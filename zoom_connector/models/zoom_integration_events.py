"""Webhook facts become records. Every handler takes all events of one type together."""

from odoo import models

from odoo.addons.connector_base.core.errors import PayloadError

from ..adapters import events as zoom_events
from ..tools import people, register
from ..tools.times import naive
from .zoom_meeting import RECURRING_FIXED
from .zoom_meeting_instance import InstancePatch
from .zoom_meeting_upsert import MeetingPatch

ROLES = {"host": "host", "co-host": "co-host", "cohost": "co-host", "attendee": "attendee"}
WAITING = {
    "joined": False,
    "left": False,
    "waiting_joined": True,
    "put_in_waiting": True,
    "waiting_left": False,
    "admitted": False,
}
RECORDING_STATES = {
    "started": "running",
    "resumed": "running",
    "paused": "paused",
    "stopped": "stopped",
}
FILE_STATES = {
    "completed": "available",
    "transcript_completed": "available",
    "trashed": "trashed",
    "deleted": "deleted",
    "recovered": "available",
    "batch_trashed": "trashed",
    "batch_deleted": "deleted",
    "batch_recovered": "available",
}
USER_STATES = {
    "created": "active",
    "activated": "active",
    "deactivated": "inactive",
    "deleted": "deleted",
    "disassociated": "deleted",
}


class ZoomIntegration(models.Model):
    _inherit = "zoom.integration"

    def _connector_apply(self, event_type, pairs):
        """Make records of events of one type; see `connector.integration`."""
        self.ensure_one()
        handlers = {
            zoom_events.MeetingChanged: self._handle_meeting_changed,
            zoom_events.MeetingLive: self._handle_meeting_live,
            zoom_events.ParticipantEvent: self._handle_participants,
            zoom_events.RecordingEvent: self._handle_recordings,
            zoom_events.RegistrationEvent: self._handle_registrations,
            zoom_events.UserEvent: self._handle_users,
            zoom_events.Deauthorized: self._handle_deauthorized,
        }
        return handlers[type(pairs[0][1])](pairs)

    # -- meetings ------------------------------------------------------------------------------------

    def _handle_meeting_changed(self, pairs):
        patches, reread = [], set()
        for _event, fact in pairs:
            patches.append(self._changed_patch(fact))
            told = fact.meeting.given
            if fact.action == "updated" and not fact.single and "recurrence" in told:
                # A changed rule moves dates that the event need not list.
                reread.add(fact.zoom_id)
        meetings = self.env["zoom.meeting"]._apply_patches(self, patches)
        self._ask_for_details(meetings, reread)

    def _changed_patch(self, fact):
        Meeting = self.env["zoom.meeting"]
        meeting = fact.meeting
        values = Meeting._values_from_adapter(meeting)
        occurrences = Meeting._occurrences_from_adapter(meeting)
        if occurrences is not None and fact.action != "updated" and fact.single:
            # Cancelled or recovered dates of a series.
            state = "deleted" if "deleted" in fact.action else "available"
            for entry in occurrences.values():
                entry["status"] = state
        if fact.single:
            # The rest of the object repeats the series; its times may be those of the date.
            for name in ("start", "duration", "recurrence"):
                values.pop(name, None)
        elif fact.action in ("deleted", "permanently_deleted"):
            values["presence"] = "deleted"
            occurrences = None
        elif fact.action in ("created", "recovered"):
            values["presence"] = "present"
        complete = not fact.single and (
            fact.action == "created" or fact.operation == "all" or "recurrence" in meeting.given
        )
        return MeetingPatch(
            zoom_id=fact.zoom_id,
            at=register.to_ms(fact.at),
            values=values,
            host_email=meeting.host_email,
            occurrences=occurrences,
            complete=complete and bool(occurrences),
        )

    def _ask_for_details(self, meetings, also=()):
        """Queue one authoritative read for the meetings of which Odoo knows too little."""
        wanted = meetings.filtered(
            lambda meeting: (
                meeting.zoom_id in also
                or (
                    not meeting.last_read_at
                    and meeting.presence == "present"
                    and (
                        not meeting.join_url
                        or (meeting.zoom_type == RECURRING_FIXED and not meeting.occurrences)
                    )
                )
            )
        )
        if wanted and self.state == "connected":
            wanted._request_read()

    # -- held meetings -------------------------------------------------------------------------------

    def _hint(self, fact, start=None, **values):
        """Return what a delivery about something else tells of the meeting in passing."""
        values = {name: value for name, value in values.items() if value}
        if fact.topic:
            values["topic"] = fact.topic
        if fact.host_id:
            values["host"] = fact.host_id
        if start and values.get("zoom_type", 2) not in (3, 4, RECURRING_FIXED):
            values["start"] = naive(start)
        return MeetingPatch(
            zoom_id=fact.zoom_id,
            at=register.HINT,
            values=values,
            host_email=getattr(fact, "host_email", None),
        )

    def _handle_meeting_live(self, pairs):
        patches = []
        for _event, fact in pairs:
            at = register.to_ms(fact.at)
            hint = self._hint(
                fact,
                fact.start,
                zoom_type=fact.type,
                timezone=fact.timezone,
                duration=(fact.duration_minutes or 0) / 60.0,
            )
            live = MeetingPatch(zoom_id=fact.zoom_id, at=at, values={"live_state": fact.action})
            stop = naive(fact.stop or fact.at) if fact.action == "ended" else None
            patches.append(
                InstancePatch(
                    uuid=fact.uuid,
                    zoom_id=fact.zoom_id,
                    meeting=[hint, live],
                    start=naive(fact.start),
                    stop=stop,
                    at=at,
                )
            )
        instances = self.env["zoom.meeting.instance"]._upsert(self, patches)
        self._ask_for_details(self._meetings_of(instances))

    def _meetings_of(self, instances):
        return self.env["zoom.meeting"].union(*(i.meeting_id for i in instances.values()))

    def _handle_participants(self, pairs):
        patches, seen = [], {}
        for _event, fact in pairs:
            seen.setdefault(fact.uuid, []).append(self._observation(fact))
            if fact.zoom_id:
                patches.append(
                    InstancePatch(
                        uuid=fact.uuid,
                        zoom_id=fact.zoom_id,
                        meeting=[self._hint(fact)],
                        start=naive(fact.meeting_start),
                    )
                )
        Instance = self.env["zoom.meeting.instance"]
        instances = {
            **Instance._known(self, set(seen)),
            **Instance._upsert(self, patches),
        }
        unknown = set(seen) - set(instances)
        if unknown:
            raise PayloadError(
                "The event names neither a meeting number nor a meeting that Odoo knows.",
                remedy="Press Import Now in the Zoom integration, then Replay on this event.",
                field="payload.object.id",
            )
        self.env["zoom.participant"]._upsert_stays(
            {instances[uuid]: observations for uuid, observations in seen.items()}
        )
        self._ask_for_details(self._meetings_of(instances))

    def _observation(self, fact):
        values = {
            "name": fact.name,
            "email": (fact.email or "").lower(),
            "zoom_user_id": fact.zoom_user_id,
            "registrant_id": fact.registrant_id,
            "customer_key": fact.customer_key,
        }
        values = {name: value for name, value in values.items() if value}
        if fact.action in WAITING:
            values["waiting"] = WAITING[fact.action]
        if fact.action == "role_changed" and fact.new_role:
            values["role_raw"] = ROLES.get(fact.new_role.lower(), "attendee")
        return people.Observation(
            at=register.to_ms(fact.occurred_at),
            device=fact.user_id,
            participant_uuid=fact.participant_uuid,
            join=naive(fact.at) if fact.action == "joined" else None,
            leave=naive(fact.at) if fact.action == "left" else None,
            leave_reason=fact.leave_reason or "",
            values=values,
        )

    # -- recordings ----------------------------------------------------------------------------------

    def _handle_recordings(self, pairs):
        if pairs[0][1].action == "renamed":
            note = "ignored: only the title of the recording changed"
            return {event.id: note for event, _fact in pairs}
        if pairs[0][1].action.startswith("batch_"):
            return self._handle_recording_batches(pairs)
        patches = []
        for _event, fact in pairs:
            recording = fact.recording
            if not recording.zoom_id:
                raise PayloadError(
                    "The recording does not say which meeting it belongs to.",
                    remedy="Press Reconcile Now in the Zoom integration.",
                    field="payload.object.id",
                )
            patches.append(self._recording_patch(recording, register.to_ms(fact.at), fact.action))
        instances = self.env["zoom.meeting.instance"]._upsert(self, patches)
        statements = []
        for _event, fact in pairs:
            state = FILE_STATES.get(fact.action)
            if state:
                statements += self._file_statements(
                    instances[fact.uuid], fact.recording, register.to_ms(fact.at), state
                )
        if statements:
            self.env["zoom.recording"]._upsert(self, statements)
        self._ask_for_details(self._meetings_of(instances))
        return None

    def _recording_patch(self, recording, at, action="completed"):
        """Return the `InstancePatch` that a recording proves."""
        values = {}
        if action in RECORDING_STATES:
            values["recording_state"] = RECORDING_STATES[action]
        elif action == "completed":
            values["recording_state"] = "completed"
            if recording.share_url:
                values["share_url"] = recording.share_url
        told = recording.given
        hint = self._hint(
            recording,
            recording.start,
            zoom_type=recording.type if "type" in told else None,
            timezone=recording.timezone if "timezone" in told else None,
        )
        return InstancePatch(
            uuid=recording.uuid,
            zoom_id=recording.zoom_id,
            meeting=[hint],
            at=at,
            values=values,
        )

    def _file_statements(self, instance, recording, at, state):
        return [
            (
                instance,
                file,
                at,
                "processing" if state == "available" and file.status == "processing" else state,
            )
            for file in recording.all_files
        ]

    def _handle_recording_batches(self, pairs):
        moves = [
            (fact.uuid, fact.file_ids, register.to_ms(fact.at), FILE_STATES[fact.action])
            for _event, fact in pairs
        ]
        unknown = self.env["zoom.recording"]._move(self, moves)
        note = "ignored: Odoo does not know this recording"
        return {event.id: note for event, fact in pairs if fact.uuid in unknown}

    # -- registrations, users, app -------------------------------------------------------------------

    def _handle_registrations(self, pairs):
        patches = [MeetingPatch(zoom_id=fact.zoom_id, at=register.HINT) for _event, fact in pairs]
        meetings = {
            meeting.zoom_id: meeting
            for meeting in self.env["zoom.meeting"]._apply_patches(self, patches)
        }
        statements = []
        for _event, fact in pairs:
            registrant = fact.registrant
            status = fact.action
            if status == "created":
                status = registrant.status if registrant.status == "approved" else "pending"
            values = {
                "name": registrant.name,
                "email": (registrant.email or "").lower(),
                "status": status,
            }
            statements.append(
                (
                    meetings[fact.zoom_id],
                    registrant.registrant_id,
                    register.to_ms(fact.at),
                    values,
                )
            )
        self.env["zoom.registrant"]._upsert(self, statements)
        self._ask_for_details(self.env["zoom.meeting"].union(*meetings.values()))

    def _handle_users(self, pairs):
        rows, moments = [], []
        for _event, fact in pairs:
            values = self._user_values(fact.user)
            if fact.action in USER_STATES:
                values["status"] = USER_STATES[fact.action]
            rows.append(values)
            moments.append(register.to_ms(fact.at))
        self.env["zoom.user"]._upsert(self, rows, moments)

    def _user_values(self, user):
        """Return the `zoom.user` values of an adapter user: of what Zoom really told."""
        names = {
            "first_name": "first_name",
            "last_name": "last_name",
            "display_name": "nickname",
            "email": "email",
            "timezone": "timezone",
            "dept": "department",
            "type": "license_type",
        }
        values = {"zoom_id": user.user_id}
        for theirs, ours in names.items():
            if theirs in user.given:
                values[ours] = getattr(user, theirs)
        return values

    def _handle_deauthorized(self, pairs):
        """Somebody removed the app in Zoom: forget the tokens and say so."""
        notes = {}
        for event, fact in pairs:
            foreign = fact.client_id and self.client_id and fact.client_id != self.client_id
            if foreign or (self.account_id and fact.account_id != self.account_id):
                notes[event.id] = "ignored: another app or account"
                continue
            connected = self.connected_at
            if connected and naive(fact.at) < connected:
                notes[event.id] = "ignored: connected again since then"
                continue
            self._token_forget()
            self._mark_reconnect(
                self.env._("The app was removed in Zoom. Nothing is read any more.")
            )
            self._deauthorized(naive(fact.at))
        return notes
