from psycopg2 import IntegrityError

from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.connector_base import compat


@tagged("post_install", "-at_install")
class TestCompat(TransactionCase):
    """What the eight names promise, on the series the suite runs on."""

    def test_constraint_is_in_the_database(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE conname = 'connector_event_fact_unique'"
        )
        self.assertTrue(self.env.cr.fetchone())

    def test_partial_unique_index_refuses_a_second_open_alert(self):
        values = {"cause": "x", "message": "m"}
        self.env["connector.alert"].create(dict(values, state="open"))
        self.env["connector.alert"].create(dict(values, state="resolved"))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["connector.alert"].create(dict(values, state="open"))

    def test_users_of_counts_implied_groups(self):
        group = self.env.ref("connector_base.group_connector_diagnostics")
        user = new_test_user(
            self.env, "cb_manager", groups="connector_base.group_connector_manager"
        )
        self.assertIn(user, compat.users_of(group))

    def test_groups_stand_in_their_section_of_the_user_form(self):
        group = self.env.ref("connector_base.group_connector_manager")
        category = self.env.ref("connector_base.module_category_connector")
        found = group.privilege_id.category_id if compat.IS_19 else group.category_id
        self.assertEqual(found, category)

    def test_cron_progress_is_silent_outside_a_cron(self):
        compat.cron_progress(self.env, 1, 1)
