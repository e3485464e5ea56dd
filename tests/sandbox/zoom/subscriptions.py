"""Event subscriptions by API, and the URL-validation challenge with its repeat."""

import json
import secrets

from . import errors, signing
from .api import Call, endpoint
from .half import Subscription, ZoomHalf

MAX_FAILED = 6
REPEAT = 72 * 3600


async def challenge(half: ZoomHalf, url: str, secret_token: str) -> dict:
    """Send a URL-validation challenge and judge the answer ("Webhooks" page)."""
    plain = secrets.token_urlsafe(16)
    body = {
        "payload": {"plainToken": plain},
        "event_ts": half.ms(),
        "event": "endpoint.url_validation",
    }
    raw = signing.compact(body)
    headers = half.delivery(body, url, secret_token).headers(raw)
    status, error, answer = await half.engine.post(url, raw, headers)
    try:
        given = json.loads(answer)
    except ValueError:
        given = None
    wanted = {"plainToken": plain, "encryptedToken": signing.encrypted_token(secret_token, plain)}
    ok = status == 200 and given == wanted
    return {
        "ok": ok,
        "status": status,
        "error": error,
        "body": given if given is not None else answer,
    }


async def revalidate(half: ZoomHalf, subscription: Subscription) -> dict:
    """The periodic repeat: six failures in a row disable the subscription."""
    result = await challenge(half, subscription.url, subscription.secret_token)
    if result["ok"]:
        subscription.failed_validations = 0
        subscription.enabled = True
    else:
        subscription.failed_validations += 1
        if subscription.failed_validations >= MAX_FAILED:
            subscription.enabled = False
    return result


def repeat(half: ZoomHalf, subscription: Subscription) -> None:
    """Challenge the subscription again in 72 hours, and so on while it exists."""

    async def again() -> None:
        if subscription in half.subscriptions:
            await revalidate(half, subscription)
            repeat(half, subscription)

    half.timers.at(half.clock.timestamp() + REPEAT, again)


def found(call: Call, subscription_id: str) -> Subscription:
    for subscription in call.half.subscriptions:
        if subscription.id == subscription_id:
            return subscription
    raise errors.ZoomError(404, 300, "The event subscription does not exist.")


@endpoint("POST", "/marketplace/app/event_subscription", "marketplace:write:event_subscription")
def create_subscription(call: Call):
    url = call.body.get("event_webhook_url")
    names = call.body.get("events")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise errors.validation("event_webhook_url")
    if not isinstance(names, list) or not names:
        raise errors.validation("events")
    made = call.half.subscribe(url, None, names, call.body.get("event_subscription_name") or "")
    return 201, {"event_subscription_id": made.id}


@endpoint("GET", "/marketplace/app/event_subscription", "marketplace:read:list_event_subscriptions")
def list_subscriptions(call: Call):
    rows = [
        {
            "event_subscription_id": sub.id,
            "event_subscription_name": sub.name,
            "event_webhook_url": sub.url,
            "events": sub.events or [],
        }
        for sub in call.half.subscriptions
    ]
    return 200, {"event_subscriptions": rows}


@endpoint(
    "PATCH",
    "/marketplace/app/event_subscription/{subscription_id}",
    "marketplace:update:event_subscription",
)
def update_subscription(call: Call, subscription_id: str):
    subscription = found(call, subscription_id)
    if isinstance(call.body.get("events"), list):
        subscription.events = call.body["events"]
    if isinstance(call.body.get("event_webhook_url"), str):
        subscription.url = call.body["event_webhook_url"]
    return 204, None


@endpoint(
    "DELETE",
    "/marketplace/app/event_subscription/{subscription_id}",
    "marketplace:delete:event_subscription",
)
def delete_subscription(call: Call, subscription_id: str):
    call.half.subscriptions.remove(found(call, subscription_id))
    return 204, None
