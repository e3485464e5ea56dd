from psycopg2 import errors as pg_errors

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base.tests.common import CommittedCase, use_new_key

from ..adapters.events import split
from .common import sample


@tagged("post_install", "-at_install")
class TestTwoWriters(CommittedCase):
    """Webhooks and import write the same meeting at the same time: nothing is lost, none is double."""

    integration_model = "zoom.integration"

    def setUp(self):
        super().setUp()
        use_new_key(self)
        self.addCleanup(self.delete_events)
        with self.committed() as env:
            self.integration_id = env["zoom.integration"].create({"name": "Two writers"}).id
        self.commit(sample("meeting.created"), sample("meeting.started"))

    def delete_events(self):
        with self.committed() as env:
            mine = [("zoom_meeting_id.integration_id", "=", self.integration_id)]
            env["calendar.event"].with_context(active_test=False).search(mine).unlink()

    def apply(self, env, *bodies):
        integration = env["zoom.integration"].browse(self.integration_id)
        for body in bodies:
            for fact in split(body):
                parsed, _issues = integration._connector_parse(fact.event_type, fact.payload)
                integration._connector_apply(fact.event_type, [(env["connector.event"], parsed)])
        env.flush_all()

    def commit(self, *bodies):
        with self.committed() as env:
            self.apply(env, *bodies)

    def test_second_of_two_writers_is_turned_away(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        self.addCleanup(second.close)
        self.addCleanup(first.close)
        env = api.Environment(second, SUPERUSER_ID, {})
        self.assertEqual(
            env["zoom.integration"].browse(self.integration_id).name, "Two writers"
        )  # from here on the second transaction sees the past
        self.apply(api.Environment(first, SUPERUSER_ID, {}), sample("meeting.participant_joined"))
        first.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(pg_errors.SerializationFailure):
            self.apply(env, sample("meeting.participant_joined.guest"))
        second.rollback()
        self.commit(sample("meeting.participant_joined.guest"))
        with self.committed() as env:
            people = env["zoom.participant"].search([("integration_id", "=", self.integration_id)])
            self.assertEqual(sorted(people.mapped("name")), ["Bob User", "Gia Guest"])

    def test_same_new_meeting_from_two_sides(self):
        body = sample("meeting.created.recurring")
        first, second = self.registry.cursor(), self.registry.cursor()
        self.addCleanup(second.close)
        self.addCleanup(first.close)
        env = api.Environment(second, SUPERUSER_ID, {})
        self.assertTrue(env["zoom.integration"].browse(self.integration_id).name)
        self.apply(api.Environment(first, SUPERUSER_ID, {}), body)
        first.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(pg_errors.UniqueViolation):
            self.apply(env, body)
        second.rollback()
        self.commit(body)
        with self.committed() as env:
            found = env["zoom.meeting"].search([("zoom_id", "=", "89876543210")])
            self.assertEqual(len(found), 1)
            self.assertEqual(len(found.calendar_event_ids), 3)
