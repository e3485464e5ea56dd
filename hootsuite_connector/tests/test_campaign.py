from odoo import fields
from odoo.tests import tagged

from .post_common import FACEBOOK, LINKEDIN, TWITTER, PostCase


@tagged("post_install", "-at_install")
class TestCampaign(PostCase):
    """Campaigns and tags both ways, links, leads, results."""

    def setUp(self):
        super().setUp()
        self.campaign = self.env["utm.campaign"].create({"title": "Spring in the Hills"})
        self.account.write({"link_policy": "utm", "tag_policy": "match"})
        self.env.flush_all()

    def read_post(self, remote_id):
        message = self.account._hootsuite_client().message(remote_id)
        self.env["hootsuite.post"]._upsert(self.account, [message])
        self.env.flush_all()
        return self.env["hootsuite.post"].search([("hootsuite_id", "=", remote_id)])

    def made_there(self, *tags):
        answer = self.control(
            "hootsuite/post", profile_ids=[FACEBOOK], tags=list(tags), **{"in": 86400}
        )
        return self.read_post(answer["messages"][0]["id"])

    def test_campaign_becomes_a_tag(self):
        plan = self.send((FACEBOOK, LINKEDIN), campaign_id=self.campaign.id)
        for row in self.remote():
            self.assertEqual(row["tags"], ["Spring in the Hills"])
        tag = self.campaign.hootsuite_tag_ids
        self.assertEqual((tag.name, tag.integration_id), ("Spring in the Hills", self.account))
        self.assertEqual(plan.sudo().post_ids.tag_ids, tag)
        self.send((FACEBOOK,), campaign_id=self.campaign.id, text="Another")
        self.assertEqual(len(self.campaign.hootsuite_tag_ids), 1)

    def test_tag_becomes_the_campaign(self):
        post = self.made_there("Spring in the Hills", "service")
        self.assertEqual(post.campaign_id, self.campaign)
        self.assertEqual(set(post.tag_ids.mapped("name")), {"service", "Spring in the Hills"})
        self.assertFalse(self.made_there("spring in the hills").campaign_id, "case counts")

    def test_unknown_tag(self):
        self.assertFalse(self.made_there("launch").campaign_id)
        self.account.tag_policy = "create"
        post = self.made_there("service")
        self.assertEqual(post.campaign_id.title, "service")

    def test_tag_of_a_medium_and_a_source(self):
        medium = self.env["utm.medium"].create({"name": "Billboard"})
        source = self.env["utm.source"].create({"name": "Fair"})
        tags = self.env["hootsuite.tag"]
        mine = {"integration_id": self.account.id}
        tags.create({**mine, "name": "outdoor", "medium_id": medium.id})
        tags.create({**mine, "name": "fair", "source_id": source.id})
        post = self.made_there("outdoor", "fair")
        self.assertEqual((post.medium_id, post.source_id), (medium, source))
        self.send(medium_id=medium.id)
        self.assertIn(["outdoor"], [row["tags"] for row in self.remote()])

    def test_links_name_the_post(self):
        text = "Read https://www.example.com/spring?a=1, and (https://www.example.com/)."
        plan = self.send((FACEBOOK, TWITTER), text=text, campaign_id=self.campaign.id)
        for row in self.remote():
            post = self.post_of(plan, row["profile_id"])
            self.assertEqual(post.source_id.name, f"{post.network}-post-{post.id}")
            utm = (
                f"utm_campaign=Spring+in+the+Hills&utm_source={post.source_id.name}"
                "&utm_medium=social"
            )
            self.assertEqual(
                row["text"],
                f"Read https://www.example.com/spring?a=1&{utm}, and"
                f" (https://www.example.com/?{utm}).",
            )
            self.assertEqual(post.sent_text, row["text"])

    def test_links_left_alone(self):
        self.account.link_policy = "none"
        self.send(text="Read https://www.example.com/")
        self.assertEqual(self.remote()[0]["text"], "Read https://www.example.com/")

    def test_short_links_where_the_tracker_is_installed(self):
        if "link.tracker" not in self.env:
            # Without it the same policy adds parameters: one policy, both ways proven.
            self.account.link_policy = "track"
            self.send(text="Read https://www.example.com/")
            self.assertIn("utm_source=facebook-post-", self.remote()[0]["text"])
            return
        self.account.link_policy = "track"
        plan = self.send(text="Read https://www.example.com/", campaign_id=self.campaign.id)
        tracker = self.env["link.tracker"].search([("campaign_id", "=", self.campaign.id)])
        self.assertEqual(tracker.source_id, self.post_of(plan, FACEBOOK).source_id)
        self.assertEqual(self.remote()[0]["text"], f"Read {tracker.short_url}")

    def test_lead_is_traced_to_the_post(self):
        plan = self.send(text="Read https://www.example.com/", campaign_id=self.campaign.id)
        post = self.post_of(plan, FACEBOOK)
        values = {
            "campaign_id": self.campaign.id,
            "source_id": post.source_id.id,
            "medium_id": plan.medium_id.id,
            "type": "opportunity",
        }
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        leads = self.env["crm.lead"].create(
            [
                {**values, "name": "Tent", "expected_revenue": 500, "stage_id": won.id},
                {**values, "name": "Stove", "expected_revenue": 70},
                {"name": "Elsewhere", "campaign_id": self.campaign.id},
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(leads.mapped("hootsuite_post_id"), post)
        self.assertFalse(leads[2].hootsuite_post_id)
        self.assertEqual((post.lead_count, post.won_revenue), (2, 500.0))
        self.assertEqual(plan.sudo().lead_count, 2)
        self.assertEqual(plan.lead_count, 0, "a salesperson counts the leads that he may see")
        leads[1].source_id = False
        self.assertFalse(leads[1].hootsuite_post_id)

    def test_results_of_a_campaign(self):
        """Posts, figures, leads and revenue by their formulas."""
        self.control("hootsuite/app", app_scopes=["analytics:read"])
        self.control("hootsuite/revoke_tokens")
        plan = self.send(
            (FACEBOOK, LINKEDIN),
            text="Read https://www.example.com/",
            campaign_id=self.campaign.id,
        )
        self.control("hootsuite/publish")
        self.env["hootsuite.post"]._upsert(
            self.account,
            [
                self.account._hootsuite_client().message(post.hootsuite_id)
                for post in plan.sudo().post_ids
            ],
        )
        self.env.flush_all()
        self.env["hootsuite.figures"]._run_job(self.account.id, budget=60.0)
        self.env.invalidate_all()
        post = self.post_of(plan, FACEBOOK)
        self.assertTrue(post.interactions)
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = {"campaign_id": self.campaign.id, "source_id": post.source_id.id}
        leads = self.env["crm.lead"].create(
            [
                {**values, "name": "Tent", "expected_revenue": 500, "type": "opportunity"},
                {**values, "name": "Stove", "expected_revenue": 70, "type": "opportunity"},
                {**values, "name": "Lost", "active": False},
            ]
        )
        leads[0].stage_id = won
        self.env.flush_all()
        report = self.env["hootsuite.campaign.report"].with_user(self.boss)
        (row,) = report._read_group(
            [("campaign_id", "=", self.campaign.id)],
            ["campaign_id"],
            [f"{name}:sum" for name in ("posts", "interactions", "reach", "clicks")]
            + [f"{name}:sum" for name in ("leads", "won", "revenue")],
        )
        figures = {}
        for metric in self.env["hootsuite.metric"].search([("post_id", "=", post.id)]):
            figures[metric.family] = figures.get(metric.family, 0) + metric.value
        self.assertEqual(
            row[1:],
            (2, figures["interaction"], figures["reach"], figures["click"], 3, 1, 500.0),
        )
        campaign = self.campaign.with_user(self.boss)
        self.assertEqual(campaign.hootsuite_post_count, 2)
        self.assertEqual(campaign.hootsuite_interactions, figures["interaction"])

    def test_tickets_of_a_campaign(self):
        """A ticket made of a message that answers a post counts for its campaign; without a helpdesk
        there are none."""
        plan = self.send(campaign_id=self.campaign.id)
        self.control("hootsuite/publish")
        post = self.read_post(self.post_of(plan, FACEBOOK).hootsuite_id)
        self.assertTrue(post.network_ref)
        made = 0
        if "helpdesk.ticket" in self.env:
            made = 1
            ticket = self.env["helpdesk.ticket"].create(
                {"name": "Torn tent", "description": "It tore."}
            )
            thread = self.env["hootsuite.thread"].create(
                {
                    "integration_id": self.account.id,
                    "thread_key": "t1",
                    "network": "facebook",
                }
            )
            for number in range(2):
                self.env["hootsuite.message"].create(
                    {
                        "integration_id": self.account.id,
                        "external_id": f"relay:{number}",
                        "thread_key": "t1",
                        "thread_id": thread.id,
                        "network": "facebook",
                        "direction": "in",
                        "source": "relay",
                        "at": fields.Datetime.now(),
                        "in_reply_to": post.network_ref,
                        "target_model": "helpdesk.ticket",
                        "target_id": ticket.id,
                    }
                )
        self.env.flush_all()
        ((_campaign, tickets),) = self.env["hootsuite.campaign.report"]._read_group(
            [("campaign_id", "=", self.campaign.id)], ["campaign_id"], ["tickets:sum"]
        )
        self.assertEqual(tickets, made)

    def test_overview_numbers(self):
        today = fields.Datetime.now()
        plan = self.new_plan((FACEBOOK, LINKEDIN), scheduled_at=self.start)
        self.approve(plan)
        plan.sudo().post_ids.write({"scheduled_at": today})
        waiting = self.new_plan(text="Waits")
        waiting.action_submit()
        sent = self.send(timing="now", scheduled_at=False)
        self.assertEqual(sent.state, "sent")
        self.control("hootsuite/profile", profile_id=LINKEDIN, refusal={"code": 40025})
        self.send((LINKEDIN,))
        account = self.account.with_user(self.author)
        self.env.invalidate_all()
        self.assertEqual(account.posts_today, 2)
        self.assertEqual(account.posts_waiting, 1)
        self.assertEqual(account.posts_sent_week, 1)
        self.assertEqual(account.posts_failed, 1)
        for action in (
            "posts_today",
            "posts_failed",
            "posts_sent",
            "posts_waiting",
            "figures",
        ):
            found = getattr(account, f"action_view_{action}")()
            self.env[found["res_model"]].with_user(self.author).search(found["domain"])
        profile = self.profiles(FACEBOOK)
        self.env["hootsuite.metric"]._store(
            [
                {
                    "integration": self.account,
                    "profile": profile,
                    "post": None,
                    "day": fields.Date.subtract(fields.Date.today(), days=back),
                    "name": "page_reactions",
                    "value": value,
                    "total": value,
                }
                for back, value in ((1, 80), (3, 40), (9, 20))
            ]
        )
        self.env.invalidate_all()
        self.assertEqual(account.interactions_week, 120)
        self.assertEqual(len(account.interactions_trend), 14)
        self.assertEqual(account.interactions_trend[-1], "█")
