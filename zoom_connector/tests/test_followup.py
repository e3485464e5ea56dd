import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data

from .common import ZoomCase, sample


@tagged("post_install", "-at_install")
class TestFollowup(ZoomCase):
    """What a template does after a meeting: once, after the attendance has settled, visibly."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.integration._connector_store(
            {"state": "connected", "connected_at": fields.Datetime.now() - timedelta(days=30)}
        )
        self.template = self.env["zoom.meeting.template"].create(
            {
                "name": "Customer call",
                "after_activity": True,
                "after_activity_summary": "Call the customer back",
                "after_days": 3,
            }
        )
        self.integration.after_template_id = self.template
        self.now = fields.Datetime.now().replace(microsecond=0)

    def moment(self, minutes):
        return (self.now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def bodies(self, ended=-30, uuid="dG9vRXhhbXBsZVV1aWQwMQ==", people=True):
        """Return the events of a meeting that ended so many minutes ago (negative: past)."""
        names = ["meeting.started", "meeting.ended"]
        if people:
            names[1:1] = ["meeting.participant_joined", "meeting.participant_left"]
        found = []
        for name in names:
            body = json.loads(json.dumps(sample(name)))
            thing = body["payload"]["object"]
            thing.update(uuid=uuid, start_time=self.moment(ended - 60))
            at = self.now + timedelta(minutes=ended - 60)
            if name == "meeting.ended":
                thing["end_time"] = self.moment(ended)
                at = self.now + timedelta(minutes=ended)
            person = thing.get("participant") or {}
            if "join_time" in person:
                person["join_time"] = self.moment(ended - 59)
            if "leave_time" in person:
                person["leave_time"] = self.moment(ended - 1)
                at = self.now + timedelta(minutes=ended - 1)
            body["event_ts"] = int(at.timestamp() * 1000)
            found.append(body)
        return found

    def rows(self):
        self.env.invalidate_all()
        return self.env["zoom.followup"].search([])

    def do(self, rows=None):
        """Do what a job does, as if its time had come."""
        for row in rows or self.rows():
            row.due_at = self.now - timedelta(minutes=1)
            self.env.flush_all()
            row._job_follow_up()
        self.env.invalidate_all()

    def activities(self):
        return self.env["mail.activity"].search([("summary", "=", "Call the customer back")])

    def test_activity_after_the_meeting(self):
        self.apply(*self.bodies())
        row = self.rows()
        self.assertEqual(row.state, "waiting")
        job = self.env["queue.job"].search([("model_name", "=", "zoom.followup")])
        self.assertEqual(job.eta, row.due_at)
        self.assertGreaterEqual(row.due_at, self.now + timedelta(minutes=15))
        self.assertFalse(self.activities())
        self.do()
        activity = self.activities()
        self.assertEqual(activity.user_id, self.ada)
        self.assertEqual(activity.res_model, "res.partner")
        self.assertEqual(activity.res_id, self.bob.id, "about the customer who came")
        self.assertEqual(activity.date_deadline, fields.Date.today() + timedelta(days=3))
        self.assertIn("1 people", activity.note)
        self.assertEqual(row.state, "done")
        self.assertIn("Ada Host", row.steps_text)

    def test_once_however_often_and_late_the_end_is_told(self):
        bodies = self.bodies()
        self.apply(*bodies)
        self.do()
        later = json.loads(json.dumps(bodies[-1]))
        later["event_ts"] += 60_000
        later["payload"]["object"]["end_time"] = self.moment(-20)
        self.apply(*bodies, later, *reversed(bodies))
        self.assertEqual(len(self.rows()), 1)
        self.do()
        self.env["zoom.followup"]._cron_follow_up()
        self.assertEqual(len(self.activities()), 1)

    def test_each_time_a_meeting_is_held(self):
        self.apply(*self.bodies(), *self.bodies(ended=-20, uuid="c2Vjb25kVGltZUhlbGQwMA=="))
        self.assertEqual(len(self.rows()), 2)
        self.do()
        self.assertEqual(len(self.activities()), 2)

    def test_not_before_the_attendance_has_settled(self):
        self.apply(*self.bodies(ended=-1))
        row = self.rows()
        row._job_follow_up()
        self.assertEqual(row.state, "waiting")
        row.due_at = self.now - timedelta(minutes=1)
        self.env.flush_all()
        row._job_follow_up()
        # The end lies less than a quarter of an hour back.
        self.assertEqual((row.state, row.due_at), ("waiting", self.now + timedelta(minutes=14)))
        self.assertFalse(self.activities())

    def test_history_is_left_alone(self):
        self.apply(*self.bodies(ended=-60 * 72))
        self.assertFalse(self.rows())
        self.integration._connector_store({"connected_at": self.now})
        self.apply(*self.bodies(ended=-30, uuid="b2xkT2xkT2xkT2xkT2xkMDA="))
        self.assertFalse(self.rows(), "held before the account was connected")

    def test_no_template_nothing_happens(self):
        self.integration.after_template_id = False
        self.apply(*self.bodies())
        self.assertFalse(self.rows())

    def test_template_of_the_event_comes_first(self):
        own = self.env["zoom.meeting.template"].create(
            {
                "name": "Own",
                "after_activity": True,
                "after_activity_summary": "Own summary",
            }
        )
        self.apply(*self.bodies()[:1])
        self.meeting().calendar_event_id.with_context(zoom_sync=True).zoom_template_id = own
        self.apply(*self.bodies()[1:])
        self.assertEqual(self.rows().template_id, own)
        self.do()
        self.assertTrue(self.env["mail.activity"].search([("summary", "=", "Own summary")]))

    def test_meeting_to_which_nobody_came(self):
        self.apply(*self.bodies(people=False))
        row = self.rows()
        self.do()
        self.assertEqual(row.state, "waiting")
        self.assertGreater(row.due_at, self.now + timedelta(hours=2))
        row.instance_id.stop = self.now - timedelta(hours=31)
        self.do()
        self.assertEqual((row.state, row.error), ("skipped", "Nobody was in the meeting."))
        self.assertFalse(self.activities())

    def test_salesperson(self):
        sales = new_test_user(self.env, "followup_sales", groups="base.group_user")
        self.bob.user_id = sales
        self.template.after_user = "salesperson"
        self.apply(*self.bodies())
        self.do()
        self.assertEqual(self.activities().user_id, sales)

    # -- e-mail --------------------------------------------------------------------------------

    def with_mail(self, to):
        self.template.write(
            {
                "after_activity": False,
                "after_mail_template_id": self.env.ref(
                    "zoom_connector.mail_template_after_meeting"
                ).id,
                "after_mail_to": to,
            }
        )

    def mails(self):
        return self.env["mail.mail"].search([("subject", "like", "Thank you for joining")])

    def test_mail_to_the_guests_each_alone(self):
        self.with_mail("guests")
        guest = json.loads(json.dumps(self.bodies()[1]))
        guest["payload"]["object"]["participant"].update(
            user_name="No Contact",
            email="no.contact@example.com",
            user_id="99",
            id="",
            participant_uuid="guestGuestGuest",
            participant_user_id="",
        )
        first, *rest = self.bodies()
        self.apply(first, guest, *rest)
        self.do()
        mails = self.mails()
        self.assertEqual(len(mails), 2)
        self.assertEqual(mails.recipient_ids, self.bob)
        self.assertEqual([m.email_to for m in mails if m.email_to], ["no.contact@example.com"])
        self.assertIn("Example project kick-off", mails[0].subject)
        self.do()
        self.assertEqual(len(self.mails()), 2)

    def test_mail_to_the_organizer(self):
        self.with_mail("organizer")
        self.apply(*self.bodies())
        self.do()
        self.assertEqual(self.mails().recipient_ids, self.ada.partner_id)

    def test_guests_of_confidential_meetings_are_not_written_to(self):
        self.with_mail("guests")
        self.apply(*self.bodies())
        self.meeting().keep_confidential = True
        self.do()
        self.assertFalse(self.mails())
        self.assertEqual(self.rows().state, "done")
        self.assertIn("confidential", self.rows().steps_text)

    # -- action, task, failures ----------------------------------------------------------------

    def server_action(self, code):
        return self.env["ir.actions.server"].create(
            {
                "name": "After a meeting",
                "model_id": self.env["ir.model"]._get("zoom.meeting.instance").id,
                "state": "code",
                "code": code,
            }
        )

    def test_server_action(self):
        self.template.after_action_id = self.server_action(
            "record.user_id.partner_id.write({'comment': record.topic})"
        )
        self.apply(*self.bodies())
        self.do()
        self.assertIn("kick-off", self.ada.partner_id.comment)

    def test_failure_is_seen_and_only_what_failed_is_repeated(self):
        self.template.after_action_id = self.server_action("raise UserError('no luck')")
        self.apply(*self.bodies())
        row = self.rows()
        for _try in range(3):
            self.assertEqual(row.state, "waiting")
            self.do()
        self.assertEqual(row.state, "failed")
        self.assertIn("no luck", row.error)
        self.assertEqual(len(self.activities()), 1)
        alert = self.env["connector.alert"].search([("cause", "=", "followup")])
        self.assertEqual(alert.state, "open")
        self.template.after_action_id.code = (
            "record.user_id.partner_id.write({'comment': 'done now'})"
        )
        manager = new_test_user(
            self.env, "followup_manager", groups="zoom_connector.group_zoom_manager"
        )
        row.with_user(manager).action_retry()
        self.do()
        self.assertEqual(row.state, "done")
        self.assertIn("done now", self.ada.partner_id.comment)
        self.assertEqual(len(self.activities()), 1)
        alert.invalidate_recordset()
        self.assertEqual(alert.state, "resolved")

    def test_half_a_step_leaves_nothing(self):
        self.template.after_activity = False
        self.template.after_action_id = self.server_action(
            "record.user_id.partner_id.write({'comment': 'half'})\nraise UserError('broken')"
        )
        self.apply(*self.bodies())
        self.do()
        self.assertFalse(self.ada.partner_id.comment)

    def test_task_needs_the_project_app(self):
        if "project.project" in self.env:
            project = self.env["project.project"].create({"name": "Follow-ups"})
            self.template.after_task_project = f"project.project,{project.id}"
            self.apply(*self.bodies())
            self.do()
            task = self.env["project.task"].search([("project_id", "=", project.id)])
            self.assertEqual((task.user_ids, task.partner_id), (self.ada, self.bob))
        else:
            self.assertFalse(self.template.after_task_possible)
            self.assertEqual(self.template._selection_task_project(), [])
            self.assertNotIn("task", self.template._after_steps())

    def test_scheduler_does_it_where_no_runner_is(self):
        self.apply(*self.bodies())
        row = self.rows()
        row.due_at = self.now - timedelta(minutes=5)
        self.env.flush_all()
        self.env["zoom.followup"]._cron_follow_up()
        self.assertEqual(row.state, "done")

    # -- rights --------------------------------------------------------------------------------

    def test_who_may_do_what(self):
        self.apply(*self.bodies())
        row = self.rows()
        user = new_test_user(
            self.env, "followup_user", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        manager = new_test_user(
            self.env, "followup_boss", groups="zoom_connector.group_zoom_manager"
        )
        with self.assertRaises(AccessError):
            row.with_user(user).read(["state"])
        with self.assertRaises(AccessError):
            row.with_user(user).action_retry()
        with self.assertRaises(AccessError):
            row.with_user(manager).write({"state": "done"})
        self.template.with_user(manager).after_days = 5
        with self.assertRaises(AccessError):
            self.template.with_user(manager).after_action_id = self.server_action("")

    def test_choices_that_make_no_sense(self):
        with self.assertRaises(ValidationError):
            self.template.after_wait = -1
        with self.assertRaises(ValidationError):
            self.template.after_days = 1000
        with self.assertRaises(ValidationError):
            self.template.after_mail_template_id = self.env["mail.template"].create(
                {"name": "About contacts", "model_id": self.env["ir.model"]._get("res.partner").id}
            )
