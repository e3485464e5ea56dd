from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.marks import QUIET
from .push_common import PushCase


@tagged("post_install", "-at_install")
class TestPush(PushCase):
    """Single meetings from the calendar to Zoom."""

    def test_create_sends_everything_once(self):
        event = self.event(description="<p>Agenda</p><p>Second line</p>")
        self.assertEqual(self.calls(), [])
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.topic, "Demo for Greta")
        self.assertEqual(meeting.host_id, self.host.zoom_id)
        self.assertEqual(meeting.start.replace(tzinfo=None), self.start)
        self.assertEqual((meeting.duration_minutes, meeting.timezone), (60, "Europe/Madrid"))
        self.assertEqual(meeting.settings.invitees, ["greta.guest@example.com"])
        self.assertIn("Second line", meeting.agenda)
        self.assertEqual(event.zoom_meeting_id.zoom_id, meeting.zoom_id)
        self.assertEqual(event.videocall_location, meeting.join_url)
        self.assertEqual(event.videocall_source, "zoom")
        self.assertFalse(event.zoom_push_state)
        self.assertEqual(self.env["calendar.event"].search_count([("name", "=", event.name)]), 1)
        self.assertEqual(self.rows().mapped("state"), ["done"])

    def test_create_needs_one_call(self):
        self.event()
        self.push()
        self.assertEqual(self.calls(), [("POST", f"/users/{self.host.zoom_id}/meetings")])

    def test_waiting_is_shown_until_it_is_sent(self):
        event = self.event()
        self.commit()
        event.invalidate_recordset()
        self.assertEqual(event.zoom_push_state, "waiting")
        self.assertIn("being made", event.zoom_push_message)

    def test_change_of_topic_and_time(self):
        event = self.event()
        self.push()
        self.control("calls", "DELETE")
        later = self.start + timedelta(hours=5)
        event.with_user(self.sales).write(
            {"name": "Demo, second try", "start": later, "stop": later + timedelta(minutes=30)}
        )
        self.push()
        self.assertEqual([method for method, _path in self.calls()], ["PATCH", "GET"])
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.topic, "Demo, second try")
        self.assertEqual(meeting.start.replace(tzinfo=None), later)
        self.assertEqual(meeting.duration_minutes, 30)
        self.assertEqual((event.start, event.name), (later, "Demo, second try"))

    def test_change_that_does_not_concern_zoom_makes_no_call(self):
        event = self.event()
        self.push()
        self.control("calls", "DELETE")
        event.with_user(self.sales).write({"location": "Room 5", "show_as": "free"})
        self.commit()
        self.assertEqual(len(self.rows()), 1)
        event.with_user(self.sales).write({"name": event.name})
        self.push()
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.rows().mapped("state"), ["done"])

    def test_many_saves_become_one_call_with_the_last_wish(self):
        event = self.event()
        self.push()
        self.control("calls", "DELETE")
        for number in range(5):
            event.with_user(self.sales).name = f"Name {number}"
            self.commit()
        self.push()
        self.assertEqual([m for m, _p in self.calls()], ["PATCH", "GET"])
        self.assertEqual(self.in_zoom()[0].topic, "Name 4")

    def test_echo_of_our_own_change_makes_no_call_and_no_write(self):
        stub = self.listen()
        event = self.event()
        self.push()
        event.with_user(self.sales).write({"name": "Another name"})
        self.push()
        bodies = self.announced(stub)
        self.assertEqual([b["event"] for b in bodies], ["meeting.created", "meeting.updated"])
        self.control("calls", "DELETE")
        self.env.flush_all()
        before = self.written(event)
        self.apply(*bodies, integration=self.account)
        self.commit()
        self.assertEqual(self.written(event), before)
        self.assertEqual(self.calls(), [])
        self.assertFalse(event.zoom_meeting_id.needs_read)
        self.assertEqual(set(self.rows().mapped("state")), {"done"})
        self.assertEqual(self.env["zoom.meeting"].search_count([]), 1)

    def written(self, event):
        """Return the row versions of the event and its meeting: they change with every UPDATE."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT e.xmin::text, e.ctid::text, m.xmin::text, m.ctid::text FROM calendar_event e"
            " JOIN zoom_meeting m ON m.id = e.zoom_meeting_id WHERE e.id = %s",
            (event.id,),
        )
        return self.env.cr.fetchall()

    def test_announcement_that_comes_before_the_answer_makes_no_second_event(self):
        """Zoom's webhook is often faster than the answer to the call."""
        stub = self.listen()
        event = self.event()
        self.commit()
        row = self.rows()
        step = row._prepare(False)
        row._mark(step)
        self.env.flush_all()
        adapter = self.account._zoom_client().create_meeting(step.host_key, step.draft)
        self.apply(*self.announced(stub), integration=self.account)
        self.assertFalse(self.env["zoom.meeting"].search([]))
        row._created(step, adapter, 1, 2, False)
        self.assertTrue(event.zoom_meeting_id)
        self.assertEqual(self.env["calendar.event"].search_count([("name", "=", event.name)]), 1)

    def test_a_persons_change_in_zoom_right_after_ours_is_no_echo(self):
        stub = self.listen()
        event = self.event()
        self.push()
        self.announced(stub)
        number = int(event.zoom_meeting_id.zoom_id)
        self.control("zoom/meeting", action="update", meeting_id=number, topic="Changed in Zoom")
        self.apply(*self.announced(stub), integration=self.account)
        event.invalidate_recordset()
        self.assertEqual(event.name, "Changed in Zoom")
        self.commit()
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_both_sides_change_different_fields(self):
        """Zoom's news waits while ours is under way, and neither is lost."""
        stub = self.listen()
        event = self.event()
        self.push()
        self.announced(stub)
        later = self.start + timedelta(hours=2)
        event.with_user(self.sales).write({"start": later, "stop": later + timedelta(hours=1)})
        self.commit()
        number = int(event.zoom_meeting_id.zoom_id)
        self.control("zoom/meeting", action="update", meeting_id=number, topic="Topic by Zoom")
        self.apply(*self.announced(stub), integration=self.account)
        event.invalidate_recordset()
        self.assertEqual(event.name, "Demo for Greta")
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.topic, "Topic by Zoom")
        self.assertEqual(meeting.start.replace(tzinfo=None), later)
        self.assertEqual((event.name, event.start), ("Topic by Zoom", later))

    # -- cancelling ------------------------------------------------------------------------------

    def test_unlink_archive_and_switch_cancel(self):
        events = [self.event(name=name) for name in ("Unlinked", "Archived", "Switched off")]
        self.push()
        self.assertEqual(len(self.in_zoom()), 3)
        link = events[2].videocall_location
        events[0].with_user(self.sales).unlink()
        events[1].with_user(self.sales).action_archive()
        events[2].with_user(self.sales).zoom_requested = False
        self.push()
        self.assertEqual(self.in_zoom(), [])
        self.assertTrue(events[2].active)
        self.assertFalse(events[2].zoom_meeting_id)
        self.assertTrue(link)
        self.assertFalse(events[2].videocall_location)
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_archived_and_restored_gets_a_new_meeting(self):
        event = self.event()
        self.push()
        first = event.zoom_meeting_id
        event.with_user(self.sales).action_archive()
        self.push()
        self.assertEqual(first.presence, "deleted")
        event.with_user(self.sales).action_unarchive()
        self.push()
        self.assertNotEqual(event.zoom_meeting_id, first)
        self.assertEqual([m.zoom_id for m in self.in_zoom()], [event.zoom_meeting_id.zoom_id])
        self.assertEqual(event.videocall_location, event.zoom_meeting_id.join_url)
        self.assertTrue(event.active)

    def test_archived_before_it_was_sent_makes_no_call(self):
        event = self.event()
        self.commit()
        event.with_user(self.sales).action_archive()
        self.push()
        self.assertEqual(self.calls(), [])
        self.assertFalse(self.rows())

    def test_delete_of_a_meeting_that_is_gone_already(self):
        event = self.event()
        self.push()
        number = int(event.zoom_meeting_id.zoom_id)
        self.control("zoom/meeting", action="delete", meeting_id=number, permanently=True)
        event.with_user(self.sales).unlink()
        self.push()
        self.assertEqual(set(self.rows().mapped("state")), {"done"})

    def test_what_is_over_stays_in_zoom(self):
        event = self.event()
        self.push()
        past = self.start - timedelta(days=10)
        event.with_context(**QUIET).write({"start": past, "stop": past + timedelta(hours=1)})
        event.zoom_meeting_id.with_context(zoom_push_hold=True).start = past
        self.control("calls", "DELETE")
        event.with_user(self.sales).unlink()
        self.push()
        self.assertEqual(self.calls(), [])

    def test_deleted_in_zoom_changed_in_odoo_asks_a_person(self):
        event = self.event()
        self.push()
        first = event.zoom_meeting_id
        self.control(
            "zoom/meeting", action="delete", meeting_id=int(first.zoom_id), permanently=True
        )
        event.with_user(self.sales).name = "Still wanted"
        self.push()
        self.assertEqual(event.zoom_push_state, "failed")
        self.assertIn("deleted in Zoom", event.zoom_push_message)
        self.assertTrue(event.active)
        event.with_user(self.sales).action_zoom_retry()
        self.push()
        self.assertFalse(event.zoom_push_state)
        self.assertNotEqual(event.zoom_meeting_id, first)
        self.assertEqual([m.topic for m in self.in_zoom()], ["Still wanted"])

    def test_mass_archive(self):
        events = self.env["calendar.event"].union(*(self.event(name=f"No {n}") for n in range(15)))
        self.push()
        self.assertEqual(len(self.in_zoom()), 15)
        events.with_user(self.sales).action_archive()
        self.commit()
        rows = self.rows().filtered(lambda row: row.state == "pending")
        self.assertEqual(set(rows.mapped("priority")), {10})
        self.push()
        self.assertEqual(self.in_zoom(), [])

    # -- hosts, templates, copies -----------------------------------------------------------------

    def test_another_organizer_means_another_meeting_of_his(self):
        colleague = new_test_user(
            self.env, "push_colleague", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        self.other_host.user_id = colleague
        event = self.event()
        self.push()
        first = event.zoom_meeting_id
        event.with_user(self.sales).user_id = colleague
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.host_id, self.other_host.zoom_id)
        self.assertNotEqual(event.zoom_meeting_id, first)
        self.assertEqual(event.videocall_location, meeting.join_url)
        self.assertEqual(event.user_id, colleague)
        self.assertEqual(first.presence, "deleted")

    def test_organizer_without_zoom_user(self):
        plain = new_test_user(
            self.env, "push_plain", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        event = self.event(user=plain)
        self.push()
        self.assertEqual(event.zoom_push_state, "failed")
        self.assertIn("push_plain", event.zoom_push_message)
        self.account.default_host_id = self.other_host
        self.env.add_to_compute(event._fields["zoom_host_id"], event)
        event.with_user(plain).action_zoom_retry()
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual(meeting.host_id, self.other_host.zoom_id)
        self.assertEqual(event.user_id, plain)
        event.with_user(plain).name = "Renamed"
        self.push()
        (meeting,) = self.in_zoom()
        self.assertEqual((meeting.topic, meeting.host_id), ("Renamed", self.other_host.zoom_id))
        self.assertEqual(event.user_id, plain)

    def test_template_settings_arrive_and_are_read_back(self):
        template = self.env["zoom.meeting.template"].create(
            {
                "name": "Demo",
                "waiting_room": "off",
                "join_before_host": "on",
                "mute_upon_entry": "on",
                "recording_mode": "cloud",
                "registration": "manual",
                "alternative_host_ids": [(6, 0, self.other_host.ids)],
            }
        )
        event = self.event(zoom_template_id=template.id)
        self.push()
        settings = self.in_zoom()[0].settings
        self.assertEqual(
            (
                settings.waiting_room,
                settings.join_before_host,
                settings.mute_upon_entry,
                settings.auto_recording,
                settings.approval_type,
                settings.alternative_hosts,
            ),
            (False, True, True, "cloud", 1, [self.other_host.email]),
        )
        meeting = event.zoom_meeting_id
        self.assertEqual((meeting.waiting_room, meeting.recording_mode), (False, "cloud"))
        self.assertFalse(event.zoom_push_note)

    def test_account_policy_that_overrules_a_template_is_told(self):
        self.control("zoom/app", policy={"waiting_room": True})
        template = self.env["zoom.meeting.template"].create(
            {"name": "Open door", "waiting_room": "off"}
        )
        event = self.event(zoom_template_id=template.id)
        self.push()
        self.assertIn("waiting room", event.zoom_push_note)
        self.assertTrue(event.zoom_meeting_id.waiting_room)

    def test_another_template_later(self):
        event = self.event()
        self.push()
        template = self.env["zoom.meeting.template"].create(
            {"name": "Recorded", "recording_mode": "cloud"}
        )
        event.with_user(self.sales).zoom_template_id = template
        self.push()
        self.assertEqual(self.in_zoom()[0].settings.auto_recording, "cloud")

    def test_templates_kept_in_zoom_are_listed(self):
        self.account.action_read_templates()
        found = self.env["zoom.meeting.template"].search([("vendor_key", "!=", False)])
        self.assertEqual(set(found.mapped("name")), {"Weekly review", "Customer call"})
        self.account.action_read_templates()
        again = self.env["zoom.meeting.template"].search([("vendor_key", "!=", False)])
        self.assertEqual(again, found)

    def test_guests_invited_in_zoom_only_stay_invited(self):
        event = self.event()
        self.push()
        number = int(event.zoom_meeting_id.zoom_id)
        stub = self.listen()
        both = [{"email": "greta.guest@example.com"}, {"email": "nobody@example.org"}]
        self.control(
            "zoom/meeting", action="update", meeting_id=number, settings={"meeting_invitees": both}
        )
        self.apply(*self.announced(stub), integration=self.account)
        new = self.env["res.partner"].create({"name": "Nora", "email": "nora@example.com"})
        event.with_user(self.sales).partner_ids = [(4, new.id), (3, self.guest.id)]
        self.push()
        self.assertEqual(
            sorted(self.in_zoom()[0].settings.invitees), ["nobody@example.org", "nora@example.com"]
        )

    def test_copy_gets_a_meeting_of_its_own(self):
        event = self.event()
        self.push()
        twin = event.with_user(self.sales).copy().sudo()
        self.assertFalse(twin.zoom_meeting_id)
        self.assertFalse(twin.videocall_location)
        self.push()
        self.assertEqual(len(self.in_zoom()), 2)
        self.assertNotEqual(twin.zoom_meeting_id, event.zoom_meeting_id)
        self.assertNotEqual(twin.videocall_location, event.videocall_location)

    def test_all_day_event_becomes_a_meeting_without_time(self):
        event = self.event(
            allday=True, start_date=self.start.date(), stop_date=self.start.date(), stop=self.start
        )
        self.push()
        meeting = event.zoom_meeting_id
        self.assertEqual(meeting.kind, "open_series")
        self.assertIn("no time", event.zoom_push_note)
        self.assertTrue(event.active)
        self.assertTrue(event.videocall_location)

    def test_long_name_is_cut_for_zoom_only(self):
        event = self.event(name="x" * 250)
        self.push()
        self.assertEqual(self.in_zoom()[0].topic, "x" * 200)
        self.assertEqual(event.name, "x" * 250)

    def test_agenda_tells_no_address_of_organizer_and_guests(self):
        guest = self.env["res.partner"].create(
            {"name": "Gwen Guest", "email": "gwen@example.com", "phone": "+1 555 0100"}
        )
        for description in (False, "<p>Prices</p>"):
            self.event(
                name="Agenda",
                description=description,
                user_id=self.sales.id,
                partner_ids=[(6, 0, (self.sales.partner_id | guest).ids)],
            )
        self.push()
        self.assertEqual({meeting.agenda or "" for meeting in self.in_zoom()}, {"", "Prices"})

    # -- rights -----------------------------------------------------------------------------------

    def test_who_may_ask(self):
        plain = new_test_user(self.env, "push_no_zoom", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.event(user=plain)
        event = self.event(user=plain, zoom_requested=False)
        with self.assertRaises(AccessError):
            event.with_user(plain).zoom_requested = True

    def test_no_context_of_a_caller_opens_what_rights_close(self):
        plain = new_test_user(self.env, "push_no_zoom", groups="base.group_user")
        event = self.event(user=plain, zoom_requested=False)
        for name in ("zoom_sync", "zoom_series"):
            for value in (True, "SYNC", "Mark.SYNC", 1):
                mine = event.with_user(plain).with_context(**{name: value})
                with self.assertRaises(AccessError):
                    mine.write({"zoom_requested": True})
                with self.assertRaises(AccessError):
                    mine.create({"name": "x", "zoom_requested": True})

    def test_nobody_links_his_event_to_a_meeting_of_others(self):
        theirs = self.event()
        self.push()
        meeting = theirs.zoom_meeting_id
        self.assertTrue(meeting.join_url)
        other = new_test_user(
            self.env, "push_other", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        mine = self.event(user=other, zoom_requested=False)
        for context in ({}, {"zoom_sync": True}):
            event = mine.with_user(other).with_context(**context)
            with self.assertRaises(AccessError):
                event.write({"zoom_meeting_id": meeting.id})
            with self.assertRaises(AccessError):
                theirs.with_user(other).with_context(**context).write({"zoom_meeting_id": False})
            with self.assertRaises(AccessError):
                event.create({"name": "x", "zoom_meeting_id": meeting.id})
        self.assertFalse(mine.zoom_join_url)

    def test_manager_maps_a_host_who_has_meetings(self):
        event = self.event()
        self.push()
        manager = new_test_user(self.env, "push_mapper", groups="zoom_connector.group_zoom_manager")
        meeting = event.zoom_meeting_id
        self.host.with_user(manager).user_id = manager
        self.assertEqual(meeting.user_id, manager)
        self.assertEqual(event.user_id, manager)

    def test_host_of_a_foreign_company_is_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self.new_integration(name="Foreign", company_id=company.id)
        host = self.env["zoom.user"].search([("integration_id", "=", foreign.id)])
        with self.assertRaises(ValidationError):
            self.event(zoom_host_id=host.id)
            self.env.flush_all()

    def test_private_event_tells_others_nothing(self):
        event = self.event(privacy="private", user_id=self.sales.id, description="Secret")
        self.commit()
        other = new_test_user(
            self.env, "push_other", groups="base.group_user,zoom_connector.group_zoom_user"
        )
        self.env.invalidate_all()
        self.assertEqual(event.with_user(self.sales).zoom_push_state, "waiting")
        self.env.invalidate_all()
        self.assertFalse(event.with_user(other).zoom_push_message)
        self.assertFalse(event.with_user(other).zoom_host_id)

    def test_a_colleague_without_zoom_may_move_the_meeting(self):
        plain = new_test_user(self.env, "push_no_zoom", groups="base.group_user")
        event = self.event(partner_ids=[(6, 0, (self.sales | plain).partner_id.ids)])
        self.push()
        later = self.start + timedelta(days=1)
        event.with_user(plain).write({"start": later, "stop": later + timedelta(hours=1)})
        self.push()
        self.assertEqual(self.in_zoom()[0].start.replace(tzinfo=None), later)

    def test_outbox_is_for_managers(self):
        event = self.event()
        self.commit()
        portal = new_test_user(self.env, "push_portal", groups="base.group_portal")
        for user in (self.sales, portal):
            with self.assertRaises(AccessError):
                self.env["zoom.push"].with_user(user).search([]).read(["name"])
            with self.assertRaises(AccessError):
                self.env["zoom.budget"].with_user(user).search([])
        with self.assertRaises(AccessError):
            event.with_user(portal).action_zoom_retry()
        manager = new_test_user(
            self.env, "push_manager", groups="zoom_connector.group_zoom_manager"
        )
        rows = self.env["zoom.push"].with_user(manager).search([])
        self.assertEqual(rows.event_id, event)
        with self.assertRaises(AccessError):
            rows.create({"subject": "event:1", "action": "create"})
        rows.action_drop()
        self.assertFalse(self.rows())
