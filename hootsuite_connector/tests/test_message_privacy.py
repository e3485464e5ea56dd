"""Retention, export and erasure of one person, in every copy (H15, B14)."""

import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import HootsuiteCase, inbox_message
from .message_common import contact, relayed, write_back

SECRET_TEXT = "My zzyzxword tent is broken, refund me"


@tagged("post_install", "-at_install")
class TestMessagePrivacy(HootsuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "privacy_manager", groups="hootsuite_connector.group_hootsuite_manager"
        )

    def setUp(self):
        super().setUp()
        author = {"id": "zzyzx-author", "handle": "zzyzxhandle", "name": "Zora Zzyzx",
                  "email": "zora@zzyzx.example"}  # fmt: skip
        self.relay(
            relayed("z1", SECRET_TEXT, author, thread="zt", attachments=[{"url": "https://files.example/zzyzx.png"}]),
            relayed("z2", "I want an offer for zzyzxword tents", author, thread="zt2"),
            relayed("z3", "And one thing more, zzyzxword", author, thread="zt2"),
            relayed("o1", "Somebody else wants an offer for tents", {"id": "other-author", "name": "Other"}),
        )  # fmt: skip
        self.handle = self.env["hootsuite.handle"].search([("handle", "=", "zzyzxhandle")])
        message = self.handle.message_ids.filtered("file_ids")
        self.attachment = self.env["ir.attachment"].create(
            {
                "name": "zzyzx.png",
                "raw": b"x",
                "res_model": "hootsuite.message",
                "res_id": message.id,
            }
        )
        message.file_ids.attachment_id = self.attachment
        # A dead letter and a log line that hold the person's data.
        self.env["connector.event"].search([("external_key", "=", "relay:z2")]).write(
            {"state": "dead", "error": "failed on zora@zzyzx.example"}
        )
        self.log = self.env["connector.api.log"].create(
            {
                "integration_model": "hootsuite.integration", "integration_id": self.integration.id,
                "kind": "call", "method": "PUT", "route": "/x", "path": "/x",
                "request": '{"email": "zora@zzyzx.example"}', "response": "ok",
            }
        )  # fmt: skip
        self.env.flush_all()

    def found(self, text):
        """Return where a text still stands, in any column of any table that messages touch."""
        places = []
        for model in (
            "hootsuite.handle", "hootsuite.handle.identity", "hootsuite.thread", "hootsuite.message",
            "hootsuite.message.file", "connector.event", "connector.api.log", "connector.data.issue",
            "connector.proof", "ir.attachment", "mail.message", "mail.activity", "crm.lead",
        ):  # fmt: skip
            table = self.env[model]._table
            self.env.cr.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', (f"%{text}%",)
            )
            count = self.env.cr.fetchone()[0]
            if count:
                places.append((model, count))
        return places

    def wizard(self, **values):
        return self.env["hootsuite.message.person"].with_user(self.manager).create(values)

    def test_erase_leaves_nothing_and_a_proof(self):
        others = self.env["hootsuite.message"].search([("author_name", "=", "Other")])
        self.assertTrue(self.found("zzyzxword"))
        wizard = self.wizard(search_text="@ZzyzxHandle")
        wizard.action_search()
        self.assertEqual(wizard.handle_ids, self.handle)
        self.assertEqual(wizard.message_count, 3)
        wizard.action_erase()
        self.env.flush_all()
        self.env.invalidate_all()
        for text in ("zzyzxword", "zzyzxhandle", "zora@zzyzx", "zzyzx.png", "Zora"):
            self.assertEqual(self.found(text), [], text)
        self.assertFalse(self.attachment.exists())
        proof = self.env["connector.proof"].search([], limit=1)
        self.assertEqual(proof.kind, "erasure")
        self.assertEqual(proof.counts["hootsuite.message"], 3)
        self.assertEqual(proof.counts["ir.attachment"], 1)
        self.assertTrue(proof.intact)
        self.assertTrue(others.exists(), "others are not touched")
        self.assertIn("offer for tents", others.text)
        event = self.env["connector.event"].search([("external_key", "=", "relay:o1")])
        self.assertIn("offer for tents", event.payload)

    def test_what_was_erased_does_not_come_back_with_a_repeated_delivery(self):
        body = inbox_message("I want an offer for hats", conversation="w", contact=contact(5))
        self.apply(body)
        self.env["hootsuite.handle"].search([("name", "=", "Person 5")])._erase_person()
        row = self.env["connector.event"].search(
            [("external_key", "=", f"agent:{body['idempotencyKey']}")]
        )
        self.assertNotIn("hats", row.payload)
        from ..adapters import envelopes  # noqa: PLC0415 (only this test looks at the inbox itself)

        counts = self.env["connector.event"]._intake(self.integration, envelopes.split(body))
        self.assertEqual((counts["created"], counts["doubled"]), (0, 1))

    def test_export_holds_all_that_is_known(self):
        wizard = self.wizard(partner_id=self.handle.partner_id.id)
        wizard.action_search()
        wizard.action_export()
        data = json.loads(base64.b64decode(wizard.export_file))
        (handle,) = data["handles"]
        self.assertEqual((handle["handle"], handle["email"]), ("zzyzxhandle", "zora@zzyzx.example"))
        texts = [m["text"] for talk in handle["conversations"] for m in talk["messages"]]
        self.assertEqual(len(texts), 3)
        self.assertIn(SECRET_TEXT, texts)
        self.assertNotIn("Somebody else", json.dumps(data))
        audit = self.env["connector.api.log"].search([("kind", "=", "access")])
        self.assertTrue(
            audit.filtered(lambda row: "exported" in (row.request or row.path or row.route or ""))
        )

    def test_only_managers(self):
        user = new_test_user(self.env, "pu", groups="hootsuite_connector.group_hootsuite_user")
        with self.assertRaises(AccessError):
            self.env["hootsuite.message.person"].with_user(user).create({"search_text": "x"})
        with self.assertRaises(AccessError):
            self.handle.with_user(user).unlink()
        # A context that a caller chooses does not switch erasure off.
        self.handle.with_user(self.manager).with_context(hootsuite_absorbed=True).unlink()
        self.env.flush_all()
        self.assertEqual(self.found("zzyzxword"), [])

    def test_privacy_lookup_finds_and_erases(self):
        if "privacy.lookup.wizard" not in self.env:
            self.fail("privacy_lookup comes with mail on both series")
        lookup = self.env["privacy.lookup.wizard"].create(
            {"name": "Zora Zzyzx", "email": "zora@zzyzx.example"}
        )
        lookup.action_lookup()
        models = set(lookup.line_ids.mapped("res_model"))
        self.assertLessEqual({"hootsuite.handle", "res.partner"}, models)
        lines = lookup.line_ids.filtered(lambda line: line.res_model == "hootsuite.handle")
        lines.action_unlink_all()
        self.env.flush_all()
        self.assertEqual(self.found("zzyzxword"), [])
        self.assertTrue(self.env["connector.proof"].search([("kind", "=", "erasure")]))

    def test_retention(self):
        old = fields.Datetime.now() - timedelta(days=40)
        self.integration.keep_days = 30
        self.env["hootsuite.message"].search([]).write({"at": fields.Datetime.now()})
        self.env["hootsuite.thread"].search([]).write({"last_at": fields.Datetime.now()})
        self.handle.thread_ids.write({"last_at": old})
        self.env["hootsuite.message"]._cron_retention()
        self.env.flush_all()
        self.assertFalse(self.handle.exists())
        self.assertEqual(self.found("zzyzxword"), [])
        self.assertEqual(self.env["hootsuite.message"].search([]).mapped("author_name"), ["Other"])

    def test_zero_keeps_for_ever(self):
        self.integration.keep_days = 0
        self.handle.thread_ids.write({"last_at": "2001-01-01 00:00:00"})
        self.env["hootsuite.message"]._cron_retention()
        self.assertTrue(self.handle.exists())

    def test_deleting_one_message_erases_its_copies_only(self):
        message = self.env["hootsuite.message"].search([("external_id", "=", "relay:z1")])
        message.with_user(self.manager).unlink()
        self.env.flush_all()
        events = self.env["connector.event"]
        self.assertNotIn("zzyzxword", events.search([("external_key", "=", "relay:z1")]).payload)
        self.assertIn("zzyzxword", events.search([("external_key", "=", "relay:z3")]).payload)

    def test_transcript_of_an_erased_person_is_blank_too(self):
        self.apply(write_back("t7", [("q", "INBOUND", "The qqword is broken")], contactProfile=contact(70), contactAttributes=[]))  # fmt: skip
        self.env["hootsuite.handle"].search([("name", "=", "Person 70")]).unlink()
        self.env.flush_all()
        self.assertEqual(self.found("qqword"), [])
