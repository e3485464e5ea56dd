"""What the Zoom suites share: an account, signed deliveries of vendor samples, snapshots of records."""

import json
import time
from pathlib import Path

from odoo import fields
from odoo.tests import HttpCase, TransactionCase

from odoo.addons.connector_base.core import signature
from odoo.addons.connector_base.tests.common import use_new_key

from ..adapters.events import split
from ..adapters.webhook import signed_message

SAMPLES = Path(__file__).parent / "samples"
SECRET = "test-secret-token"
# Zoom's own bodies are compact and keep non-ASCII characters (measured, see the fact sheet).
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}
FIXED = ("user_id", "calendar_event_id")


def sample(name):
    """Return the body of a vendor sample."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def signed_headers(raw, secret=SECRET, timestamp=None):
    """Return the headers with which Zoom sends `raw`."""
    timestamp = str(int(time.time()) if timestamp is None else timestamp)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": signature.sign(secret, signed_message(timestamp, raw), prefix="v0="),
        "x-zm-request-id": "test-request",
    }


class ZoomMixin:
    """Set-up and steps for both kinds of test case."""

    @classmethod
    def set_up_account(cls):
        use_new_key(cls)
        cls.owner = cls.env["res.users"].create(
            {
                "name": "Olga Owner",
                "login": "olga.owner@example.com",
                "email": "olga.owner@example.com",
                "tz": "Europe/Madrid",
            }
        )
        cls.ada = cls.env["res.users"].create(
            {
                "name": "Ada Host",
                "login": "ada",
                "email": "Ada.Host@Example.com",
                "tz": "Europe/Madrid",
            }
        )
        cls.bob = cls.env["res.partner"].create({"name": "Bob", "email": "BOB.user@example.com"})
        cls.integration = cls.new_integration()

    @classmethod
    def new_integration(cls, **values):
        integration = cls.env["zoom.integration"].create(
            {
                "name": "Test account",
                "client_id": "EXAMPLE_CLIENT_ID_0001",
                "client_secret": "test-client-secret",
                "account_id": "AcctExampleCo000000001",
                "webhook_secret": SECRET,
                "default_owner_id": cls.owner.id,
                **values,
            }
        )
        cls.env["zoom.user"]._upsert(
            integration,
            [
                {
                    "zoom_id": "HostAdaExample00000001",
                    "first_name": "Ada",
                    "last_name": "Host",
                    "email": "ada.host@example.com",
                    "status": "active",
                }
            ],
            1,
        )
        return integration

    def apply(self, *bodies, integration=None, split_calls=True):
        """Make records of webhook bodies, the way the drain does, without HTTP and inbox.

        :param split_calls: one call per event (else all events of one type together)
        """
        integration = integration or self.integration
        batches = []
        for body in bodies:
            for fact in split(json.loads(json.dumps(body))):
                if batches and not split_calls and batches[-1][0] == fact.event_type:
                    batches[-1][1].append(fact)
                else:
                    batches.append((fact.event_type, [fact]))
        for event_type, facts in batches:
            pairs = [
                (
                    self.env["connector.event"],
                    integration._connector_parse(event_type, f.payload)[0],
                )
                for f in facts
            ]
            integration._connector_apply(event_type, pairs)
        self.env.flush_all()
        self.env.invalidate_all()

    def meeting(self, zoom_id="81234567890", integration=None):
        integration = integration or self.integration
        return self.env["zoom.meeting"].search(
            [("zoom_id", "=", zoom_id), ("integration_id", "=", integration.id)]
        )

    def snapshot(self, integration=None):
        """Return all that an account's events made, comparable and free of database ids."""
        integration = integration or self.integration
        mine = [("integration_id", "=", integration.id)]
        # Archived ones too: a recovered meeting brings them back, with what people noted on them.
        events = (
            self.env["calendar.event"]
            .with_context(active_test=False)
            .search([("zoom_meeting_id.integration_id", "=", integration.id)])
        )
        instances = self.env["zoom.meeting.instance"].search(mine)
        return {
            "meetings": self._rows(
                self.env["zoom.meeting"].search(mine),
                "zoom_id topic agenda zoom_type start duration timezone join_url state waiting_room"
                " recurrence occurrences register calendar_note calendar_target zoom_changed_at",
                lambda m: (
                    m.host_id.zoom_id,
                    m.user_id.login,
                    m.calendar_event_id.zoom_key,
                ),
            ),
            "events": self._rows(
                events,
                "name start stop active zoom_key videocall_location recurrency follow_recurrence",
                lambda e: (
                    e.zoom_meeting_id.zoom_id,
                    e.user_id.login,
                    sorted(e.partner_ids.mapped("name")),
                    e.recurrence_id.name,
                ),
            ),
            "instances": self._rows(
                instances,
                "uuid start stop duration state participant_count person_seconds average_share"
                " recording_state share_url register",
                lambda i: (i.meeting_id.zoom_id, i.calendar_event_id.zoom_key),
            ),
            "people": self._rows(
                instances.with_context(active_test=False).participant_ids,
                "name email role role_raw duration join_time leave_time share state identity_keys"
                " register is_guest zoom_user_id registrant_id affiliation active",
                lambda p: (p.instance_id.uuid, p.partner_id.name),
            ),
            "stays": self._rows(
                instances.participant_ids.stay_ids,
                "device participant_uuid join_time leave_time leave_inferred reported leave_reason",
                lambda s: (s.participant_id.name, s.instance_id.uuid),
            ),
            "recordings": self._rows(
                self.env["zoom.recording"].search(mine),
                "file_id file_type file_size state play_url start stop register",
                lambda r: (r.instance_id.uuid,),
            ),
            "registrants": self._rows(
                self.env["zoom.registrant"].search(mine), "registrant_id name email status register"
            ),
            "users": self._rows(
                self.env["zoom.user"].with_context(active_test=False).search(mine),
                "zoom_id name email status timezone active register",
            ),
        }

    def _rows(self, records, names, more=lambda record: ()):
        rows = [
            (*[self._plain(record, name) for name in names.split()], *more(record))
            for record in records
        ]
        return sorted(rows, key=repr)

    def _plain(self, record, name):
        value = record[name]
        if name == "calendar_target" and value:
            value = {
                **value,
                "shared": {k: v for k, v in value["shared"].items() if k != "user_id"},
            }
        if name == "register" and value:
            value = dict(sorted(value.items()))
        return json.dumps(value, sort_keys=True, default=str) if isinstance(value, dict) else value

    def at(self, text):
        return fields.Datetime.to_datetime(text)


class ZoomCase(ZoomMixin, TransactionCase):
    """Records from facts, without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_account()


class ZoomHttpCase(ZoomMixin, HttpCase):
    """Signed deliveries over the real route, drained from the real inbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_account()

    def deliver(self, body, integration=None, secret=SECRET, timestamp=None, headers=None):
        """Send one body as Zoom does; return the response.

        :param body: dict or list, or bytes as they are
        """
        integration = integration or self.integration
        raw = body if isinstance(body, bytes) else json.dumps(body, **COMPACT).encode()
        sent = {**signed_headers(raw, secret, timestamp), **(headers or {})}
        return self.url_open(
            f"/zoom/webhook/event/{integration.webhook_key}",
            data=raw,
            headers={name: value for name, value in sent.items() if value is not None},
        )

    def drain(self):
        """Make records of everything in the inbox."""
        for lane in range(4):
            self.env["connector.drain"]._run_lane(lane, 60.0)
        self.env.invalidate_all()

    def inbox(self, integration=None):
        integration = integration or self.integration
        self.env.invalidate_all()
        return self.env["connector.event"].search(
            [
                ("integration_model", "=", "zoom.integration"),
                ("integration_id", "=", integration.id),
            ]
        )
