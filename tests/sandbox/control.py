"""Control routes that concern the sandbox as a whole: reset, clock, faults, calls, deliveries."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from .core.clock import iso, parse_iso


class ControlError(Exception):
    """A control call that cannot be done; answered with 400 and the text."""


def control(handler: Callable[[web.Request, dict], Awaitable[object]]):
    """Wrap a control handler: parses the JSON body, answers JSON, turns mistakes into 400."""

    async def wrapped(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            body = json.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise ControlError("the body must be a JSON object")
            result = await handler(request, body)
        except (ControlError, ValueError, KeyError, TypeError) as error:
            detail = f"missing field {error}" if isinstance(error, KeyError) else str(error)
            return web.json_response({"error": detail}, status=400)
        text = json.dumps(result, ensure_ascii=False)
        return web.Response(body=text.encode(), content_type="application/json")

    return wrapped


def settings_from(target: object, body: dict) -> None:
    """Set the named attributes of a dataclass; dicts are merged. Raises ControlError."""
    for key, value in body.items():
        if not hasattr(target, key):
            raise ControlError(f"unknown setting {key}")
        old = getattr(target, key)
        setattr(target, key, {**old, **value} if isinstance(old, dict) and value else value)


class Control:
    """Handlers of /control/* that know no vendor."""

    def __init__(self, box):
        self.box = box

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/control/reset", control(self.reset)),
            web.get("/control/info", control(self.info)),
            web.get("/control/clock", control(self.get_clock)),
            web.post("/control/clock", control(self.set_clock)),
            web.post("/control/faults", control(self.add_fault)),
            web.get("/control/faults", control(self.list_faults)),
            web.delete("/control/faults", control(self.clear_faults)),
            web.delete("/control/faults/{fault_id}", control(self.remove_fault)),
            web.get("/control/calls", control(self.calls)),
            web.delete("/control/calls", control(self.clear_calls)),
            web.get("/control/deliveries", control(self.deliveries)),
            web.post("/control/settle", control(self.settle)),
        ]

    async def reset(self, request: web.Request, body: dict) -> dict:
        self.box.reset()
        return {"ok": True}

    async def info(self, request: web.Request, body: dict) -> dict:
        return self.box.info()

    async def get_clock(self, request: web.Request, body: dict) -> dict:
        return {"now": iso(self.box.clock.now()), "frozen": self.box.clock.frozen}

    async def set_clock(self, request: web.Request, body: dict) -> dict:
        """advance, set, real or freeze; what is due fires, and with wait is finished before the answer."""
        clock = self.box.clock
        if body.get("real"):
            clock.real()
        elif "set" in body:
            clock.set(parse_iso(body["set"]))
        elif "advance" in body:
            clock.advance(float(body["advance"]))
        elif body.get("freeze"):
            clock.freeze()
        else:
            raise ControlError("one of advance, set, real, freeze is needed")
        if body.get("wait"):
            await self.box.engine.settle()
        return {"now": iso(clock.now()), "frozen": clock.frozen}

    async def add_fault(self, request: web.Request, body: dict) -> dict:
        return {"id": self.box.faults.add(body).id}

    async def list_faults(self, request: web.Request, body: dict) -> dict:
        return {"faults": self.box.faults.list()}

    async def clear_faults(self, request: web.Request, body: dict) -> dict:
        self.box.faults.clear()
        return {"ok": True}

    async def remove_fault(self, request: web.Request, body: dict) -> dict:
        return {"ok": self.box.faults.remove(request.match_info["fault_id"])}

    async def calls(self, request: web.Request, body: dict) -> dict:
        query = request.query
        found = self.box.calls.find(
            query.get("path"), query.get("method"), int(query.get("since") or 0)
        )
        return {"calls": found, "count": len(found)}

    async def clear_calls(self, request: web.Request, body: dict) -> dict:
        self.box.calls.clear()
        return {"ok": True}

    async def deliveries(self, request: web.Request, body: dict) -> dict:
        """All deliveries, or those of a state or an event; "pending" ones have no answer yet."""
        query = request.query
        found = [
            delivery.describe()
            for delivery in self.box.engine.deliveries
            if query.get("state") in (None, "", delivery.state)
            and query.get("event") in (None, "", delivery.event)
        ]
        return {"deliveries": found, "count": len(found)}

    async def settle(self, request: web.Request, body: dict) -> dict:
        """Wait until nothing is being delivered and nothing due is left."""
        await self.box.engine.settle()
        return {"ok": True}
