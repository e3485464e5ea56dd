"""From the calendar to Zoom: who asks for a meeting, what changed, and what people see of it.

Nothing here talks to Zoom. A save only notes *which* events changed; just before the transaction is
committed the notes become rows of ``zoom.push`` (the outbox) in that same transaction, so an event
that is rolled back leaves nothing behind and a slow Zoom cannot hold up a save.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .marks import Mark, is_series, is_sync
from .zoom_meeting_calendar import SYNC_CONTEXT

NOTES = "zoom_connector.changed"
# Fields of an event that Zoom knows as well.
WATCHED = {
    "name",
    "description",
    "start",
    "stop",
    "start_date",
    "stop_date",
    "duration",
    "allday",
    "partner_ids",
    "user_id",
    "active",
    "recurrency",
    "recurrence_id",
    "videocall_location",
    "zoom_requested",
    "zoom_template_id",
    "zoom_host_id",
    "zoom_alternative_host_ids",
}
OPEN = ("pending", "sending")
# Set by code only: who could choose the meeting would get its link and could move or cancel it.
OURS = {"zoom_meeting_id", "zoom_key", "zoom_invitation"}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    zoom_requested = fields.Boolean(
        "Add Zoom meeting",
        help="The event is held in Zoom. Odoo makes the Zoom meeting after you save, and keeps it up "
        "to date; switch it off or archive the event to cancel the Zoom meeting.",
    )
    zoom_template_id = fields.Many2one(
        "zoom.meeting.template",
        "Zoom template",
        ondelete="set null",
        help="Settings of the Zoom meeting. Without one the account's settings for new meetings hold.",
    )
    zoom_host_id = fields.Many2one(
        "zoom.user",
        "Zoom host",
        compute="_compute_zoom_host_id",
        compute_sudo=True,
        store=True,
        readonly=False,
        ondelete="set null",
        domain=[("status", "=", "active")],
        help="The Zoom user of the organizer, or the account's default host. Another host means a new "
        "Zoom meeting with a new link: Zoom does not hand a meeting over.",
    )
    zoom_alternative_host_ids = fields.Many2many(
        "zoom.user",
        "calendar_event_zoom_alternative_host_rel",
        "event_id",
        "host_id",
        "Alternative hosts",
        domain=[("status", "=", "active")],
        help="Licensed Zoom users of the same account who may start the meeting.",
    )
    zoom_push_state = fields.Selection(
        [
            ("waiting", "On its way to Zoom"),
            ("blocked", "Waits for the Zoom account"),
            ("failed", "Not accepted by Zoom"),
        ],
        "Sending to Zoom",
        compute="_compute_zoom_push",
        compute_sudo=True,
    )
    zoom_push_message = fields.Char(compute="_compute_zoom_push", compute_sudo=True)
    zoom_push_note = fields.Char(compute="_compute_zoom_push", compute_sudo=True)

    @api.depends("user_id", "zoom_requested", "zoom_meeting_id", "zoom_meeting_id.host_id")
    def _compute_zoom_host_id(self):
        """The organizer's Zoom user; a meeting that exists keeps its host as long as nobody else
        organizes the event."""
        asked = self.filtered("zoom_requested")
        (self - asked).zoom_host_id = False
        own = asked._zoom_organizers()
        for event in asked:
            meeting = event.zoom_meeting_id
            known = ((meeting.calendar_target or {}).get("shared") or {}).get("user_id")
            host = own.get(event.user_id)
            if meeting.host_id and (known == event.user_id.id or not host):
                event.zoom_host_id = meeting.host_id
            else:
                event.zoom_host_id = host or event._zoom_integration().default_host_id

    def _zoom_organizers(self):
        """Return dict organizer -> his active Zoom user."""
        users = (
            self.env["zoom.user"]
            .sudo()  # who hosts is found for everybody who may edit the event
            .search(
                [("user_id", "in", self.user_id.ids), ("status", "=", "active")], order="id desc"
            )
        )
        return {user.user_id: user for user in users}

    def _zoom_integration(self):
        """Return the Zoom account that serves the event: the meeting's, the host's, or the one of
        the organizer's company; connected ones first."""
        self.ensure_one()
        event = self.sudo()  # the account is chosen by code; the user sees nothing of it
        known = event.zoom_meeting_id.integration_id or event.zoom_host_id.integration_id
        if known:
            return known
        company = event.user_id.company_id or self.env.company
        companies = event.user_id.company_ids or company
        found = event.env["zoom.integration"].search([("company_id", "in", companies.ids)])
        return found.sorted(
            lambda account: (
                account.state != "connected",
                account.company_id != company,
                account.id,
            )
        )[:1]

    @api.constrains("zoom_host_id")
    def _check_zoom_host_id(self):
        """A host of a company that neither the organizer nor the user belongs to is none of theirs."""
        for event in self:
            host = event.sudo().zoom_host_id  # sudo: may be out of the user's sight, which is asked
            allowed = event.user_id.sudo().company_ids | self.env.user.company_ids
            if host and host.company_id and host.company_id not in allowed:
                raise ValidationError(
                    self.env._("The Zoom host belongs to a company that is not the organizer's.")
                )

    # -- what people see -----------------------------------------------------------------------

    def _zoom_pushes(self):
        """Return dict event -> the newest of its outgoing changes that is not done."""
        rows = self.env["zoom.push"].search(
            [
                ("state", "!=", "done"),
                "|",
                "|",
                ("event_id", "in", self.ids),
                ("meeting_id", "in", self.zoom_meeting_id.ids),
                ("recurrence_id", "in", self.recurrence_id.ids),
            ],
            order="id",
        )
        found = {}
        for row in rows:
            for event in self:
                if row._is_about(event):
                    found[event] = row
        return found

    @api.depends("zoom_requested", "zoom_meeting_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_zoom_push(self):
        rows = self._zoom_pushes() if self.ids else {}
        for event in self:
            row = rows.get(event)
            event.zoom_push_note = False
            event.zoom_push_state = False
            event.zoom_push_message = False
            if event._check_private_event_conditions():
                continue  # of other people's private events nothing shows but the time
            event.zoom_push_note = event.zoom_meeting_id.push_note
            if row:
                event.zoom_push_state = "waiting" if row.state in OPEN else row.state
                event.zoom_push_message = row._words()

    def action_zoom_retry(self):
        """Try again what Zoom did not take, at once."""
        self.check_access("write")
        # sudo: whoever may change the event may have its change sent again.
        for row in self.sudo()._zoom_pushes().values():
            row._retry()

    # -- noting changes ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._zoom_asked(vals) for vals in vals_list]
        # Nothing may be set; forms send empty values.
        self._zoom_guard({name for vals in vals_list for name in vals if vals[name]})
        for vals in vals_list:
            if vals.get("zoom_meeting_id"):
                vals.setdefault("zoom_requested", True)
        if any(vals.get("zoom_requested") for vals in vals_list) and not self._zoom_may_ask():
            if not self.env.context.get("zoom_copy"):
                raise AccessError(self.env._("Only Zoom users may ask for Zoom meetings."))
            vals_list = [{**vals, "zoom_requested": False} for vals in vals_list]
        create = super().create
        if any(vals.get("zoom_requested") for vals in vals_list):
            # 19.0 adds phone and address of organizer and guest to the description, which every
            # guest would read as the agenda in Zoom.
            create = super(CalendarEvent, self.with_context(skip_contact_description=True)).create
        events = create(vals_list).with_env(self.env)
        if not is_sync(self.env):
            events.filtered("zoom_requested")._zoom_note()
        return events

    def write(self, values):
        if is_sync(self.env):
            return super().write(values)
        values = self._zoom_asked(values)
        self._zoom_guard(values.keys())
        # sudo: private events read as empty for others.
        asking = values.get("zoom_requested") and not all(self.sudo().mapped("zoom_requested"))
        if asking and not self._zoom_may_ask():
            raise AccessError(self.env._("Only Zoom users may ask for Zoom meetings."))
        watched = WATCHED | set(self._get_recurrent_fields())
        touched = self.browse()
        if values.keys() & watched:
            # sudo: private events read as empty for others.
            touched = self.filtered(
                lambda event: event.sudo().zoom_requested or event.sudo().zoom_meeting_id
            )
            if "zoom_requested" not in values and "videocall_location" in values:
                values = self._zoom_replaced(touched, values)
            touched._zoom_note()
        result = super().write(values)
        self = self.exists()
        if values.get("zoom_requested"):
            self._zoom_note()
        elif values.get("zoom_requested") is False:
            self._zoom_detach()
        return result

    def unlink(self):
        if not is_sync(self.env):
            self._zoom_note()
        return super().unlink()

    def copy(self, default=None):
        """A copy is another meeting: it gets a Zoom meeting and a link of its own."""
        return super(CalendarEvent, self.with_context(zoom_copy=True)).copy(default)

    def copy_data(self, default=None):
        rows = super().copy_data(default)
        if self.env.context.get("zoom_copy"):
            for event, vals in zip(self, rows, strict=True):
                link = event.sudo().zoom_meeting_id.join_url  # sudo: the user need not see it
                if link and vals.get("videocall_location") == link:
                    vals["videocall_location"] = False
        return rows

    @api.model
    def _zoom_asked(self, vals):
        """Choosing Zoom as the source of the video call asks for a meeting as well."""
        if vals.get("videocall_source") == "zoom" and "zoom_requested" not in vals:
            return {**vals, "zoom_requested": True}
        return dict(vals)

    def _zoom_guard(self, names):
        """Refuse to set what only code may set.

        :raises AccessError: one of the fields is
        """
        code = self.env.su or is_sync(self.env) or is_series(self.env)
        if OURS & set(names) and not code:
            raise AccessError(self.env._("The Zoom meeting of an event is set by the connector."))

    def _zoom_may_ask(self):
        """Return whether the present code may ask for Zoom meetings."""
        return (
            self.env.su
            or is_sync(self.env)
            or is_series(self.env)
            or self.env.user.has_group("zoom_connector.group_zoom_user")
        )

    @api.model
    def _zoom_replaced(self, events, values):
        """Another link in the place of Zoom's means that Zoom is not wanted any more."""
        # sudo: only compared; who may edit the event need not see the meeting behind it.
        links = {event.sudo().zoom_meeting_id.join_url for event in events} - {False}
        if links and values["videocall_location"] not in links:
            return {**values, "zoom_requested": False}
        return values

    def _zoom_detach(self):
        """Zoom was switched off: the events stay, their meetings are cancelled."""
        now = fields.Datetime.now()
        # sudo: follows from the switch, which the user was allowed to turn.
        for event in self.sudo().filtered("zoom_meeting_id"):
            meeting = event.zoom_meeting_id
            if event.stop and event.stop < now:
                # Held already: what is known of it stays with the event.
                continue
            event._zoom_note()
            vals = {"zoom_meeting_id": False, "zoom_key": False}
            if event.videocall_location == meeting.join_url:
                vals["videocall_location"] = False
            event.with_context(**SYNC_CONTEXT).write(vals)

    def _zoom_note(self):
        """Note that these events changed; the outbox gets its rows right before the commit."""
        if not self:
            return
        notes = self.env.cr.precommit.data.setdefault(NOTES, {})
        if not notes:
            notes.update(events=set(), meetings=set(), recurrences=set())
            env = self.env(su=True)  # the outbox is written by code only
            self.env.cr.precommit.add(lambda: self._zoom_queue(env))
        events = self.sudo()  # private events read as empty for others
        notes["events"].update(events.ids)
        notes["meetings"].update(events.zoom_meeting_id.ids)
        notes["recurrences"].update(events.recurrence_id.ids)

    @api.model
    def _zoom_queue(self, env):
        notes = env.cr.precommit.data.pop(NOTES, None)
        if notes:
            env["zoom.push"]._queue(notes)

    def _zoom_wanted_events(self):
        """Return the events of the same meeting that shall be held in Zoom."""
        self.ensure_one()
        if self.recurrence_id:
            members = self.recurrence_id.with_context(active_test=False).calendar_event_ids
        else:
            members = self
        return members.filtered(lambda event: event.active and event.zoom_requested)

    def _zoom_is_over(self):
        """Return whether all these events have ended."""
        now = fields.Datetime.now() - timedelta(minutes=1)
        return all(event.stop and event.stop < now for event in self)


class CalendarRecurrence(models.Model):
    _inherit = "calendar.recurrence"

    def _apply_recurrence(self, *args, **kwargs):
        """The dates of a series are held in Zoom as the first one is, whoever changes the series."""
        mine = self.with_context(zoom_series=Mark.SERIES)
        return super(CalendarRecurrence, mine)._apply_recurrence(*args, **kwargs)

    def _zoom_rule_fields(self):
        """Return the rule as the pure part reads it."""
        self.ensure_one()
        names = (
            "rrule_type",
            "interval",
            "mon",
            "tue",
            "wed",
            "thu",
            "fri",
            "sat",
            "sun",
            "month_by",
            "day",
            "byday",
            "weekday",
            "end_type",
            "count",
            "until",
            "event_tz",
        )
        return {name: self[name] for name in names}
