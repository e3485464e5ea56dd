"""Faults injected into the vendor's side: wrong status, latency, cut bodies, resets, silence.

A fault matches on method and on regular expressions over the path and the body, and counts down. The middleware applies
at most one fault per request, the oldest one that matches.
"""

import asyncio
import itertools
import json
import random
import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

KINDS = {
    "status",
    "latency",
    "cut",
    "refuse",
    "hang",
    "execute_then_status",
    "execute_then_cut",
    "execute_then_hang",
    "stall",
}


@dataclass
class Fault:
    """One injected fault. ``seconds`` are real seconds; ``times`` None means until removed."""

    id: str
    kind: str
    method: str | None = None
    path: str | None = None
    content: str | None = None  # regular expression over the request's body
    status: int = 500
    body: object = None
    headers: dict = field(default_factory=dict)
    seconds: float = 2.0
    times: int | None = None
    skip: int = 0
    rate: float = 1.0
    hits: int = 0
    after: int | None = None  # of a streamed answer: bytes sent before it is cut or stalls

    def describe(self) -> dict:
        """JSON form for the control API."""
        return {
            "id": self.id,
            "kind": self.kind,
            "match": {"method": self.method, "path": self.path, "body": self.content},
            "status": self.status,
            "seconds": self.seconds,
            "times": self.times,
            "skip": self.skip,
            "rate": self.rate,
            "hits": self.hits,
            "after": self.after,
        }


class FaultBook:
    """The faults now in force."""

    def __init__(self):
        self._faults: dict[str, Fault] = {}
        self._ids = itertools.count(1)
        self._rng = random.Random(0)
        # Path prefix -> what an error of that vendor looks like, for faults that name no body.
        self.shapes: dict[str, Callable[[int], object]] = {}

    def shape(self, path: str, status: int) -> object:
        """The body of an unnamed fault on this path."""
        for prefix, make in self.shapes.items():
            if path.startswith(prefix):
                return make(status)
        return {"code": status, "message": "Sandbox fault."}

    def add(self, spec: dict) -> Fault:
        """Add a fault from its control-API form; raises ValueError when the form is wrong."""
        spec = dict(spec)
        match = spec.pop("match", None) or {}
        if spec.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {sorted(KINDS)}")
        unknown = set(spec) - {
            "kind",
            "status",
            "body",
            "headers",
            "seconds",
            "times",
            "skip",
            "rate",
            "after",
        }
        if unknown or set(match) - {"method", "path", "body"}:
            raise ValueError(f"unknown fault fields: {sorted(unknown) or sorted(match)}")
        for pattern in (match.get("path"), match.get("body")):
            if pattern:
                re.compile(pattern)
        method = match.get("method")
        fault = Fault(
            id=f"f{next(self._ids)}",
            method=method.upper() if method else None,
            path=match.get("path"),
            content=match.get("body"),
            **{k: v for k, v in spec.items() if v is not None or k in ("times", "body")},
        )
        self._faults[fault.id] = fault
        return fault

    def reads_bodies(self) -> bool:
        """Whether a fault in force looks at request bodies."""
        return any(fault.content for fault in self._faults.values())

    def take(self, method: str, path: str, content: str = "") -> Fault | None:
        """The fault to apply to this request, counted down, or None."""
        for fault in list(self._faults.values()):
            if fault.method and fault.method != method:
                continue
            if fault.path and not re.search(fault.path, path):
                continue
            if fault.content and not re.search(fault.content, content):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.rate < 1.0 and self._rng.random() >= fault.rate:
                continue
            fault.hits += 1
            if fault.times is not None and fault.hits >= fault.times:
                del self._faults[fault.id]
            return fault
        return None

    def list(self) -> list[dict]:
        return [fault.describe() for fault in self._faults.values()]

    def holds(self, fault_id: str) -> bool:
        return fault_id in self._faults

    def remove(self, fault_id: str) -> bool:
        """Remove one fault; False when there is none of that id."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._faults.clear()


def reset_connection(request: web.BaseRequest) -> None:
    """Close the client's connection with RST, so that it sees a refused or reset connection."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def cut_body(
    request: web.Request, status: int, body: bytes, content_type: str
) -> web.StreamResponse:
    """Promise the whole body, send half of it and hang up."""
    response = web.StreamResponse(status=status, headers={"Content-Type": content_type})
    response.content_length = max(len(body), 2)
    response.force_close()
    await response.prepare(request)
    await response.write(body[: max(1, len(body) // 2)])
    if request.transport is not None:
        request.transport.close()
    return response


def status_response(book: FaultBook, fault: Fault, path: str) -> web.Response:
    """The answer a ``status`` fault gives."""
    if isinstance(fault.body, str):
        return web.Response(status=fault.status, headers=fault.headers, text=fault.body)
    body = fault.body if fault.body is not None else book.shape(path, fault.status)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Type": "application/json", **fault.headers}
    return web.Response(status=fault.status, headers=headers, body=text.encode())


async def wait_out(book: FaultBook, fault: Fault) -> None:
    """Wait as long as the fault says; less when it is removed, so that no test has to wait for it."""
    loop = asyncio.get_running_loop()
    until = loop.time() + fault.seconds
    while loop.time() < until and (fault.times is not None or book.holds(fault.id)):
        await asyncio.sleep(0.05)


async def apply_fault(
    book: FaultBook, fault: Fault, request: web.Request, handler
) -> web.StreamResponse:
    """Answer the request as the fault says."""
    if fault.kind == "latency":
        # A slow vendor has the whole request: it acts on it even when the caller dies meanwhile.
        await request.read()
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    if fault.kind == "status":
        return status_response(book, fault, request.path)
    if fault.kind == "refuse":
        reset_connection(request)
        return web.Response(status=503)
    if fault.kind in ("hang", "execute_then_hang"):
        if fault.kind == "execute_then_hang":
            await handler(request)
        await wait_out(book, fault)
        reset_connection(request)
        return web.Response(status=503)
    if fault.kind == "cut":
        return await cut_body(
            request, 200, b'{"page_count":1,"page_size":30,"total', "application/json"
        )
    if fault.kind == "execute_then_cut":
        request["cut_stream"] = True  # a streaming handler cuts itself
        request["cut_after"] = fault.after
        response = await handler(request)
        if isinstance(response, web.Response) and not response.prepared:
            body = response.body if isinstance(response.body, bytes) else b""
            return await cut_body(request, response.status, body, response.content_type)
        return response
    if fault.kind == "stall":
        # A streaming handler falls silent in the middle of its answer, then hangs up.
        request["cut_stream"] = True
        request["cut_after"] = fault.after
        request["stall"] = lambda: wait_out(book, fault)
        return await handler(request)
    await handler(request)
    return status_response(book, fault, request.path)
