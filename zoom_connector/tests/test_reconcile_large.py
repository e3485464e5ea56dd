from collections import Counter
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import tagged

from .reconcile_common import ReconcileCase

PAGE = 300  # the most that Zoom's lists give at once (vendor page of each)


@tagged("post_install", "-at_install")
class TestReconcileLarge(ReconcileCase):
    """A thousand meetings: exactly what differs is named, with the fewest calls there can be."""

    seed = {
        "users": 5,
        "meetings": 500,
        "recurring": 0,
        "past": 480,
        "participants": 2,
        "recordings": False,
        "spread_days": 25,
    }

    def iso(self, **delta):
        moment = fields.Datetime.now().replace(second=0, microsecond=0) + timedelta(**delta)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def damage(self):
        """Do in Zoom, unseen by Odoo, what makes 40 missing, 15 changed, 5 orphaned meetings."""
        hosts = [user["id"] for user in self.world["users"] if user["type"] == 2]
        planned = self.world["meetings"]
        names = {"missing": [], "changed": [], "orphaned": []}
        for number in range(20):
            name = f"Planned unseen {number}"
            self.in_zoom(
                "create",
                host_id=hosts[number % len(hosts)],
                topic=name,
                start_time=self.iso(days=1 + number),
                duration=30,
            )
            names["missing"].append(name)
        for number in range(20):
            name = f"Held unseen {number}"
            self.control(
                "zoom/run_meeting",
                topic=name,
                host_id=hosts[number % len(hosts)],
                start=self.iso(days=-1 - number),
                participants=3,
                guests=0,
                duration=1500,
                recording=False,
                deliver=False,
            )
            names["missing"].append(name)
        for index, number in enumerate(planned[10:20]):
            topic = self.planned(number).topic
            change = ({"topic": f"Renamed {index}"}, {"duration": 25}, {"agenda": "Other"})
            self.in_zoom("update", meeting_id=number, **change[index % 3])
            names["changed"].append(topic)
        # Attendance that went wrong in Odoo.
        instances = self.env["zoom.meeting.instance"].search(
            [("attendance_checked", "=", True), ("participant_count", ">", 1)], limit=5
        )
        for instance in instances:
            instance.participant_ids[:1].unlink()
            instance._summarise_attendance()
            names["changed"].append(instance.topic)
        for number in planned[30:35]:
            names["orphaned"].append(self.planned(number).topic)
            self.in_zoom("delete", meeting_id=number)
        return names

    def rows_in_zoom(self, path, **params):
        """Return how many rows a list of Zoom has, asked past the product."""
        token = self.account._access_token()
        response = requests.get(
            f"{self.account._api_base_url()}{path}",
            params={"page_size": 1, **params},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        response.raise_for_status()
        return response.json()["total_records"]

    def least_calls(self, names):
        """Return the fewest calls with which all of this can be learnt.

        Each list has to be read to its end, 300 rows at a time, and an empty list still costs a call:
        users, and for each active user planned meetings, held meetings and recordings of the window.
        What lists cannot tell costs a call each: who came to a held meeting (20 that Odoo never saw, 5
        whose figures disagree), and whether a meeting that is missing in a list was deleted or moved (5).
        """
        today = fields.Date.today()
        past = {"from": str(today - timedelta(days=29)), "to": str(today)}
        span = {**past, "to": str(today + timedelta(days=90)), "timezone": "UTC"}
        pages = [self.rows_in_zoom("/users", status="active")]
        for user in self.world["users"]:
            pages += [
                self.rows_in_zoom(f"/users/{user['id']}/meetings", type="scheduled", **span),
                self.rows_in_zoom(f"/report/users/{user['id']}/meetings", type="past", **past),
                self.rows_in_zoom(f"/users/{user['id']}/recordings", **past),
            ]
        people = sum(name.startswith("Held unseen") for name in names["missing"]) + 5
        return sum(max(1, -(-rows // PAGE)) for rows in pages) + people + len(names["orphaned"])

    def test_a_thousand_meetings(self):
        names = self.damage()
        self.forget_calls()
        report = self.dry_run()
        self.assertGreaterEqual(report.planned_count, 1000)
        found = {
            kind: sorted(report.line_ids.filtered(lambda x, k=kind: x.kind == k).mapped("name"))
            for kind in names
        }
        self.assertEqual(found, {kind: sorted(members) for kind, members in names.items()})
        self.assertEqual([len(members) for members in found.values()], [40, 15, 5])
        self.heal(report.line_ids)
        self.assertEqual(set(report.line_ids.mapped("heal_state")), {"healed"})
        calls = self.calls()
        least = self.least_calls(names)
        self.assertLessEqual(len(calls), 1.05 * least, Counter(calls).most_common(5))
        again = self.dry_run()
        self.assertEqual(self.found(again), [])
        self.assert_equal_sides()

    def assert_equal_sides(self):
        """Compare with Zoom past the comparison: every meeting of every list, field by field."""
        client = self.account._zoom_client()
        today = fields.Date.today()
        window = (today - timedelta(days=29), today + timedelta(days=90))
        theirs = {
            meeting.zoom_id: (
                meeting.topic,
                meeting.start.replace(tzinfo=None),
                meeting.duration_minutes,
                meeting.agenda or "",
            )
            for user in self.world["users"]
            for meeting in client.meetings(user["id"], from_=window[0], to=window[1])
        }
        mine = self.env["zoom.meeting"].search(
            [
                ("integration_id", "=", self.account.id),
                ("presence", "=", "present"),
                ("start", ">=", window[0]),
                ("zoom_id", "in", list(theirs)),
            ]
        )
        ours = {
            meeting.zoom_id: (
                meeting.topic,
                meeting.start,
                round(meeting.duration * 60),
                meeting.agenda or "",
            )
            for meeting in mine
        }
        self.assertEqual(ours, theirs)
        held = {
            row.uuid: row.participants_count
            for user in self.world["users"]
            for row in client.report_meetings(user["id"], window[0], today)
        }
        instances = self.env["zoom.meeting.instance"].search([("uuid", "in", list(held))])
        self.assertEqual({i.uuid: i.participant_count for i in instances}, held)
