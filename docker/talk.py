"""Lets the sandbox's customers write as soon as Odoo answers; started beside Odoo."""

import json
import time
import urllib.error
import urllib.request

HEALTH = "http://127.0.0.1:8070/web/health"
PLAY = "http://sandbox:8099/control/hootsuite/play"
TALK = {"conversations": 40, "seed": 42, "concurrency": 4}
PATIENCE = 300


def answers():
    try:
        with urllib.request.urlopen(HEALTH, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


deadline = time.monotonic() + PATIENCE
while not answers():
    if time.monotonic() > deadline:
        raise SystemExit(f"Odoo did not answer within {PATIENCE} seconds, nobody writes.")
    time.sleep(1)
body = json.dumps(TALK).encode()
request = urllib.request.Request(PLAY, data=body, headers={"Content-Type": "application/json"})
with urllib.request.urlopen(request, timeout=300) as reply:
    print("Customers wrote:", json.load(reply)["statuses"], flush=True)
