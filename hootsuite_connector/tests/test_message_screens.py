"""Corrections, streams, simulator, attachments: what people do with messages (H5, H6, H12, H16)."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.connector_base.tests.common import own_cursors_see_test_data, start_stub

from .common import HootsuiteCase, inbox_message
from .message_common import contact, relayed, write_back

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@tagged("post_install", "-at_install")
class TestCorrections(HootsuiteCase):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env, "corrector", groups="hootsuite_connector.group_hootsuite_user"
        )
        self.body = inbox_message("Hello, do you ship to Namur?", message_id="m", conversation="c", contact=contact(1))  # fmt: skip
        self.apply(self.body)
        self.message = self.env["hootsuite.message"].search([]).with_user(self.user)

    def correct(self, **values):
        wizard = self.env["hootsuite.message.correct"].with_user(self.user)
        wizard = wizard.with_context(default_message_id=self.message.id).create(values)
        wizard.action_apply()
        self.env.invalidate_all()

    def test_sentiment_and_priority_stay_as_corrected(self):
        self.correct(sentiment="negative", priority="3")
        self.assertTrue(self.message.sentiment_corrected)
        self.assertTrue(self.message.priority_corrected)
        self.apply(self.body)
        self.apply(write_back("c", [("m", "INBOUND", "Hello, do you ship to Namur?")]))
        self.assertEqual((self.message.sentiment, self.message.priority), ("negative", "3"))

    def test_a_language_told_later_does_not_undo_a_correction(self):
        self.apply(inbox_message("Bad", message_id="s", conversation="d", contact=contact(2)))
        short = self.env["hootsuite.message"].search([("external_id", "=", "inbox:s")])
        short.sentiment = "positive"
        started = {**self.body, "type": "CONVERSATION_STARTED", "idempotencyKey": "k"}
        started["data"] = {**self.body["data"], "conversationId": "d", "language": "en"}
        self.apply(started)
        self.assertEqual((short.language, short.sentiment), ("en", "positive"))

    def test_a_language_told_later_counts_for_short_texts(self):
        self.apply(inbox_message("Bad", message_id="s", conversation="d", contact=contact(2)))
        short = self.env["hootsuite.message"].search([("external_id", "=", "inbox:s")])
        self.assertEqual((short.language, short.sentiment), (False, "neutral"))
        started = {**self.body, "type": "CONVERSATION_STARTED", "idempotencyKey": "k"}
        started["data"] = {**self.body["data"], "conversationId": "d", "language": "en"}
        self.apply(started)
        self.assertEqual((short.language, short.sentiment), ("en", "negative"))

    def test_route_stays_as_corrected_and_the_conversation_follows(self):
        before = self.message.sudo().target_id
        self.correct(
            sentiment="neutral",
            priority="1",
            reroute=True,
            action="opportunity",
            why="Wants 500 of them",
        )
        self.assertTrue(self.message.route_corrected)
        self.assertNotEqual(self.message.sudo().target_id, before)
        self.assertIn("Wants 500 of them", self.message.route_reason)
        self.assertIn(self.user.name, self.message.route_reason)
        self.assertFalse(self.message.rule_id)
        self.apply(self.body)
        self.apply(inbox_message("And one thing more", conversation="c", contact=contact(1)))
        later = self.env["hootsuite.message"].search([("text", "=", "And one thing more")])
        self.assertEqual(later.target_id, self.message.sudo().target_id)
        lead = self.env["crm.lead"].browse(later.target_id)
        self.assertEqual(lead.type, "opportunity")
        self.assertIn("Wants 500", lead.hootsuite_reason)

    def test_ignored_by_a_person(self):
        self.correct(sentiment="neutral", priority="1", reroute=True, action="ignore")
        self.assertEqual((self.message.state, self.message.target_model), ("ignored", False))

    def test_what_we_wrote_is_not_routed(self):
        self.apply(write_back("e", [("x", "OUTBOUND", "Our words")]))
        ours = self.env["hootsuite.message"].search([("text", "=", "Our words")])
        with self.assertRaises(UserError):
            ours._reroute("lead")

    def test_buttons(self):
        self.message.action_assign_to_me()
        self.assertEqual(self.message.user_id, self.user)
        self.message.action_done()
        self.assertEqual(self.message.state, "done")
        self.message.action_reopen()
        self.assertEqual(self.message.state, "new")
        action = self.env["hootsuite.message"].browse(self.message.id).action_open_target()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", self.message.sudo().target_id))  # fmt: skip
        self.env["crm.lead"].browse(self.message.sudo().target_id).unlink()
        self.env.invalidate_all()
        self.assertFalse(self.message.target_name)
        self.assertEqual(self.message.action_open_target()["tag"], "display_notification")


@tagged("post_install", "-at_install")
class TestSimulator(HootsuiteCase):
    def setUp(self):
        super().setUp()
        self.relay(
            relayed("1", "Do you sell inflatable boats?", {"id": "a", "name": "A"}),
            relayed("2", "I like boats", {"id": "a", "name": "A"}, thread="1"),
            relayed("3", "Buy followers cheap today", {"id": "b", "name": "B"}),
            relayed("4", "My tent is broken, this is terrible", {"id": "c", "name": "C"}),
        )
        self.env["hootsuite.message"].search([]).write({"at": "2029-12-30 10:00:00"})
        self.wizard = self.env["hootsuite.routing.simulator"].create(
            {"integration_id": self.integration.id, "days": 36500}
        )

    def snapshot(self):
        rows = []
        for model in ("hootsuite.message", "hootsuite.thread", "crm.lead", "mail.activity", "res.partner", "mail.message", "hootsuite.handle"):  # fmt: skip
            self.env.cr.execute(f'SELECT t::text FROM "{self.env[model]._table}" t ORDER BY id')
            rows.append((model, self.env.cr.fetchall()))
        return rows

    def test_unchanged_rules_change_nothing(self):
        self.wizard.action_run()
        self.assertEqual(self.wizard.line_count, 4)
        # Without a helpdesk a ticket was carried out as an activity: the decision is the same.
        changed = self.wizard.line_ids.filtered("changed").mapped("message_id.external_id")
        backend = self.env["hootsuite.ticket"]._backend()
        self.assertEqual(changed, [] if backend else ["relay:4"])

    def test_changed_rule_shows_what_it_would_have_done_and_writes_nothing(self):
        rule = self.env["hootsuite.routing.rule"].create(
            {
                "name": "Boats",
                "sequence": 1,
                "words": "boat*",
                "action": "opportunity",
                "active": False,
            }
        )
        self.env.flush_all()
        before = self.snapshot()
        self.wizard.rule_ids = rule
        self.wizard.action_run()
        self.env.flush_all()
        self.assertEqual(self.snapshot(), before)
        lines = {line.message_id.external_id: line for line in self.wizard.line_ids}
        self.assertEqual((lines["relay:1"].was, lines["relay:1"].would), ("lead", "opportunity"))
        self.assertEqual(lines["relay:1"].would_rule_id, rule)
        self.assertIn("Boats", lines["relay:1"].reason)
        self.assertEqual((lines["relay:2"].was, lines["relay:2"].would), ("follow", "follow"))
        self.assertEqual((lines["relay:3"].was, lines["relay:3"].would), ("ignore", "ignore"))
        self.assertIn("of 4 messages", self.wizard.summary)

    def test_rule_taken_away(self):
        self.wizard.without_ids = self.env.ref("hootsuite_connector.rule_spam")
        self.wizard.action_run()
        line = self.wizard.line_ids.filtered(lambda row: row.message_id.external_id == "relay:3")
        self.assertTrue(line.changed)
        self.assertNotEqual(line.would, "ignore")

    def test_rules_refuse_what_does_not_exist(self):
        rule = self.env["hootsuite.routing.rule"].search([], limit=1)
        for values in ({"networks": "myspace"}, {"kinds": "letter"}, {"languages": "eng"}, {"longest": -1}):  # fmt: skip
            with self.assertRaises(ValidationError):
                rule.write(values)

    def test_words_are_editable_data(self):
        line = self.env.ref("hootsuite_connector.words_urgent_en")
        judge = self.env["hootsuite.message"]._judge
        self.assertFalse(judge("We need this before breakfast please", "en")["urgent"])
        line.words += "\nbefore breakfast"
        values = judge("We need this before breakfast please", "en")
        self.assertTrue(values["urgent"])
        self.assertEqual(values["priority"], "3")
        with self.assertRaises(ValidationError):
            line.language = "EN"


@tagged("post_install", "-at_install")
class TestStreams(HootsuiteCase):
    def setUp(self):
        super().setUp()
        self.relay(
            relayed(
                "1", "My tent is broken, this is terrible", {"id": "a", "name": "A"}, "facebook"
            ),
            relayed(
                "2", "A nice green boat", {"id": "b", "name": "B"}, "instagram", kind="mention"
            ),
            relayed("3", "Buy followers cheap today", {"id": "c", "name": "C"}, "instagram"),
        )

    def shown(self, **values):
        stream = self.env["hootsuite.stream"].create({"name": "S", "sequence": 1, **values})
        column = next(c for c in self.env["hootsuite.stream"].get_streams() if c["id"] == stream.id)
        return [row["author"] for row in column["messages"]]

    def test_filters(self):
        self.assertEqual(self.shown(), ["B", "A"], "what was ignored is not shown")
        self.assertEqual(self.shown(network="instagram"), ["B"])
        self.assertEqual(self.shown(kind="mention"), ["B"])
        self.assertEqual(self.shown(words="boat*, ship"), ["B"])
        self.assertEqual(self.shown(sentiment="negative"), ["A"])
        self.assertEqual(self.shown(priority="2"), ["A"])
        self.assertEqual(self.shown(reply_state="answered"), [])
        self.assertEqual(self.shown(direction="out"), [])

    def test_profile_and_team(self):
        team = self.env["hootsuite.team"].create(
            {"integration_id": self.integration.id, "hootsuite_id": "1", "name": "T"}
        )
        profile = self.env["hootsuite.profile"].create(
            {
                "integration_id": self.integration.id, "hootsuite_id": "77", "network": "facebook",
                "name": "P", "team_ids": [(6, 0, team.ids)],
            }
        )  # fmt: skip
        self.relay(
            relayed("9", "To the profile", {"id": "d", "name": "D"}, "facebook", profile="77")
        )
        self.assertEqual(self.shown(profile_ids=[(6, 0, profile.ids)]), ["D"])
        self.assertEqual(self.shown(team_ids=[(6, 0, team.ids)]), ["D"])

    def test_open_screens_are_told_once_per_batch_without_content(self):
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.relay(
            relayed("11", "zzyzx one", {"id": "a", "name": "A"}),
            relayed("12", "zzyzx two", {"id": "a", "name": "A"}),
        )
        self.env.cr.precommit.run()
        rows = (
            self.env["bus.bus"].search([]).filtered(lambda row: "hootsuite_messages" in row.message)
        )
        self.assertEqual(len(rows), 1)
        self.assertNotIn("zzyzx", rows.message)
        self.assertIn("res.groups", rows.channel)


@tagged("post_install", "-at_install")
class TestFiles(HootsuiteCase):
    def setUp(self):
        super().setUp()
        own_cursors_see_test_data(self)
        self.stub = start_stub(self)
        self.integration.write({"environment": "sandbox", "sandbox_url": self.stub.url})

    def fetch(self, *urls, names=None):
        rows = [{"url": url, "name": name} for url, name in zip(urls, names or urls, strict=True)]
        self.relay(relayed("f", "Look at this", attachments=rows))
        files = self.env["hootsuite.message.file"].search([], order="id")
        files._fetch_job(self.integration.id)
        return files

    def test_file_is_kept(self):
        self.stub.on("GET", "/a.png", (200, PNG, {"Content-Type": "image/png"}))
        file = self.fetch(f"{self.stub.url}/a.png", names=["my/../photo.png"])
        self.assertEqual(file.state, "done")
        self.assertEqual(file.attachment_id.raw, PNG)
        self.assertEqual(file.attachment_id.res_model, "hootsuite.message")
        self.assertEqual(file.attachment_id.mimetype, "image/png")
        self.assertNotIn("/", file.attachment_id.name)
        self.assertIn("photo.png", file.message_id.thread_id.conversation)
        self.assertNotIn("Authorization", self.stub.calls[0]["headers"])

    def test_delivered_twice_is_one_file(self):
        self.stub.on("GET", "/a.png", (200, PNG, {"Content-Type": "image/png"}))
        self.fetch(f"{self.stub.url}/a.png")
        self.assertEqual(len(self.fetch(f"{self.stub.url}/a.png")), 1)
        self.assertEqual(len(self.stub.calls), 1)

    def test_same_name_twice_gives_two_files(self):
        for path in ("/a.png", "/b/a.png"):
            self.stub.on("GET", path, (200, PNG, {"Content-Type": "image/png"}))
        files = self.fetch(
            f"{self.stub.url}/a.png", f"{self.stub.url}/b/a.png", names=["a.png", "a.png"]
        )
        self.assertEqual(len(set(files.attachment_id.mapped("name"))), 2)

    def test_inside_addresses_are_never_asked(self):
        self.integration.sandbox_url = "http://127.0.0.1:9"  # so that the stub is not the sandbox
        urls = [
            self.stub.url.replace("http:", "https:") + "/a", "https://127.0.0.1/a",
            "https://10.0.0.1/a", "https://[::1]/a", "https://169.254.169.254/latest/meta-data",
            "https://localhost/a", "https://[::ffff:127.0.0.1]/a",
        ]  # fmt: skip
        files = self.fetch(*urls)
        self.assertEqual(set(files.mapped("state")), {"refused"})
        self.assertEqual(set(files.mapped("reason")), {"The address lies in a private network."})
        self.assertFalse(self.stub.calls)

    def test_plain_http_outside_the_sandbox_is_refused(self):
        file = self.fetch("http://files.example.com/a.png")
        self.assertEqual(
            (file.state, file.reason), ("refused", "Only addresses with https are fetched.")
        )

    def test_a_way_inside_by_redirect_is_refused(self):
        self.stub.on("GET", "/go", (302, b"", {"Location": "https://127.0.0.1/secret"}))
        file = self.fetch(f"{self.stub.url}/go")
        self.assertEqual(
            (file.state, file.reason), ("refused", "The address lies in a private network.")
        )

    def test_endless_redirects_end(self):
        self.stub.on("GET", "/loop", (302, b"", {"Location": "/loop"}))
        self.assertEqual(self.fetch(f"{self.stub.url}/loop").state, "refused")
        self.assertLessEqual(len(self.stub.calls), 4)

    def test_too_large(self):
        self.integration.file_limit = 1
        self.stub.on("GET", "/big", (200, b"x" * (1024 * 1024 + 1), {"Content-Type": "image/png"}))
        file = self.fetch(f"{self.stub.url}/big")
        self.assertEqual((file.state, file.reason), ("refused", "The file is too large."))
        self.assertFalse(file.attachment_id)

    def test_active_content_is_a_plain_file(self):
        self.stub.on(
            "GET", "/x.svg", (200, b"<svg onload='alert(1)'/>", {"Content-Type": "image/svg+xml"})
        )
        file = self.fetch(f"{self.stub.url}/x.svg")
        self.assertEqual(file.mimetype, "application/octet-stream")
        self.assertNotIn("svg", file.attachment_id.mimetype)

    def test_tried_again_then_given_up(self):
        self.stub.on("GET", "/later", (503, {}))
        file = self.fetch(f"{self.stub.url}/later")
        self.assertEqual((file.state, file.tries), ("waiting", 1))
        self.assertTrue(file.next_try_at)
        for _ in range(4):
            file.next_try_at = False
            file._fetch_job(self.integration.id)
        self.assertEqual((file.state, file.tries), ("failed", 5))
        self.stub.on("GET", "/later", (200, PNG, {"Content-Type": "image/png"}))
        file.action_retry()
        file._fetch_job(self.integration.id)
        self.assertEqual(file.state, "done")

    def test_switched_off(self):
        self.integration.download_files = False
        file = self.fetch(f"{self.stub.url}/a.png")
        self.assertEqual(file.state, "refused")
        self.assertFalse(self.stub.calls)

    def test_deleting_the_message_deletes_its_files(self):
        self.stub.on("GET", "/a.png", (200, PNG, {"Content-Type": "image/png"}))
        file = self.fetch(f"{self.stub.url}/a.png")
        attachment = file.attachment_id
        file.message_id.unlink()
        self.assertFalse(attachment.exists())
