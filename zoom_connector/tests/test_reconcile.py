from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .reconcile_common import ReconcileCase


@tagged("post_install", "-at_install")
class TestReconcile(ReconcileCase):
    """What differs is named exactly, a dry run writes nothing else, and repair makes both sides equal."""

    def rows(self):
        """Return the row versions of all that a comparison could touch: they change with any UPDATE."""
        self.env.flush_all()
        found = {}
        for table in (
            "zoom_meeting",
            "zoom_meeting_instance",
            "zoom_participant",
            "zoom_participant_stay",
            "zoom_recording",
            "zoom_user",
            "zoom_push",
            "calendar_event",
            "calendar_attendee",
            "res_partner",
        ):
            self.env.cr.execute(f"SELECT id, ctid::text FROM {table} ORDER BY id")  # noqa: S608
            found[table] = self.env.cr.fetchall()
        return found

    def damage(self):
        """Change Zoom without a single webhook; return what the comparison must name."""
        first, second, third, fourth, *_rest = self.world["meetings"]
        series = self.world["recurring"][0]
        self.in_zoom("update", meeting_id=first, topic="Moved in Zoom", duration=75)
        self.in_zoom("delete", meeting_id=second)
        made = self.in_zoom(
            "create",
            host_id=self.world["users"][1]["id"],
            topic="New in Zoom",
            start_time=self.iso(days=4),
            duration=30,
        )
        dates = self.planned(series).occurrences
        now = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=1))
        ahead = min(key for key, entry in dates.items() if entry["start"] > now)
        self.in_zoom("delete", meeting_id=series, occurrence_id=ahead)
        held = self.control(
            "zoom/run_meeting",
            topic="Held unseen",
            start=self.iso(days=-2),
            host_id=self.world["users"][0]["id"],
            participants=3,
            guests=0,
            duration=1800,
            recording=True,
            deliver=False,
        )
        trashed = self.world["past"][0]["uuid"]
        self.control("zoom/recording", action="trash", uuid=trashed)
        return {
            "first": first,
            "second": second,
            "third": third,
            "fourth": fourth,
            "series": series,
            "made": made["meeting_id"],
            "held": held,
            "trashed": trashed,
        }

    def iso(self, **delta):
        moment = fields.Datetime.now().replace(minute=0, second=0) + timedelta(**delta)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_nothing_differs_after_the_import(self):
        report = self.dry_run()
        self.assertEqual(self.found(report), [], report.line_ids.mapped("differences"))
        self.assertEqual(report.progress, 100)
        self.assertGreater(report.planned_count, 6)
        self.assertGreater(report.held_count, 5)
        self.assertGreater(report.recording_count, 5)
        self.assertEqual(report.host_count, 3)

    def test_dry_run_names_what_differs_and_writes_nothing(self):
        told = self.damage()
        names = {key: self.planned(told[key]).topic for key in ("first", "second", "series")}
        trashed = self.env["zoom.meeting.instance"].search([("uuid", "=", told["trashed"])]).topic
        before = self.rows()
        report = self.dry_run()
        self.assertEqual(self.rows(), before)
        self.assertEqual(
            self.found(report),
            sorted(
                [
                    ("missing", "odoo", "planned", "New in Zoom"),
                    ("missing", "odoo", "planned", "Held unseen"),
                    ("changed", "odoo", "planned", names["first"]),
                    ("changed", "odoo", "planned", names["series"]),
                    ("orphaned", "odoo", "planned", names["second"]),
                    ("orphaned", "odoo", "recording", trashed),
                ]
            ),
        )

    def test_repair_makes_both_sides_equal(self):
        told = self.damage()
        report = self.dry_run()
        self.heal(report.line_ids)
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"healed"})
        self.assertEqual(self.planned(told["first"]).calendar_event_id.name, "Moved in Zoom")
        self.assertEqual(self.planned(told["first"]).duration, 1.25)
        self.assertEqual(self.planned(told["second"]).state, "deleted")
        self.assertFalse(self.planned(told["second"]).calendar_event_id.active)
        self.assertEqual(self.planned(told["made"]).topic, "New in Zoom")
        instance = self.env["zoom.meeting.instance"].search([("uuid", "=", told["held"]["uuid"])])
        self.assertEqual(
            sorted((p.name, p.duration) for p in instance.participant_ids),
            sorted((p["name"], p["seconds"]) for p in told["held"]["participants"]),
        )
        self.assertTrue(instance.recording_ids)
        files = self.env["zoom.recording"].search([("instance_id.uuid", "=", told["trashed"])])
        self.assertEqual(set(files.mapped("state")), {"trashed"})
        self.assertEqual(self.found(self.dry_run()), [])

    def test_one_line_is_repaired_alone(self):
        told = self.damage()
        report = self.dry_run()
        line = report.line_ids.filtered(lambda x: x.name == "New in Zoom")
        self.heal(line)
        self.assertEqual(line.heal_state, "healed")
        self.assertTrue(self.planned(told["made"]))
        self.assertNotEqual(self.planned(told["first"]).topic, "Moved in Zoom")
        self.assertEqual(report.open_count, len(report.line_ids) - 1)
        with self.assertRaises(UserError):
            line.action_heal()

    def test_late_repair_does_not_beat_what_webhooks_said_meanwhile(self):
        first = self.world["meetings"][0]
        self.in_zoom("update", meeting_id=first, topic="Second name")
        report = self.dry_run()
        self.in_zoom("update", meeting_id=first, topic="Third name")
        self.planned(first)._apply_patches(
            self.account,
            [
                self.planned(first)._patch_from_api(
                    self.account._zoom_client().meeting(str(first)),
                    self.account._push_moment() + 5000,
                )
            ],
        )
        self.heal(report.line_ids)
        self.assertEqual(self.planned(first).topic, "Third name")

    def test_values_are_told_in_plain_words(self):
        first = self.world["meetings"][0]
        before = self.planned(first).topic
        self.in_zoom("update", meeting_id=first, topic="Other <b>name</b>", duration=75)
        line = self.dry_run().line_ids
        rows = {row["label"]: (row["odoo"], row["zoom"]) for row in line.differences}
        self.assertEqual(rows["Topic"], (before, "Other <b>name</b>"))
        self.assertEqual(rows["Planned duration"][1], "75 minutes")
        self.assertNotIn("<b>name", str(line.difference_html))
        self.assertEqual(line.what, "Odoo has other values")

    def test_attendance_that_went_wrong_is_found_by_figures_and_read_again(self):
        instance = self.env["zoom.meeting.instance"].search(
            [("attendance_checked", "=", True), ("participant_count", ">", 2)], limit=1
        )
        good = sorted((p.name, p.duration) for p in instance.participant_ids)
        instance.participant_ids[:1].unlink()
        instance._summarise_attendance()
        self.env.flush_all()
        self.forget_calls()
        report = self.dry_run()
        self.assertEqual(self.found(report), [("changed", "odoo", "attendance", instance.topic)])
        self.assertNotIn("participants", " ".join(path for _method, path in self.calls()))
        self.heal(report.line_ids)
        self.assertEqual(sorted((p.name, p.duration) for p in instance.participant_ids), good)
        self.assertEqual(self.found(self.dry_run()), [])

    def test_meeting_that_lost_its_end(self):
        instance = self.env["zoom.meeting.instance"].search([], limit=1)
        stop = instance.stop
        instance.write({"stop": False, "register": {}})
        report = self.dry_run()
        self.assertEqual(self.found(report), [("changed", "odoo", "held", instance.topic)])
        self.heal(report.line_ids)
        self.assertEqual(instance.stop, stop)

    def test_held_meeting_that_zoom_does_not_know_waits_for_a_person(self):
        meeting = self.env["zoom.meeting"].search([("instance_ids", "!=", False)], limit=1)
        ghost = meeting.instance_ids[:1].copy(
            {"uuid": "ghostGhostGhostGhost0000", "participant_count": 3}
        )
        report = self.daily()
        line = report.line_ids
        self.assertEqual(self.found(report), [("orphaned", "odoo", "held", ghost.topic)])
        self.assertFalse(line.safe)
        self.assertEqual(line.heal_state, "open")
        self.heal(line)
        self.assertFalse(ghost.exists())

    # -- the daily comparison ------------------------------------------------------------------

    def test_daily_comparison_repairs_what_is_safe(self):
        told = self.damage()
        mine = self.planned(told["third"])
        mine.push_origin = "odoo"
        self.in_zoom("delete", meeting_id=told["third"])
        report = self.daily()
        left = report.line_ids.filtered(lambda line: line.heal_state != "healed")
        self.assertEqual(left.mapped("name"), [mine.topic])
        self.assertEqual(mine.state, "scheduled")
        self.assertTrue(mine.calendar_event_id.active)
        self.assertEqual(self.planned(told["first"]).topic, "Moved in Zoom")
        run = self.env["connector.sync.run"].search([("kind", "=", "Reconciliation")], limit=1)
        self.assertEqual((run.created, run.failed), (2, 0))
        # A person decides that it is gone.
        self.heal(left)
        self.assertEqual(mine.state, "deleted")

    def test_account_may_choose_to_be_told_only(self):
        self.account.reconcile_policy = "report"
        told = self.damage()
        report = self.daily()
        self.assertEqual(report.mode, "dry")
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"open"})
        self.assertNotEqual(self.planned(told["first"]).topic, "Moved in Zoom")

    def test_many_orphans_at_once_are_not_believed(self):
        Meeting = self.env["zoom.meeting"]
        host = Meeting.search([("kind", "=", "scheduled")], limit=1).host_id
        start = fields.Datetime.now() + timedelta(days=5)
        Meeting.create(
            [
                {
                    "integration_id": self.account.id,
                    "zoom_id": f"99{number:09d}",
                    "topic": f"Ghost {number}",
                    "zoom_type": 2,
                    "start": start,
                    "duration": 1,
                    "host_id": host.id,
                }
                for number in range(30)
            ]
        )
        report = self.daily()
        self.assertEqual(report.orphaned_count, 30)
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"open"})
        alerts = self.env["connector.alert"].search([("cause", "=", "many_orphans")])
        self.assertEqual(alerts.state, "open")
        self.heal(report.line_ids)
        self.daily()
        alerts.invalidate_recordset()
        self.assertEqual(alerts.state, "resolved")

    def test_second_day_makes_no_superfluous_call(self):
        self.daily()
        self.forget_calls()
        self.daily()
        paths = [path for _method, path in self.calls()]
        self.assertEqual(len(paths), 1 + 3 * 3, paths)

    # -- trouble -------------------------------------------------------------------------------

    def test_one_bad_line_stops_no_other(self):
        self.damage()
        report = self.dry_run()
        bad = report.line_ids.filtered(lambda line: line.name == "New in Zoom")
        bad.data = {"meetings": [{"zoom_id": "1"}]}
        self.heal(report.line_ids)
        self.assertEqual(bad.heal_state, "failed")
        self.assertTrue(bad.error)
        self.assertEqual(set((report.line_ids - bad).mapped("heal_state")), {"healed"})
        self.assertEqual(report.failed_count, 1)

    def test_stopped_again_and_again_it_goes_on_where_it_stopped(self):
        """Each job dies after one page; the report is that of an undisturbed run, and no detail is
        read twice."""
        self.damage()
        self.forget_calls()
        undisturbed = self.dry_run()
        details = [path for _m, path in self.calls() if path.startswith("/meetings/")]
        self.forget_calls()
        report = self.env["zoom.reconcile.report"].browse(self.account.action_dry_run()["res_id"])
        jobs = 0
        while report.state != "done" and jobs < 80:
            self.env.flush_all()
            self.env["zoom.reconcile"]._run_job(self.account.id, budget=-1.0)
            self.env.invalidate_all()
            jobs += 1
        self.assertGreater(jobs, 8)
        self.assertEqual(self.found(report), self.found(undisturbed))
        self.assertEqual(report.planned_count, undisturbed.planned_count)
        again = [path for _m, path in self.calls() if path.startswith("/meetings/")]
        self.assertEqual(sorted(again), sorted(details))
        report.line_ids.action_heal()
        for _job in range(20):
            self.env.flush_all()
            self.env["zoom.heal"]._run_job(self.account.id, budget=-1.0)
            self.env.invalidate_all()
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"healed"})
        self.assertEqual(self.found(self.dry_run()), [])

    def test_lost_access_ends_the_report(self):
        self.control("zoom/revoke_tokens")
        self.control(
            "faults", kind="status", status=401, match={"method": "GET", "path": "/zoom/v2/users"}
        )
        action = self.account.action_dry_run()
        report = self.env["zoom.reconcile.report"].browse(action["res_id"])
        self.run_job(
            "zoom.reconcile", lambda: report.state != "running" and report.state != "waiting"
        )
        self.assertEqual(report.state, "failed")
        self.assertTrue(report.message)

    def test_asked_twice_is_compared_twice(self):
        first = self.account.action_dry_run()["res_id"]
        self.assertEqual(self.account.action_dry_run()["res_id"], first)
        self.account.action_reconcile()
        self.env["zoom.reconcile"]._run_job(self.account.id)
        self.env["zoom.reconcile"]._run_job(self.account.id)
        self.env.invalidate_all()
        reports = self.env["zoom.reconcile.report"].search([])
        self.assertEqual(reports.mapped("state"), ["done", "done"])

    # -- rights --------------------------------------------------------------------------------

    def test_only_managers_see_and_repair(self):
        self.damage()
        report = self.dry_run()
        user = new_test_user(
            self.env, "recon_user", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        manager = new_test_user(
            self.env, "recon_manager", groups="zoom_connector.group_zoom_manager"
        )
        for model in ("zoom.reconcile.report", "zoom.reconcile.line", "zoom.consistency"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])
        with self.assertRaises(AccessError):
            report.line_ids.with_user(user).action_heal()
        with self.assertRaises(AccessError):
            report.line_ids.with_user(manager).write({"heal_state": "healed"})
        with self.assertRaises(AccessError):
            self.account.with_user(user).action_dry_run()
        self.heal(report.with_user(manager).line_ids)
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"healed"})
        self.assertEqual(report.line_ids.asked_by, manager)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.account.company_id = other
        self.env.flush_all()
        self.assertFalse(self.env["zoom.reconcile.line"].with_user(manager).search([]))
