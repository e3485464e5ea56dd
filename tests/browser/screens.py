"""Every screen of the addons as data: how to get there, who may, and what must be seen."""

from __future__ import annotations

from dataclasses import dataclass

ADMIN = "admin"
USER = "user"
BOTH = (ADMIN, USER)
TOPIC = "Quarterly review with guests"
PERSON = "Guest"
REGISTRANT = "Rita Registrant"


@dataclass(frozen=True)
class Screen:
    """One screen.

    :param name: short name, also of its picture
    :param action: XML id of the window action; empty for a form of another app's model
    :param shows: texts that must be on it
    :param view: kind of view, when it is not the action's first
    :param model: with ``domain``: open the form of the newest such record
    :param people: who can open it
    :param hides: texts that must not be on it for a plain user
    """

    name: str
    action: str
    shows: tuple[str, ...]
    view: str = ""
    model: str = ""
    domain: tuple = ()
    people: tuple[str, ...] = BOTH
    hides: tuple[str, ...] = ()


HELD = ("meeting_id.topic", "=", TOPIC)
MANAGED = (ADMIN,)
SCREENS = (
    # The app Zoom, where managers and users work.
    Screen("overview", "zoom_connector.zoom_overview_action", ("Zoom Sandbox", "meetings")),
    Screen("meetings", "zoom_connector.zoom_meeting_action", ("Topic", "Start", "Scheduled")),
    Screen(
        "meeting", "zoom_connector.zoom_meeting_action", (TOPIC, "Times Held", "Meeting ID", "Host"),
        model="zoom.meeting", domain=(("topic", "=", TOPIC),),
    ),
    Screen(
        "meeting-series", "zoom_connector.zoom_meeting_action", ("Calendar", "Time zone"),
        model="zoom.meeting", domain=(("kind", "=", "series"), ("calendar_event_ids", "!=", False)),
        people=MANAGED,
    ),
    Screen("people", "zoom_connector.zoom_participant_action", ("Name", "Attended", TOPIC)),
    Screen("people-pivot", "zoom_connector.zoom_participant_action", ("Total",), view="pivot"),
    Screen(
        "person", "zoom_connector.zoom_participant_action", ("Role", "Joined", "Left", "Attended"),
        model="zoom.participant", domain=(("instance_id.meeting_id.topic", "=", TOPIC),),
    ),
    Screen("held", "zoom_connector.zoom_instance_action", (TOPIC, "People", "Recordings")),
    Screen(
        "held-meeting", "zoom_connector.zoom_instance_action", (TOPIC, "People", "Recordings", "Ended"),
        model="zoom.meeting.instance", domain=(HELD,),
    ),
    Screen("registrations", "zoom_connector.zoom_registrant_action", (REGISTRANT,), people=MANAGED),
    Screen(
        "registration", "zoom_connector.zoom_registrant_action", (REGISTRANT,),
        model="zoom.registrant", people=MANAGED,
    ),
    Screen("recordings", "zoom_connector.zoom_recording_action", ("Size", "Available")),
    Screen(
        "recording", "zoom_connector.zoom_recording_action", (TOPIC, "Open in Zoom", "Size"),
        model="zoom.recording", domain=(("instance_id.meeting_id.topic", "=", TOPIC),),
    ),
    Screen("conflicts", "zoom_connector.zoom_conflict_action", ("Conflicts",)),
    Screen(
        "outgoing",
        "zoom_connector.zoom_push_action",
        ("Outgoing Changes",),
        people=MANAGED,
    ),
    # Its configuration, for managers.
    Screen(
        "templates",
        "zoom_connector.zoom_meeting_template_action",
        ("Meeting Templates",),
        people=MANAGED,
    ),
    Screen("budgets", "zoom_connector.zoom_budget_action", ("Host Budgets",), people=MANAGED),
    Screen("accounts", "zoom_connector.zoom_integration_action", ("Zoom Sandbox",), people=MANAGED),
    Screen(
        "account", "zoom_connector.zoom_integration_action",
        ("Zoom Sandbox", "Connected", "Verify Zoom Access", "Import Now", "Disconnect", "Event address",
         "Inbox", "Webhook address", "Valid until"),
        model="zoom.integration", domain=(("name", "=", "Zoom Sandbox"),), people=MANAGED,
    ),
    Screen("users", "zoom_connector.zoom_user_action", ("Active",), people=MANAGED),
    Screen(
        "zoom-user", "zoom_connector.zoom_user_action", ("Active", "Department"),
        model="zoom.user", domain=(("status", "=", "active"),), people=MANAGED,
    ),
    Screen("transcripts", "zoom_connector.zoom_transcript_action", ("Transcripts",)),
    Screen("space", "zoom_connector.zoom_storage_action", ("Space for Recordings",), people=MANAGED),
    Screen(
        "reconciliation", "zoom_connector.zoom_reconcile_report_action", ("Reconciliation",),
        people=MANAGED,
    ),
    Screen(
        "consistency", "zoom_connector.zoom_consistency_action", ("Consistency",), people=MANAGED,
    ),
    Screen("people-rules", "zoom_connector.zoom_user_rule_action", ("People Rules",), people=MANAGED),
    Screen("follow-ups", "zoom_connector.zoom_followup_action", ("Follow-ups",), people=MANAGED),
    # Where everybody works already.
    Screen("calendar", "calendar.action_calendar_event", ("Today",)),
    Screen(
        "event-planned", "", ("Zoom", "Join Zoom Meeting", "Scheduled"),
        model="calendar.event", domain=(("zoom_meeting_id.topic", "=", "Planned for the pictures"),),
    ),
    Screen(
        "event-held", "", (TOPIC, "Ended", "Attended", "Recordings", "Held for"),
        model="calendar.event", domain=(("zoom_meeting_id.topic", "=", TOPIC),),
    ),
    Screen(
        "contact", "", ("Zoom Meetings",),
        model="res.partner", domain=(("user_ids.login", "=", "@user"),),
    ),
    # Settings > Technical > Connectors.
    Screen(
        "events", "connector_base.connector_event_action", ("meeting.ended", "Done", "Quarantined"),
        people=MANAGED,
    ),
    Screen(
        "event-graph", "connector_base.connector_event_action", ("Measures",), view="graph", people=MANAGED,
    ),
    Screen(
        "event", "connector_base.connector_event_action", ("Replay", "meeting.ended", "Done"),
        model="connector.event", domain=(("event_type", "=", "meeting.ended"),), people=MANAGED,
    ),
    Screen(
        "event-quarantined", "connector_base.connector_event_action",
        ("Replay", "Quarantined", "Nothing is lost"),
        model="connector.event", domain=(("state", "=", "quarantined"),), people=MANAGED,
    ),
    Screen("alerts", "connector_base.connector_alert_action", ("signature",), people=MANAGED),
    Screen(
        "alert", "connector_base.connector_alert_action", ("signature", "Mark as Resolved"),
        model="connector.alert", domain=(("cause", "=", "bad_signatures"), ("state", "=", "open")),
        people=MANAGED,
    ),
    Screen("issues", "connector_base.connector_data_issue_action", ("What to Do",), people=MANAGED),
    Screen("runs", "connector_base.connector_sync_run_action", ("Done", "API Calls"), people=MANAGED),
    Screen(
        "run", "connector_base.connector_sync_run_action", ("Created", "API Calls", "Started"),
        model="connector.sync.run", domain=(("state", "=", "done"),), people=MANAGED,
    ),
    Screen("api-log", "connector_base.connector_api_log_action", ("GET", "Zoom Sandbox"), people=MANAGED),
    Screen(
        "api-log-pivot", "connector_base.connector_api_log_action", ("Total",), view="pivot",
        people=MANAGED,
    ),
    Screen(
        "api-call", "connector_base.connector_api_log_action", ("GET", "Request", "Response", "200"),
        model="connector.api.log", domain=(("method", "=", "GET"), ("status", "=", 200)), people=MANAGED,
    ),
    Screen("metrics", "connector_base.connector_metric_action", ("Measures",), people=MANAGED),
    Screen("metrics-list", "connector_base.connector_metric_action", ("Average",), view="list", people=MANAGED),
    Screen("metrics-pivot", "connector_base.connector_metric_action", ("Total",), view="pivot", people=MANAGED),
    Screen(
        "proofs", "connector_base.connector_proof_action", ("Proofs of Deletion",), people=MANAGED,
    ),
    Screen(
        "encryption", "connector_base.connector_encryption_action", ("Key ID", "Primary", "Keys Come From"),
        people=MANAGED,
    ),
)  # fmt: skip
