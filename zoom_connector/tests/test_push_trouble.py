from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPushTrouble(PushCase):
    """Zoom answers wrongly, late or not at all."""

    def test_created_in_truth_although_zoom_answered_500(self):
        self.fault("execute_then_status", "POST", "/meetings$", status=500, times=1)
        event = self.event()
        self.push()
        self.assertEqual(event.zoom_push_state, "waiting")
        self.assertIn("Zoom could not answer", event.zoom_push_message)
        self.due_again()
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(event.zoom_meeting_id.zoom_id, meeting.zoom_id)
        self.assertEqual(len([c for c in self.calls() if c[0] == "POST"]), 1)

    def test_created_in_truth_and_then_changed_in_odoo(self):
        """Found under its old name, then brought to the last wish."""
        self.fault("execute_then_cut", "POST", "/meetings$", times=1)
        event = self.event()
        self.push()
        later = self.start + timedelta(hours=3)
        event.with_user(self.sales).write(
            {"name": "The last wish", "start": later, "stop": later + timedelta(hours=2)}
        )
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual((meeting.topic, meeting.duration_minutes), ("The last wish", 120))
        self.assertEqual(meeting.start.replace(tzinfo=None), later)
        self.assertEqual((event.name, event.start), ("The last wish", later))
        self.assertEqual(event.zoom_meeting_id.zoom_id, meeting.zoom_id)

    def test_created_in_truth_and_no_longer_wanted(self):
        self.fault("execute_then_status", "POST", "/meetings$", status=502, times=1)
        event = self.event()
        self.push()
        self.assertEqual(len(self.in_zoom()), 1)
        event.with_user(self.sales).unlink()
        self.due_again()
        self.push()
        self.assertEqual(self.in_zoom(), [])

    def test_not_created_and_answered_500(self):
        self.fault("status", "POST", "/meetings$", status=500, times=1)
        event = self.event()
        self.push()
        self.due_again()
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(event.zoom_meeting_id.zoom_id, meeting.zoom_id)

    def test_two_meetings_alike_stay_two(self):
        """Looking for a lost answer must not take the meeting of the event beside it."""
        first = self.event()
        self.push()
        self.fault("status", "POST", "/meetings$", status=500, times=1)
        second = self.event()
        self.push()
        self.due_again()
        self.push()
        self.assertEqual(len(self.in_zoom()), 2)
        self.assertTrue(second.zoom_meeting_id)
        self.assertNotEqual(first.zoom_meeting_id, second.zoom_meeting_id)

    def test_change_whose_answer_is_lost_ends_with_the_last_wish(self):
        event = self.event()
        self.push()
        self.fault("execute_then_status", "PATCH", "/meetings/", status=504, times=None)
        event.with_user(self.sales).name = "First wish"
        self.push()
        self.assertEqual(event.zoom_push_state, "waiting")
        event.with_user(self.sales).name = "Last wish"
        self.commit()
        self.control("faults", "DELETE")
        self.due_again()
        self.push()
        self.assertEqual([m.topic for m in self.in_zoom()], ["Last wish"])
        self.assertFalse(event.zoom_push_state)

    def test_change_that_times_out(self):
        event = self.event()
        self.push()
        self.fault("hang", "PATCH", "/meetings/", seconds=25, times=1)
        event.with_user(self.sales).name = "After the silence"
        self.push()
        self.due_again()
        self.push()
        self.assertEqual([m.topic for m in self.in_zoom()], ["After the silence"])
        self.assertFalse(event.zoom_push_state)

    def test_zoom_away_for_an_hour(self):
        """People go on working; afterwards everything is in Zoom, each meeting once."""
        changed = self.event(name="Changed meanwhile")
        cancelled = self.event(name="Cancelled meanwhile")
        self.push()
        self.fault("refuse", None, "/v2/", times=None)
        made = self.event(name="Made meanwhile")
        changed.with_user(self.sales).name = "Changed again"
        cancelled.with_user(self.sales).action_archive()
        self.commit()
        for _minute in range(4):
            self.push()
            self.due_again()
        changed.with_user(self.sales).name = "Changed at last"
        self.push()
        self.assertEqual(made.zoom_push_state, "waiting")
        self.assertIn("Next try", made.zoom_push_message)
        self.control("faults", "DELETE")
        self.control("clock", advance=3600)
        self.due_again()
        self.env["zoom.push"]._cron_push()
        self.env.invalidate_all()
        topics = sorted(meeting.topic for meeting in self.in_zoom())
        self.assertEqual(topics, ["Changed at last", "Made meanwhile"])
        self.assertTrue(made.videocall_location)
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_waiting_for_more_than_an_hour_is_told(self):
        self.fault("refuse", None, "/v2/", times=None)
        self.event()
        self.push()
        self.env.cr.execute("UPDATE zoom_push SET create_date = create_date - interval '2 hours'")
        self.env.invalidate_all()
        self.env["zoom.push"]._watch_late()
        alert = self.env["connector.alert"].search(
            [("cause", "=", "push_waiting"), ("state", "=", "open")]
        )
        self.assertEqual(alert.integration_id, self.account.id)
        self.control("faults", "DELETE")
        self.due_again()
        self.push()
        self.env["zoom.push"]._watch_late()
        self.assertEqual(alert.state, "resolved")

    def test_refused_content_is_told_on_the_event_and_retried_by_a_person(self):
        self.fault(
            "status",
            "POST",
            "/meetings$",
            status=400,
            times=1,
            body={"code": 3161, "message": "Hosting is not allowed."},
        )
        event = self.event()
        self.push()
        self.assertEqual(event.zoom_push_state, "failed")
        self.assertIn("may not host", event.zoom_push_message)
        self.assertEqual(self.account.push_failed_count, 1)
        event.with_user(self.sales).action_zoom_retry()
        self.push()
        self.assertFalse(event.zoom_push_state)
        self.assertEqual(len(self.in_zoom()), 1)

    def test_account_without_connection_blocks_and_goes_on(self):
        self.account._mark_reconnect("Access was withdrawn.")
        event = self.event()
        self.push()
        self.assertEqual(event.zoom_push_state, "blocked")
        self.assertEqual(self.calls(), [])
        self.account.action_connect()
        self.push()
        self.assertFalse(event.zoom_push_state)
        self.assertEqual(len(self.in_zoom()), 1)

    def test_missing_scope_blocks(self):
        self.control("zoom/app", s2s_scopes=["meeting:read:meeting:admin"])
        self.control("zoom/revoke_tokens", access_only=True)
        event = self.event()
        self.push()
        self.assertEqual(event.zoom_push_state, "blocked")
        self.assertIn("permission", event.zoom_push_message)
        # An administrator grants the scope in Zoom and presses Connect.
        self.control("zoom/app", s2s_scopes=None)
        self.account.action_connect()
        self.push()
        self.assertEqual(len(self.in_zoom()), 1)

    def test_blocked_change_is_looked_at_again(self):
        """Where an account recovers without anybody connecting it anew."""
        self.account._mark_reconnect("Access was withdrawn.")
        event = self.event()
        self.push()
        self.account._connector_store({"state": "connected"})
        self.env["zoom.push"]._cron_push()
        self.assertEqual(event.zoom_push_state, "blocked")
        self.rows().next_try_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=1)
        self.env["zoom.push"]._cron_push()
        self.push()
        self.assertFalse(event.zoom_push_state)
        self.assertEqual(len(self.in_zoom()), 1)

    # -- budget -----------------------------------------------------------------------------------

    def test_budget_is_counted(self):
        event = self.event()
        self.push()
        event.with_user(self.sales).name = "Changed"
        self.push()
        event.with_user(self.sales).unlink()
        self.push()
        meter = self.env["zoom.budget"].search([("host_id", "=", self.host.id)])
        self.assertEqual((meter.used, meter.left), (2, 98))

    def test_mass_changes_stop_before_the_limit_and_say_so(self):
        self.account.write({"push_daily_limit": 14, "push_batch_reserve": 2})
        events = [self.event(name=f"Bulk {n}") for n in range(13)]
        self.push()
        self.assertEqual(len(self.in_zoom()), 12)
        (waiting,) = [event for event in events if event.zoom_push_state]
        self.assertEqual(waiting.zoom_push_state, "waiting")
        self.assertIn("go on tomorrow", waiting.zoom_push_message)
        self.assertIn("after midnight UTC", waiting.zoom_push_message)
        row = self.env["zoom.push"].search([("state", "=", "pending")])
        midnight = fields.Datetime.add(fields.Datetime.now(), days=1).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        self.assertLess(abs((row.next_try_at - midnight).total_seconds()), 700)
        meter = self.env["zoom.budget"].search([("host_id", "=", self.host.id)])
        self.assertEqual((meter.used, meter.deferred), (12, 1))
        # What is left belongs to people.
        single = self.event(name="By a person")
        self.push()
        self.assertTrue(single.zoom_meeting_id)
        # A new day.
        meter.day = fields.Date.subtract(meter.day, days=1)
        self.due_again()
        self.push()
        self.assertEqual(len(self.in_zoom()), 14)

    def test_people_wait_when_the_limit_is_reached(self):
        self.account.write({"push_daily_limit": 1, "push_batch_reserve": 0})
        self.event(name="First")
        self.push()
        event = self.event(name="Second")
        wait = self.push()
        self.assertGreater(wait, 0)
        self.assertIn("today's are used up", event.zoom_push_message)
        event.with_user(self.sales).unlink()
        self.due_again()
        self.push()
        # Deletions are free.
        self.assertEqual([m.topic for m in self.in_zoom()], ["First"])

    def test_limit_that_others_used_up(self):
        self.control("zoom/limits", host_day=1)
        self.event(name="First")
        self.push()
        event = self.event(name="Second")
        self.push()
        self.assertEqual(event.zoom_push_state, "waiting")
        self.assertIn("daily limit for this host", event.zoom_push_message)
        meter = self.env["zoom.budget"].search([("host_id", "=", self.host.id)])
        self.assertTrue(meter.exhausted)
        self.control("calls", "DELETE")
        self.event(name="Third")
        self.push()
        self.assertEqual(self.calls(), [])

    # -- invitations ------------------------------------------------------------------------------

    def invitations(self):
        """Return the bodies of the mails to the guest."""
        mails = self.env["mail.message"].search([("partner_ids", "in", self.guest.ids)])
        return mails.mapped("body")

    def test_invitation_waits_for_the_link(self):
        event = self.event()
        self.commit()
        self.assertEqual(self.invitations(), [])
        self.push()
        (body,) = self.invitations()
        self.assertIn(event.zoom_meeting_id.zoom_id, body)
        event.with_user(self.sales).name = "Renamed"
        self.push()
        self.assertEqual(len(self.invitations()), 1)

    def test_invitation_goes_without_link_when_a_person_must_help(self):
        self.fault("status", "POST", "/meetings$", status=400, times=1, body={"code": 3161})
        event = self.event()
        self.push()
        self.env["zoom.push"]._cron_push()
        self.assertEqual(len(self.invitations()), 1)
        self.env["zoom.push"]._cron_push()
        self.assertEqual(len(self.invitations()), 1)
        event.with_user(self.sales).action_zoom_retry()
        self.push()
        bodies = self.invitations()
        self.assertEqual(len(bodies), 2)
        self.assertTrue(any(event.zoom_meeting_id.zoom_id in body for body in bodies))

    def test_event_without_zoom_invites_at_once(self):
        self.event(zoom_requested=False)
        self.assertEqual(len(self.invitations()), 1)

    # -- the job ----------------------------------------------------------------------------------

    def test_a_save_leaves_one_job_on_the_channel_of_people(self):
        jobs = self.env["queue.job"].search_count([("model_name", "=", "zoom.push")])
        event = self.event()
        event.with_user(self.sales).write({"description": "More"})
        self.commit()
        job = self.env["queue.job"].search([("model_name", "=", "zoom.push")])
        self.assertEqual(len(job) - jobs, 1)
        self.assertEqual(job[:1].channel, "root.connector.realtime")
        self.assertEqual(job[:1].records, self.rows())

    def test_job_sends_and_comes_again(self):
        """The job as the runner does it: Zoom is away, then back."""
        self.fault("status", "POST", "/meetings$", status=503, times=None)
        event = self.event()
        self.commit()
        record = self.env["queue.job"].search([("model_name", "=", "zoom.push")], limit=1)
        job = Job.load(self.env, record.uuid)
        with self.assertRaises(RetryableJobError) as caught:
            job.perform()
        self.assertGreater(caught.exception.seconds, 0)
        self.control("faults", "DELETE")
        self.due_again()
        job.perform()
        self.env.invalidate_all()
        self.assertTrue(event.videocall_location)
