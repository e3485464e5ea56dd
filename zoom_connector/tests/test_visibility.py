import json

from odoo import http, release
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ZoomCase, ZoomHttpCase

USER = "base.group_user,base.group_allow_export,zoom_connector.group_zoom_user"


class VisibilityMixin:
    """Four meetings with people, recordings and registrations, and those who might look at them.

    | meeting | host | besides |
    |---|---|---|
    | alpha | Anna of sales team A | |
    | beta | Bert of sales team B | |
    | shared | Bert | shared with Anna |
    | secret | Anna | confidential |
    """

    @classmethod
    def set_up_people(cls):
        cls.anna = new_test_user(cls.env, "vis_anna", groups=USER, email="anna@staff.example")
        cls.bert = new_test_user(cls.env, "vis_bert", groups=USER, email="bert@staff.example")
        cls.mia = new_test_user(cls.env, "vis_mia", groups=USER, email="mia@staff.example")
        cls.paul = new_test_user(cls.env, "vis_paul", groups="base.group_portal")
        cls.has_teams = "crm.team" in cls.env
        if cls.has_teams:
            for name, member in (("A", cls.anna), ("B", cls.bert)):
                cls.env["crm.team"].create(
                    {
                        "name": f"Team {name}",
                        "user_id": cls.mia.id,
                        "member_ids": [(6, 0, member.ids)],
                    }
                )
        hosts = cls.env["zoom.user"]._upsert(
            cls.integration,
            [
                {"zoom_id": "ZANNA", "email": "anna@staff.example", "status": "active"},
                {"zoom_id": "ZBERT", "email": "bert@staff.example", "status": "active"},
            ],
            2,
        )
        cls.meetings = {
            "alpha": cls.new_meeting("alpha", hosts["ZANNA"]),
            "beta": cls.new_meeting("beta", hosts["ZBERT"]),
            "shared": cls.new_meeting("shared", hosts["ZBERT"]),
            "secret": cls.new_meeting("secret", hosts["ZANNA"]),
        }
        cls.meetings["shared"].shared_user_ids = cls.anna
        cls.meetings["secret"].keep_confidential = True
        cls.env.flush_all()

    @classmethod
    def new_meeting(cls, topic, host):
        meeting = cls.env["zoom.meeting"].create(
            {
                "integration_id": cls.integration.id,
                "zoom_id": str(7_700_000 + sum(map(ord, topic))),
                "topic": topic,
                "zoom_type": 2,
                "start": "2026-05-04 08:00:00",
                "duration": 1.0,
                "host_id": host.id,
            }
        )
        meeting._sync_calendar()
        instance = cls.env["zoom.meeting.instance"].create(
            {
                "meeting_id": meeting.id,
                "uuid": f"uuid-{topic}",
                "start": "2026-05-04 08:00:00",
                "stop": "2026-05-04 09:00:00",
            }
        )
        person = cls.env["zoom.participant"].create(
            {
                "instance_id": instance.id,
                "name": f"Visitor of {topic}",
                "email": f"visitor@{topic}.example",
                "join_time": "2026-05-04 08:00:00",
                "duration": 1800,
                "identity_keys": [f"mail:visitor@{topic}.example"],
            }
        )
        cls.env["zoom.participant.stay"].create(
            {
                "participant_id": person.id,
                "device": "1",
                "join_time": "2026-05-04 08:00:00",
                "leave_time": "2026-05-04 08:30:00",
            }
        )
        instance._summarise_attendance()
        instance._link_calendar_events()
        file = cls.env["zoom.recording"].create(
            {
                "instance_id": instance.id,
                "file_id": f"file-{topic}",
                "file_type": "MP4",
                "play_url": f"https://zoom.example.com/play/{topic}",
            }
        )
        file.attachment_id = cls.env["ir.attachment"].create(
            {
                "name": f"{topic}.mp4",
                "raw": f"moving pictures of {topic}".encode(),
                "mimetype": "video/mp4",
                "res_model": "zoom.recording",
                "res_id": file.id,
            }
        )
        cls.env["zoom.registrant"].create(
            {
                "meeting_id": meeting.id,
                "registrant_id": f"reg-{topic}",
                "name": f"Registrant of {topic}",
                "email": f"registrant@{topic}.example",
            }
        )
        return meeting

    def expected(self):
        """Return user -> (meetings, people of, recordings of) that he sees."""
        team = {"alpha", "beta", "shared", "secret"} if self.has_teams else set()
        return {
            self.anna: (
                {"alpha", "shared", "secret"},
                {"alpha", "shared"},
                {"alpha", "shared", "secret"},
            ),
            self.bert: ({"beta", "shared"}, {"beta", "shared"}, {"beta", "shared"}),
            # Their manager sees what is confidential as numbers only.
            self.mia: (team, team - {"secret"}, team - {"secret"}),
            self.paul: (set(), set(), set()),
        }

    def rows(self):
        """Return [(model, field that tells the meeting, index into `expected`)]."""
        return [
            ("zoom.meeting", "topic", 0),
            ("zoom.meeting.instance", "topic", 0),
            ("zoom.participant", "meeting_id.topic", 1),
            ("zoom.participant.stay", "instance_id.topic", 1),
            ("zoom.recording", "meeting_id.topic", 2),
            ("zoom.registrant", "meeting_id.topic", 0),
        ]

    def of(self, model, topic):
        paths = {name: path for name, path, _index in self.rows()}
        domain = [(paths[model], "=", topic), ("integration_id", "=", self.integration.id)]
        if model == "zoom.participant.stay":
            domain = [("instance_id.topic", "=", topic)]
        return self.env[model].search(domain)


@tagged("post_install", "-at_install")
class TestVisibilityTable(VisibilityMixin, ZoomHttpCase):
    """Each sees exactly what he should, whatever way he takes; all ways are real HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_people()

    def call(self, model, method, *args, **kwargs):
        """Call a method as the web client does. Return (result, error name or None)."""
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"model": model, "method": method, "args": args, "kwargs": kwargs},
                }
            ).encode(),
            headers={"Content-Type": "application/json"},
        )
        body = response.json()
        return body.get("result"), body.get("error", {}).get("data", {}).get("name")

    def each(self):
        """Yield (user, model, index, topics seen) logged in as the user."""
        for user, seen in self.expected().items():
            self.authenticate(user.login, user.login)
            for model, _path, index in self.rows():
                yield user, model, seen[index]

    def test_list(self):
        for user, model, topics in self.each():
            with self.subTest(user=user.login, model=model):
                path = next(p for m, p, _i in self.rows() if m == model)
                result, error = self.call(
                    model, "search_read", [], ["display_name"], order="id", limit=1000
                )
                if user == self.paul:
                    self.assertEqual(error, "odoo.exceptions.AccessError")
                    continue
                records = self.env[model].browse([row["id"] for row in result])
                self.assertEqual(set(records.mapped(path)), topics)

    def test_form(self):
        for user, model, topics in self.each():
            for topic in self.meetings:
                record = self.of(model, topic)
                if not record:
                    continue  # people of the confidential meeting
                with self.subTest(user=user.login, model=model, topic=topic):
                    result, error = self.call(model, "web_read", record.ids, {"display_name": {}})
                    if topic in topics:
                        self.assertEqual(result[0]["id"], record.id)
                    else:
                        self.assertEqual(error, "odoo.exceptions.AccessError")

    def test_search_and_groups(self):
        """Neither searching for a name, nor counting, nor grouping tells more than the list."""
        for user, seen in self.expected().items():
            if user == self.paul:
                continue
            self.authenticate(user.login, user.login)
            for topic in self.meetings:
                with self.subTest(user=user.login, topic=topic):
                    found, _error = self.call(
                        "zoom.participant", "name_search", f"Visitor of {topic}"
                    )
                    self.assertEqual(bool(found), topic in seen[1])
                    count, _error = self.call(
                        "zoom.meeting.instance",
                        "search_count",
                        [("participant_ids.email", "=", f"visitor@{topic}.example")],
                    )
                    self.assertEqual(bool(count), topic in seen[1])
            groups, _error = self.call(
                "zoom.recording", "web_read_group", [], groupby=["meeting_id"], **self.aggregates()
            )
            names = {group["meeting_id"][1] for group in groups["groups"]}
            self.assertEqual(names, seen[2])

    def aggregates(self):
        """Return how the series asks for a count."""
        return {"aggregates": ["__count"]} if release.version_info >= (19,) else {"fields": []}

    def test_remote_calls_of_buttons(self):
        """Buttons of what one does not see, or does not answer for, refuse."""
        registrant = self.of("zoom.registrant", "beta")
        for user, refused in ((self.anna, True), (self.bert, False), (self.paul, True)):
            self.authenticate(user.login, user.login)
            with self.subTest(user=user.login):
                _result, error = self.call("zoom.registrant", "action_approve", registrant.ids)
                self.assertEqual(error == "odoo.exceptions.AccessError", refused)
        self.authenticate(self.mia.login, self.mia.login)
        _result, error = self.call("zoom.meeting", "action_visibility", self.meetings["alpha"].ids)
        self.assertEqual(error, "odoo.exceptions.AccessError", "seeing is not deciding")

    def test_export(self):
        for user, seen in self.expected().items():
            self.authenticate(user.login, user.login)
            for model, path, index in self.rows():
                # The refusal is logged as an error by the export itself.
                quiet = mute_logger("odoo.addons.web.controllers.export", "odoo.http")
                with self.subTest(user=user.login, model=model), quiet:
                    response = self.url_open(
                        "/web/export/csv",
                        data={
                            "data": json.dumps(
                                {
                                    "model": model,
                                    "fields": [{"name": path.replace(".", "/"), "label": "Topic"}],
                                    "ids": False,
                                    "domain": [],
                                    "import_compat": False,
                                }
                            ),
                            "csrf_token": http.Request.csrf_token(self),
                        },
                    )
                    if user == self.paul:
                        self.assertNotEqual(response.status_code, 200)
                        continue
                    self.assertEqual(response.status_code, 200)
                    topics = {line.strip('"') for line in response.text.splitlines()[1:] if line}
                    self.assertEqual(topics, seen[index])

    def test_attachments(self):
        """The files of a recording follow the meeting: downloading, reading, searching."""
        for user, seen in self.expected().items():
            self.authenticate(user.login, user.login)
            for topic in self.meetings:
                attachment = self.of("zoom.recording", topic).attachment_id
                with self.subTest(user=user.login, topic=topic):
                    response = self.url_open(f"/web/content/{attachment.id}")
                    if topic in seen[2]:
                        self.assertEqual(response.content, attachment.raw)
                    else:
                        self.assertIn(response.status_code, (403, 404))
                        self.assertNotIn(b"moving pictures", response.content)
                    rows, error = self.call(
                        "ir.attachment", "search_read", [("id", "=", attachment.id)], ["name"]
                    )
                    self.assertEqual(bool(rows), topic in seen[2], error)

    def test_chatter(self):
        """What people are told in the calendar names nobody; held meetings have no open chatter."""
        event = self.meetings["alpha"].calendar_event_id
        event.with_user(self.anna).message_post(body="About alpha")
        for user, seen in self.expected().items():
            self.authenticate(user.login, user.login)
            with self.subTest(user=user.login):
                rows, _error = self.call(
                    "mail.message", "search_read", [("model", "like", "zoom.meeting")], ["body"]
                )
                self.assertFalse(rows)
                rows, _error = self.call(
                    "mail.message",
                    "search_read",
                    [("model", "=", "calendar.event"), ("res_id", "=", event.id)],
                    ["body"],
                )
                self.assertNotIn("Visitor", json.dumps(rows or []))
                self.assertEqual(bool(rows), user != self.paul)
                names, error = self.call(
                    "calendar.event", "read", event.ids, ["zoom_participant_ids"]
                )
                if user == self.paul:
                    self.assertEqual(error, "odoo.exceptions.AccessError")
                else:
                    shown = bool(names[0]["zoom_participant_ids"])
                    self.assertEqual(shown, "alpha" in seen[1])


@tagged("post_install", "-at_install")
class TestVisibility(VisibilityMixin, ZoomCase):
    """Single reasons for seeing a meeting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_people()

    def sees(self, user, record):
        self.env.flush_all()
        self.env.invalidate_all()
        found = bool(record.with_user(user).search_count([("id", "=", record.id)]))
        self.assertEqual(found, record.with_user(user).has_access("read"), "list and form differ")
        return found

    def test_one_date_of_a_series(self):
        """Who was invited to one date, or attended it, does not see the others."""
        meeting = self.meetings["alpha"]
        first = meeting.instance_ids
        second = self.env["zoom.meeting.instance"].create(
            {"meeting_id": meeting.id, "uuid": "second", "start": "2026-05-11 08:00:00"}
        )
        self.assertFalse(self.sees(self.bert, first))
        second.calendar_event_id = self.env["calendar.event"].create(
            {
                "name": "Second date",
                "start": "2026-05-11 08:00:00",
                "stop": "2026-05-11 09:00:00",
                "zoom_meeting_id": meeting.id,
                "user_id": self.anna.id,
                "partner_ids": [(6, 0, self.bert.partner_id.ids)],
            }
        )
        self.assertTrue(self.sees(self.bert, second))
        self.assertTrue(self.sees(self.bert, meeting))
        self.assertFalse(self.sees(self.bert, first))
        self.assertFalse(self.sees(self.bert, first.participant_ids))
        first.participant_ids.partner_id = self.bert.partner_id
        self.assertTrue(self.sees(self.bert, first.participant_ids))

    def test_share_and_take_back(self):
        meeting = self.meetings["alpha"]
        wizard = (
            self.env["zoom.meeting.visibility"]
            .with_user(self.anna)
            .create({"meeting_id": meeting.id, "shared_user_ids": [(6, 0, self.bert.ids)]})
        )
        wizard.action_apply()
        for record in (meeting, meeting.instance_ids, meeting.instance_ids.recording_ids):
            self.assertTrue(self.sees(self.bert, record))
        again = self.env["zoom.meeting.visibility"].with_user(self.anna)
        again = again.create({"meeting_id": meeting.id})
        self.assertEqual(again.shared_user_ids, self.bert)
        again.shared_user_ids = False
        again.action_apply()
        self.assertFalse(self.sees(self.bert, meeting))

    def test_only_the_host_shares(self):
        wizard = self.env["zoom.meeting.visibility"].with_user(self.bert)
        with self.assertRaises(AccessError):
            wizard.create({"meeting_id": self.meetings["alpha"].id}).action_apply()
        with self.assertRaises(AccessError):
            self.meetings["alpha"].with_user(self.anna).write({"shared_user_ids": self.bert.ids})

    def test_another_leader(self):
        """Who leads a team is asked anew each time."""
        if not self.has_teams:
            self.assertEqual(self.mia._zoom_team_user_ids(), [])
            return
        self.assertTrue(self.sees(self.mia, self.meetings["beta"]))
        self.env["crm.team"].search([("user_id", "=", self.mia.id)]).user_id = self.bert
        self.assertFalse(self.sees(self.mia, self.meetings["beta"]))
        self.assertTrue(self.sees(self.bert, self.meetings["alpha"]))

    def test_manager_of_zoom_and_confidential_recordings(self):
        boss = new_test_user(
            self.env, "vis_boss", groups="base.group_user,zoom_connector.group_zoom_manager"
        )
        self.assertTrue(self.sees(boss, self.meetings["secret"]))
        self.assertTrue(self.sees(boss, self.of("zoom.recording", "alpha")))
        self.assertFalse(self.sees(boss, self.of("zoom.recording", "secret")))
        self.meetings["secret"].shared_user_ids = boss
        self.assertTrue(self.sees(boss, self.of("zoom.recording", "secret")))
