"""Invitations wait for the link: a guest must not get one in which the Zoom link is missing."""

from odoo import api, fields, models

from .marks import QUIET

LONGEST_HOLD = 15  # minutes


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    zoom_invitation = fields.Selection(
        [("held", "Waits for the link"), ("without", "Sent without the link")],
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def _zoom_invite(self, keep=False):
        """Send the invitations that waited, in the name of the organizer.

        :param keep: note that they went out without link, so that they follow once there is one
        """
        for event in self.filtered("zoom_invitation"):
            organizer = event.user_id or event.env.user
            event.with_context(**QUIET).zoom_invitation = "without" if keep else False
            if event.active and event.start and event.start > fields.Datetime.now():
                # sudo: the background sends what the organizer's own save would have sent.
                attendees = event.attendee_ids.with_user(organizer).sudo()
                attendees.with_context(zoom_invite_now=True)._send_invitation_emails()

    @api.model
    def _zoom_invite_late(self):
        """Scheduled: send without link what waited too long, or what only a person can help."""
        held = self.sudo().search([("zoom_invitation", "=", "held")])  # sudo: of all calendars
        limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=LONGEST_HOLD)
        unwanted = held.filtered(lambda event: not event.zoom_requested)
        unwanted._zoom_invite()
        late = (held - unwanted).filtered(
            lambda event: (
                event.create_date < limit or event.zoom_push_state in (False, "failed", "blocked")
            )
        )
        late._zoom_invite(keep=True)


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    def _send_invitation_emails(self):
        """Hold the invitations of events whose Zoom meeting is still being made."""
        held = self.browse()
        if not self.env.context.get("zoom_invite_now"):
            # sudo: the link of a private event reads as empty for others.
            held = self.filtered(
                lambda attendee: (
                    attendee.event_id.sudo().zoom_requested
                    and not attendee.event_id.sudo().zoom_meeting_id
                )
            )
            events = held.event_id.sudo()  # sudo: a mark of ours, set by code only
            events.with_context(**QUIET).zoom_invitation = "held"
        return super(CalendarAttendee, self - held)._send_invitation_emails()
