"""What the suites of posts and figures share: the sandbox's world as Odoo sees it."""

import base64
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, sandbox

from .common import HootsuiteCase

FACEBOOK, LINKEDIN, INSTAGRAM = "115185509", "131000001", "131000002"
PINTEREST, TWITTER, THREADS = "131000003", "131000004", "131000007"
FIVE = (FACEBOOK, LINKEDIN, INSTAGRAM, TWITTER, THREADS)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
USER = "hootsuite_connector.group_hootsuite_user"
MANAGER = "hootsuite_connector.group_hootsuite_manager"


class Control:
    """Steers the sandbox over HTTP."""

    def control(self, path, verb="POST", **values):
        kwargs = {"params": values} if verb == "GET" else {"json": values}
        url = f"{self.info['control_url']}/{path}"
        response = requests.request(verb, url, timeout=30, **kwargs)
        response.raise_for_status()
        return response.json()

    def fault(self, kind, method, path, content=None, **values):
        match = {"method": method, "path": path}
        if content:
            match["body"] = content
        return self.control("faults", kind=kind, match=match, **values)

    def remote(self, **query):
        """Return every message that the sandbox has."""
        return self.control("hootsuite/messages", "GET", **query)["messages"]

    def posted(self):
        """Return the calls that scheduled messages."""
        calls = self.control("calls", "GET")["calls"]
        return [c for c in calls if c["method"] == "POST" and c["path"].endswith("/v1/messages")]


class PostCase(Control, HootsuiteCase):
    """A connected account with the sandbox's profiles, an author and two managers."""

    def setUp(self):
        super().setUp()
        self.info = sandbox()
        own_cursors_see_test_data(self)
        self.control("reset")
        self.control("hootsuite/limits", media_processing=0.0)
        account = self.env["hootsuite.integration"]._connector_provision_sandbox(self.info)
        account.invalidate_recordset()
        self.account = account
        account.sync_members = False  # profiles are enough here
        self.env.flush_all()
        for _job in range(30):
            self.env["hootsuite.mirror"]._run_job(account.id)
            account.invalidate_recordset()
            if account.last_mirror_at:
                break
        self.env.invalidate_all()
        self.author = new_test_user(
            self.env, "post.author", groups=f"{USER},sales_team.group_sale_salesman"
        )
        self.boss = new_test_user(self.env, "post.boss", groups=MANAGER)
        self.start = (fields.Datetime.now() + timedelta(days=2)).replace(microsecond=0, second=0)

    def profiles(self, *refs):
        known = self.env["hootsuite.profile"]._known(self.account, refs)
        return self.env["hootsuite.profile"].union(*[known[ref] for ref in refs])

    def new_plan(self, refs=(FACEBOOK,), text="Three tents for three seasons.", images=0, **values):
        """Return a post of the author."""
        plans = self.env["hootsuite.post.plan"].with_user(self.author)
        plan = plans.create(
            {
                "integration_id": self.account.id,
                "profile_ids": [(6, 0, self.profiles(*refs).ids)],
                "text": text,
                "scheduled_at": self.start,
                **values,
            }
        )
        for number in range(images):
            file = (
                self.env["ir.attachment"]
                .with_user(self.author)
                .create(
                    {
                        "name": f"image{number}.png",
                        "raw": PIXEL + bytes([number]),
                        "mimetype": "image/png",
                        "res_model": plan._name,
                        "res_id": plan.id,
                    }
                )
            )
            plan.write({"attachment_ids": [(4, file.id)]})
        return plan

    def approve(self, plan):
        plan.with_user(self.author).action_submit()
        plan.with_user(self.boss).action_approve()
        self.env.flush_all()

    def push(self, plan, rounds=1, later=True):
        """Bring the posts of a plan to Hootsuite, as the job does.

        :param later: waits are over at once
        """
        posts = plan.sudo().post_ids
        wait = None
        self.env.flush_all()
        for _round in range(rounds):
            wait = self.env["hootsuite.post"].browse(posts.ids)._push_now()
            self.env.invalidate_all()
            if wait is None:
                break
            if later:
                self.let_time_pass(posts)
        return wait

    def let_time_pass(self, posts, seconds=300):
        """Waits of these posts are over, and their attempts began that much earlier."""
        for post in posts.exists():
            attempts = [
                {
                    **attempt,
                    "begun": fields.Datetime.to_string(
                        fields.Datetime.to_datetime(attempt["begun"]) - timedelta(seconds=seconds)
                    ),
                }
                for attempt in post.attempts or []
            ]
            post.write({"next_try_at": False, "attempts": attempts or False})
        self.env.flush_all()

    def send(self, refs=(FACEBOOK,), **values):
        """Return a plan that is at Hootsuite."""
        plan = self.new_plan(refs, **values)
        self.approve(plan)
        self.push(plan, rounds=3)
        return plan

    def post_of(self, plan, ref):
        return plan.sudo().post_ids.filtered(lambda post: post.profile_id.hootsuite_id == ref)
