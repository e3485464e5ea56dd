"""Puts the parts together and runs them as one aiohttp server."""

import asyncio
import json
import time

from aiohttp import web

from .control import Control
from .core.calls import CallLog, clean_query
from .core.clock import Clock, Timers, iso
from .core.delivery import DeliveryEngine
from .core.faults import FaultBook, apply_fault
from .hootsuite.control import HootsuiteControl
from .hootsuite.errors import fault_body
from .hootsuite.half import HootsuiteHalf
from .hootsuite.media import MediaStore
from .hootsuite.oauth import OAuth as HootsuiteOAuth
from .hootsuite.routes import api_routes as hootsuite_routes
from .zoom.control import ZoomControl
from .zoom.downloads import Downloads
from .zoom.half import ZoomHalf
from .zoom.oauth import OAuth
from .zoom.routes import api_routes

#: Faults after which the caller has no answer.
SILENT = ("refuse", "hang", "execute_then_hang")
VENDOR_PREFIXES = ("/zoom/", "/hootsuite/")


class Box:
    """The whole sandbox: shared services and one object per vendor."""

    def __init__(self, base_url: str, control_url: str):
        self.base_url = base_url
        self.control_url = control_url
        self.clock = Clock()
        self.timers = Timers(self.clock)
        self.faults = FaultBook()
        self.calls = CallLog()
        self.engine = DeliveryEngine(self.clock, self.timers)
        self.zoom = ZoomHalf(self.clock, self.timers, self.engine, base_url)
        self.hootsuite = HootsuiteHalf(self.clock, self.timers, self.engine, base_url)
        self.engine.on_result += [self.zoom.delivered, self.hootsuite.delivered]
        self.faults.shapes["/hootsuite/"] = fault_body

    def reset(self) -> None:
        """Everything as at the start; addresses and credentials stay."""
        self.timers.clear()
        self.engine.clear()
        self.faults.clear()
        self.calls.clear()
        self.clock.real()
        self.zoom.reset()
        self.zoom.apply_limits()
        self.hootsuite.reset()

    def info(self) -> dict:
        """The addresses and credentials printed when ready."""
        return {
            "base_url": self.base_url,
            "control_url": self.control_url,
            "zoom": self.zoom.info(),
            "hootsuite": self.hootsuite.info(),
        }


def middleware(box: Box):
    """Records every vendor call and applies the faults."""

    @web.middleware
    async def record(request: web.Request, handler):
        if not request.path.startswith(VENDOR_PREFIXES):
            return await handler(request)
        started = time.monotonic()
        at = iso(box.clock.now())
        content = ""
        if box.faults.reads_bodies():
            content = (await request.read()).decode(errors="replace")
        fault = box.faults.take(request.method, request.path, content)
        status = None
        try:
            if fault is None:
                response = await handler(request)
            else:
                response = await apply_fault(box.faults, fault, request, handler)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            broken = fault is not None and fault.kind in SILENT
            box.calls.add(
                at=at,
                method=request.method,
                path=request.path,
                query=clean_query(request.query_string),
                status=None if broken else status,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
                client_id=request.get("client_id"),
                authorized="Authorization" in request.headers,
                range=request.headers.get("Range", ""),
                fault=fault.kind if fault else None,
            )

    return record


def build(box: Box) -> web.Application:
    """The web application of the box."""
    app = web.Application(middlewares=[middleware(box)], client_max_size=512 * 1024**2)
    app.add_routes(Control(box).routes())
    app.add_routes(OAuth(box.zoom).routes())
    app.add_routes(Downloads(box.zoom).routes())
    app.add_routes(ZoomControl(box).routes())
    app.add_routes(api_routes(box.zoom))
    app.add_routes(HootsuiteOAuth(box.hootsuite).routes())
    app.add_routes(MediaStore(box.hootsuite).routes())
    app.add_routes(HootsuiteControl(box.hootsuite).routes())
    app.add_routes(hootsuite_routes(box.hootsuite))

    async def lifespan(_app: web.Application):
        await box.engine.start()
        loop = asyncio.ensure_future(box.timers.run())
        yield
        loop.cancel()
        await box.engine.stop()

    app.cleanup_ctx.append(lifespan)
    return app


async def serve(host: str, port: int, public_url: str | None) -> None:
    """Listen, print the JSON line, run until cancelled. Port 0 takes a free one."""
    box = Box("", "")
    runner = web.AppRunner(build(box), access_log=None, handler_cancellation=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        real_port = runner.addresses[0][1]
        local = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{real_port}"
        box.base_url = (public_url or local).rstrip("/")
        box.control_url = f"{local}/control"
        box.zoom.base_url = box.hootsuite.base_url = box.base_url
        print(json.dumps(box.info()), flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
