"""Who sees and changes what of messages (B15)."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import HootsuiteCase, inbox_message, sample
from .message_common import contact


@tagged("post_install", "-at_install")
class TestMessageAccess(HootsuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "hootsuite_connector.group_hootsuite_user"
        cls.inside = new_test_user(cls.env, "in_team", groups=group)
        cls.seller = new_test_user(
            cls.env, "in_sales_team", groups=f"{group},sales_team.group_sale_salesman"
        )
        cls.outside = new_test_user(cls.env, "out_of_team", groups=group)
        cls.manager = new_test_user(
            cls.env, "message_manager", groups="hootsuite_connector.group_hootsuite_manager"
        )
        cls.stranger = new_test_user(cls.env, "message_stranger", groups="base.group_user")
        member = cls.env["hootsuite.member"].create(
            {"integration_id": cls.integration.id, "hootsuite_id": "1", "user_id": cls.inside.id}
        )
        sales = cls.env["crm.team"].create({"name": "Sellers"})
        cls.env["crm.team.member"].create({"crm_team_id": sales.id, "user_id": cls.seller.id})
        team = cls.env["hootsuite.team"].create(
            {
                "integration_id": cls.integration.id, "hootsuite_id": "1", "name": "Team",
                "member_ids": [(6, 0, member.ids)], "sales_team_id": sales.id,
            }
        )  # fmt: skip
        cls.env["hootsuite.profile"].create(
            {
                "integration_id": cls.integration.id, "hootsuite_id": "1", "network": "facebook",
                "name": "Example support channel", "team_ids": [(6, 0, team.ids)],
            }
        )  # fmt: skip
        cls.apply(cls, sample("inbox_vai_inbound_message_received"))
        cls.message = cls.env["hootsuite.message"].search([])

    def sees(self, user, model="hootsuite.message"):
        return bool(self.env[model].with_user(user).search([]))

    def test_own_teams_only(self):
        for model in ("hootsuite.message", "hootsuite.thread"):
            self.assertTrue(self.sees(self.inside, model))
            self.assertTrue(self.sees(self.seller, model))
            self.assertFalse(self.sees(self.outside, model))
            self.assertTrue(self.sees(self.manager, model))
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.stranger).search([])

    def test_what_is_given_to_somebody_he_sees(self):
        self.message.user_id = self.outside
        self.assertTrue(self.sees(self.outside))
        self.assertFalse(self.sees(self.outside, "hootsuite.thread"))

    def test_channels_of_nobody_are_everybodys(self):
        self.apply(inbox_message("Hello from elsewhere", conversation="e", channel={"id": "9", "name": "Other"}))  # fmt: skip
        self.assertTrue(self.sees(self.outside))

    def test_companies_apart(self):
        company = self.env["res.company"].create({"name": "Other company"})
        foreign = self.new_integration(name="Foreign", company_id=company.id)
        self.apply(
            inbox_message("Hello there", conversation="f", contact=contact(3)), integration=foreign
        )
        mine = self.env["hootsuite.message"].with_user(self.manager).search([])
        self.assertEqual(mine.integration_id, self.integration)
        self.assertEqual(
            self.env["hootsuite.handle"].with_user(self.manager).search([]).company_id,
            self.integration.company_id,
        )

    def test_agents_correct_but_do_not_rewrite(self):
        mine = self.message.with_user(self.inside)
        mine.sentiment = "negative"
        for model, values in (
            (mine, {"text": "x"}),
            (mine, {"route_reason": "x"}),
            (mine, {"sentiment_corrected": False}),
            (mine.thread_id, {"state": "resolved"}),
            (mine.handle_id, {"email": "x@y.example"}),
        ):
            with self.assertRaises(AccessError):
                model.write(values)
        with self.assertRaises(AccessError):
            # A context that a caller chooses is no key.
            mine.with_context(hootsuite_apply=True).write({"text": "x"})
        with self.assertRaises(AccessError):
            mine.unlink()

    def test_files_follow_their_message(self):
        file = self.env["hootsuite.message.file"].create(
            {"message_id": self.message.id, "url": "https://x.example/a.png", "name": "a.png"}
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "a.png",
                "raw": b"x",
                "res_model": "hootsuite.message",
                "res_id": self.message.id,
            }
        )
        self.assertTrue(file.with_user(self.inside).name)
        self.assertTrue(attachment.with_user(self.inside).read(["name"]))
        with self.assertRaises(AccessError):
            file.with_user(self.outside).read(["name"])
        with self.assertRaises(AccessError):
            attachment.with_user(self.outside).read(["name"])

    def test_rules_and_words_are_the_managers(self):
        rule = self.env["hootsuite.routing.rule"].search([], limit=1)
        words = self.env["hootsuite.routing.words"].search([], limit=1)
        for record in (rule, words):
            self.assertTrue(record.with_user(self.inside).name)
            with self.assertRaises(AccessError):
                record.with_user(self.inside).name = "x"
            record.with_user(self.manager).name = "x"

    def test_proofs_of_identity_are_nobodys(self):
        with self.assertRaises(AccessError):
            self.env["hootsuite.handle.identity"].with_user(self.manager).search([])

    def test_target_that_one_may_not_see_has_no_name(self):
        mine = self.message.with_user(self.inside)
        self.assertEqual(self.message.target_model, "crm.lead")
        self.assertEqual(mine.target_name, "(not visible to you)")
        with self.assertRaises(AccessError):
            mine.action_open_target()
        self.assertNotEqual(self.message.with_user(self.seller).target_name, "")

    def test_streams_are_ones_own(self):
        streams = self.env["hootsuite.stream"]
        own = streams.with_user(self.inside).create({"name": "Mine"})
        self.assertNotIn(own, streams.with_user(self.outside).search([]))
        shared = self.env.ref("hootsuite_connector.stream_all")
        self.assertIn(shared, streams.with_user(self.outside).search([]))
        with self.assertRaises(AccessError):
            shared.with_user(self.inside).name = "x"
        shared.with_user(self.manager).name = "Everything that is"
        columns = streams.with_user(self.outside).get_streams()
        self.assertFalse([row for column in columns for row in column["messages"]])
        columns = streams.with_user(self.inside).get_streams()
        self.assertTrue([row for column in columns for row in column["messages"]])
