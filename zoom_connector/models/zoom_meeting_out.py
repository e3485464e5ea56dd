"""What Zoom should have, told from the calendar; and keeping the calendar still meanwhile."""

import copy
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import html2plaintext, plaintext2html

from ..adapters.outgoing import AGENDA_LENGTH, TOPIC_LENGTH
from ..tools import series_diff
from .marks import QUIET
from .zoom_meeting_calendar import SINGLE

# Settings that Zoom may lose to the account's policy and that are read back: name at Zoom -> words.
READ_BACK = {
    "waiting_room": "waiting room",
    "join_before_host": "join before host",
    "mute_upon_entry": "mute on entry",
    "host_video": "host video",
    "participant_video": "video of participants",
    "meeting_authentication": "only signed-in people",
    "auto_recording": "automatic recording",
    "audio": "audio",
    "approval_type": "registration",
}

ENDS = ("end_type", "count", "until")


@dataclass
class MeetingWish:
    """What the calendar wants one Zoom meeting to be.

    :ivar host: zoom.user, may be empty
    :ivar events: calendar.event records of the meeting that are wanted
    :ivar agenda: plain text
    :ivar invitees: sorted e-mail addresses, None = Zoom is not told
    :ivar settings: vendor names and values to ask for
    :ivar dates: `series_diff.Wish`, when it takes place
    """

    host: object
    events: object
    topic: str
    agenda: str
    invitees: list | None
    settings: dict
    template_id: int
    tell_registrants: bool
    dates: series_diff.Wish
    content: dict = field(default_factory=dict)


def minutes_of(start, stop):
    """Return the planned length in whole minutes, at least one."""
    return max(round((stop - start).total_seconds() / 60), 1)


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    push_origin = fields.Selection(
        [("odoo", "Made in Odoo")], "Origin", readonly=True, help="Empty: it was made in Zoom."
    )
    push_asked = fields.Json(readonly=True, help="Settings that Odoo asked Zoom for last.")
    push_window = fields.Json(
        readonly=True, help="When Odoo last changed it in Zoom: begin and end in ms since 1970."
    )
    push_note = fields.Char("Note on sending", readonly=True)

    # -- the wish ------------------------------------------------------------------------------

    @api.model
    def _wish(self, event):
        """Return the `MeetingWish` of an event or of the series it belongs to.

        :param event: calendar.event, the only one or any of a series
        """
        meeting = event.zoom_meeting_id
        events = event._zoom_wanted_events()
        lead = events.filtered("follow_recurrence").sorted("start")[:1] or events[:1] or event
        template = lead.zoom_template_id
        if not template and not (meeting and meeting.push_origin != "odoo"):
            template = lead._zoom_integration().default_template_id
        return MeetingWish(
            host=lead.zoom_host_id,
            events=events,
            topic=(lead.name or self.env._("Zoom Meeting"))[:TOPIC_LENGTH],
            agenda=self._wish_agenda(lead, meeting)[:AGENDA_LENGTH],
            invitees=self._wish_invitees(lead, meeting, template),
            settings=self._wish_settings(lead, meeting, template),
            template_id=template.id or 0,
            tell_registrants=template.tell_registrants if template else True,
            dates=self._wish_dates(lead, events, meeting),
        )

    @api.model
    def _wish_agenda(self, event, meeting):
        """Return the description as plain text; unchanged text keeps the spelling that Zoom has."""
        plain = html2plaintext(event.description or "").strip()
        base = ((meeting.calendar_target or {}).get("shared") or {}).get("description")
        if base is not None and html2plaintext(plaintext2html(base)).strip() == plain:
            return base
        return plain

    @api.model
    def _wish_invitees(self, event, meeting, template):
        if template and not template.invite_attendees:
            return None
        people = event.partner_ids - event.user_id.partner_id
        target = meeting.calendar_target or {}
        if not meeting or "partners" not in target:
            return sorted({p.email_normalized for p in people if p.email_normalized})
        # Zoom may have invited people whom Odoo does not know as contacts: they stay invited.
        before = self.env["res.partner"].browse(target["partners"]).exists()
        before -= event.user_id.partner_id | meeting.user_id.partner_id
        gone = {p.email_normalized for p in before - people}
        new = {p.email_normalized for p in people - before}
        if not (gone | new):
            return sorted(meeting.invitees or [])
        return sorted((set(meeting.invitees or []) - gone | new) - {False})

    @api.model
    def _wish_settings(self, event, meeting, template):
        """Return the settings to ask for.

        A meeting keeps what was asked for when it was made until another template is chosen, and a
        meeting made in Zoom keeps Zoom's settings until one is chosen at all.
        """
        hosts = event.zoom_alternative_host_ids | template.alternative_host_ids
        hosts = (hosts - event.zoom_host_id).filtered("email")
        asked = meeting.push_asked or {}
        if meeting and (asked.get("template") or 0) == (template.id or 0):
            settings = dict(asked.get("settings") or {})
        elif template:
            settings = template._asked_settings()
        else:
            settings = event._zoom_integration()._default_asked_settings()
        if hosts or "alternative_hosts" in settings:
            settings["alternative_hosts"] = ";".join(sorted(hosts.mapped("email")))
        return settings

    @api.model
    def _wish_dates(self, lead, events, meeting):
        """Return the `series_diff.Wish`; what only Zoom changed since the last agreement stands."""
        recurrence = lead.recurrence_id
        base = (meeting.calendar_target or {}).get("events") or {}
        known = {o.key: o for o in meeting._known_schedule().occurrences} if meeting else {}
        dates = []
        for event in events.sorted("start"):
            start, stop = event.start, event.stop
            minutes = minutes_of(start, stop)
            agreed = base.get(event.zoom_key)
            if agreed and agreed.get("active") and event.recurrence_id:
                if fields.Datetime.to_datetime(agreed["start"]) == start:
                    if event.zoom_key not in known and start > fields.Datetime.now():
                        continue  # cancelled in Zoom, untouched in Odoo
                    start = known[event.zoom_key].start if event.zoom_key in known else start
                agreed_minutes = minutes_of(
                    fields.Datetime.to_datetime(agreed["start"]),
                    fields.Datetime.to_datetime(agreed["stop"]),
                )
                if agreed_minutes == minutes and event.zoom_key in known:
                    minutes = known[event.zoom_key].minutes
            elif agreed and meeting.start and not event.recurrence_id:
                was = fields.Datetime.to_datetime(agreed["start"])
                agreed_minutes = minutes_of(was, fields.Datetime.to_datetime(agreed["stop"]))
                start = meeting.start if was == start else start
                if agreed_minutes == minutes:
                    minutes = round((meeting.duration or 0) * 60) or minutes
            dates.append(
                series_diff.Date(
                    start=start,
                    minutes=minutes,
                    key=event.zoom_key or None,
                    regular=bool(event.follow_recurrence),
                    ref=event.id,
                )
            )
        if recurrence and base:
            # Dates that Zoom added and that the calendar was not shown yet.
            used = {date.key for date in dates}
            dates += [
                series_diff.Date(start=o.start, minutes=o.minutes, key=o.key)
                for o in known.values()
                if o.key not in base and o.key not in used
            ]
        zone = (
            recurrence.event_tz
            or (meeting.timezone if meeting else None)
            or lead.user_id.tz
            or lead.env.user.tz
            or "UTC"
        )
        single = not recurrence or (len(dates) == 1 and not meeting)
        return series_diff.Wish(
            zone=zone,
            dates=tuple(dates),
            rule=None if single else recurrence._zoom_rule_fields(),
            allday=bool(lead.allday),
        )

    def _known_schedule(self):
        """Return what Zoom has, as `series_diff.Known`."""
        self.ensure_one()
        minutes = round((self.duration or 0) * 60)
        return series_diff.Known(
            kind=self.zoom_type,
            start=self.start or None,
            minutes=minutes,
            zone=self.timezone or "UTC",
            recurrence=self.recurrence or None,
            occurrences=tuple(
                series_diff.Occurrence(
                    key=key,
                    start=fields.Datetime.to_datetime(entry["start"]),
                    minutes=entry.get("minutes") or minutes,
                )
                for key, entry in (self.occurrences or {}).items()
                if entry.get("start") and entry.get("status") != "deleted"
            ),
        )

    def _content_changes(self, wish):
        """Return what to send of topic, agenda, invitees and settings: what Odoo changed.

        Three-way: a field that only Zoom changed since the last agreement is left to Zoom, and the
        calendar gets it afterwards.

        :return: arguments of `MeetingDraft`
        """
        self.ensure_one()
        base = (self.calendar_target or {}).get("shared") or {}
        changes = {}
        if wish.topic != self.topic and wish.topic != base.get("name"):
            changes["topic"] = wish.topic
        if wish.agenda != (self.agenda or "") and wish.agenda != base.get("description"):
            changes["agenda"] = wish.agenda
        settings = {
            name: value
            for name, value in wish.settings.items()
            if ((self.push_asked or {}).get("settings") or {}).get(name) != value
        }
        if wish.invitees is not None and wish.invitees != sorted(self.invitees or []):
            settings["meeting_invitees"] = [{"email": email} for email in wish.invitees]
        if settings:
            changes["settings"] = settings
        return changes

    def _sync_series(self, events, target):
        """A series made in Odoo keeps its recurrence: Zoom may know less of it than the calendar.

        Zoom has no yearly series, none longer than 50 dates and no end date; only another rhythm
        that somebody chose in Zoom reaches the calendar's rule.
        """
        recurrence = events.recurrence_id or self.calendar_recurrence_id
        if self.push_origin == "odoo" and recurrence:
            old = (self.calendar_target or {}).get("series") or {}
            new = target["series"] or {}
            if not new or all(new[name] == old.get(name) for name in new if name not in ENDS):
                return None
        return super()._sync_series(events, target)

    # -- the calendar while something is on its way ------------------------------------------------

    def _sync_calendar(self):
        """Leave the calendar alone while one of its changes is on its way to Zoom.

        What Zoom says meanwhile is kept on the meeting; when the change has arrived (or was
        refused), both are compared and the calendar gets what only Zoom changed.
        """
        if self.env.context.get("zoom_push_hold"):
            return None
        held = self.browse()
        if not self.env.context.get("zoom_push_settle"):
            held = self.env["zoom.push"]._meetings_underway(self)
        return super(ZoomMeeting, self - held)._sync_calendar()

    def _calendar_target(self, partners):
        """A meeting without fixed time that serves events of the calendar shows no others."""
        target = super()._calendar_target(partners)
        if self.push_origin == "odoo" and self.kind == "open_series":
            target["events"] = {}
            target["note"] = self.push_note or False
        return target

    def _settle(self, sent):
        """Note that the calendar already shows what was sent, and bring it what only Zoom changed.

        :param set sent: what was sent: "all", "name", "description", "partners", "schedule", and
            keys of single dates; "gone" after a deletion
        """
        self.ensure_one()
        old = self.calendar_target or {}
        target = self._calendar_target(self._invited_partners())
        noted = copy.deepcopy(target)
        if not sent & {"all", "gone"}:
            for name in ("name", "description"):
                if name not in sent and name in old.get("shared", {}):
                    noted["shared"][name] = old["shared"][name]
            if "partners" not in sent and "partners" in old:
                noted["partners"] = old["partners"]
            if "schedule" not in sent:
                for key, entry in old.get("events", {}).items():
                    if key not in sent:
                        noted["events"][key] = entry
                noted["series"] = old.get("series")
        self.calendar_target = noted
        self.with_context(zoom_push_settle=True)._sync_calendar()

    def _link_events(self, events):
        """Make calendar events those of this meeting, each with its date."""
        self.ensure_one()
        recurrence = events.recurrence_id[:1]
        strangers = events.filtered(lambda event: event.zoom_meeting_id != self)
        if strangers:
            vals = {"zoom_meeting_id": self.id, "zoom_key": False}
            if self.join_url:
                vals["videocall_location"] = self.join_url
            strangers.with_context(**QUIET).write(vals)
        if self.kind == "series":
            by_start = {
                entry["start"]: key
                for key, entry in (self.occurrences or {}).items()
                if entry.get("start") and entry.get("status") != "deleted"
            }
            keys = {e: by_start.get(fields.Datetime.to_string(e.start)) for e in events}
        elif self.kind == "scheduled":
            keys = dict.fromkeys(events[:1], SINGLE)
        else:
            keys = {}
        for event in events:
            key = keys.get(event) or (event.zoom_key if self.kind == "series" else False)
            if event.zoom_key != key:
                event.with_context(**QUIET).zoom_key = key
        # A copy that Zoom's own announcement brought before we knew that the meeting is ours.
        known = set(events.mapped("zoom_key"))
        copies = (self.calendar_event_ids - events).filtered(
            lambda event: event.zoom_key in known and event.create_uid.id == 1
        )
        copies.with_context(**QUIET).unlink()
        if self.calendar_recurrence_id != recurrence:
            self.calendar_recurrence_id = recurrence
        self.calendar_event_id = self._main_event(events)

    def _policy_note(self, asked, settings):
        """Return a sentence about settings in which the account's policy overruled us, or False.

        :param dict asked: vendor names and values that Odoo asked for
        :param settings: adapter `MeetingSettings`, as Zoom has them now
        """
        differing = [
            words
            for name, words in READ_BACK.items()
            if name in asked
            and name in settings.given
            and getattr(settings, name) != asked[name]
            # Vendor page "Create a meeting": a waiting room switches it off.
            and not (name == "join_before_host" and settings.waiting_room)
        ]
        if not differing:
            return False
        return self.env._(
            "The Zoom account decides otherwise about: %(settings)s.", settings=", ".join(differing)
        )

    def _lead_event(self):
        """Return the event that stands for the meeting: one that is wanted, if there is any."""
        self.ensure_one()
        events = self.with_context(active_test=False).calendar_event_ids
        events = events.filtered(lambda e: not (e.zoom_key or "").startswith("held:"))
        return events.sorted(
            lambda e: (not (e.active and e.zoom_requested), not e.follow_recurrence, e.start)
        )[:1]

    def _is_past(self):
        """Return whether nothing of the meeting lies ahead. Without dates it may be held any time."""
        self.ensure_one()
        if self.kind == "open_series":
            return False
        if self.kind == "series":
            return not self._is_ahead()
        return bool(self.stop) and self.stop < fields.Datetime.now()
