"""200 conversations as Hootsuite's imitation tells them: four languages, irony, spam, customers under
other handles, a network that keeps texts to itself. Every message once, in its thread, routed as the
table says, each with its reason (check of H4-H7)."""

import random

import requests

from odoo.tests import tagged

from odoo.addons.connector_base.tests.common import sandbox

from .common import CRM_SECRET, HootsuiteHttpCase

# What the customer wants -> where it goes: from a contact, from somebody new, and when the
# conversation was resolved in Hootsuite before Odoo heard of it.
TABLE = {
    "question": ("activity", "lead", None),
    "complaint": ("ticket", "ticket", "keep"),
    "urgent": ("ticket", "ticket", "keep"),
    "irony": ("ticket", "ticket", "keep"),
    "support": ("ticket", "ticket", "keep"),
    "praise": ("activity", "lead", None),
    "product": ("activity", "lead", None),
    "purchase": ("activity", "opportunity", None),
    "spam": ("ignore", "ignore", "ignore"),
    "thanks": ("keep", "keep", "keep"),
}
KINDS_OF_TARGET = {
    "activity": ("res.partner", "crm.lead"),
    "lead": ("crm.lead",),
    "opportunity": ("crm.lead",),
    "ticket": ("helpdesk.ticket",),
}


@tagged("post_install", "-at_install")
class TestPlay(HootsuiteHttpCase):
    def control(self, path, **values):
        url = f"{sandbox()['control_url']}/hootsuite/{path}"
        response = requests.post(url, json=values, timeout=60)
        response.raise_for_status()
        return response.json()

    def deliver_all(self, bodies, seed):
        """Deliver bodies out of order, every fifth one twice."""
        rng = random.Random(seed)
        mixed = bodies + [body for number, body in enumerate(bodies) if number % 5 == 0]
        rng.shuffle(mixed)
        for body in mixed:
            if body["type"].startswith("CONVERSATION_RESOLVED"):
                answer = self.deliver_inbox(body, secret=CRM_SECRET)
            else:
                answer = self.deliver_inbox(body)
            self.assertEqual(answer.status_code, 200)
        self.drain()

    def test_two_hundred_conversations(self):
        told = self.control("events", conversations=200, seed=4, crowd=3000)
        truth = told["conversations"]
        customers = {
            row["person"]["email"]: row["person"] for row in truth if row["person"]["customer"]
        }
        self.env["res.partner"].create(
            [
                {"name": f"Known {p['number']}", "email": email.upper()}
                for email, p in customers.items()
            ]
        )
        live = [
            b
            for b, kind in zip(told["bodies"], told["kinds"], strict=True)
            if kind == "virtual_agent"
        ]
        later = [
            b
            for b, kind in zip(told["bodies"], told["kinds"], strict=True)
            if kind != "virtual_agent"
        ]
        self.deliver_all(live, 1)
        # People resolve conversations after they took place.
        self.deliver_all(later, 2)

        states = {event.state for event in self.inbox()}
        self.assertEqual(states, {"done"})
        self.check_messages(truth)
        self.check_people(truth, customers)
        wrong = [line for row in truth for line in self.check_route(row)]
        self.assertEqual(wrong, [])
        self.assertEqual({row["language"] for row in truth}, {"en", "fr", "de", "es"})
        self.assertTrue(any(row["redacted"] for row in truth))

    def messages_of(self, row):
        return self.env["hootsuite.message"].search(
            [
                ("integration_id", "=", self.integration.id),
                ("thread_key", "=", f"inbox:{row['conversation_id']}"),
            ]
        )

    def check_messages(self, truth):
        """Every message once, in its thread, in its order; nothing else."""
        expected = set()
        for row in truth:
            messages = self.messages_of(row)
            ids = {f"inbox:{line['id']}" for line in row["messages"]}
            if row["redacted"]:
                self.assertFalse(messages)
                thread = self.env["hootsuite.thread"].search(
                    [("thread_key", "=", f"inbox:{row['conversation_id']}")]
                )
                self.assertTrue(thread.redacted and thread.redacted_text)
                self.assertEqual(thread.state, "resolved")
                continue
            if row["heard"] == "virtual_agent" or row["medium"] == "twit":
                # What agents answer is told by transcripts only, and Twitter's are withheld.
                ids = {f"inbox:{m['id']}" for m in row["messages"] if m["direction"] == "INBOUND"}
            self.assertEqual(set(messages.mapped("external_id")), ids)
            self.assertEqual(len(messages), len(ids))
            self.assertEqual(len(messages.thread_id), 1)
            expected |= ids
            texts = [m["text"] for m in row["messages"] if f"inbox:{m['id']}" in ids]
            placed = messages.sorted(lambda message: message._place_in_thread())
            self.assertEqual(placed.mapped("text"), texts)
            if row["heard"] != "virtual_agent":
                self.assertEqual(messages.thread_id.state, "resolved")
        everything = self.env["hootsuite.message"].search(
            [("integration_id", "=", self.integration.id)]
        )
        self.assertEqual(len(everything), len(expected))

    def check_people(self, truth, customers):
        """Customers are found by their address under every handle; nobody is made twice."""
        for email in customers:
            self.assertEqual(
                self.env["res.partner"].search_count([("email_normalized", "=", email)]), 1
            )
        for row in truth:
            if row["person"]["customer"] and not row["redacted"]:
                partner = self.messages_of(row).filtered(lambda m: m.direction == "in").partner_id
                self.assertEqual(partner.email_normalized, row["person"]["email"])
        handles = self.env["hootsuite.handle"].search([])
        keys = [(handle.network, handle.key) for handle in handles]
        self.assertEqual(len(keys), len(set(keys)))

    def check_route(self, row):
        """Return what is not as the table says."""
        messages = self.messages_of(row).filtered(lambda message: message.direction == "in")
        if not messages:
            return []
        first, *rest = messages.sorted(lambda message: message._place_in_thread())
        known, new, resolved = TABLE[row["kind"]]
        action = known if row["person"]["customer"] else new
        if row["heard"] == "write_back" and resolved:
            action = resolved
        if first.kind in ("mention", "share") and action == "activity":
            # Said in public, in a story or a post: a lead also when the author is a customer, except
            # where he wants to buy.
            action = action if row["kind"] == "purchase" else "lead"
        backend = self.env["hootsuite.ticket"]._backend()
        if action == "ticket" and not backend:
            action = "activity"
        wrong = []
        if first.route_action != action:
            wrong.append(
                (row["kind"], row["heard"], first.text, first.route_action, action, first.language)
            )
        for message in messages:
            if not message.route_reason:
                wrong.append(("no reason", message.text))
        if first.state == "routed":
            if first.target_model not in KINDS_OF_TARGET[action]:
                wrong.append(("target", first.text, first.target_model))
            for message in rest:
                if (message.state, message.target_id) != ("followup", first.target_id):
                    wrong.append(("follow-up", message.text, message.state))
        return wrong
