"""Control routes of the Hootsuite half, all together."""

from aiohttp import web

from ..control import ControlError, control
from . import seeding
from .inbox_control import InboxControl


class HootsuiteControl(InboxControl):
    """Handlers of /control/hootsuite/*."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/control/hootsuite/seed", control(self.seed)), *super().routes()]

    async def seed(self, request: web.Request, body: dict) -> dict:
        """Fill the world anew: past and future posts, comments. See ``seeding.seed_world``."""
        unknown = set(body) - seeding.OPTIONS
        if unknown:
            raise ControlError(f"unknown fields {sorted(unknown)}")
        return seeding.seed_world(self.half, **body)
