from odoo.tests import new_test_user, tagged

from .common import ZoomHttpCase, sample


@tagged("post_install", "-at_install")
class TestConflictScreen(ZoomHttpCase):
    """Both values side by side, a choice per field, in a real browser."""

    def setUp(self):
        super().setUp()
        self.integration.write({"conflict_topic": "ask", "conflict_agenda": "ask"})
        self.apply(sample("meeting.created"))
        self.event = self.meeting().calendar_event_id
        self.event.write({"name": "Topic from Odoo", "description": "<p>Agenda from Odoo</p>"})
        body = sample("meeting.updated")
        body["payload"]["object"].update(topic="Topic from Zoom", agenda="Agenda from Zoom")
        self.apply(body)
        self.conflict = self.env["zoom.conflict"].search(
            [("meeting_id", "=", self.meeting().id), ("state", "=", "open")]
        )

    def test_host_decides_field_by_field(self):
        self.ada.write({"password": "ada"})
        field = "user_ids" if "user_ids" in self.env["res.groups"]._fields else "users"
        self.env.ref("zoom_connector.group_zoom_user").write({field: [(4, self.ada.id)]})
        self.start_tour(
            f"/odoo/calendar.event/{self.event.id}", "zoom_conflict", login="ada", timeout=120
        )
        self.env.invalidate_all()
        self.assertEqual(self.event.name, "Topic from Zoom")
        self.assertIn("Agenda from Odoo", self.event.description)
        self.assertEqual(self.conflict.decided_by, self.ada)
        self.assertEqual(
            {line.name: line.choice for line in self.conflict.line_ids},
            {"topic": "zoom", "agenda": "odoo"},
        )

    def test_manager_decides_from_the_list(self):
        new_test_user(
            self.env,
            "zoom_conflict_manager",
            password="zoom_conflict_manager",
            groups="zoom_connector.group_zoom_manager",
        )
        self.start_tour("/odoo", "zoom_conflict_list", login="zoom_conflict_manager", timeout=120)
        self.env.invalidate_all()
        self.assertEqual(self.conflict.state, "resolved")
        self.assertEqual(self.event.name, "Topic from Odoo")
