"""What the suites about sending share: the imitation of Zoom, a host, events, counted calls."""

import json
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox, start_stub

from .common import ZoomCase


class PushCase(ZoomCase):
    """Real HTTP to the sandbox; the sending code's own cursors share the test's transaction."""

    users = 3

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        own_cursors_see_test_data(self)
        self.control("reset")
        self.world = self.control(
            "zoom/seed", users=self.users, meetings=0, recurring=0, past=0, silent=True
        )
        self.account = self.env["zoom.integration"]._connector_provision_sandbox(self.info)
        self.account.invalidate_recordset()
        self.env["zoom.integration"].search([("id", "!=", self.account.id)]).active = False
        self.env["zoom.user"]._upsert(
            self.account,
            [
                {
                    "zoom_id": user["id"],
                    "email": user["email"],
                    "nickname": user["name"],
                    "status": "active",
                }
                for user in self.world["users"]
            ],
            1,
        )
        licensed = [user for user in self.world["users"] if user["type"] == 2]
        self.host = self.zoom_user(licensed[0])
        self.other_host = self.zoom_user(licensed[1])
        self.sales = new_test_user(
            self.env,
            "push_sales",
            groups="base.group_user,zoom_connector.group_zoom_user",
            email=self.host.email,
            tz="Europe/Madrid",
        )
        self.host.user_id = self.sales
        self.guest = self.env["res.partner"].create(
            {"name": "Greta Guest", "email": "greta.guest@example.com"}
        )
        self.start = (fields.Datetime.now() + timedelta(days=3)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        self.control("calls", "DELETE")

    def zoom_user(self, row):
        return self.env["zoom.user"].search(
            [("zoom_id", "=", row["id"]), ("integration_id", "=", self.account.id)]
        )

    # -- the sandbox -----------------------------------------------------------------------------

    def control(self, path, verb="POST", **values):
        """One call of the control API."""
        kwargs = {"params": values} if verb == "GET" else {"json": values}
        url = f"{self.info['control_url']}/{path}"
        response = requests.request(verb, url, timeout=30, **kwargs)
        response.raise_for_status()
        return response.json()

    def calls(self, method=None):
        """Return the API calls seen, as (method, path), without token calls."""
        found = self.control("calls", "GET")["calls"]
        return [
            (call["method"], call["path"].partition("/v2")[2])
            for call in found
            if "/v2/" in call["path"] and (method is None or call["method"] == method)
        ]

    def fault(self, kind, method, path, **fields_):
        self.control("faults", kind=kind, match={"method": method, "path": path}, **fields_)

    def in_zoom(self):
        """Return the meetings that exist in Zoom, as GET shows them."""
        client = self.account._zoom_client()
        found = []
        for user in self.world["users"]:
            found += [client.meeting(m.zoom_id) for m in client.meetings(user["id"])]
        return list({meeting.zoom_id: meeting for meeting in found}.values())

    def listen(self):
        """Let the sandbox announce changes to a server that keeps the bodies; return it."""
        stub = start_stub(self)
        stub.on("POST", "/hook", (200, b""))
        self.control("zoom/subscribe", url=f"{stub.url}/hook", validate=False)
        return stub

    def announced(self, stub):
        """Return the bodies that the sandbox announced since the last time."""
        self.control("settle")
        bodies = [json.loads(call["body"]) for call in stub.calls_of("POST", "/hook")]
        stub.calls.clear()
        return bodies

    # -- Odoo ------------------------------------------------------------------------------------

    def event(self, user=None, **values):
        vals = {
            "name": "Demo for Greta",
            "start": self.start,
            "stop": self.start + timedelta(hours=1),
            "partner_ids": [(6, 0, (self.sales.partner_id | self.guest).ids)],
            "zoom_requested": True,
            **values,
        }
        return self.env["calendar.event"].with_user(user or self.sales).create(vals).sudo()

    def commit(self):
        """Do what the end of a transaction does: the notes become rows of the outbox."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()

    def push(self):
        """Do the jobs that the transaction left; return the seconds until a next try."""
        self.commit()
        done = self.env["zoom.push"]
        while True:
            fresh = self.env["zoom.push"].search([("state", "in", ("pending", "sending"))]) - done
            wait = fresh._push_now() if fresh else None
            self.env.invalidate_all()
            done |= fresh
            if not self.env["zoom.push"].search([("state", "=", "pending")]) - done:
                return wait

    def due_again(self):
        """Let the waiting time of all rows pass."""
        self.env["zoom.push"].search([("state", "=", "pending")]).next_try_at = False
        # The breaker's time passes as well.
        self.env["connector.breaker"].search([]).unlink()

    def rows(self):
        self.env.invalidate_all()
        return self.env["zoom.push"].search([])
