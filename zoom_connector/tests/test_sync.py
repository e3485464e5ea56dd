import json
from datetime import timedelta

from odoo import SUPERUSER_ID, fields
from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from .common import ZoomCase, sample
from .stub_world import StubWorld


@tagged("post_install", "-at_install")
class TestSync(ZoomCase):
    """First import, reconciliation and single reads, against a vendor on the loopback interface."""

    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.env["zoom.user"].search([("integration_id", "=", self.integration.id)]).unlink()
        self.world = StubWorld(self)
        self.world.connect(self.integration)

    def run_kind(self, model, **options):
        result = self.env[model]._run_job(self.integration.id, **options)
        self.env.invalidate_all()
        return result

    def run_of(self, kind):
        return self.env["connector.sync.run"].search(
            [("integration_id", "=", self.integration.id), ("kind", "=", kind)], limit=1
        )

    def test_connect_and_verify(self):
        self.assertEqual(self.integration.state, "connected")
        self.assertIn("2 active users", self.integration.state_message)

    def test_import_brings_everything(self):
        self.run_kind("zoom.import")
        planned, series, held = (self.meeting(number) for number in ("811", "822", "833"))
        self.assertEqual(planned.calendar_event_id.start, self.world.planned_at)
        self.assertEqual(planned.user_id, self.ada)
        self.assertEqual(planned.agenda, "The agenda")
        self.assertEqual(len(series.calendar_event_ids), 3)
        self.assertTrue(series.calendar_event_ids.recurrence_id)
        instance = held.instance_ids
        self.assertEqual((instance.start, instance.duration), (self.world.held_at, 1800))
        seconds = {p.name: p.duration for p in instance.participant_ids}
        self.assertEqual(seconds, {"Ada Host": 1800, "Gia": 639, "Bob": 300})
        self.assertTrue(instance.attendance_checked)
        self.assertEqual(instance.recording_ids.file_size, 1_000_000)
        self.assertEqual(instance.share_url, "https://zoom.example.com/rec/share/1")
        self.assertEqual(
            set(self.env["zoom.user"].search([]).mapped("email"))
            & {"ada.host@example.com", "bob.user@example.com"},
            {"ada.host@example.com", "bob.user@example.com"},
        )
        run = self.run_of("Import")
        self.assertEqual((run.state, run.failed), ("done", 0))
        self.assertEqual(run.api_calls, len(self.world.api_calls()))
        self.assertTrue(self.integration.last_import_at)

    def test_second_run_changes_nothing_and_asks_only_for_lists(self):
        self.run_kind("zoom.import")
        before = self.snapshot()
        self.world.server.calls.clear()
        self.run_kind("zoom.reconcile")
        after = self.snapshot()
        for kind in ("events", "people", "stays"):
            self.assertEqual(before[kind], after[kind])
        # users, and per user: meetings, report, recordings (two windows of 30 days or one)
        paths = [call["path"].rpartition("/")[2] for call in self.world.api_calls()]
        self.assertEqual(paths.count("users"), 1)
        self.assertNotIn("participants", paths)
        self.assertNotIn("822", paths)
        self.assertEqual(self.run_of("Reconciliation").state, "done")
        self.assertEqual(self.run_of("Reconciliation").created, 0)

    def test_every_run_begins_anew(self):
        for number in (1, 2, 3):
            self.run_kind("zoom.reconcile")
            runs = self.env["connector.sync.run"].search([("kind", "=", "Reconciliation")])
            self.assertEqual(runs.mapped("state"), ["done"] * number)
            self.assertEqual(len(self.world.calls("/users")), number)

    def test_reconciliation_finds_what_webhooks_missed(self):
        self.run_kind("zoom.import")
        self.world.planned_at += timedelta(days=1)
        self.world.meetings = [self.world.planned(topic="Moved"), *self.world.series_rows()]
        self.run_kind("zoom.reconcile")
        event = self.meeting("811").calendar_event_id
        self.assertEqual((event.name, event.start), ("Moved", self.world.planned_at))

    def test_meeting_that_vanished_is_asked_for_and_marked(self):
        self.run_kind("zoom.import")
        self.world.meetings = self.world.series_rows()
        self.world.server.on(
            "GET", self.world.v2("/meetings/811"), (404, {"code": 3001, "message": "not found"})
        )
        self.run_kind("zoom.reconcile")
        self.assertEqual(self.meeting("811").state, "deleted")
        self.assertFalse(self.meeting("811").calendar_event_id.active)

    def test_one_users_failure_does_not_stop_the_others(self):
        self.world.server.on(
            "GET",
            self.world.v2(f"/users/{self.world.ADA}/recordings"),
            (400, {"code": 200, "message": "No permission."}),
        )
        self.run_kind("zoom.import")
        run = self.run_of("Import")
        self.assertEqual((run.state, run.failed), ("partial", 1))
        self.assertIn("Ada Host", run.message or "")
        self.assertTrue(self.world.calls(f"/users/{self.world.BOB}/recordings"))

    def test_outage_waits_and_goes_on_where_it_stopped(self):
        path = self.world.v2(f"/users/{self.world.ADA}/recordings")
        self.world.server.on(
            "GET", path, (429, {"code": 429, "message": "daily"}, {"Retry-After": "3600"})
        )
        # assertRaises of Odoo would roll back what the own cursors committed.
        try:
            self.run_kind("zoom.import")
            self.fail("the job must ask to be tried again")
        except RetryableJobError as exc:
            self.assertTrue(exc.ignore_retry)
        self.env.invalidate_all()
        self.assertEqual(self.run_of("Import").state, "running")
        self.assertTrue(self.meeting("811"))
        self.world.server.calls.clear()
        self.world.server.on("GET", path, self.world.list("meetings", [self.world.recording()]))
        self.run_kind("zoom.import")
        self.assertEqual(self.run_of("Import").state, "done")
        self.assertFalse(self.world.calls("/users"))
        self.assertFalse(self.world.calls(f"/users/{self.world.ADA}/meetings"))
        self.assertEqual(
            len(
                self.env["connector.sync.run"].search(
                    [("integration_id", "=", self.integration.id)]
                )
            ),
            1,
        )

    def test_out_of_time_goes_on_in_the_next_job(self):
        self.env["queue.job"].search([("model_name", "=", "zoom.import")]).unlink()
        jobs = 0
        while jobs < 40:
            jobs += 1
            self.run_kind("zoom.import", budget=-1.0)
            if self.run_of("Import").state == "done":
                break
            waiting = self.env["queue.job"].search_count([("model_name", "=", "zoom.import")])
            self.assertEqual(waiting, 1)
        self.assertEqual(self.run_of("Import").state, "done")
        self.assertGreater(jobs, 5)
        self.assertEqual(self.meeting("833").instance_ids.participant_count, 3)
        self.assertEqual(len(self.world.calls("/users")), 1)

    def test_without_report_scope_the_past_lists_do(self):
        missing = (
            400,
            {
                "code": 4711,
                "message": "Invalid access token, does not contain scopes:[report:read:user:admin].",
            },
        )
        self.world.server.on(
            "GET", self.world.v2(f"/report/users/{self.world.ADA}/meetings"), missing
        )
        held = {**self.world.held(), "host_id": self.world.ADA}
        rows = self.world.meetings

        def meetings(call):
            past = call["query"].get("type") == "previous_meetings"
            return self.world.list("meetings", [held] if past else rows)(call)

        self.world.server.on("GET", self.world.v2(f"/users/{self.world.ADA}/meetings"), meetings)
        self.run_kind("zoom.import")
        self.assertTrue(self.meeting("833").instance_ids)
        self.assertEqual(self.run_of("Import").state, "done")

    def test_many_meetings_cost_few_statements(self):
        count = 300
        self.world.meetings = [
            self.world.planned(id=9000 + n, uuid=f"uuid{n}", topic=f"Meeting {n}")
            for n in range(count)
        ]
        self.run_kind("zoom.import")
        meetings = self.env["zoom.meeting"].search([("topic", "like", "Meeting ")])
        self.assertEqual(len(meetings), count)
        self.assertEqual(len(meetings.calendar_event_ids), count)
        start = self.env.cr.sql_log_count
        self.run_kind("zoom.reconcile")
        self.assertLess(self.env.cr.sql_log_count - start, 3 * count)
        self.assertEqual(self.run_of("Reconciliation").unchanged, count + 2)

    def test_lost_access_ends_the_run_and_says_so(self):
        self.world.server.on(
            "GET", self.world.v2("/users"), (401, {"code": 124, "message": "Invalid access token."})
        )
        self.run_kind("zoom.import")
        self.assertEqual(self.run_of("Import").state, "failed")
        self.assertTrue(self.run_of("Import").message)

    def test_webhook_of_an_unknown_series_is_completed_by_one_read(self):
        body = sample("meeting.started")
        body["payload"]["object"].update(id="822", type=8, uuid="firstOfSeries")
        joined = sample("meeting.participant_joined")
        joined["payload"]["object"].update(id="822", type=8, uuid="firstOfSeries")
        self.apply(body, joined)
        meeting = self.meeting("822")
        self.assertTrue(meeting.needs_read)
        jobs = self.env["queue.job"].search([("model_name", "=", "zoom.fetch")])
        self.assertEqual(len(jobs), 1)
        self.run_kind("zoom.fetch")
        meeting = self.meeting("822")
        self.assertFalse(meeting.needs_read)
        self.assertEqual(meeting.topic, "Weekly")
        self.assertEqual(len(meeting.calendar_event_ids), 3)
        self.assertEqual(len(self.world.calls("/meetings/822")), 1)
        self.apply(joined)
        self.assertFalse(self.meeting("822").needs_read)

    def test_webhook_of_an_expired_meeting_asks_once(self):
        self.world.server.on(
            "GET", self.world.v2("/meetings/81234567890"), (404, {"code": 3001, "message": "gone"})
        )
        self.apply(sample("meeting.started"))
        self.run_kind("zoom.fetch")
        meeting = self.meeting()
        self.assertEqual((meeting.needs_read, meeting.presence), (False, "present"))
        self.apply(sample("meeting.ended"))
        self.assertFalse(self.meeting().needs_read)

    def test_first_import_resolves_the_question_who_hosts(self):
        self.apply(sample("meeting.created"))
        host = self.meeting().host_id
        issue = self.env["connector.data.issue"].search(
            [("res_model", "=", "zoom.user"), ("res_id", "=", host.id)]
        )
        self.assertEqual(issue.state, "open")
        self.run_kind("zoom.import")
        self.assertEqual(host.user_id, self.ada)
        self.assertEqual(issue.state, "resolved")
        self.assertEqual(self.meeting().calendar_event_id.user_id, self.ada)

    def test_app_removed_in_zoom(self):
        body = sample("app_deauthorized")
        later = fields.Datetime.now() + timedelta(minutes=1)
        body["payload"]["deauthorization_time"] = later.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.apply(sample("app_deauthorized"))
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "connected", "connected again since then")
        self.apply(body)
        self.integration.invalidate_recordset()
        self.assertEqual(self.integration.state, "reconnect")
        self.assertIn("removed", self.integration.state_message)
        self.assertFalse(self.integration._token())
        foreign = json.loads(json.dumps(body))
        foreign["payload"]["client_id"] = "another-app"
        self.world.connect(self.integration)
        self.apply(foreign)
        self.assertEqual(self.integration.state, "connected")

    def press(self, user, button):
        """Press a button as a person and run the job that it queues the way the runner does."""
        jobs = self.env["queue.job"]
        jobs.search([("model_name", "in", ("zoom.import", "zoom.reconcile"))]).unlink()
        getattr(self.integration.with_user(user), button)()
        record = jobs.search([("model_name", "in", ("zoom.import", "zoom.reconcile"))])
        self.assertEqual(len(record), 1)
        self.env.flush_all()
        self.env.invalidate_all()
        Job.load(self.env(user=SUPERUSER_ID), record.uuid).perform()
        self.env.invalidate_all()

    def test_manager_presses_the_buttons(self):
        manager = new_test_user(
            self.env, "zoom_sync_manager", groups="zoom_connector.group_zoom_manager"
        )
        self.press(manager, "action_import")
        self.assertEqual(self.run_of("Import").state, "done")
        self.press(manager, "action_reconcile")
        self.assertEqual(self.run_of("Reconciliation").state, "done")

    def test_unforeseen_error_ends_the_run(self):
        broken = {"users": [{"id": "x", "email": "x@example.com", "status": "active"}]}
        self.world.server.on("GET", self.world.v2("/users"), broken)
        self.world.server.on("GET", self.world.v2("/users/x/meetings"), {"meetings": []})
        self.world.server.on("GET", self.world.v2("/report/users/x/meetings"), {"meetings": []})
        self.world.server.on("GET", self.world.v2("/users/x/recordings"), {"meetings": []})
        # A position that no version of the code ever wrote.
        self.env["zoom.import"]._save_position(self.integration, {"run_id": self.start_run()})
        try:
            self.run_kind("zoom.import")
            self.fail("the error must be seen")
        except KeyError:
            self.env.invalidate_all()
        self.assertEqual(self.run_of("Import").state, "failed")
        self.run_kind("zoom.import")
        self.assertEqual(self.run_of("Import").state, "done")

    def start_run(self):
        return self.env["connector.sync.run"]._run_start(self.integration, "Import")

    def test_daily_schedule_asks_for_connected_accounts_only(self):
        draft = self.new_integration(name="Not connected")
        self.env["zoom.sync"]._cron_reconcile()
        keys = (
            self.env["queue.job"]
            .search([("model_name", "=", "zoom.reconcile")])
            .mapped("identity_key")
        )
        self.assertIn(f"zoom.reconcile:{self.integration.id}", keys)
        self.assertNotIn(f"zoom.reconcile:{draft.id}", keys)

    def test_schedule_does_the_work_where_no_runner_is(self):
        self.env["zoom.import"]._enqueue(self.integration)
        job = self.env["queue.job"].search([("model_name", "=", "zoom.import")])
        self.env["zoom.sync"]._cron_without_runner()
        self.assertFalse(self.run_of("Import"))
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(minutes=10), job.id),
        )
        job.invalidate_recordset()
        self.env["zoom.sync"]._cron_without_runner()
        self.assertEqual(self.run_of("Import").state, "done")
        self.assertEqual(job.state, "cancelled")
