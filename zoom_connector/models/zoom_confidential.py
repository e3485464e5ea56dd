"""Confidential meetings: how many came and for how long, never who."""

import math

from odoo import api, fields, models
from odoo.fields import NO_ACCESS

from odoo.addons.connector_base.core.errors import ConfigurationError

from ..tools import people, privacy, tally

PRIVATE = ("private", "confidential")
# Recording files that hold what was said or who said it, as text.
TEXT_KINDS = ("transcript", "chat", "summary")
FIGURES_FINAL_AFTER = 2  # days after the end, when Zoom gave no report


class ZoomMeeting(models.Model):
    _inherit = "zoom.meeting"

    keep_confidential = fields.Boolean(
        "Marked as confidential",
        readonly=True,
        copy=False,
        help="Set by the host or a manager, whatever the calendar event says.",
    )
    confidential = fields.Boolean(
        readonly=True,
        copy=False,
        help="Only the number of people and their total time are kept, no names: the meeting is "
        "marked, or one of its calendar events is private or for internal users only.",
    )
    withhold_since = fields.Datetime(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since when stored deliveries of the meeting are being made nameless.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "keep_confidential" in vals:
            self._review_confidentiality()
        return result

    def _review_confidentiality(self):
        """Follow the mark and the privacy of the calendar events.

        One private date makes the whole series confidential: which date a held meeting was is found
        by its time, and that must not decide whether names are kept.
        """
        if not self:
            return
        # sudo: whoever changes the event decides, also about a meeting that he may not write.
        meetings = self.sudo().exists()
        private = (
            self.env["calendar.event"]
            .sudo()
            .with_context(active_test=False)
            .search([("zoom_meeting_id", "in", meetings.ids), ("privacy", "in", PRIVATE)])
            .zoom_meeting_id
        )
        wanted = meetings.filtered("keep_confidential") | private
        turned_on = wanted.filtered(lambda meeting: not meeting.confidential)
        turned_off = (meetings - wanted).filtered("confidential")
        turned_off.write({"confidential": False, "withhold_since": False})
        if turned_on:
            turned_on.write({"confidential": True, "withhold_since": fields.Datetime.now()})
            turned_on._withhold_records()
            self.env["zoom.withhold"]._enqueue()

    def _withhold_records(self):
        """Remove who attended and who registered; numbers and total minutes stay."""
        self.instance_ids.filtered(lambda held: not held.confidential)._turn_confidential()
        self.registrant_ids.filtered(
            lambda row: row.name or row.email or row.partner_id
        )._withhold_name()

    def _compute_counts(self):
        """Add the people of confidential meetings, who are numbers on the held meetings."""
        result = super()._compute_counts()
        nameless = dict(
            self.env["zoom.meeting.instance"]._read_group(
                [("meeting_id", "in", self.ids), ("confidential", "=", True)],
                ["meeting_id"],
                ["participant_count:sum"],
            )
        )
        for meeting in self:
            meeting.participant_count += nameless.get(meeting, 0)
        return result

    def action_open_participants(self):
        if self.confidential:
            return self.action_open_instances()
        return super().action_open_participants()

    def action_visibility(self):
        """Ask who else may see the meeting, and whether it is confidential."""
        self.ensure_one()
        self._check_answers_for_it()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who may see this meeting"),
            "res_model": "zoom.meeting.visibility",
            "view_mode": "form",
            "target": "new",
            "context": {"default_meeting_id": self.id},
        }


class ZoomMeetingInstance(models.Model):
    _inherit = "zoom.meeting.instance"

    confidential = fields.Boolean(
        readonly=True,
        copy=False,
        help="Only the number of people and their total time are kept. Stays so, even when the "
        "meeting is not confidential any more.",
    )
    tally = fields.Json(
        readonly=True,
        copy=False,
        groups=NO_ACCESS,
        help="Nameless joins and leaves of a confidential meeting, until its figures are final.",
    )
    tally_closed = fields.Boolean(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        instances = super().create(vals_list)
        instances.filtered("meeting_id.confidential").write(
            {"confidential": True, "share_url": False}
        )
        return instances

    def write(self, vals):
        if vals.get("share_url") and any(self.mapped("confidential")):
            # Whoever sees the figures would hold the key to what was said.
            hidden = self.filtered("confidential")
            hidden.write({**vals, "share_url": False})
            return (self - hidden).write(vals)
        result = super().write(vals)
        if vals.get("attendance_checked"):
            # Zoom's own list was counted: nothing more can come.
            self.filtered(lambda held: held.confidential and held.stop)._close_tally()
        return result

    def _turn_confidential(self):
        """Turn the people who are known into figures, and forget them."""
        Participant = self.env["zoom.participant"].with_context(active_test=False)
        everybody = Participant.search([("instance_id", "in", self.ids)])
        people_of = everybody.grouped("instance_id")
        for instance in self:
            known = people_of.get(instance, Participant)
            closed, entries = instance.attendance_checked, []
            try:
                digest = instance.integration_id._people_digest(instance.uuid)
                entries = [person._as_tally(digest) for person in known]
            except ConfigurationError:
                # The key is missing. Names go all the same, and saving an event never fails; only
                # what is still to come of this held meeting cannot be added to its figures.
                closed = True
            instance.write(
                {
                    "confidential": True,
                    "share_url": False,
                    "tally": False if closed else entries or False,
                    "tally_closed": closed,
                    # Of two transactions that change the people at once, the second fails to
                    # serialize and is done again, then knowing that names are not kept.
                    "attendance_version": instance.attendance_version + 1,
                }
            )
        # sudo: questions about people who are forgotten; their text may name them.
        self.env["connector.data.issue"].sudo().search(
            [("res_model", "=", "zoom.participant"), ("res_id", "in", everybody.ids)]
        ).unlink()
        everybody.unlink()
        self.recording_ids._withhold_content()

    @api.model
    def _count_nameless(self, observations):
        """Count the people of confidential meetings.

        :param dict observations: confidential instance -> list of `people.Observation`
        """
        for instance, seen in observations.items():
            if instance.tally_closed:
                continue
            digest = instance.integration_id._people_digest(instance.uuid)
            for observation in seen:
                privacy.conceal(observation, digest)
            entries = tally.add(instance.tally, seen)
            count, seconds, shares = tally.figures(entries, instance.start, instance.stop or None)
            instance.write(
                {
                    "tally": entries or False,
                    "participant_count": count,
                    "person_seconds": seconds,
                    "average_share": math.fsum(shares) / len(shares) if shares else 0.0,
                    "attendance_version": instance.attendance_version + 1,
                }
            )

    def _close_tally(self):
        self.write({"tally": False, "tally_closed": True})

    @api.autovacuum
    def _gc_tallies(self):
        """Where Zoom gives no report, the figures are final some days after the meeting."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=FIGURES_FINAL_AFTER)
        self.sudo().search(  # sudo: housekeeping of all accounts
            [
                ("confidential", "=", True),
                ("tally_closed", "=", False),
                "|",
                ("stop", "<", limit),
                # A meeting whose end was never told.
                "&",
                ("stop", "=", False),
                ("start", "<", fields.Datetime.subtract(limit, days=30)),
            ],
            limit=1000,
        )._close_tally()


class ZoomParticipant(models.Model):
    _inherit = "zoom.participant"

    def _as_tally(self, digest):
        """Return this person as an entry of a tally (`tools.tally`)."""
        self.ensure_one()
        points = []
        for stay in self.stay_ids:
            if stay.reported:
                leave = None if stay.leave_inferred else stay.leave_time
                points.append((stay, stay.join_time, leave, True))
                continue
            if stay.join_time:
                points.append((stay, stay.join_time, None, False))
            if stay.leave_time and not stay.leave_inferred:
                points.append((stay, None, stay.leave_time, False))
        keys = privacy.conceal_keys(self.identity_keys or [], digest)
        seen = [
            people.Observation(
                at=0,
                device=stay.device or "",
                join=join or None,
                leave=leave or None,
                reported=reported,
                proofs=frozenset(keys),
            )
            for stay, join, leave, reported in points
        ]
        entries = tally.add(None, seen or [people.Observation(at=0, proofs=frozenset(keys))])
        return entries[0]


class ZoomRegistrant(models.Model):
    _inherit = "zoom.registrant"

    def _withhold_name(self):
        self.write({"name": False, "email": False, "partner_id": False})


class ZoomRecording(models.Model):
    _inherit = "zoom.recording"

    confidential = fields.Boolean(
        related="instance_id.confidential",
        store=True,
        help="Of a confidential meeting: only its host and those it is shared with see it.",
    )

    def _withhold_content(self):
        """Remove from Odoo what names people: texts of what was said. Zoom keeps its own.

        Video and audio stay where they are, seen by the host and those the meeting is shared with.
        Nothing is removed from under a legal hold.
        """
        # Timelines ("data") name who spoke when.
        texts = self.filtered(lambda file: file.kind in (*TEXT_KINDS, "data") and not file.held)
        texts.transcript_ids.unlink()
        # sudo: where a file lies is for administrators; an archive may be away, so a job clears it.
        here = texts.filtered(lambda file: file.attachment_id and not file.sudo().archive_location)
        here._purge(self.env._("the meeting is confidential."))


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    zoom_confidential = fields.Boolean(
        "Confidential Zoom meeting", compute="_compute_zoom_confidential", compute_sudo=True
    )

    @api.depends("zoom_meeting_id.confidential")
    def _compute_zoom_confidential(self):
        for event in self:
            event.zoom_confidential = event.zoom_meeting_id.confidential

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events.sudo().filtered(  # sudo: only to see whether there is something to follow
            lambda event: event.zoom_meeting_id and event.privacy in PRIVATE
        ).zoom_meeting_id._review_confidentiality()
        return events

    def write(self, vals):
        if not {"privacy", "zoom_meeting_id"} & set(vals):
            return super().write(vals)
        before = self.sudo().zoom_meeting_id  # sudo: as above
        result = super().write(vals)
        (before | self.sudo().zoom_meeting_id)._review_confidentiality()
        return result

    def action_zoom_attendance(self):
        """Of a confidential meeting show the figures, since there are no names to list."""
        if not self.zoom_confidential:
            return super().action_zoom_attendance()
        domain = [("calendar_event_id", "=", self.id)]
        return self._zoom_instances_action(
            "zoom.meeting.instance", self.env._("Held meetings"), domain
        )

    @api.onchange("privacy")
    def _onchange_zoom_privacy(self):
        """Say what turning a Zoom meeting private means, before it is saved."""
        held = self.zoom_participant_count
        if self.privacy in PRIVATE and held and not self.zoom_confidential:
            return {
                "warning": {
                    "title": self.env._("Names of attendance are removed"),
                    "message": self.env._(
                        "Of a private Zoom meeting Odoo keeps only how many people came and for how "
                        "long. When you save, the names of those who attended or registered so far "
                        "are removed for good, for all dates of the series."
                    ),
                }
            }
        return None
