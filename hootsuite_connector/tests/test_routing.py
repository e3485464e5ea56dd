"""Where messages go, and why (H5): the table below is the specification."""

from odoo.tests import new_test_user, tagged

from ..models.hootsuite_message import ACTIONS
from .common import HootsuiteCase, inbox_message
from .message_common import contact, relayed, write_back

# text, values of the relay (kind, language), is the author a customer?, action, rule, priority, mood
TABLE = [
    # Advertising, whoever it comes from
    ("Earn 5000 a week from home!!! Click https://win.example.com now", {}, False, "ignore", "spam", "0", None),
    ("Félicitations, un téléphone gratuit vous attend : https://prize.example.com", {}, False, "ignore", "spam", "0", None),
    ("Follower günstig, 10k für 9,99 >>> https://boost.example.com", {}, True, "ignore", "spam", "0", None),
    ("¡Gana 5000 a la semana desde casa! https://win.example.com", {}, False, "ignore", "spam", "0", None),
    # Urgent
    ("URGENT: we leave tomorrow morning and S123 has still not arrived!", {}, False, "ticket", "urgent", "3", "negative"),
    ("Aidez-moi tout de suite, le réchaud de ma tente fuit.", {}, True, "ticket", "urgent", "3", "negative"),
    ("Bitte S123 sofort stornieren, es wurde zweimal abgebucht!", {}, False, "ticket", "urgent", "3", "negative"),
    ("URGENTE: salimos mañana temprano y S123 todavía no ha llegado.", {}, False, "ticket", "urgent", "3", "negative"),
    # Something went wrong, also in public
    ("The zip of my jacket failed after two days. This is terrible quality.", {}, False, "ticket", "trouble", "2", "negative"),
    ("Service lamentable, j'attends S123 depuis trois semaines.", {"kind": "comment"}, False, "ticket", "trouble", "2", "negative"),
    ("Der Reißverschluss meiner Jacke ist nach zwei Tagen kaputt. Schlechte Qualität.", {}, True, "ticket", "trouble", "2", "negative"),
    ("Mi pedido S123 llegó roto y nadie responde. Estoy muy decepcionado.", {}, False, "ticket", "trouble", "2", "negative"),
    # Irony: kind words about trouble
    ("Great job, my tent leaked in the very first rain. Just wonderful, thanks a lot.", {}, False, "ticket", "trouble", "2", "negative"),
    ("Super, encore un retard pour S123. Vous êtes décidément les meilleurs.", {}, False, "ticket", "trouble", "2", "negative"),
    ("Wunderbar: zwei linke Handschuhe in einer Schachtel. Genau das wollte ich.", {}, False, "ticket", "trouble", "2", "negative"),
    ("Genial, otro retraso de S123. De verdad que sois los mejores.", {}, False, "ticket", "trouble", "2", "negative"),
    # Wants to buy
    ("I would like to buy twelve jackets for our club. Can you make me an offer?", {}, False, "opportunity", "buying_new", "2", None),
    ("Combien coûte la tente et peut-on payer sur facture ?", {}, True, "activity", "buying_customer", "2", None),
    ("Ich möchte zwölf Zelte für unseren Verein kaufen. Machen Sie mir ein Angebot?", {}, False, "opportunity", "buying_new", "2", None),
    ("¿Cuánto cuesta la chaqueta y se puede pagar con factura?", {}, True, "activity", "buying_customer", "2", None),
    # Asks for help
    ("How do I set up the poles of my tent? The sheet is gone.", {}, False, "ticket", "support", "1", "neutral"),
    ("Où trouver la facture de S123 ?", {}, True, "ticket", "support", "1", "neutral"),
    ("Wie baue ich das Gestänge meines Zeltes auf?", {}, False, "ticket", "support", "1", "neutral"),
    ("Ya no puedo entrar en mi cuenta, el correo no llega.", {}, False, "ticket", "support", "1", "neutral"),
    # Unhappy without any word of the lists
    ("I hate how sad and ugly this stupid shop looks.", {}, False, "ticket", "unhappy", "2", "negative"),
    # Small talk
    ("Perfect, thanks!", {}, False, "keep", "thanks", "1", "positive"),
    ("Merci, ça m'a aidé.", {}, True, "keep", "thanks", "1", "neutral"),
    ("Danke, das hat geholfen.", {}, False, "keep", "thanks", "1", "neutral"),
    ("Gracias, me ha servido.", {}, False, "keep", "thanks", "1", "neutral"),
    # A customer writes to us
    ("What are your opening hours on Saturday?", {}, True, "activity", "customer_direct", "1", "neutral"),
    ("Ich liebe meine neue Jacke, ein herrliches Wochenende bei Bremen!", {}, True, "activity", "customer_direct", "1", "neutral"),
    ("Having a look at what others wear here", {"kind": "comment"}, True, "activity", "customer_public", "1", None),
    # Mentions and new people
    ("I saw your window on Main Street yesterday evening", {"kind": "mention"}, True, "lead", "mention", "1", None),
    ("Bonjour, est-ce que vous livrez à Namur ?", {}, False, "lead", "new_contact", "1", "neutral"),
    ("¿Qué horario tenéis los sábados?", {}, False, "lead", "new_contact", "1", "neutral"),
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestRoutingTable(HootsuiteCase):
    """Every line of the table: action, rule, priority, mood, reason, and what came of it."""

    def author(self, number, customer):
        author = {"id": f"p{number}", "name": f"Person {number}"}
        if customer:
            author["email"] = f"person{number}@customers.example.com"
            self.env["res.partner"].create({"name": f"Customer {number}", "email": author["email"]})
        return author

    def test_table(self):
        rows = []
        for number, (text, values, customer, *_expected) in enumerate(TABLE):
            rows.append(relayed(str(number), text, self.author(number, customer), **values))
        self.relay(*rows)
        backend = self.env["hootsuite.ticket"]._backend()
        for number, (text, _values, customer, action, rule, priority, mood) in enumerate(TABLE):
            with self.subTest(text=text):
                message = self.env["hootsuite.message"].search(
                    [("external_id", "=", f"relay:{number}")]
                )
                self.assertEqual(len(message), 1)
                expected = self.env.ref(f"hootsuite_connector.rule_{rule}")
                self.assertEqual(message.rule_id.name, expected.name)
                self.assertIn(expected.name, message.route_reason)
                self.assertEqual(message.priority, priority)
                if mood:
                    self.assertEqual(message.sentiment, mood)
                if action == "ticket" and not backend:
                    action = "activity"
                    self.assertIn("No helpdesk is installed", message.route_reason)
                self.assertEqual(message.route_action, action, dict(ACTIONS)[action])
                self.check_target(message, action, customer)

    def check_target(self, message, action, customer):
        target = {
            "ignore": False, "keep": False, "activity": "res.partner", "lead": "crm.lead",
            "opportunity": "crm.lead", "ticket": "helpdesk.ticket",
        }[action]  # fmt: skip
        self.assertEqual(message.target_model, target)
        if not target:
            self.assertFalse(message.target_id)
            if not customer:
                self.assertFalse(message.partner_id, "no contact without need")
            return
        record = self.env[target].browse(message.target_id)
        self.assertTrue(record.exists())
        if action == "activity":
            activity = message.thread_id.activity_id
            self.assertEqual((activity.res_model, activity.res_id), (target, record.id))
            self.assertTrue(activity.user_id)
            self.assertIn(message.text[:20], activity.summary)
            return
        self.assertEqual(record.partner_id, message.partner_id)
        self.assertEqual(record.priority, message.priority)
        if action in ("lead", "opportunity"):
            self.assertEqual(record.type, action)
            self.assertEqual(record.source_id.name, "Instagram")
            self.assertTrue(record.medium_id)
            self.assertIn(message.rule_id.name, record.hootsuite_reason)
            self.assertEqual(record.hootsuite_message_ids, message)
        else:
            self.assertIn(message.rule_id.name, record.description)
            self.assertTrue(record.partner_name)


@tagged("post_install", "-at_install")
class TestRouting(HootsuiteCase):
    def setUp(self):
        super().setUp()
        self.number = 0

    def say(self, text, conversation="talk", person=1, **values):
        self.number += 1
        self.apply(
            inbox_message(
                text, conversation=conversation, contact=contact(person),
                message_id=f"m{self.number}", **values,
            )
        )  # fmt: skip
        return self.env["hootsuite.message"].search([("external_id", "=", f"inbox:m{self.number}")])

    def lead_of(self, message):
        self.assertEqual(message.target_model, "crm.lead")
        return self.env["crm.lead"].browse(message.target_id)

    def test_follow_up_joins_open_work_as_a_note(self):
        first = self.say("Hello, do you ship to Namur these days?")
        second = self.say("And how much is the tent?")
        self.assertEqual(second.state, "followup")
        self.assertEqual(second.target_id, first.target_id)
        self.assertIn("has open work", second.route_reason)
        lead = self.lead_of(first)
        self.assertEqual(
            self.env["crm.lead"].search_count([("partner_id", "=", lead.partner_id.id)]), 1
        )
        self.assertIn("And how much is the tent?", "".join(lead.message_ids.mapped("body")))

    def test_follow_up_in_the_same_batch(self):
        bodies = [
            inbox_message(text, conversation="talk", contact=contact(1), message_id=f"b{number}")
            for number, text in enumerate(["Hello, do you ship to Namur?", "I mean the tents", "The green ones"])
        ]  # fmt: skip
        self.apply(*bodies)
        messages = self.env["hootsuite.message"].search([], order="external_id")
        self.assertEqual(messages.mapped("state"), ["routed", "followup", "followup"])
        self.assertEqual(len(set(messages.mapped("target_id"))), 1)

    def test_urgent_follow_up_makes_the_work_urgent(self):
        first = self.say("Hello, do you ship to Namur these days?")
        self.assertEqual(self.lead_of(first).priority, "1")
        self.say("It is an emergency, I need it right now")
        self.assertEqual(self.lead_of(first).priority, "3")

    def test_closed_work_is_not_reopened(self):
        first = self.say("Hello, do you ship to Namur these days?")
        self.lead_of(first).action_set_lost()
        second = self.say("Hello, me again, do you ship to Gent?")
        self.assertEqual(second.state, "routed")
        self.assertNotEqual(second.target_id, first.target_id)

    def test_open_opportunity_of_the_contact_comes_first(self):
        customer = self.env["res.partner"].create({"name": "Ada", "email": "ada@people.example"})
        opportunity = self.env["crm.lead"].create(
            {"name": "Twelve tents", "type": "opportunity", "partner_id": customer.id}
        )
        self.relay(
            relayed(
                "1",
                "What are your opening hours on Saturday?",
                {"id": "a", "email": "ada@people.example"},
            )
        )
        message = self.env["hootsuite.message"].search([])
        self.assertEqual((message.target_model, message.target_id), ("crm.lead", opportunity.id))
        self.assertEqual(message.thread_id.activity_id.res_id, opportunity.id)
        self.assertIn("opening hours", "".join(opportunity.message_ids.mapped("body")))
        self.assertEqual(self.env["crm.lead"].search_count([("partner_id", "=", customer.id)]), 1)

    def test_one_person_in_two_conversations_of_one_batch_is_one_lead(self):
        self.relay(
            relayed("1", "Hello, do you ship to Namur?", {"id": "a", "name": "Twin"}, thread="t1"),
            relayed("2", "Hello, do you ship to Gent?", {"id": "a", "name": "Twin"}, thread="t2"),
        )
        messages = self.env["hootsuite.message"].search([])
        self.assertEqual(len(set(messages.mapped("target_id"))), 1)

    def test_second_message_of_a_stranger_meets_the_rules_of_the_first(self):
        self.say("Perfect, thanks!")
        second = self.say("Hello, do you ship to Namur these days?")
        self.assertEqual(second.rule_id, self.env.ref("hootsuite_connector.rule_new_contact"))

    def test_resolved_trouble_makes_no_work_but_a_resolved_wish_to_buy_does(self):
        self.apply(
            write_back("r1", [("a", "INBOUND", "My tent is broken, I am disappointed"), ("b", "OUTBOUND", "A new one is on its way")]),
            write_back("r2", [("c", "INBOUND", "I would like to buy twelve tents, make me an offer")], contactProfile=contact(2), contactAttributes=[]),
        )  # fmt: skip
        found = {m.external_id: m for m in self.env["hootsuite.message"].search([])}
        self.assertEqual(found["inbox:a"].route_action, "keep")
        self.assertIn("resolved in Hootsuite", found["inbox:a"].route_reason)
        self.assertEqual(found["inbox:b"].state, "done")
        self.assertFalse(found["inbox:b"].route_reason)
        self.assertEqual(found["inbox:c"].route_action, "opportunity")

    def test_decided_once(self):
        body = inbox_message("Hello, do you ship to Namur?", message_id="once", conversation="c")
        self.apply(body)
        message = self.env["hootsuite.message"].search([])
        lead = self.lead_of(message)
        self.env["hootsuite.routing.rule"].search([]).active = False
        self.apply(body)
        self.apply(write_back("c", [("once", "INBOUND", "Hello, do you ship to Namur?")]))
        self.assertEqual(self.lead_of(message), lead)
        self.assertEqual(len(self.env["hootsuite.message"].search([])), 1)

    def test_without_any_rule_messages_stay_in_the_inbox(self):
        self.env["hootsuite.routing.rule"].search([]).active = False
        message = self.say("Hello, do you ship to Namur?")
        self.assertEqual((message.state, message.target_model), ("kept", False))
        self.assertIn("No rule is met", message.route_reason)

    def test_rule_of_ones_own_with_all_its_actions(self):
        user = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        team = self.env["crm.team"].create({"name": "Social sellers"})
        tag = self.env["crm.tag"].create({"name": "social"})
        self.env["hootsuite.routing.rule"].create(
            {
                "name": "Boats",
                "sequence": 1,
                "networks": "facebook, instagram",
                "kinds": "direct",
                "languages": "en",
                "words": "boat*\nsailing",
                "action": "opportunity",
                "set_priority": "3",
                "team_id": team.id,
                "user_id": user.id,
                "tag_ids": [(6, 0, tag.ids)],
            }
        )
        message = self.say("Do you have inflatable boats in blue for my children?")
        lead = self.lead_of(message)
        self.assertEqual((lead.team_id, lead.user_id, lead.tag_ids), (team, user, tag))
        self.assertEqual((lead.priority, lead.type), ("3", "opportunity"))
        for words in ("Boats", "Facebook", "Direct message", "en", "boats"):
            self.assertIn(words, message.route_reason)

    def test_work_goes_to_the_sales_team_of_the_profile(self):
        team = self.env["crm.team"].create({"name": "North"})
        hoot_team = self.env["hootsuite.team"].create(
            {"integration_id": self.integration.id, "hootsuite_id": "1", "name": "N", "sales_team_id": team.id}
        )  # fmt: skip
        profile = self.env["hootsuite.profile"].create(
            {
                "integration_id": self.integration.id, "hootsuite_id": "9", "network": "facebook",
                "name": "Example support channel", "team_ids": [(6, 0, hoot_team.ids)],
            }
        )  # fmt: skip
        message = self.say("Hello, do you ship to Namur?")
        self.assertEqual(message.profile_id, profile)
        self.assertEqual(self.lead_of(message).team_id, team)

    def test_activity_goes_to_the_agents_odoo_user(self):
        user = new_test_user(self.env, "agent_user", groups="base.group_user")
        self.env["hootsuite.member"].create(
            {"integration_id": self.integration.id, "hootsuite_id": "1", "email": "ada.member@example.com", "user_id": user.id}
        )  # fmt: skip
        self.env["res.partner"].create({"name": "Fred", "email": "fred.contact@example.com"})
        self.apply(
            write_back("w1", [("a", "INBOUND", "What are your opening hours?")], status="pending")
        )
        thread = self.env["hootsuite.thread"].search([])
        self.assertEqual(thread.activity_id.user_id, user)
        self.assertEqual(thread.reply_state, "answered")

    def test_rules_of_other_accounts_and_companies_do_not_count(self):
        other = self.new_integration(name="Other account")
        company = self.env["res.company"].create({"name": "Other company"})
        values = {"sequence": 1, "action": "ignore"}
        self.env["hootsuite.routing.rule"].create(
            [
                {**values, "name": "Of the other account", "integration_ids": [(6, 0, other.ids)]},
                {**values, "name": "Of the other company", "company_id": company.id},
            ]
        )
        message = self.say("Hello, do you ship to Namur?")
        self.assertEqual(message.route_action, "lead")

    def test_activity_without_anybody_known_stays_in_the_inbox(self):
        body = inbox_message("What are your opening hours on Saturday?", conversation="x1")
        del body["data"]["contactProfile"]
        self.env["hootsuite.routing.rule"].create(
            {"name": "All to activities", "sequence": 1, "action": "activity"}
        )
        self.apply(body)
        message = self.env["hootsuite.message"].search([])
        self.assertEqual((message.route_action, message.target_model), ("keep", False))
        self.assertIn("not told who wrote it", message.route_reason)
