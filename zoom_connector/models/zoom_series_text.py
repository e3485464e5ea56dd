"""A date of a series with a text of its own.

Zoom keeps an agenda per date, but one topic for the whole series (vendor page "Update a meeting"), and
it never tells the agenda of a date when it lists them. So what was sent is kept on the meeting.
"""

from dataclasses import replace

from odoo import api, fields, models

from ..adapters.outgoing import AGENDA_LENGTH


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    date_agendas = fields.Json(
        readonly=True, help="Occurrence id -> agenda that Odoo sent for this date alone."
    )

    @api.model
    def _wish_dates(self, lead, events, meeting):
        wish = super()._wish_dates(lead, events, meeting)
        if wish.rule is None:
            return wish
        own = self._own_texts(lead, events, meeting)
        sent = meeting.date_agendas or {} if meeting else {}
        whole = self._wish_agenda(lead, meeting)[:AGENDA_LENGTH]
        return replace(
            wish,
            dates=tuple(
                replace(date, agenda=own.get(date.ref, whole))
                if date.ref in own or date.key in sent
                else date
                for date in wish.dates
            ),
        )

    @api.model
    def _own_texts(self, lead, events, meeting):
        """Return dict event id -> agenda of those dates ahead that differ from the series."""
        now = fields.Datetime.now()
        whole = self._wish_agenda(lead, meeting)
        texts = {}
        for event in events.filtered(lambda e: e.start > now and e.description != lead.description):
            text = self._wish_agenda(event, meeting)
            if text != whole:
                texts[event.id] = text[:AGENDA_LENGTH]
        return texts

    def _known_schedule(self):
        known = super()._known_schedule()
        sent = self.date_agendas or {}
        if not sent:
            return known
        return replace(
            known,
            occurrences=tuple(replace(o, agenda=sent.get(o.key)) for o in known.occurrences),
        )

    def _settle(self, sent):
        result = super()._settle(sent)
        # Zoom forgets the texts of single dates when it plans a series anew.
        agendas = {} if sent & {"all", "schedule"} else dict(self.date_agendas or {})
        events = self.calendar_event_ids.filtered(lambda e: e.active and e.zoom_key in sent)
        if events:
            series = self.calendar_event_ids.filtered("active").sorted("start")
            lead = series.filtered("follow_recurrence")[:1] or series[:1]
            own = self._own_texts(lead, events, self)
            for event in events:
                agendas.pop(event.zoom_key, None)
                if event.id in own:
                    agendas[event.zoom_key] = own[event.id]
        if agendas != (self.date_agendas or {}):
            self.date_agendas = agendas
        return result


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def _compute_zoom_push(self):
        """Say that a name of one date only stays in Odoo."""
        result = super()._compute_zoom_push()
        for event in self:
            meeting = event.zoom_meeting_id
            lead = event.recurrence_id.base_event_id
            if event.zoom_requested and meeting.kind == "series" and lead.name != event.name:
                note = self.env._(
                    "Zoom has one topic for all dates of a series: this name is shown in Odoo only."
                )
                event.zoom_push_note = " ".join(filter(None, [event.zoom_push_note, note]))
        return result
