from odoo.tests import tagged

from .common import HootsuiteHttpCase, sample


@tagged("post_install", "-at_install")
class TestLookup(HootsuiteHttpCase):
    """An agent presses Lookup in Hootsuite."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.partner"].create({"name": "Example Corp", "is_company": True})
        cls.fred = cls.env["res.partner"].create(
            {
                "name": "Fred Contact",
                "email": "Fred.Contact@Example.com",
                "phone": "+32 2 555 01 00",
                "parent_id": cls.company.id,
            }
        )

    def values(self, response):
        self.assertEqual(response.status_code, 200)
        body = response.json()
        self.assertIs(body["autoConfirm"], False)
        return {row["attribute"]: row["value"] for row in body["contactAttributes"]}

    def assert_silent(self, response):
        self.assertEqual((response.status_code, response.content), (200, b""))

    def test_version_two(self):
        found = self.values(self.deliver_crm(sample("inbox_crm_lookup_request")))
        self.assertEqual(
            found,
            {
                "id": str(self.fred.id),
                "first_name": "Fred",
                "last_name": "Contact",
                "email": "fred.contact@example.com",
                "phone": "+32 2 555 01 00",
                "company": "Example Corp",
            },
        )
        self.assertFalse(self.inbox(), "a look-up is no event")

    def test_version_one(self):
        found = self.values(self.deliver_crm(sample("inbox_crm_lookup_request_v1")))
        self.assertEqual(found["id"], str(self.fred.id))

    def test_by_phone_however_it_is_written(self):
        self.fred.email = False
        found = self.values(self.deliver_crm({"phone": "+3225550100"}))
        self.assertEqual(found["id"], str(self.fred.id))
        self.assertNotIn("email", found, "an empty value would delete it at Hootsuite")

    def test_two_contacts_with_one_number(self):
        self.fred.copy({"email": False, "phone": "0032-25550100"[2:]})
        self.assert_silent(self.deliver_crm({"phone": "+3225550100"}))

    def test_nobody_found(self):
        self.assert_silent(self.deliver_crm({"email": "nobody@example.com"}))

    def test_two_contacts_with_one_address(self):
        self.fred.copy({"email": self.fred.email})
        self.assert_silent(self.deliver_crm(sample("inbox_crm_lookup_request")))

    def test_contact_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.fred.parent_id = False
        self.fred.company_id = other
        self.assert_silent(self.deliver_crm(sample("inbox_crm_lookup_request")))

    def test_wildcards_find_nobody(self):
        self.assert_silent(self.deliver_crm({"email": "%", "phone": "%%%%%%%"}))

    def test_silent_account(self):
        self.integration.lookup_policy = "silent"
        self.assert_silent(self.deliver_crm(sample("inbox_crm_lookup_request")))

    def test_unsigned(self):
        response = self.deliver_crm(sample("inbox_crm_lookup_request"), signed="")
        self.assertEqual(response.status_code, 401)
        self.assertNotIn("Fred", response.text)

    def test_who_looked_is_kept(self):
        self.deliver_crm(sample("inbox_crm_lookup_request"))
        line = self.env["connector.api.log"].search(
            [("integration_id", "=", self.integration.id), ("kind", "=", "access")]
        )
        self.assertEqual(len(line), 1)
        self.assertIn(str(self.fred.id), line.route)
        self.assertNotIn("Fred", line.route)
