"""The REST routes of the Hootsuite half, with every endpoint module loaded."""

from aiohttp import web

from . import accounts, analytics, comments, inbox_api, media, messages
from .api import ENDPOINTS, serve
from .half import HootsuiteHalf

MODULES = (accounts, messages, comments, media, analytics, inbox_api)


def api_routes(half: HootsuiteHalf) -> list[web.RouteDef]:
    """Two catch-all routes; endpoints are found from the raw path, because media ids are encoded."""
    if not ENDPOINTS:
        raise RuntimeError("no endpoints are registered")
    handler = serve(half)
    return [
        web.route("*", "/hootsuite/v1/{tail:.*}", handler),
        web.route("*", "/hootsuite/inbox/{tail:.*}", handler),
    ]
