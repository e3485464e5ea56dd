from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .common import ZoomCase, sample


@tagged("post_install", "-at_install")
class TestAccess(ZoomCase):
    """Users see only what concerns them; managers all of their companies; others nothing."""

    MODELS = (
        "zoom.meeting",
        "zoom.meeting.instance",
        "zoom.participant",
        "zoom.participant.stay",
        "zoom.recording",
        "zoom.registrant",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "base.group_user,zoom_connector.group_zoom_user"
        cls.manager = new_test_user(
            cls.env, "zoom_manager", groups="zoom_connector.group_zoom_manager"
        )
        cls.stranger = new_test_user(cls.env, "zoom_stranger", groups=group)
        cls.guest = new_test_user(
            cls.env, "zoom_guest", groups=group, email="bob.user@elsewhere.example"
        )
        cls.plain = new_test_user(cls.env, "zoom_plain", groups="base.group_user")
        cls.portal = new_test_user(cls.env, "zoom_portal", groups="base.group_portal")
        cls.env.ref("zoom_connector.group_zoom_user").write(
            {"users" if "users" in cls.env["res.groups"]._fields else "user_ids": [(4, cls.ada.id)]}
        )

    def setUp(self):
        super().setUp()
        self.apply(
            *[
                sample(name)
                for name in (
                    "meeting.created",
                    "meeting.started",
                    "meeting.participant_joined",
                    "meeting.participant_left",
                    "meeting.ended",
                    "meeting.registration_created",
                    "recording.completed",
                )
            ]
        )

    def seen(self, user):
        return {model: self.env[model].with_user(user).search_count([]) for model in self.MODELS}

    def test_host_sees_all_of_his_meeting(self):
        self.assertTrue(all(self.seen(self.ada).values()))

    def test_stranger_sees_nothing(self):
        self.assertFalse(any(self.seen(self.stranger).values()))
        with self.assertRaises(AccessError):
            self.meeting().with_user(self.stranger).read(["topic"])

    def test_attendee_sees_the_meeting(self):
        self.meeting().instance_ids.participant_ids.partner_id = self.guest.partner_id
        self.assertTrue(all(self.seen(self.guest).values()))

    def test_invited_user_sees_the_meeting(self):
        event = self.meeting().calendar_event_id
        event.with_context(no_mail_to_attendees=True).partner_ids |= self.stranger.partner_id
        self.assertTrue(all(self.seen(self.stranger).values()))

    def test_manager_sees_all_and_only_his_companies(self):
        self.assertTrue(all(self.seen(self.manager).values()))
        other = self.env["res.company"].create({"name": "Other company"})
        self.integration.company_id = other
        self.env.flush_all()
        self.assertFalse(any(self.seen(self.manager).values()))

    def test_without_the_group_nothing(self):
        for user in (self.plain, self.portal):
            for model in (*self.MODELS, "zoom.user", "zoom.integration"):
                with self.subTest(user=user.login, model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_nobody_writes_what_zoom_says(self):
        for user in (self.ada, self.manager):
            with self.assertRaises(AccessError):
                self.meeting().with_user(user).write({"topic": "Mine"})
            with self.assertRaises(AccessError):
                self.env["zoom.recording"].with_user(user).search([]).write({"state": "deleted"})

    def test_users_do_not_manage_accounts(self):
        with self.assertRaises(AccessError):
            self.integration.with_user(self.ada).write({"name": "Mine"})
        with self.assertRaises(AccessError):
            self.integration.with_user(self.ada).action_import()

    def test_user_may_read_counts_on_his_event_and_overview(self):
        event = self.meeting().calendar_event_id.with_user(self.ada)
        self.assertEqual((event.zoom_participant_count, event.zoom_recording_count), (1, 4))
        overview = self.integration.with_user(self.ada).read(["status_level", "meeting_count"])[0]
        self.assertEqual(overview["meeting_count"], 1)

    def test_names_on_the_event_follow_the_rights(self):
        event = self.meeting().calendar_event_id
        host = event.with_user(self.ada)
        self.assertEqual(host.zoom_participant_ids, self.meeting().instance_ids.participant_ids)
        self.assertEqual(len(host.zoom_recording_ids), 4)
        # A public event is open to all colleagues; who came is not.
        self.assertTrue(event.with_user(self.stranger).name)
        self.assertFalse(event.with_user(self.stranger).zoom_participant_ids)
        with self.assertRaises(AccessError):
            event.with_user(self.plain).read(["zoom_participant_ids"])

    def test_counts_on_the_overview_follow_the_rights(self):
        overview = self.integration.with_user(self.stranger).read(["meeting_count", "live_count"])
        self.assertEqual((overview[0]["meeting_count"], overview[0]["live_count"]), (0, 0))

    def test_secrets_and_account_ids_are_for_managers(self):
        for field in ("client_id", "account_id", "webhook_url", "client_secret"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                self.integration.with_user(self.ada).read([field])
        read = self.integration.with_user(self.manager).read(["client_secret", "webhook_secret"])[0]
        self.assertNotIn("test-", str(read))

    def test_download_addresses_are_for_managers(self):
        with self.assertRaises(AccessError):
            self.env["zoom.recording"].with_user(self.ada).search([]).read(["download_url"])

    def test_copied_database_knows_no_account(self):
        key = self.integration.webhook_key
        self.integration._connector_store({"state": "connected"})
        self.env.flush_all()
        with file_open("zoom_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        copied = self.env["zoom.integration"].with_context(active_test=False).search([])
        self.assertEqual(set(copied.mapped("state")), {"draft"})
        self.assertFalse(any(copied.mapped("active")))
        self.assertFalse(any(copied.mapped("client_id")) or any(copied.mapped("account_id")))
        self.assertNotIn(key, copied.mapped("webhook_key"))

    def test_manager_sees_zoom_events_only(self):
        events = self.env["connector.event"].with_user(self.manager)
        self.assertEqual(
            set(events.search([]).mapped("integration_model")) - {"zoom.integration"}, set()
        )
