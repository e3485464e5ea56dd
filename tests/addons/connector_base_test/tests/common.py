import datetime
import hashlib
import hmac
import json
import time

from odoo.addons.connector_base.core.facts import Fact
from odoo.addons.connector_base.tests.common import CommittedCase

WEBHOOK_SECRET = "whsec-5f0c1d-not-to-be-seen"
CLIENT_SECRET = "client-9a77e2-not-to-be-seen"
MOMENT = datetime.datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=datetime.timezone.utc)


def demo_values(env, **values):
    """Values of a demo integration that can be connected and can receive events."""
    return {
        "name": "Demo",
        "client_id": "demo-app",
        "client_secret": CLIENT_SECRET,
        "webhook_secret": WEBHOOK_SECRET,
        "company_id": env.company.id,
        **values,
    }


def fact(number=1, event_type="thing.changed", name=None, seconds=0, **payload):
    """Return a fact about the thing ``name``; equal numbers are the same fact."""
    name = name if name is not None else f"thing{number}"
    return Fact(
        event_type,
        f"{event_type}:{number}",
        name,
        MOMENT + datetime.timedelta(seconds=seconds),
        {"type": event_type, "id": number, "name": name, "size": number, **payload},
    )


def event_body(number=1, **values):
    """Return the body of a delivery as the demo vendor sends it."""
    return {
        "type": "thing.changed",
        "id": number,
        "name": f"thing{number}",
        "size": number,
        "at": MOMENT.timestamp(),
        **values,
    }


def signed_headers(raw, secret=WEBHOOK_SECRET, stamp=None):
    """Return the headers of a delivery, signed for real."""
    stamp = str(int(time.time()) if stamp is None else stamp)
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Demo-Timestamp": stamp,
        "X-Demo-Signature": digest,
        "X-Demo-Request-Id": "req-1",
    }


def encode(body):
    """Return the bytes of a body."""
    return json.dumps(body, separators=(",", ":")).encode()


class DemoCommittedCase(CommittedCase):
    integration_model = "demo.integration"

    def make_integration(self, **values):
        """Return the id of a committed integration."""
        with self.committed() as env:
            return env["demo.integration"].create(demo_values(env, **values)).id

    def take_in(self, integration_id, *facts):
        """Commit facts to the inbox as a delivery does; no job is queued."""
        with self.committed() as env:
            integration = env["demo.integration"].browse(integration_id)
            return env["connector.event"]._intake(integration, facts)

    def drain(self):
        """Drain every lane as a job does; return the runs."""
        with self.committed() as env:
            return [env["connector.drain"]._run_lane(lane, 30) for lane in range(4)]

    def events(self, integration_id, *names):
        """Return ``{external key: (values of the columns)}`` of the committed events."""
        with self.committed() as env:
            events = env["connector.event"].search([("integration_id", "=", integration_id)])
            return {
                event.external_key: tuple(event[name] for name in names)
                if len(names) > 1
                else event[names[0]]
                for event in events
            }

    def things(self, integration_id):
        """Return ``{name: (size, applied)}`` of the committed things."""
        with self.committed() as env:
            things = env["demo.thing"].search([("integration_id", "=", integration_id)])
            return {thing.name: (thing.size, thing.applied) for thing in things}
