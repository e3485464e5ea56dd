from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushConflict(PushCase):
    """Both sides change the same at once; both end with the same, over real HTTP to the sandbox."""

    def setUp(self):
        super().setUp()
        self.stub = self.listen()

    def policy(self, value):
        self.account.write({"conflict_topic": value, "conflict_time": value})

    def in_zoom_says(self, event, **values):
        self.control(
            "zoom/meeting",
            action="update",
            meeting_id=int(event.zoom_meeting_id.zoom_id),
            **values,
        )

    def arrive(self):
        self.apply(*self.announced(self.stub), integration=self.account)

    def made(self):
        event = self.event()
        self.push()
        self.arrive()
        self.control("calls", "DELETE")
        return event

    def both(self, event):
        """Odoo's change waits in the outbox when Zoom's arrives."""
        event.with_user(self.sales).name = "From Odoo"
        self.commit()
        self.in_zoom_says(event, topic="From Zoom")
        self.arrive()

    def conflict(self, event):
        return self.env["zoom.conflict"].search([("meeting_id", "=", event.zoom_meeting_id.id)])

    def topics(self, event):
        event.invalidate_recordset()
        (meeting,) = self.in_zoom()
        return event.name, event.zoom_meeting_id.topic, meeting.topic

    def changes(self):
        return [call for call in self.calls() if call[0] != "GET"]

    def test_zoom_wins_without_a_call(self):
        self.policy("zoom")
        event = self.made()
        self.both(event)
        self.push()
        self.assertEqual(self.changes(), [])
        self.assertEqual(self.topics(event), ("From Zoom",) * 3)
        line = self.conflict(event).line_ids
        self.assertEqual((line.odoo_text, line.choice), ("From Odoo", "zoom"))

    def test_odoo_wins_with_one_call(self):
        self.policy("odoo")
        event = self.made()
        self.both(event)
        self.push()
        self.assertEqual([method for method, _path in self.changes()], ["PATCH"])
        self.assertEqual(self.topics(event), ("From Odoo",) * 3)
        self.assertEqual(self.conflict(event).line_ids.zoom_text, "From Zoom")
        # The echo of it brings nothing back.
        self.arrive()
        self.push()
        self.assertEqual(self.topics(event), ("From Odoo",) * 3)
        self.assertEqual(len(self.conflict(event).line_ids), 1)

    def test_newest_is_the_later_save(self):
        event = self.made()
        self.in_zoom_says(event, topic="From Zoom")
        bodies = self.announced(self.stub)
        for body in bodies:
            # Zoom's change is a minute old when Odoo's is saved, and arrives after it.
            body["event_ts"] -= 60_000
            body["payload"]["time_stamp"] = body["event_ts"]
        event.with_user(self.sales).name = "From Odoo"
        self.commit()
        self.apply(*bodies, integration=self.account)
        self.push()
        self.assertEqual(self.topics(event), ("From Odoo",) * 3)

    def test_person_decides_and_nothing_moves_before(self):
        self.policy("ask")
        event = self.made()
        self.both(event)
        self.push()
        self.assertEqual(self.changes(), [])
        self.assertEqual(self.topics(event), ("From Odoo", "From Zoom", "From Zoom"))
        conflict = self.conflict(event)
        self.assertEqual(conflict.state, "open")
        self.assertEqual(conflict.user_id, self.sales)
        # Other changes go on meanwhile, both ways.
        later = self.start + timedelta(hours=2)
        event.with_user(self.sales).write({"start": later, "stop": later + timedelta(hours=1)})
        self.push()
        self.in_zoom_says(event, agenda="Zoom's agenda")
        self.arrive()
        self.assertEqual(self.topics(event), ("From Odoo", "From Zoom", "From Zoom"))
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.start.replace(tzinfo=None), later)
        self.assertIn("Zoom", event.description)
        conflict.with_user(self.sales).action_keep_odoo()
        self.push()
        self.assertEqual(self.topics(event), ("From Odoo",) * 3)
        self.assertEqual(conflict.state, "resolved")

    def test_person_chooses_zoom(self):
        self.policy("ask")
        event = self.made()
        self.both(event)
        self.push()
        self.conflict(event).with_user(self.sales).action_keep_zoom()
        self.push()
        self.assertEqual(self.changes(), [])
        self.assertEqual(self.topics(event), ("From Zoom",) * 3)

    def test_given_up_value_is_restored_on_both_sides(self):
        self.policy("zoom")
        event = self.made()
        self.both(event)
        self.push()
        self.conflict(event).with_user(self.sales).line_ids.action_restore()
        self.push()
        self.assertEqual(self.topics(event), ("From Odoo",) * 3)

    def test_refused_change_is_not_overwritten_unseen(self):
        """A change that Zoom does not take stays in the calendar when Zoom changes the same."""
        self.policy("ask")
        event = self.made()
        self.fault(
            "status", "PATCH", "/meetings/", status=400, body={"code": 300, "message": "No."}
        )
        event.with_user(self.sales).name = "From Odoo"
        self.push()
        self.assertEqual(event.zoom_push_state, "failed")
        self.in_zoom_says(event, topic="From Zoom")
        self.arrive()
        event.invalidate_recordset()
        self.assertEqual(event.name, "From Odoo")
        self.assertEqual(self.conflict(event).state, "open")

    def test_setting_changed_on_both_sides(self):
        template = self.env["zoom.meeting.template"].create(
            {"name": "Recorded", "integration_id": self.account.id, "recording_mode": "cloud"}
        )
        event = self.made()
        event.with_user(self.sales).zoom_template_id = template
        self.commit()
        self.in_zoom_says(event, settings={"auto_recording": "local"})
        event.zoom_meeting_id._request_read()
        self.env["zoom.meeting"]._upsert(
            self.account,
            self.in_zoom(),
            int(fields.Datetime.now().timestamp() * 1000) + 1000,
        )
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.settings.auto_recording, "local")
        line = self.conflict(event).line_ids
        self.assertEqual(
            (line.name, line.zoom_text, line.odoo_text), ("auto_recording", "local", "cloud")
        )
