"""Tickets in whichever helpdesk is there: these tests run with `helpdesk_mgmt` and without it (H5)."""

from odoo.tests import tagged

from ..models.hootsuite_routing_ticket import BACKENDS
from .common import HootsuiteCase
from .message_common import relayed

BROKEN = "My tent is broken, this is terrible"


@tagged("post_install", "-at_install")
class TestTickets(HootsuiteCase):
    def setUp(self):
        super().setUp()
        self.installed = bool(
            self.env["ir.module.module"].search(
                [("name", "=", "helpdesk_mgmt"), ("state", "=", "installed")]
            )
        )

    def one(self, text=BROKEN, **author):
        self.relay(relayed("1", text, {"id": "a", "name": "Ada", **author}))
        return self.env["hootsuite.message"].search([("external_id", "=", "relay:1")])

    def test_backend_is_found_by_the_teams_model(self):
        backend = self.env["hootsuite.ticket"]._backend()
        if not self.installed:
            self.assertIsNone(backend)
            return
        self.assertEqual(backend.name, "oca")
        team = self.env["helpdesk.ticket"]._fields["team_id"].comodel_name
        self.assertIs(BACKENDS[team], backend)

    def test_complaint(self):
        message = self.one(email="ada@people.example", phone="+32 2 555 01 00")
        if not self.installed:
            self.assertEqual(message.target_model, "res.partner")
            self.assertEqual(message.route_action, "activity")
            self.assertIn("No helpdesk is installed", message.route_reason)
            self.assertEqual(message.thread_id.activity_id.res_id, message.partner_id.id)
            return
        ticket = self.env["helpdesk.ticket"].browse(message.target_id)
        self.assertEqual(message.target_model, "helpdesk.ticket")
        self.assertEqual(ticket.partner_id, message.partner_id)
        self.assertEqual(ticket.partner_name, "Ada")
        self.assertEqual(ticket.partner_email, "ada@people.example")
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(ticket.company_id, self.integration.company_id)
        self.assertEqual(ticket.channel_id.name, "Social")
        self.assertFalse(ticket.user_id, "nobody is taken by OCA's auto-assignment of OdooBot")
        self.assertTrue(ticket.stage_id)
        for words in (BROKEN, "Why it is here", "Something went wrong"):
            self.assertIn(words, ticket.description)

    def test_follow_up_and_closing(self):
        first = self.one()
        self.relay(
            relayed("2", "It is urgent, an emergency", {"id": "a", "name": "Ada"}, thread="1")
        )
        self.relay(relayed("3", "Still here", {"id": "a", "name": "Ada"}, thread="1"))
        # The first message opened the thread "1" by its own id.
        later = self.env["hootsuite.message"].search(
            [("external_id", "in", ["relay:2", "relay:3"])]
        )
        self.assertEqual(set(later.mapped("state")), {"followup"})
        self.assertEqual(set(later.mapped("target_id")), {first.target_id})
        if self.installed:
            ticket = self.env["helpdesk.ticket"].browse(first.target_id)
            self.assertEqual(ticket.priority, "3")
            self.assertIn("Still here", "".join(ticket.message_ids.mapped("body")))
            ticket.stage_id = self.env["helpdesk.ticket.stage"].search(
                [("closed", "=", True)], limit=1
            )
        else:
            first.thread_id.activity_id.action_feedback()
        self.relay(
            relayed("4", "It broke again, a broken thing", {"id": "a", "name": "Ada"}, thread="1")
        )
        fourth = self.env["hootsuite.message"].search([("external_id", "=", "relay:4")])
        self.assertEqual(fourth.state, "routed")
        if self.installed:
            self.assertNotEqual(fourth.target_id, first.target_id)

    def test_team_person_and_tags_of_the_rule(self):
        rule = self.env.ref("hootsuite_connector.rule_trouble")
        rule.tag_ids = self.env["crm.tag"].create({"name": "from social"})
        rule.user_id = self.env.ref("base.user_admin")
        if self.installed:
            team = self.env["helpdesk.ticket.team"].create({"name": "Social desk"})
            rule.ticket_team_ref = f"helpdesk.ticket.team,{team.id}"
        message = self.one()
        if not self.installed:
            self.assertEqual(message.thread_id.activity_id.user_id, rule.user_id)
            return
        ticket = self.env["helpdesk.ticket"].browse(message.target_id)
        self.assertEqual((ticket.team_id, ticket.user_id), (team, rule.user_id))
        self.assertEqual(ticket.tag_ids.mapped("name"), ["from social"])

    def test_refused_ticket_becomes_an_activity_and_the_others_stay(self):
        if self.installed:
            # A constraint as another addon might have one.
            self.env.cr.execute(
                "ALTER TABLE helpdesk_ticket ADD CONSTRAINT no_grumbling"
                " CHECK (name NOT LIKE '%grumble%')"
            )
        self.relay(
            *(
                relayed(str(n), f"My tent {word} is broken", {"id": str(n), "name": f"P{n}"})
                for n, word in enumerate(["one", "grumble", "three", "four"])
            )
        )
        found = self.env["hootsuite.message"].search([], order="external_id")
        self.assertEqual(len(found), 4)
        self.assertEqual(found[1].target_model, "res.partner")
        self.assertEqual(found[1].route_action, "activity")
        if self.installed:
            self.assertIn("refused the ticket", found[1].route_reason)
            self.assertEqual(set((found - found[1]).mapped("target_model")), {"helpdesk.ticket"})


@tagged("post_install", "-at_install")
class TestProducts(HootsuiteCase):
    """Products mentioned, with the Products app and without it."""

    def test_product_mention(self):
        there = "product.template" in self.env
        if there:
            self.env["product.template"].create({"name": "Zephyr Sail Two", "sale_ok": True})
            self.env["product.template"].create({"name": "Hidden Sail", "sale_ok": False})
            self.env.flush_all()
        self.relay(
            relayed("1", "Has anybody tried the zephyr sail two so far?", {"id": "a", "name": "A"}),
            relayed("2", "Has anybody tried the hidden sail so far?", {"id": "b", "name": "B"}),
        )
        first, second = self.env["hootsuite.message"].search([], order="external_id")
        rule = self.env.ref(f"hootsuite_connector.rule_{'product' if there else 'new_contact'}")
        self.assertEqual(first.rule_id, rule)
        self.assertEqual(first.products, "Zephyr Sail Two" if there else False)
        if there:
            self.assertIn("mentions Zephyr Sail Two", first.route_reason)
        self.assertFalse(second.products)
        self.assertEqual(second.rule_id, self.env.ref("hootsuite_connector.rule_new_contact"))
