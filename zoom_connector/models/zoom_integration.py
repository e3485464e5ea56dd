from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.connector_base.models.connector_secret import secret_field

# Feature -> scopes, granular form (vendor page "Granular scopes"; the user form lacks ":admin").
SCOPES = {
    "people": ("user:read:user", "user:read:list_users"),
    "meetings": ("meeting:read:list_meetings", "meeting:read:meeting"),
    "attendance": (
        "meeting:read:list_past_participants",
        "meeting:read:list_past_instances",
        "report:read:user",
        "report:read:list_meeting_participants",
    ),
    "recordings": (
        "cloud_recording:read:list_user_recordings",
        "cloud_recording:read:list_recording_files",
    ),
    "registrations": ("meeting:read:list_registrants", "meeting:update:registrant_status"),
    "meetings out": (
        "meeting:write:meeting",
        "meeting:update:meeting",
        "meeting:delete:meeting",
        "meeting:read:list_templates",
    ),
}
# Not offered to apps that a single user authorises (vendor page "Granular scopes").
ADMIN_ONLY = ("user:read:list_users", "report:read:user", "report:read:list_meeting_participants")
MANAGER = "zoom_connector.group_zoom_manager"
EVENTS = (
    "meeting.created, updated, deleted, permanently_deleted, recovered, started, ended",
    "meeting.participant_joined, _left, _joined_waiting_room, _left_waiting_room, _admitted, "
    "_put_in_waiting_room, _role_changed",
    "meeting.registration_created, _approved, _cancelled, _denied",
    "recording.started, paused, resumed, stopped, completed, transcript_completed, trashed, "
    "deleted, recovered, renamed, batch_trashed, batch_deleted, batch_recovered",
    "user.created, updated, activated, deactivated, deleted, disassociated",
)


class ZoomIntegration(models.Model):
    """One Zoom account."""

    _name = "zoom.integration"
    _inherit = ["connector.integration"]
    _description = "Zoom Integration"
    _order = "name, id"
    _connector_manager_group = "zoom_connector.group_zoom_manager"
    _connector_webhook_route = "/zoom/webhook/event"

    app_kind = fields.Selection(
        [
            ("server_to_server", "Server-to-server app (whole account)"),
            ("user_oauth", "General app (a person authorizes)"),
        ],
        default="server_to_server",
        required=True,
        help="Kind of the app that you made in the Zoom App Marketplace.",
    )
    client_id = fields.Char("Client ID", groups=MANAGER)
    client_secret = secret_field("Client Secret", groups=MANAGER)
    account_id = fields.Char(
        "Account ID",
        groups=MANAGER,
        help="Server-to-server apps need it; others fill it in when they connect.",
    )
    default_owner_id = fields.Many2one(
        "res.users",
        "Default owner",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Meetings whose host has no Odoo user stand in this person's calendar.",
    )
    participant_level = fields.Selection(
        [("all", "Everybody"), ("internal", "Only people of the Zoom account")],
        "Attendance of",
        default="all",
        required=True,
        help="With 'only people of the Zoom account' everybody else counts, but without a name.",
    )
    partner_policy = fields.Selection(
        [("find", "Only find existing contacts"), ("create", "Create missing contacts")],
        "Contacts",
        default="find",
        required=True,
        help="What to do when somebody with an e-mail address attends whom Odoo does not know.",
    )
    sync_past_days = fields.Integer(
        "Past days", default=30, help="How far back the first import and the daily check look."
    )
    sync_future_days = fields.Integer(
        "Future days", default=90, help="How far ahead planned meetings are read."
    )
    default_duration = fields.Float("Duration", default=1.0, help="Hours, for new meetings.")
    default_waiting_room = fields.Boolean("Waiting room", default=True)
    default_join_before_host = fields.Boolean("People may join before the host")
    default_mute_upon_entry = fields.Boolean("Mute people when they join")
    default_recording_mode = fields.Selection(
        [("none", "Do not record"), ("cloud", "Record in the cloud"), ("local", "Record locally")],
        "Automatic recording",
        default="none",
        required=True,
    )
    webhook_validated_at = fields.Datetime(
        "Webhook verified", readonly=True, copy=False, help="When Zoom last checked the address."
    )
    last_import_at = fields.Datetime(readonly=True, copy=False)
    last_reconcile_at = fields.Datetime(readonly=True, copy=False)
    scopes_text = fields.Text("Scopes to grant", compute="_compute_scopes_text")
    events_text = fields.Text("Events to subscribe", compute="_compute_scopes_text")
    meeting_count = fields.Integer(compute="_compute_zoom_counts")
    live_count = fields.Integer("Live now", compute="_compute_zoom_counts")
    upcoming_count = fields.Integer("Next 7 days", compute="_compute_zoom_counts")
    recording_count = fields.Integer("Recordings", compute="_compute_zoom_counts")
    zoom_user_count = fields.Integer("Zoom users", compute="_compute_zoom_counts")
    unmapped_user_count = fields.Integer("Without Odoo user", compute="_compute_zoom_counts")
    issue_count = fields.Integer("Data issues", compute="_compute_zoom_counts")

    @api.constrains("sync_past_days", "sync_future_days")
    def _check_windows(self):
        for integration in self:
            if not 0 <= integration.sync_past_days <= 180:
                raise ValidationError(
                    self.env._("Past days: Zoom keeps reports for six months, so 0 to 180 days.")
                )
            if not 0 <= integration.sync_future_days <= 720:
                raise ValidationError(self.env._("Future days must be between 0 and 720."))

    @api.depends("app_kind")
    def _compute_scopes_text(self):
        for integration in self:
            lines = []
            for scopes in SCOPES.values():
                if integration.app_kind == "server_to_server":
                    lines += [f"{scope}:admin" for scope in scopes]
                else:
                    lines += [scope for scope in scopes if scope not in ADMIN_ONLY]
            integration.scopes_text = "\n".join(lines)
            integration.events_text = "\n".join(EVENTS)

    def _compute_zoom_counts(self):
        now = fields.Datetime.now()
        week = fields.Datetime.add(now, days=7)

        def counts(model, *terms):
            return dict(
                self.env[model]._read_group(
                    [("integration_id", "in", self.ids), *terms], ["integration_id"], ["__count"]
                )
            )

        meetings = counts("zoom.meeting", ("state", "!=", "deleted"))
        live = counts("zoom.meeting.instance", ("state", "=", "started"))
        recordings = counts("zoom.recording", ("state", "!=", "deleted"))
        users = counts("zoom.user")
        unmapped = counts("zoom.user", ("user_id", "=", False))
        issues = dict(
            # sudo: a number only; the list behind it follows the user's rights.
            self.env["connector.data.issue"]
            .sudo()
            ._read_group(
                [
                    ("integration_model", "=", self._name),
                    ("integration_id", "in", self.ids),
                    ("state", "=", "open"),
                ],
                ["integration_id"],
                ["__count"],
            )
        )
        events = dict(
            self.env["calendar.event"]._read_group(
                [
                    ("zoom_meeting_id.integration_id", "in", self.ids),
                    ("start", ">=", now),
                    ("start", "<", week),
                ],
                ["zoom_meeting_id"],
                ["__count"],
            )
        )
        for integration in self:
            integration.meeting_count = meetings.get(integration, 0)
            integration.live_count = live.get(integration, 0)
            integration.recording_count = recordings.get(integration, 0)
            integration.zoom_user_count = users.get(integration, 0)
            integration.unmapped_user_count = unmapped.get(integration, 0)
            integration.issue_count = issues.get(integration.id, 0)
            integration.upcoming_count = sum(
                count
                for meeting, count in events.items()
                if meeting.sudo().integration_id == integration  # sudo: to add up, nothing is shown
            )

    # -- buttons -----------------------------------------------------------------------------------

    def action_import(self):
        """Read users, meetings, attendance and recordings of the sync window, in the background."""
        self.check_access("write")
        for integration in self:
            self.env["zoom.import"]._enqueue(integration)
        return self._notify_started(self.env._("The import runs in the background."))

    def action_reconcile(self):
        """Compare the last days with Zoom and repair what differs, in the background."""
        self.check_access("write")
        for integration in self:
            # sudo: reports are written by code only; the right to ask was checked above.
            self.env["zoom.reconcile.report"].sudo().create(
                {
                    "integration_id": integration.id,
                    "mode": "heal",
                    "requested_by": self.env.uid,
                }
            )
            self.env["zoom.reconcile"]._enqueue(integration)
        return self._notify_started(self.env._("The comparison with Zoom runs in the background."))

    def _notify_started(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _open_zoom(self, xmlid, domain=()):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"zoom_connector.{xmlid}")
        action["domain"] = [("integration_id", "=", self.id), *domain]
        return action

    def action_view_meetings(self):
        return {**self._open_zoom("zoom_meeting_action"), "context": {}}

    def action_view_live(self):
        return self._open_zoom("zoom_instance_action", [("state", "=", "started")])

    def action_view_recordings(self):
        return self._open_zoom("zoom_recording_action")

    def action_view_users(self):
        return self._open_zoom("zoom_user_action")

    def action_view_unmapped_users(self):
        return self._open_zoom("zoom_user_action", [("user_id", "=", False)])

    def action_view_upcoming(self):
        self.ensure_one()
        now = fields.Datetime.now()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Next 7 days"),
            "res_model": "calendar.event",
            "view_mode": "list,calendar,form",
            "domain": [
                ("zoom_meeting_id.integration_id", "=", self.id),
                ("start", ">=", now),
                ("start", "<", fields.Datetime.add(now, days=7)),
            ],
        }

    def action_view_issues(self):
        return self._connector_open("connector_data_issue_action", [("state", "=", "open")])

    def action_view_runs(self):
        return self._connector_open("connector_sync_run_action")
