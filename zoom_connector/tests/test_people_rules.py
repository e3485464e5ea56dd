import time

import psycopg2

from odoo import api
from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data

from ..models.zoom_meeting_instance import InstancePatch
from ..tools import addresses, patterns, people
from .common import ZoomCase, sample


class PeopleCase(ZoomCase):
    """People who attend one held meeting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.integration.partner_policy = "create"

    def attend(self, *persons, uuid=None):
        """Let people join; each is (name, e-mail) or (name, e-mail, Zoom id)."""
        for index, (name, email, *zoom_id) in enumerate(persons):
            body = sample("meeting.participant_joined")
            if uuid:
                body["payload"]["object"]["uuid"] = uuid
            row = body["payload"]["object"]["participant"]
            for field in ("id", "participant_user_id", "participant_uuid"):
                row[field] = ""
            row.update(user_name=name, email=email, user_id=f"{index}-{name}", id="".join(zoom_id))
            self.apply(body)
        return self.people()

    def people(self):
        everybody = self.env["zoom.participant"].with_context(active_test=False)
        found = everybody.search([("integration_id", "=", self.integration.id)])
        return {one.name: one for one in found}

    def partners(self, *terms):
        return self.env["res.partner"].with_context(active_test=False).search(list(terms))

    def rule(self, **values):
        return self.env["zoom.user.rule"].create(
            {"name": "Test rule", "sequence": 1, "kind": "domain", **values}
        )

    def issues(self):
        return self.env["connector.data.issue"].search(
            [("integration_id", "=", self.integration.id), ("res_model", "=", "res.partner")]
        )


@tagged("post_install", "-at_install")
class TestPartners(PeopleCase):
    """Contacts are found or made once, whatever the address looks like."""

    def test_case_and_plus_addresses_are_one(self):
        seen = self.attend(
            ("Nora", "Nora.New@Client.example"),
            ("Nora again", "nora.new@client.example"),
            ("Nora tagged", "nora.new+zoom@client.example"),
        )
        partner = seen["Nora tagged"].partner_id
        self.assertTrue(partner)
        self.assertEqual({one.partner_id for one in seen.values()}, {partner})
        self.assertEqual(
            len(self.partners(("email_normalized", "=like", "nora.new%client.example"))), 1
        )

    def test_tagged_first_then_bare(self):
        first = self.attend(("Nora tagged", "nora+a@client.example"))["Nora tagged"].partner_id
        second = self.attend(("Nora", "nora@client.example"), uuid="b==")["Nora"].partner_id
        self.assertEqual(first, second)

    def test_exact_address_before_one_that_differs_in_the_tag(self):
        bare = self.env["res.partner"].create({"name": "Kim", "email": "kim@client.example"})
        tagged_one = self.env["res.partner"].create({"name": "K", "email": "kim+x@client.example"})
        seen = self.attend(("A", "kim+x@client.example"), ("B", "kim+y@client.example"))
        self.assertEqual(seen["A"].partner_id, tagged_one)
        self.assertEqual(seen["B"].partner_id, bare)

    def test_several_contacts_with_one_address(self):
        """The named one, then a person, then the oldest; and one question, however often."""
        company = self.env["res.partner"].create(
            {"name": "Shop", "email": "shop@client.example", "is_company": True}
        )
        older = self.env["res.partner"].create({"name": "Lea", "email": "SHOP@client.example"})
        named = self.env["res.partner"].create({"name": "Max", "email": "shop@client.example"})
        seen = self.attend(("max ", "shop@client.example"))
        self.assertEqual(seen["max"].partner_id, named)
        seen = self.attend(("Somebody", "shop@client.example"), uuid="b==")
        self.assertEqual(seen["Somebody"].partner_id, older)
        issue = self.issues()
        self.assertEqual(set(issue.mapped("res_id")), {named.id, older.id})
        self.assertIn(str(company.id), issue[0].message)
        self.assertTrue(issue[0].remedy)
        self.attend(("Somebody", "shop@client.example"), uuid="c==")
        self.assertEqual(self.issues(), issue)

    def test_archived_contact_is_neither_used_nor_doubled(self):
        gone = self.env["res.partner"].create({"name": "Gone", "email": "gone@client.example"})
        gone.active = False
        seen = self.attend(("Gone", "gone@client.example"))
        self.assertFalse(seen["Gone"].partner_id)
        self.assertEqual(self.partners(("email_normalized", "=", "gone@client.example")), gone)

    def test_contact_that_was_made_and_corrected_is_not_made_again(self):
        made = self.attend(("Typo", "typo@client.example"))["Typo"].partner_id
        made.email = "right@client.example"
        seen = self.attend(("Typo again", "typo@client.example"), uuid="b==")
        self.assertEqual(seen["Typo again"].partner_id, made)

    def test_choice_of_a_person_stays(self):
        other = self.env["res.partner"].create({"name": "Other", "email": "other@else.example"})
        seen = self.attend(("Nora", "nora@client.example"))
        seen["Nora"].partner_id = other
        seen = self.attend(("Nora", "nora@client.example"))
        self.assertEqual(seen["Nora"].partner_id, other)
        nora = seen["Nora"]
        nora.partner_id = False
        self.attend(("Nora", "nora@client.example"))
        self.assertFalse(nora.partner_id)

    def test_two_workers_at_once_make_one_contact(self):
        """The second transaction collides with the first and finds the contact when it is repeated."""
        registry = self.env.registry
        address = "racer@client.example"

        def make(cr):
            env = api.Environment(cr, self.env.uid, {})
            account = env["zoom.integration"].new({"company_id": False})
            return env["zoom.people"]._make_contacts(account, {address: "Racer"})[address].id

        with registry.cursor() as first, registry.cursor() as second:
            for cr in (first, second):
                cr.execute("SELECT count(*) FROM res_partner")  # neither has seen the other's work
            made = make(first)
            first.commit()
            try:
                quiet = mute_logger("odoo.sql_db")
                with quiet, self.assertRaises(psycopg2.IntegrityError):
                    make(second)
                second.rollback()
                with registry.cursor() as again:
                    self.assertEqual(make(again), made)
            finally:
                second.rollback()
                api.Environment(first, self.env.uid, {})["res.partner"].browse(made).unlink()
                first.commit()


@tagged("post_install", "-at_install")
class TestOwnStaff(PeopleCase):
    """Own people are linked to what there is of them and never become contacts."""

    def test_zoom_user_is_linked_to_the_odoo_user(self):
        seen = self.attend(("Ada", "ada.host@example.com", "HostAdaExample00000001"))
        self.assertEqual(seen["Ada"].partner_id, self.ada.partner_id)
        self.assertEqual(seen["Ada"].affiliation, "staff")

    def test_zoom_user_mapped_by_hand(self):
        """The Zoom user's private address belongs to the Odoo user whom the manager chose."""
        zoom_user = self.env["zoom.user"]._upsert(
            self.integration,
            [{"zoom_id": "ZPRIV", "email": "private@mail.example", "status": "active"}],
            5,
        )["ZPRIV"]
        zoom_user.user_id = self.ada
        seen = self.attend(("Ada at home", "private@mail.example"))
        self.assertEqual(seen["Ada at home"].partner_id, self.ada.partner_id)

    def test_zoom_user_without_odoo_user(self):
        self.env["zoom.user"]._upsert(
            self.integration,
            [{"zoom_id": "ZNEW", "email": "new@mail.example", "status": "active"}],
            5,
        )
        seen = self.attend(("New", "New+zoom@mail.example"), ("By id", "", "ZNEW"))
        for name in ("New", "By id"):
            self.assertEqual(
                (seen[name].affiliation, bool(seen[name].partner_id)), ("staff", False)
            )
        self.assertFalse(self.partners(("email_normalized", "=like", "new%mail.example")))

    def test_zoom_user_who_becomes_known_later(self):
        """Whether Zoom tells of a user before or after he attended makes no difference."""
        self.integration.partner_policy = "find"
        seen = self.attend(("Late", "late+x@mail.example"), ("By id", "", "ZLATE"))
        self.assertEqual({one.affiliation for one in seen.values()}, {"external"})
        users = self.env["zoom.user"]._upsert(
            self.integration,
            [{"zoom_id": "ZLATE", "email": "late@mail.example", "status": "active"}],
            5,
        )
        self.assertEqual({one.affiliation for one in seen.values()}, {"staff"})
        users["ZLATE"].user_id = self.ada
        self.assertEqual({one.partner_id for one in seen.values()}, {self.ada.partner_id})

    def test_odoo_user_with_a_tag(self):
        user = new_test_user(self.env, "tess", email="tess@mail.example")
        seen = self.attend(("Tess", "TESS+zoom@mail.example"))
        self.assertEqual(seen["Tess"].partner_id, user.partner_id)

    def test_own_domains(self):
        self.env.company.email = "info@house.example"
        self.integration.own_domains = "@group.example, sister.example"
        seen = self.attend(
            ("A", "a@house.example"),
            ("B", "b@it.group.example"),
            ("C", "c@sister.example"),
            ("D", "d@another-house.example"),
        )
        kinds = {name: (one.affiliation, bool(one.partner_id)) for name, one in seen.items()}
        staff = ("staff", False)
        self.assertEqual(kinds, {"A": staff, "B": staff, "C": staff, "D": ("contact", True)})

    def test_a_public_provider_is_nobodys_own(self):
        self.env.company.email = "our.little.shop@gmail.com"
        seen = self.attend(("Customer", "customer@gmail.com"))
        self.assertTrue(seen["Customer"].partner_id)

    def test_no_rule_makes_staff_a_contact(self):
        self.integration.own_domains = "house.example"
        self.rule(value="house.example", action="partner")
        seen = self.attend(("A", "a@house.example"))
        self.assertFalse(seen["A"].partner_id)
        self.assertFalse(self.partners(("email_normalized", "=", "a@house.example")))


@tagged("post_install", "-at_install")
class TestRules(PeopleCase):
    """The first rule that fits decides."""

    def test_actions(self):
        known = self.env["res.partner"].create({"name": "K", "email": "known@find.example"})
        boss = new_test_user(self.env, "boss_of_rules", email="boss@mail.example")
        self.rule(value="find.example", action="find")
        self.rule(value="out.example", action="external")
        self.rule(value="bots.example", action="ignore")
        self.rule(value="alias@client.example", kind="address", action="user", user_id=boss.id)
        self.rule(value="nobody.example", action="user")
        self.integration.partner_policy = "find"
        self.rule(value="make.example", action="partner")
        seen = self.attend(
            ("Known", "known@find.example"),
            ("Unknown", "unknown@find.example"),
            ("Out", "out@out.example"),
            ("Bot", "bot@bots.example"),
            ("Boss", "Alias+x@client.example"),
            ("Nobody", "nobody@nobody.example"),
            ("Made", "made@sub.make.example"),
            ("Policy", "policy@client.example"),
        )
        self.assertEqual(seen["Known"].partner_id, known)
        self.assertEqual(seen["Boss"].partner_id, boss.partner_id)
        self.assertEqual(seen["Made"].partner_id.name, "Made")
        for name in ("Unknown", "Out", "Bot", "Nobody", "Policy"):
            self.assertFalse(seen[name].partner_id, name)
        self.assertEqual({n for n, one in seen.items() if not one.active}, {"Bot"})
        held = self.meeting().instance_ids
        self.assertEqual(held.participant_count, 7, "ignored people do not count")
        self.assertNotIn("Bot", held.participant_ids.mapped("name"))

    def test_order_decides(self):
        self.rule(value="vip@order.example", kind="address", action="find", sequence=2)
        first = self.rule(value="order.example", action="external", sequence=1)
        self.env["res.partner"].create({"name": "Vip", "email": "vip@order.example"})
        self.assertFalse(self.attend(("Vip", "vip@order.example"))["Vip"].partner_id)
        first.sequence = 3
        seen = self.attend(("Vip again", "vip@order.example"), uuid="b==")
        self.assertTrue(seen["Vip again"].partner_id)

    def test_rule_of_another_account(self):
        other = self.new_integration(name="Other")
        self.rule(value="client.example", action="external", integration_id=other.id)
        self.assertTrue(self.attend(("Nora", "nora@client.example"))["Nora"].partner_id)

    def test_default_rules(self):
        seen = self.attend(
            ("Fireflies.ai Notetaker Bob", ""),
            ("Somebody's assistant", "bot@fathom.video"),
            ("Machine", "no-reply@client.example"),
            ("+34 6** ***123", ""),
            ("+49 30 123456", "phone.owner@client.example"),
            ("Nora", "nora@client.example"),
        )
        self.assertEqual(
            {n for n, one in seen.items() if not one.active},
            {"Fireflies.ai Notetaker Bob", "Somebody's assistant"},
        )
        self.assertEqual({n for n, one in seen.items() if one.partner_id}, {"Nora"})

    def test_ignored_stays_ignored_in_late_events(self):
        left = sample("meeting.participant_left")
        row = left["payload"]["object"]["participant"]
        self.attend(("Otter.ai", ""))
        for field in ("id", "participant_user_id", "participant_uuid", "email"):
            row[field] = ""
        row.update(user_name="", user_id="0-Otter.ai")
        self.apply(left)
        everybody = self.people()
        self.assertEqual(list(everybody), ["Otter.ai"])
        self.assertFalse(everybody["Otter.ai"].active)
        self.assertEqual(self.meeting().instance_ids.participant_count, 0)

    def test_apply_to_everybody_known(self):
        own_cursors_see_test_data(self)
        seen = self.attend(("Bot", "bot@late.example"), ("Nora", "nora@late2.example"))
        held = self.meeting().instance_ids
        held.write({"attendance_checked": True, "checked_people": 2})
        chosen = self.env["res.partner"].create({"name": "Chosen"})
        seen["Nora"].partner_id = chosen
        self.rule(value="late.example", action="ignore")
        self.rule(value="late2.example", action="external")
        self.env.flush_all()
        self.env["zoom.participant"]._job_apply_rules(page=1)
        self.env.invalidate_all()
        self.assertFalse(seen["Bot"].active)
        self.assertEqual(held.checked_people, 1, "what our own rules moved is no difference")
        self.assertEqual(seen["Nora"].partner_id, chosen)
        self.assertEqual(self.meeting().instance_ids.participant_count, 1)

    def test_reconciliation_counts_ignored_people_as_zoom_does(self):
        self.attend(("Otter.ai", ""), ("Nora", "nora@client.example"))
        self.apply(sample("meeting.ended"))
        held = self.meeting().instance_ids
        self.assertEqual(held.participant_count, 1)
        patch = InstancePatch(
            uuid=held.uuid, zoom_id="81234567890", meeting=[], values={"reported_count": 2}
        )
        job = self.env["zoom.reconcile"]
        self.assertEqual(job._people_differences(held, patch), [])
        patch.values["reported_count"] = 3
        self.assertEqual(job._people_differences(held, patch)[0][1:], ("2", "3"))

    def test_wrong_values_are_refused(self):
        for kind, value in (
            ("address", "no address"),
            ("domain", "a@b.example"),
            ("domain", "nodot"),
            ("pattern", "(unclosed"),
            ("pattern", "(a+)+@x"),
            ("pattern", "a" * 300),
        ):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                self.rule(kind=kind, value=value, action="external")

    def test_tester(self):
        """Says which rule, what would happen and why; changes nothing."""
        self.rule(name="Bots", value="bots.example", action="ignore")
        known = self.env["res.partner"].create({"name": "Kim", "email": "kim@client.example"})
        manager = new_test_user(
            self.env, "rule_manager", groups="base.group_user,zoom_connector.group_zoom_manager"
        )
        people_before = self.env["zoom.participant"].search_count([])
        partners_before = self.partners().ids
        wizard = (
            self.env["zoom.user.rule.test"]
            .with_user(manager)
            .create(
                {
                    "integration_id": self.integration.id,
                    "addresses": "bot@bots.example\nKim <Kim+news@client.example>\n"
                    "nora@client.example; ada.host@example.com\n\nOtter.ai",
                }
            )
        )
        action = wizard.action_test()
        self.assertEqual(action["res_id"], wizard.id)
        lines = {(line.email or line.name): line for line in wizard.line_ids}
        outcomes = {who: line.outcome for who, line in lines.items()}
        self.assertEqual(
            outcomes,
            {
                "bot@bots.example": "ignore",
                "kim+news@client.example": "contact",
                "nora@client.example": "create",
                "ada.host@example.com": "user",
                "Otter.ai": "ignore",
            },
        )
        self.assertEqual(lines["bot@bots.example"].rule_id.name, "Bots")
        self.assertEqual(lines["kim+news@client.example"].partner_id, known)
        self.assertTrue(all(line.why for line in wizard.line_ids))
        self.assertEqual(self.partners().ids, partners_before)
        self.assertEqual(self.env["zoom.participant"].search_count([]), people_before)

    def test_preview_of_the_last_people(self):
        self.attend(("Nora", "nora@client.example"), ("Bot", "bot@later.example"))
        self.attend(("Nora", "nora@client.example"), uuid="b==")
        self.rule(value="later.example", action="ignore")
        wizard = self.env["zoom.user.rule.test"].create(
            {"integration_id": self.integration.id, "last": 5}
        )
        wizard.action_preview()
        outcomes = sorted((line.name, line.outcome) for line in wizard.line_ids)
        self.assertEqual(outcomes, [("Bot", "ignore"), ("Nora", "contact")])


class TestPatterns(BaseCase):
    """What people enter cannot make the server busy."""

    def test_expensive_ones_are_refused(self):
        for text in (
            "(a+)+",
            "(a|aa)*b",
            "(.*)*",
            "(a?){30}a{30}",
            "a?" * 40,
            ".*.*.*.*x",
            r"(\w+)\1",
            "(?=a.*)b.*",
            "(x{1,200}){2}y",
            "(a|b|c|d)(a|b|c|d)" * 12,
        ):
            with self.subTest(pattern=text), self.assertRaises(patterns.PatternError):
                patterns.compile_pattern(text)

    def test_useful_ones_are_taken(self):
        for text, fits, other in (
            (r".*@(sales|support)\.example\.com", "Ada@SALES.example.com", "ada@example.com"),
            (r"[a-z]+\.[a-z]+@example\.com", "ada.host@example.com", "ada@example.com"),
            (r"(Dr\. )?.* \(guest\)", "Ada Host (guest)", "Ada Host"),
            (r"^ada$", "ada", "adamant"),
        ):
            compiled = patterns.compile_pattern(text)
            self.assertTrue(patterns.matches(compiled, fits), text)
            self.assertFalse(patterns.matches(compiled, other), text)

    def test_the_worst_that_is_allowed_is_quick(self):
        """Three open-ended parts against the longest text that almost fits: processor time."""
        compiled = patterns.compile_pattern(".*a.*a.*ab")
        begun = time.process_time()
        self.assertFalse(patterns.matches(compiled, "a" * 5000))
        self.assertLess(time.process_time() - begun, 2.0)

    def test_addresses(self):
        self.assertEqual(addresses.canonical(" A.B+Tag+x@Example.COM "), "a.b@example.com")
        self.assertEqual(addresses.canonical("+only@example.com"), "+only@example.com")
        self.assertEqual(addresses.canonical("no address"), "no address")
        self.assertTrue(addresses.is_in_domain("a@b.c.example", "c.example"))
        self.assertFalse(addresses.is_in_domain("a@bc.example", "c.example"))
        self.assertEqual(people.Observation(at=1).keys, {"name:"})
