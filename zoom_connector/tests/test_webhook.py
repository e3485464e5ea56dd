import json
import time

from odoo.tests import tagged

from ..adapters.webhook import url_validation
from .common import SAMPLES, SECRET, ZoomHttpCase, sample

LAST = "app_deauthorized"
NOT_EVENTS = ("request_headers", "signature_vectors", "endpoint.url_validation")


@tagged("post_install", "-at_install")
class TestWebhook(ZoomHttpCase):
    """What the route takes, answers and refuses."""

    def test_every_sample_becomes_done_or_ignored(self):
        names = sorted(path.stem for path in SAMPLES.glob("*.json"))
        names = [name for name in names if name not in NOT_EVENTS]
        self.assertGreater(len(names), 40)
        # After it nothing of the account is taken any more: it comes last.
        names.remove(LAST)
        for name in names:
            response = self.deliver(sample(name))
            self.assertEqual((response.status_code, response.content), (200, b""), name)
        self.drain()
        wrong = self.inbox().filtered(lambda event: event.state not in ("done", "ignored"))
        self.assertFalse(wrong.mapped(lambda event: (event.event_type, event.error)))
        ignored = self.inbox().filtered(lambda event: event.state == "ignored")
        self.assertIn("recording.renamed", ignored.mapped("event_type"))
        # Bulk actions also name a recording that no sample brought.
        bulk = {"recording.batch_trashed", "recording.batch_recovered", "recording.batch_deleted"}
        self.assertFalse(set(ignored.mapped("event_type")) - bulk - {"recording.renamed"})
        self.assertEqual(self.deliver(sample(LAST)).status_code, 200)
        self.drain()
        self.assertEqual(self.inbox().filtered(lambda e: e.event_type == LAST).state, "done")

    def test_a_whole_meeting_over_http(self):
        for name in (
            "meeting.created",
            "meeting.started",
            "meeting.participant_joined.host",
            "meeting.participant_joined",
            "meeting.participant_joined.guest",
            "meeting.participant_left.guest",
            "meeting.participant_left",
            "meeting.ended",
            "recording.completed",
        ):
            self.assertEqual(self.deliver(sample(name)).status_code, 200, name)
        self.drain()
        meeting = self.meeting()
        self.assertEqual(meeting.state, "ended")
        instance = meeting.instance_ids
        self.assertEqual(instance.participant_count, 3)
        self.assertEqual(instance.duration, 57 * 60 + 28)
        seconds = {p.name: p.duration for p in instance.participant_ids}
        self.assertEqual(seconds, {"Ada Host": 3448, "Bob User": 3386, "Gia Guest": 2190})
        self.assertEqual(
            instance.participant_ids.filtered("email").mapped("role_raw").count("host"), 1
        )
        self.assertEqual(instance.recording_count, 4)
        self.assertEqual(sum(instance.recording_ids.mapped("file_size")), 239778578)
        event = meeting.calendar_event_id
        self.assertEqual(event.videocall_source, "zoom")
        self.assertEqual(event.zoom_state, "ended")
        self.assertEqual(event.zoom_participant_count, 3)
        bob = instance.participant_ids.filtered(lambda p: p.name == "Bob User")
        self.assertEqual(bob.partner_id, self.bob)
        self.assertEqual(self.bob.zoom_meeting_count, 1)

    def test_twice_delivered_counts_up(self):
        for _time in range(3):
            self.deliver(sample("meeting.started"))
        self.drain()
        event = self.inbox()
        self.assertEqual((len(event), event.deliveries, event.state), (1, 3, "done"))
        self.assertEqual(len(self.meeting().instance_ids), 1)

    def test_url_validation_is_answered_and_noted(self):
        body = sample("endpoint.url_validation")
        response = self.deliver(body)
        self.assertEqual(response.status_code, 200)
        token = body["payload"]["plainToken"]
        self.assertEqual(response.json(), url_validation(SECRET, token))
        self.integration.invalidate_recordset()
        self.assertTrue(self.integration.webhook_validated_at)
        self.assertFalse(self.inbox())

    def test_unsigned_url_validation_gets_no_answer(self):
        response = self.deliver(sample("endpoint.url_validation"), headers={"x-zm-signature": None})
        self.assertEqual(response.status_code, 401)
        self.assertNotIn("encryptedToken", response.text)

    def test_validation_while_the_secret_is_being_rotated(self):
        self.integration.webhook_secret = "the-next-secret"
        body = sample("endpoint.url_validation")
        token = body["payload"]["plainToken"]
        for secret in (SECRET, "the-next-secret"):
            response = self.deliver(body, secret=secret)
            self.assertEqual(response.json(), url_validation(secret, token))

    def assert_refused(self, status, response):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.inbox())

    def test_forged_signature(self):
        self.assert_refused(401, self.deliver(sample("meeting.started"), secret="wrong"))

    def test_missing_signature(self):
        response = self.deliver(sample("meeting.started"), headers={"x-zm-signature": None})
        self.assert_refused(401, response)

    def test_missing_timestamp(self):
        response = self.deliver(sample("meeting.started"), headers={"x-zm-request-timestamp": None})
        self.assert_refused(401, response)

    def test_timestamp_an_hour_off(self):
        for shift in (-3600, 3600):
            response = self.deliver(sample("meeting.started"), timestamp=int(time.time()) + shift)
            self.assert_refused(401, response)

    def test_no_secret_configured(self):
        self.integration.webhook_secret = False
        self.assert_refused(503, self.deliver(sample("meeting.started")))

    def test_body_of_two_megabytes(self):
        raw = json.dumps({"event": "meeting.started", "padding": "x" * 2_000_000}).encode()
        self.assert_refused(413, self.deliver(raw))

    def test_not_json(self):
        self.assert_refused(400, self.deliver(b"not json"))

    def test_json_array(self):
        self.assert_refused(400, self.deliver([sample("meeting.started")]))

    def test_unknown_address(self):
        response = self.url_open("/zoom/webhook/event/no-such-key", data=b"{}")
        self.assertEqual(response.status_code, 404)

    def test_only_account_needs_no_key(self):
        self.env["zoom.integration"].search([("id", "!=", self.integration.id)]).active = False
        raw = json.dumps(sample("meeting.started")).encode()
        from .common import signed_headers

        response = self.url_open("/zoom/webhook/event", data=raw, headers=signed_headers(raw))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(len(self.inbox()), 1)

    def test_unknown_event_is_kept_and_ignored(self):
        self.assertEqual(
            self.deliver({**sample("meeting.started"), "event": "meeting.alert"}).status_code, 200
        )
        self.drain()
        self.assertEqual(self.inbox().state, "ignored")
        self.assertFalse(self.meeting())

    def test_essential_field_missing_is_quarantined_with_remedy(self):
        body = sample("meeting.started")
        del body["payload"]["object"]["uuid"]
        self.assertEqual(self.deliver(body).status_code, 200)
        self.deliver(sample("meeting.ended"))
        self.drain()
        by_type = {event.event_type: event for event in self.inbox()}
        self.assertEqual(by_type["meeting.started"].state, "quarantined")
        self.assertTrue(by_type["meeting.started"].remedy)
        self.assertEqual(by_type["meeting.ended"].state, "done")

    def test_meeting_that_ends_before_it_starts(self):
        body = sample("meeting.ended")
        body["payload"]["object"]["end_time"] = "2026-05-04T07:00:00Z"
        self.deliver(body)
        self.drain()
        self.assertEqual(self.inbox().state, "done")
        instance = self.meeting().instance_ids
        self.assertEqual(instance.state, "ended")
        self.assertGreaterEqual(instance.stop, instance.start)
        self.assertTrue(self.inbox().issue_ids.remedy)

    def test_two_accounts_side_by_side(self):
        other = self.new_integration(name="Second account")
        self.deliver(sample("meeting.created"))
        self.deliver(sample("meeting.created"), integration=other)
        self.drain()
        self.assertTrue(self.meeting())
        self.assertTrue(self.meeting(integration=other))
        self.assertNotEqual(self.meeting(), self.meeting(integration=other))
