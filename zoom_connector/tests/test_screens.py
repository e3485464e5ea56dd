from odoo.tests import new_test_user, tagged

from .common import ZoomHttpCase, sample

ACTIONS = (
    "zoom_overview_action",
    "zoom_integration_action",
    "zoom_meeting_action",
    "zoom_instance_action",
    "zoom_participant_action",
    "zoom_registrant_action",
    "zoom_recording_action",
    "zoom_transcript_action",
    "zoom_storage_action",
    "zoom_user_action",
    "zoom_reconcile_report_action",
    "zoom_reconcile_line_action",
    "zoom_consistency_action",
    "zoom_followup_action",
)
WHOLE = (
    "meeting.created",
    "meeting.started",
    "meeting.participant_joined",
    "meeting.participant_joined.guest",
    "meeting.participant_left",
    "meeting.participant_left.guest",
    "meeting.ended",
    "meeting.registration_created",
    "recording.completed",
)


@tagged("post_install", "-at_install")
class TestScreens(ZoomHttpCase):
    """Every screen opens and shows what it should."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.integration.name = "Tour account"
        cls.manager = new_test_user(
            cls.env,
            "zoom_tour_manager",
            password="zoom_tour_manager",
            groups="zoom_connector.group_zoom_manager",
        )

    def setUp(self):
        super().setUp()
        self.apply(*[sample(name) for name in WHOLE])
        file = self.env["zoom.recording"].search(
            [("integration_id", "=", self.integration.id)], limit=1
        )
        self.env["zoom.transcript"].create({"recording_id": file.id, "body": "Ada: Hello"})
        report = self.env["zoom.reconcile.report"].create(
            {"integration_id": self.integration.id, "state": "done"}
        )
        self.env["zoom.reconcile.line"].create(
            {
                "report_id": report.id,
                "key": "meeting:1",
                "kind": "changed",
                "side": "odoo",
                "subject": "planned",
                "direction": "in",
                "name": "Weekly",
                "differences": [{"label": "Topic", "odoo": "A", "zoom": "B"}],
            }
        )
        self.env["zoom.followup"].create(
            {"instance_id": self.meeting().instance_ids.id, "due_at": "2026-05-04 10:00:00"}
        )
        self.env["zoom.consistency"].create(
            {
                "integration_id": self.integration.id,
                "report_id": report.id,
                "date": "2026-05-04 10:00:00",
                "kind": "planned",
            }
        )

    def test_every_view_loads_and_reads_its_fields(self):
        for name in ACTIONS:
            action = self.env["ir.actions.act_window"]._for_xml_id(f"zoom_connector.{name}")
            model = self.env[action["res_model"]].with_user(self.manager)
            self.assertIn("o_view_nocontent", action["help"], name)
            views = [(False, kind) for kind in action["view_mode"].split(",")]
            loaded = model.get_views([*views, (False, "search")])
            for kind, view in loaded["views"].items():
                self.assertTrue(view["arch"], (name, kind))
            fields = list(loaded["models"][model._name].get("fields", {}))
            readable = [field for field in fields if field in model._fields]
            self.assertTrue(model.search([], limit=2).read(readable), name)

    def test_manager_walks_through_the_app(self):
        self.start_tour("/odoo", "zoom_app", login="zoom_tour_manager", timeout=180)

    def test_host_sees_the_zoom_block_on_his_event(self):
        self.ada.write({"password": "ada"})
        field = "user_ids" if "user_ids" in self.env["res.groups"]._fields else "users"
        self.env.ref("zoom_connector.group_zoom_user").write({field: [(4, self.ada.id)]})
        event = self.meeting().calendar_event_id
        self.start_tour(
            f"/odoo/calendar.event/{event.id}", "zoom_calendar_event", login="ada", timeout=120
        )

    def test_status_panel_names_what_is_missing(self):
        self.integration.write({"client_secret": False, "webhook_secret": False})
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.status_level, "red")
        panel = str(self.integration.status_panel)
        self.assertIn("client secret", panel)
        self.assertIn("every event is refused", panel)

    def test_status_turns_green(self):
        self.deliver(sample("meeting.started"))
        self.drain()
        self.integration._connector_store(
            {"state": "connected", "last_import_at": "2026-05-04 10:00:00"}
        )
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.status_level, "green", self.integration.status_panel)

    def test_text_of_strangers_is_escaped(self):
        self.integration._connector_store({"state": "error", "state_message": "<script>x</script>"})
        self.integration.invalidate_recordset()
        self.assertNotIn("<script>", str(self.integration.status_panel))

    def test_an_event_that_is_no_zoom_meeting_shows_nothing_of_it(self):
        event = self.env["calendar.event"].create(
            {"name": "Lunch", "start": "2026-05-04 12:00:00", "stop": "2026-05-04 13:00:00"}
        )
        self.assertFalse(event.zoom_state)
        self.assertNotEqual(event.videocall_source, "zoom")
        self.assertEqual((event.zoom_participant_count, event.zoom_recording_count), (0, 0))
