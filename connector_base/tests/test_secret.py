import os
import stat
import tempfile
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.connector_base import compat, keyring
from odoo.addons.connector_base.core.crypto import KeyRing
from odoo.addons.connector_base.core.errors import ConfigurationError, KeyUnavailable

from .common import data_directory, encryption_keys, server_config

SECRET = "s3cret-value-that-must-not-leak"


@tagged("post_install", "-at_install")
class TestSecret(TransactionCase):
    def setUp(self):
        super().setUp()
        # Other rows would decide whether a key file may be made; they come back with the rollback.
        self.env.cr.execute("DELETE FROM connector_secret")
        self.key = KeyRing.generate_key()
        self.record = self.env.company.partner_id
        self.store = self.env["connector.secret"]

    def _stored(self):
        self.env.cr.execute("SELECT value FROM connector_secret")
        return [value for (value,) in self.env.cr.fetchall()]

    def test_round_trip_is_encrypted_at_rest(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
            self.assertEqual(self.store._secret_get(self.record, "token"), SECRET)
            self.assertEqual(self.store._secret_known(self.record, ["token", "other"]), {"token"})
        self.assertNotIn(SECRET, "".join(self._stored()))

    def test_empty_text_forgets(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
            self.store._secret_set(self.record, "token", "")
            self.assertIsNone(self.store._secret_get(self.record, "token"))

    def test_nobody_reads_it_over_rpc(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
        user = new_test_user(
            self.env,
            "cb_admin",
            groups="base.group_system,connector_base.group_connector_manager",
        )
        secret = self.store.search([], limit=1)
        for call in (
            lambda: secret.with_user(user).read(["value"]),
            lambda: self.store.with_user(user).search_read([], ["value"]),
            lambda: secret.with_user(user).export_data(["value"]),
            lambda: self.store.with_user(user).create(
                {"res_model": "x", "res_id": 1, "name": "n", "value": "v", "key_id": "k"}
            ),
            lambda: secret.with_user(user).write({"value": "v"}),
            lambda: secret.with_user(user).unlink(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_wrong_key_is_told_and_nothing_overwritten(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
        before = self._stored()
        with encryption_keys(KeyRing.generate_key()):
            with self.assertRaises(KeyUnavailable):
                self.store._secret_get(self.record, "token")
            with self.assertRaises(KeyUnavailable):
                self.store._secret_set(self.record, "token", "new")
        self.assertEqual(self._stored(), before)
        with encryption_keys(self.key):
            self.assertEqual(self.store._secret_get(self.record, "token"), SECRET)

    def test_what_cannot_be_read_can_be_forgotten(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
        with encryption_keys(KeyRing.generate_key()):
            self.store._secret_set(self.record, "token", None)
            self.store._secret_set(self.record, "token", "new")
            self.assertEqual(self.store._secret_get(self.record, "token"), "new")

    def test_missing_key_is_told_and_no_new_one_made(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
        with tempfile.TemporaryDirectory() as folder, data_directory(folder), encryption_keys():
            with self.assertRaises(KeyUnavailable) as caught:
                self.store._secret_set(self.record, "other", "new")
            self.assertIn("key", caught.exception.remedy)
            self.assertFalse(keyring.key_file().exists())

    def test_first_secret_makes_a_key_file_for_the_server_only(self):
        with tempfile.TemporaryDirectory() as folder, data_directory(folder), encryption_keys():
            self.store._secret_set(self.record, "token", SECRET)
            self.assertEqual(stat.S_IMODE(keyring.key_file().stat().st_mode), 0o600)
            self.assertEqual(self.store._secret_get(self.record, "token"), SECRET)
            self.assertEqual(os.listdir(keyring.key_file().parent), ["keys"])

    def test_reading_alone_makes_no_key_file(self):
        with tempfile.TemporaryDirectory() as folder, data_directory(folder), encryption_keys():
            with self.assertRaises(KeyUnavailable):
                keyring.key_ring(self.env)
            self.assertFalse(keyring.key_file().exists())

    def test_key_file_that_others_can_read_is_refused(self):
        with tempfile.TemporaryDirectory() as folder, data_directory(folder), encryption_keys():
            path = keyring.key_file()
            path.parent.mkdir()
            path.write_text(self.key)
            path.chmod(0o640)
            with self.assertRaises(ConfigurationError) as caught:
                self.store._secret_set(self.record, "token", SECRET)
            self.assertIn("chmod 600", caught.exception.remedy)

    def test_configuration_file_goes_before_the_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "odoo.conf"
            path.write_text(
                f"[options]\n[connector_base]\nkeys = {self.key},\n  {KeyRing.generate_key()}\n"
            )
            with server_config(path), encryption_keys(KeyRing.generate_key()):
                self.assertEqual(compat.config_path(), str(path))
                ring = keyring.key_ring(self.env)
                self.assertEqual(ring.key_ids[0], KeyRing([self.key]).primary_id)
                self.assertEqual(len(ring.key_ids), 2)
                # A changed file is seen without a restart.
                path.write_text(f"[connector_base]\nkeys = {self.key}\n")
                self.assertEqual(len(keyring.key_ring(self.env).key_ids), 1)

    def test_reencrypt_moves_everything_to_the_primary_key(self):
        new = KeyRing.generate_key()
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "a", SECRET)
            self.store._secret_set(self.record, "b", SECRET)
        with encryption_keys(new, self.key):
            self.assertEqual(self.store._secret_get(self.record, "a"), SECRET)
            self.assertEqual(self.store._reencrypt_all(), 2)
            self.assertEqual(self.store._secret_usage(), {KeyRing([new]).primary_id: 2})
            self.assertEqual(self.store._reencrypt_all(), 0)
        with encryption_keys(new):
            self.assertEqual(self.store._secret_get(self.record, "b"), SECRET)

    def test_reencrypt_changes_nothing_when_one_key_is_missing(self):
        with encryption_keys(KeyRing.generate_key()):
            self.store._secret_set(self.record, "a", SECRET)
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "b", SECRET)
        before = self._stored()
        with (
            encryption_keys(KeyRing.generate_key(), self.key),
            self.assertRaises(KeyUnavailable),
        ):
            self.store._reencrypt_all()
        self.assertEqual(sorted(self._stored()), sorted(before))

    def test_value_moved_to_another_record_cannot_be_read(self):
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "token", SECRET)
            self.env.cr.execute("UPDATE connector_secret SET res_id = res_id + 1")
            thief = self.record.browse(self.record.id + 1)
            with self.assertRaises(ConfigurationError):
                self.store._secret_get(thief, "token")

    def test_screen_shows_ids_and_what_to_do(self):
        new = KeyRing.generate_key()
        with encryption_keys(self.key):
            self.store._secret_set(self.record, "a", SECRET)
        with encryption_keys(new, self.key):
            screen = self.env["connector.encryption"].create({})
            self.assertEqual(
                [(line.role, line.count) for line in screen.line_ids], [("primary", 0), ("old", 1)]
            )
            self.assertEqual(screen.outdated_count, 1)
            shown = str(screen.read() + screen.line_ids.read())
            self.assertNotIn(new, shown)
            self.assertNotIn(self.key, shown)
            screen.action_reencrypt()
        with encryption_keys(new):
            screen = self.env["connector.encryption"].create({})
            self.assertEqual([line.role for line in screen.line_ids], ["primary"])
        with encryption_keys(self.key):
            screen = self.env["connector.encryption"].create({})
            self.assertEqual([line.role for line in screen.line_ids], ["primary", "missing"])
