"""The REST route of the Zoom half, with every endpoint module loaded."""

from aiohttp import web

from . import meetings, past, recordings, registrants, subscriptions, users
from .api import ENDPOINTS, serve
from .half import ZoomHalf

MODULES = (users, meetings, registrants, past, recordings, subscriptions)


def api_routes(half: ZoomHalf) -> list[web.RouteDef]:
    """One catch-all route; endpoints are found from the raw path, because of encoded UUIDs."""
    if not ENDPOINTS:
        raise RuntimeError("no endpoints are registered")
    return [web.route("*", "/zoom/v2/{tail:.*}", serve(half))]
