"""From zoom.meeting to the calendar.

A target says what the calendar should show for a meeting; it depends on the meeting's values only.
The calendar is touched where the target differs from the one written last, so what people change
in Odoo themselves (name, description, reminders, guests) is left alone until Zoom changes it.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.tools import plaintext2html

from ..tools import recurrence as rules
from ..tools.times import from_ms
from .marks import QUIET

# No mail, no activity, no follower, no tracking: attendees learn nothing new from a copy in Odoo.
SYNC_CONTEXT = {
    "no_mail_to_attendees": True,
    "dont_notify": True,
    "skip_attendee_notification": True,
    "skip_contact_description": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
    "mail_activity_quick_update": True,
    **QUIET,
}
HELD_WITHIN = timedelta(hours=12)
SINGLE = "single"


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    # -- what the calendar should show -----------------------------------------------------------

    def _calendar_target(self, partners):
        """Return what the calendar should show, as JSON holds it.

        :param dict partners: e-mail -> contact of the people invited in Zoom
        :return: {"note", "shared": values of all events, "partners": ids of the attendees,
            "series": rule or None, "events": {key: {start, stop, active, follow}}}
        """
        self.ensure_one()
        guests = {partners[email].id for email in self.invitees or [] if email in partners}
        events, series, note = {}, None, False
        if self.kind == "series":
            events, series, note = self._series_target()
        elif self.kind in ("scheduled", "other") and self.start:
            events = {SINGLE: self._entry(self.start, self.duration)}
        elif self.kind in ("instant", "open_series", "personal"):
            events = {
                f"held:{instance.uuid}": self._entry(
                    instance.start, self.duration or 1.0, instance.stop
                )
                for instance in self.instance_ids
                if instance.start
            }
            if self.kind != "instant":
                note = self.env._("No fixed time in Zoom: the calendar shows each time it is held.")
        if self.presence == "deleted":
            self._hide_unheld(events)
        return {
            "note": note,
            "shared": {
                "name": self.topic,
                "description": self.agenda or "",
                "videocall_location": self.join_url or "",
                "user_id": self.user_id.id,
            },
            "partners": sorted(guests | set(self.user_id.partner_id.ids)),
            "series": series,
            "events": events,
        }

    def _entry(self, start, hours, stop=None):
        stop = stop or start + timedelta(minutes=round((hours or 0.0) * 60))
        return {
            "start": fields.Datetime.to_string(start),
            "stop": fields.Datetime.to_string(max(start, stop)),
            "active": True,
            "follow": True,
        }

    def _hide_unheld(self, events):
        """Deleted in Zoom: only what really took place stays in the calendar."""
        held = [instance.start for instance in self.instance_ids if instance.start]
        for entry in events.values():
            start = fields.Datetime.to_datetime(entry["start"])
            entry["active"] = any(abs(moment - start) < HELD_WITHIN for moment in held)

    def _series_target(self):
        """Return (events, rule, note) of a series, from its single occurrences."""
        entries = {}
        originals = {}
        for key, occurrence in (self.occurrences or {}).items():
            if not occurrence.get("start"):
                continue
            start = fields.Datetime.to_datetime(occurrence["start"])
            hours = occurrence["minutes"] / 60.0 if occurrence.get("minutes") else self.duration
            entries[key] = self._entry(start, hours)
            entries[key]["active"] = occurrence.get("status") != "deleted"
            # Zoom's occurrence id is the start that the rule gave it, in milliseconds: it stays when
            # the occurrence is moved (vendor page "Get a meeting").
            originals[key] = from_ms(key) or start
        if not entries:
            return {}, None, self.env._("The dates of this series are not known yet.")
        rule, note = self._series_rule(originals)
        if rule:
            expected = set(rule.pop("starts"))
            for key, entry in entries.items():
                moved = entry["start"] != fields.Datetime.to_string(originals[key])
                entry["follow"] = not moved and originals[key] in expected
        return entries, rule, note

    def _series_rule(self, originals):
        """Return (rule of calendar.recurrence or None, note for people or False)."""
        inexpressible = self.env._(
            "The calendar has no such repetition, so it shows single events. All dates are right."
        )
        zone = self.timezone or "UTC"
        rule = rules.to_rule(self.recurrence or {}, zone)
        if not rule:
            return None, inexpressible
        first, last = min(originals.values()), max(originals.values())
        week_start = self.env["calendar.recurrence"]._get_lang_week_start()
        starts = rules.expand(rule, first, last, week_start)
        outside = set(originals.values()) - set(starts)
        if not starts or starts[0] != first or len(outside) * 2 > len(originals):
            return None, inexpressible
        end_times = (self.recurrence or {}).get("end_times")
        note = False
        if end_times and len(starts) == end_times == len(originals):
            rule.update(end_type="count", count=end_times)
        else:
            until = rules.local_date(last, zone)
            rule.update(end_type="end_date", until=fields.Date.to_string(until))
            if not end_times and not (self.recurrence or {}).get("end_date_time"):
                note = self.env._(
                    "This series has no end in Zoom. The calendar shows the dates that Zoom has "
                    "planned so far and is extended every day."
                )
        rule["starts"] = starts
        return rule, note

    # -- bringing the calendar there ---------------------------------------------------------------

    def _sync_calendar(self):
        """Write what changed since the last time. Batched; does nothing for unchanged meetings."""
        work = []
        partners = self._invited_partners()
        for meeting in self:
            target = meeting._calendar_target(partners)
            if target != meeting.calendar_target:
                work.append((meeting, target))
        if not work:
            return
        Event = self.env["calendar.event"].with_context(active_test=False, **SYNC_CONTEXT)
        existing = defaultdict(Event.browse)
        for event in Event.search([("zoom_meeting_id", "in", [m.id for m, _t in work])]):
            existing[event.zoom_meeting_id.id] |= event
        creations = []
        for meeting, target in work:
            events = meeting._events_by_key(existing[meeting.id], target)
            meeting._write_shared(existing[meeting.id], target)
            meeting._sync_series(existing[meeting.id], target)
            creations += meeting._sync_entries(events, target)
        created = Event.create([vals for _meeting, vals in creations])
        for (meeting, _vals), event in zip(creations, created, strict=True):
            existing[meeting.id] |= event
        for meeting, target in work:
            meeting._finish_series(existing[meeting.id], target)
            meeting.calendar_target = target
            meeting.calendar_note = target["note"]
            meeting.calendar_event_id = meeting._main_event(existing[meeting.id])
        self.browse([m.id for m, _t in work]).instance_ids._link_calendar_events()

    def _events_by_key(self, events, target):
        """Return dict key -> event; events that Odoo remade itself are recognised by their start.

        Changing all events of a recurrence in Odoo replaces its events by copies, so the key of an
        occurrence is not always on the event: then its start decides.
        """
        by_key = {event.zoom_key: event for event in events if event.zoom_key}
        nameless = {
            fields.Datetime.to_string(event.start): event for event in events if not event.zoom_key
        }
        for key, entry in target["events"].items():
            if key not in by_key and entry["start"] in nameless:
                by_key[key] = nameless.pop(entry["start"])
                by_key[key].zoom_key = key
        return by_key

    def _write_shared(self, events, target):
        """Write what all events of the meeting have in common, once for all of them."""
        old = (self.calendar_target or {}).get("shared", {})
        changed = {
            name: value for name, value in target["shared"].items() if old.get(name) != value
        }
        if events and changed:
            if "description" in changed:
                changed["description"] = plaintext2html(changed["description"])
            events.write(changed)
        self._write_attendees(events, target)

    def _write_attendees(self, events, target):
        """Add and remove the attendees that Zoom's invitations ask for; people's own guests stay."""
        old = set((self.calendar_target or {}).get("partners", target["partners"]))
        new = set(target["partners"])
        if old == new:
            return
        commands = [fields.Command.link(partner_id) for partner_id in sorted(new - old)]
        commands += [fields.Command.unlink(partner_id) for partner_id in sorted(old - new)]
        # Core works attendees out for all written events at once, so only equal ones go together.
        for members in events.grouped(lambda event: event.partner_ids).values():
            members.write({"partner_ids": commands})
        owner = self.user_id.partner_id
        events.attendee_ids.filtered(lambda a: a.partner_id == owner).write({"state": "accepted"})

    def _sync_entries(self, events, target):
        """Write changed occurrences; return [(meeting, vals)] of the events still to be created."""
        old = (self.calendar_target or {}).get("events", {})
        creations = []
        for key, entry in target["events"].items():
            if entry == old.get(key):
                continue
            event = events.get(key)
            if event:
                event._zoom_move(entry, old.get(key) or {})
            elif entry["active"] or key not in old:
                # A date that is cancelled before it was ever shown gets its event too, archived: the
                # records must not depend on whether the cancellation overtook the meeting.
                creations.append((self, self._event_vals(key, entry, target)))
        gone = [events[key] for key in events if key not in target["events"]]
        for event in gone:
            event._zoom_move({"active": False}, {"active": event.active})
        return creations

    def _event_vals(self, key, entry, target):
        shared = target["shared"]
        owner = self.user_id.partner_id
        vals = {
            **shared,
            "description": plaintext2html(shared["description"])
            if shared["description"]
            else False,
            "start": entry["start"],
            "stop": entry["stop"],
            "active": entry["active"],
            "allday": False,
            "zoom_meeting_id": self.id,
            "zoom_key": key,
            "partner_ids": [fields.Command.set(target["partners"])],
            "attendee_ids": [
                fields.Command.create(
                    {
                        "partner_id": partner_id,
                        "state": "accepted" if partner_id == owner.id else "needsAction",
                    }
                )
                for partner_id in target["partners"]
            ],
        }
        if target["series"]:
            # Not through the event's own repeat fields: the dates come from Zoom, one by one.
            vals["recurrence_id"] = self.calendar_recurrence_id.id
        return vals

    def _invited_partners(self):
        """Return dict e-mail -> contact for the people invited in Zoom; contacts are only found."""
        emails = {email for meeting in self for email in meeting.invitees or []}
        company = self.integration_id.company_id[:1]
        return self.env["zoom.participant"]._find_partners(company, emails)

    # -- series --------------------------------------------------------------------------------------

    def _sync_series(self, events, target):
        """Make, change or dissolve the recurrence that holds the events together."""
        rule = target["series"]
        recurrence = events.recurrence_id[:1] or self.calendar_recurrence_id
        if rule and not recurrence:
            recurrence = self.env["calendar.recurrence"].with_context(**SYNC_CONTEXT).create(rule)
        elif rule and rule != (self.calendar_target or {}).get("series"):
            recurrence.with_context(**SYNC_CONTEXT).write(rule)
        elif not rule and recurrence:
            events.write({"recurrence_id": False, "recurrency": False, "follow_recurrence": False})
            recurrence.unlink()
            recurrence = recurrence.browse()
        if self.calendar_recurrence_id != recurrence:
            self.calendar_recurrence_id = recurrence

    def _finish_series(self, events, target):
        """Put the events into the recurrence and say which of them keep to its rule."""
        if not target["series"]:
            return
        recurrence = self.calendar_recurrence_id
        wanted = {True: events.browse(), False: events.browse()}
        for event in events:
            entry = target["events"].get(event.zoom_key)
            if entry and (
                event.recurrence_id != recurrence
                or not event.recurrency
                or event.follow_recurrence != entry["follow"]
            ):
                wanted[entry["follow"]] |= event
        for follow, members in wanted.items():
            if members:
                members.write(
                    {
                        "recurrence_id": recurrence.id,
                        "recurrency": True,
                        "follow_recurrence": follow,
                    }
                )
        if not recurrence.base_event_id or not recurrence.base_event_id.active:
            recurrence.base_event_id = self._main_event(events)

    def _main_event(self, events):
        """Return the first event that is shown and keeps to the rule."""
        shown = events.filtered("active") or events
        regular = shown.filtered("follow_recurrence") or shown
        return regular.sorted("start")[:1]
