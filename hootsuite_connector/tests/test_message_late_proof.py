"""Who somebody is may be told after his first words: he stands once all the same (H7)."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import HootsuiteCase, inbox_message, sample
from .message_common import contact

OFFER = "I would like to buy twelve tents for our club. Can you make me an offer?"


@tagged("post_install", "-at_install")
class TestLateProof(HootsuiteCase):
    def started(self, number, email, medium="fb"):
        """The event that names the e-mail address; here it comes late."""
        body = sample("inbox_vai_conversation_started")
        body["idempotencyKey"] = f"started-{number}-{medium}"
        body["timestamp"] = inbox_message()["timestamp"]
        body["data"].update(
            conversationId=f"talk-{number}-{medium}",
            medium={"id": medium},
            contactProfile=contact(f"{number}-{medium}"),
            contactAttributes=[{"attribute": "email", "value": email, "source": "CRM_CONFIRMED"}],
        )
        self.apply(body)

    def wrote(self, number, medium="fb", text=OFFER):
        self.apply(
            inbox_message(
                text,
                contact=contact(f"{number}-{medium}"),
                medium=medium,
                conversation=f"talk-{number}-{medium}",
            )
        )
        return self.env["hootsuite.handle"].search([], limit=1, order="id desc")

    def customer(self, **values):
        return self.env["res.partner"].create(
            {"name": "Known Customer", "email": "late@people.example", **values}
        )

    def test_contact_made_before_goes_into_the_customer(self):
        customer = self.customer()
        handle = self.wrote(1)
        made = handle.partner_id
        self.assertTrue(made and made != customer)
        message = handle.message_ids
        self.assertTrue(message.target_id)
        self.started(1, "Late@People.example")
        self.assertEqual(handle.partner_id, customer)
        self.assertFalse(handle.partner_made)
        self.assertFalse(made.exists())
        self.assertEqual(message.partner_id, customer)
        self.assertEqual(message.thread_id.partner_id, customer)
        work = self.env[message.target_model].browse(message.target_id).exists()
        self.assertTrue(work)
        if work._name == "crm.lead":
            self.assertEqual(work.partner_id, customer)
        self.assertEqual(
            self.env["res.partner"].search_count(
                [("email_normalized", "=", "late@people.example")]
            ),
            1,
        )

    def test_work_on_the_contact_itself_is_still_found(self):
        """An activity on the contact moves with it, and the message still leads there."""
        customer = self.customer()
        handle = self.wrote(2)
        made, message = handle.partner_id, handle.message_ids
        activity = made.activity_schedule("mail.mail_activity_data_todo", summary="Call back")
        message.write({"target_model": "res.partner", "target_id": made.id})
        self.started(2, "late@people.example")
        self.assertEqual(message.target_id, customer.id)
        self.assertEqual(activity.exists().res_id, customer.id)

    def test_two_networks_without_customer_become_the_older_contact(self):
        first, second = self.wrote(3, "fb"), self.wrote(3, "whatsapp")
        older = first.partner_id
        self.assertTrue(second.partner_id and second.partner_id != older)
        self.started(3, "late@people.example", "whatsapp")
        self.started(3, "late@people.example", "fb")
        self.assertEqual((first | second).partner_id, older)
        self.assertEqual((first | second).mapped("partner_made"), [True, True])

    def test_contact_that_others_belong_to_stays(self):
        customer = self.customer()
        handle = self.wrote(4)
        made = handle.partner_id
        made.write({"child_ids": [Command.create({"name": "His assistant"})]})
        self.started(4, "late@people.example")
        self.assertEqual(handle.partner_id, made)
        self.assertTrue(made.exists() and customer.exists())

    def test_contact_with_another_address_stays(self):
        self.customer()
        handle = self.wrote(5)
        handle.partner_id.email = "private@people.example"
        self.started(5, "late@people.example")
        self.assertEqual(handle.partner_id.email, "private@people.example")

    def test_contact_chosen_by_a_person_stays(self):
        self.customer()
        handle = self.wrote(6)
        chosen = self.env["res.partner"].create({"name": "Chosen by hand"})
        boss = new_test_user(
            self.env, login="late_boss", groups="hootsuite_connector.group_hootsuite_manager"
        )
        handle.with_user(boss).partner_id = chosen
        self.started(6, "late@people.example")
        self.assertEqual(handle.partner_id, chosen)
