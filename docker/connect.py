"""Runs in an Odoo shell of the odoo service: fills the sandbox, connects the integrations to it."""

import json
import urllib.request

SANDBOX = "http://sandbox:8099/control/"
WORLD = {"users": 6, "meetings": 20, "recurring": 3, "past": 12, "participants": 5, "seed": 42}
POSTS = {"past": 40, "future": 8, "failed": 2, "pending": 1, "comments": 2, "days": 60, "seed": 42}


def call(path, body=None):
    request = urllib.request.Request(
        SANDBOX + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


info = call("info")
call("zoom/seed", WORLD)
call("hootsuite/seed", POSTS)
call("hootsuite/app", {"app_scopes": ["analytics:read"]})
# Odoo is reached by browsers on the host as localhost, by the sandbox as the service "odoo".
parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", "http://localhost:8069")
parameters.set_param("web.base.url.freeze", "True")
env.ref("base.user_admin").partner_id.email = info["zoom"]["account_email"]
for model in ("zoom.integration", "hootsuite.integration"):
    if model in env:
        env[model]._connector_provision_sandbox(info)
env.cr.commit()
integration = env["zoom.integration"].search([], limit=1, order="id")
call(
    "zoom/subscribe",
    {
        "url": integration.webhook_url.replace("localhost", "odoo"),
        "secret_token": info["zoom"]["secret_token"],
    },
)
if "hootsuite.integration" in env:
    integration = env["hootsuite.integration"].search([], limit=1, order="id")
    call("hootsuite/subscribe", {"url": integration.webhook_url.replace("localhost", "odoo")})
print("connected")
