"""Who writes: handles and contacts, found or made without duplicates (H7)."""

import threading

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.tests.common import CommittedCase, let_threads_work, use_new_key

from .common import HootsuiteCase, HootsuiteMixin, inbox_message
from .message_common import contact, relayed, write_back


def attributes(**values):
    """Return contact attributes that the CRM confirmed."""
    return [
        {"attribute": name, "value": value, "source": "CRM_CONFIRMED"}
        for name, value in values.items()
    ]


@tagged("post_install", "-at_install")
class TestPeople(HootsuiteCase):
    def handles(self):
        return self.env["hootsuite.handle"].search([], order="id")

    def partners(self, **values):
        return self.env["res.partner"].search(
            [(name, "=", value) for name, value in values.items()]
        )

    def wrote(self, number, text="I would like to buy ten tents, make me an offer", **values):
        values.setdefault("conversation", f"talk-{number}")
        self.apply(inbox_message(text, contact=contact(number), **values))

    def test_somebody_new_becomes_one_contact(self):
        self.wrote(1)
        self.wrote(1, conversation="another")
        handle = self.handles()
        self.assertEqual(len(handle), 1)
        self.assertEqual(handle.partner_id.name, "Person 1")
        self.assertEqual(len(self.partners(name="Person 1")), 1)
        self.assertEqual(len(handle.thread_ids), 2)

    def test_existing_customer_is_found_by_address_under_another_name(self):
        customer = self.env["res.partner"].create(
            {"name": "Ada Buyer", "email": "Ada@Shop.Example"}
        )
        self.apply(
            write_back(
                "t1", [("a", "INBOUND", "Make me an offer, I want to order tents")],
                contactProfile=contact(7, "ada.outdoors", "@ada.outdoors"), medium="instagram",
                contactAttributes=attributes(email="ada@shop.example"),
            )
        )  # fmt: skip
        handle = self.handles()
        self.assertEqual(handle.partner_id, customer)
        self.assertFalse(handle.partner_made)
        self.assertEqual(handle.handle, "ada.outdoors")
        self.assertEqual(len(self.partners(email_normalized="ada@shop.example")), 1)

    def test_existing_customer_is_found_by_phone_however_written(self):
        customer = self.env["res.partner"].create({"name": "Bo", "phone": "0032 2 555 01 99"})
        self.apply(
            inbox_message("Hello, do you ship tents?", medium="whatsapp",
                          contact=contact(8, "Bo", "+32 (2) 555-01.99"))
        )  # fmt: skip
        self.assertEqual(self.handles().partner_id, customer)

    def test_two_handles_with_one_address_are_one_contact(self):
        for number, medium in ((1, "fb"), (2, "instagram")):
            self.apply(
                write_back(
                    f"t{number}", [(f"m{number}", "INBOUND", "I want to buy twelve tents, a quote please")],
                    contactProfile=contact(number), medium=medium,
                    contactAttributes=attributes(email="same@people.example"),
                )
            )  # fmt: skip
        self.assertEqual(len(self.handles()), 2)
        self.assertEqual(len(self.handles().partner_id), 1)
        self.assertEqual(len(self.partners(email_normalized="same@people.example")), 1)

    def test_both_in_one_batch_are_one_contact_too(self):
        self.relay(
            relayed("1", "I want to buy a tent, what does it cost?", {"id": "x", "name": "Cy", "email": "cy@people.example"}, "facebook"),
            relayed("2", "I want to buy a tent, what does it cost?", {"id": "y", "name": "cy", "email": "CY@people.example"}, "linkedin"),
        )  # fmt: skip
        self.assertEqual(len(self.handles()), 2)
        self.assertEqual(len(self.partners(email_normalized="cy@people.example")), 1)

    def test_handle_letters_do_not_matter(self):
        self.relay(
            relayed("1", "Nice shop you have there", {"handle": "@Ada.Writes"}, "instagram"),
            relayed("2", "And a nice garden too", {"handle": "ada.writes"}, "instagram"),
        )
        self.assertEqual(len(self.handles()), 1)

    def test_a_handle_that_changed_hands_is_somebody_else(self):
        self.relay(relayed("1", "First owner of the name", {"id": "one", "handle": "ada"}))
        self.relay(relayed("2", "Second owner of the name", {"id": "two", "handle": "ada"}))
        self.assertEqual(len(self.handles()), 2)

    def test_a_bare_handle_and_its_id_become_one_when_both_are_told(self):
        self.relay(relayed("1", "I know you by the handle", {"handle": "eve"}))
        self.relay(relayed("2", "I know you by the number", {"id": "77"}))
        self.assertEqual(len(self.handles()), 2)
        self.relay(
            relayed("3", "Both of them are mine", {"id": "77", "handle": "eve", "name": "Eve"})
        )
        handle = self.handles()
        self.assertEqual(len(handle), 1)
        self.assertEqual(len(handle.message_ids), 3)
        self.assertEqual((handle.handle, handle.name), ("eve", "Eve"))

    def test_several_contacts_with_one_address_the_oldest_person_is_taken_and_told(self):
        company = self.env["res.partner"].create(
            {"name": "Firm", "email": "info@firm.example", "is_company": True}
        )
        first = self.env["res.partner"].create({"name": "One", "email": "info@firm.example"})
        second = self.env["res.partner"].create({"name": "Two", "email": "info@firm.example"})
        self.relay(relayed("1", "A word from us all", {"id": "f", "email": "info@firm.example"}))
        self.assertEqual(self.handles().partner_id, first)
        issue = self.env["connector.data.issue"].search([("res_model", "=", "hootsuite.handle")])
        self.assertEqual(len(issue), 1)
        for partner in (company, first, second):
            self.assertIn(str(partner.id), issue.message)
        self.relay(
            relayed("2", "Another word from us all", {"id": "f", "email": "info@firm.example"})
        )
        self.assertEqual(
            self.env["connector.data.issue"].search_count([("res_model", "=", "hootsuite.handle")]),
            1,
        )

    def test_contacts_of_another_company_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other company"})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "email": "dan@people.example", "company_id": other.id}
        )
        self.relay(
            relayed(
                "1",
                "I want to buy tents, a quote please",
                {"id": "d", "email": "dan@people.example"},
            )
        )
        self.assertTrue(self.handles().partner_id)
        self.assertNotEqual(self.handles().partner_id, theirs)

    def test_colleagues_and_our_own_profiles_never_become_contacts(self):
        user = new_test_user(self.env, "colleague@ours.example", groups="base.group_user")
        user.partner_id.email = "colleague@ours.example"
        self.env["hootsuite.profile"].create(
            {
                "integration_id": self.integration.id,
                "hootsuite_id": "5",
                "name": "our_shop",
                "network": "instagram",
                "network_ref": "4711",
            }
        )
        self.relay(
            relayed(
                "1", "URGENT: everything is broken", {"id": "a", "email": "Colleague@ours.example"}
            ),
            relayed("2", "URGENT: everything is broken", {"id": "b", "handle": "Our_Shop"}),
            relayed("3", "URGENT: everything is broken", {"id": "4711", "name": "Us"}),
        )
        self.assertEqual(self.handles().mapped("is_own"), [True] * 3)
        self.assertFalse(self.handles().partner_id)
        messages = self.env["hootsuite.message"].search([])
        self.assertEqual(set(messages.mapped("state")), {"ignored"})
        self.assertIn("colleague", messages[0].route_reason)

    def test_advertisers_never_become_contacts(self):
        before = self.env["res.partner"].search_count([])
        self.relay(
            relayed("1", "Buy followers cheap, 10k for 9.99", {"id": "s", "name": "Spammer"})
        )
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertFalse(self.handles().partner_id)

    def test_merging_contacts_keeps_their_handles(self):
        self.wrote(1)
        self.wrote(2)
        first, second = self.handles().partner_id
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first | second).ids, first)
        self.env.invalidate_all()
        self.assertEqual(self.handles().partner_id, first)
        self.assertEqual(first.hootsuite_message_count, 2)
        messages = self.env["hootsuite.message"].search([])
        self.assertEqual(messages.partner_id, first)
        self.wrote(2, conversation="later")
        self.assertEqual(self.handles().partner_id, first)

    def test_deleted_contact_leaves_messages_and_is_made_again_when_work_needs_one(self):
        self.wrote(1)
        handle = self.handles()
        self.env["crm.lead"].search([("partner_id", "=", handle.partner_id.id)]).unlink()
        handle.partner_id.unlink()
        self.env.invalidate_all()
        self.assertEqual(len(handle.message_ids), 1)
        self.wrote(1, conversation="again")
        self.assertTrue(handle.partner_id)

    def test_smart_button(self):
        self.wrote(1)
        partner = self.handles().partner_id
        user = new_test_user(self.env, "hu", groups="hootsuite_connector.group_hootsuite_user,base.group_partner_manager")  # fmt: skip
        mine = partner.with_user(user)
        self.assertEqual(mine.hootsuite_message_count, 1)
        action = mine.action_view_hootsuite_messages()
        self.assertEqual(self.env["hootsuite.message"].search(action["domain"]).partner_id, partner)

    def test_lookup_knows_who_wrote(self):
        self.wrote(1)
        partner = self.handles().partner_id

        class Asked:
            contact_key, email, phone = "contact-1", None, None

        self.assertEqual(self.integration._lookup_partner(Asked), partner)


@tagged("post_install", "-at_install")
class TestPeopleTogether(HootsuiteMixin, CommittedCase):
    """Two workers see the same new person at once: one contact in the end."""

    integration_model = "hootsuite.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        let_threads_work(self)
        with self.committed() as env:
            account = self.new_integration(env, name="Together")
            self.account_id = account.id
            # Known channels: the workers meet at the person, not at the channel before.
            for medium in ("facebook", "instagram"):
                env["hootsuite.message.channel"].create(
                    {
                        "integration_id": account.id,
                        "channel_ref": f"channel-{medium}",
                        "name": medium,
                        "network": medium,
                    }
                )
        self.addCleanup(self.delete_people)

    def delete_people(self):
        with self.committed() as env:
            handles = env["hootsuite.handle"].search([])
            partners = handles.partner_id
            env["crm.lead"].search([("partner_id", "in", partners.ids)]).unlink()
            env["hootsuite.thread"].search([]).unlink()
            handles.unlink()
            partners.unlink()
            env.cr.execute("DELETE FROM queue_job WHERE starts_with(model_name, 'hootsuite.')")

    def work(self, body, barrier, errors):
        """What a drain does with one batch: its own transaction, repeated when it must be."""
        for attempt in range(6):
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    integration = env["hootsuite.integration"].browse(self.account_id)
                    fact, _issues = integration._connector_parse(
                        "inbox.conversation_resolved", body
                    )
                    if attempt == 0:
                        # Both have their snapshot before either inserts.
                        env["hootsuite.handle"].search([])
                        barrier.wait(20)
                    env["hootsuite.message"]._apply_conversations(integration, [fact])
                    env.flush_all()
                return
            except psycopg2.OperationalError:
                continue
            except Exception as exc:  # noqa: BLE001 (told by the test's own thread)
                errors.append(exc)
                return
        errors.append(AssertionError("never succeeded"))

    def run_both(self, *bodies):
        barrier, errors = threading.Barrier(2), []
        workers = [
            threading.Thread(target=self.work, args=(body, barrier, errors)) for body in bodies
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        self.assertFalse(errors)

    def test_same_handle_in_two_conversations(self):
        bodies = [
            write_back(f"t{n}", [(f"m{n}", "INBOUND", "I want to buy tents, a quote please")],
                       contactProfile=contact(1, "Twice Seen"), contactAttributes=[],
                channel={"id": "channel-facebook", "name": "facebook"})
            for n in (1, 2)
        ]  # fmt: skip
        self.run_both(*bodies)
        with self.committed() as env:
            self.assertEqual(env["hootsuite.handle"].search_count([]), 1)
            self.assertEqual(env["hootsuite.message"].search_count([]), 2)
            self.assertEqual(env["res.partner"].search_count([("name", "=", "Twice Seen")]), 1)

    def test_one_address_under_two_handles(self):
        bodies = [
            write_back(f"t{n}", [(f"m{n}", "INBOUND", "I want to buy tents, a quote please")],
                       contactProfile=contact(n, "Same Person"), medium=medium,
                       contactAttributes=attributes(email="one@person.example"),
                       channel={"id": f"channel-{name}", "name": name})
            for n, medium, name in ((1, "fb", "facebook"), (2, "instagram", "instagram"))
        ]  # fmt: skip
        self.run_both(*bodies)
        with self.committed() as env:
            self.assertEqual(env["hootsuite.handle"].search_count([]), 2)
            self.assertEqual(
                env["res.partner"].search_count([("email_normalized", "=", "one@person.example")]),
                1,
            )
