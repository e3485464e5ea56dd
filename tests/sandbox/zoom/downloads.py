"""Recording downloads with a redirect hop and byte ranges, and the pages behind join links."""

import asyncio
import html
import re
import secrets
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web

from . import errors
from .api import answer
from .half import ZoomHalf
from .oauth import page
from .world import Instance, RecordingFile

TYPES = {
    "MP4": "video/mp4",
    "M4A": "audio/mp4",
    "TXT": "text/plain; charset=utf-8",
    "VTT": "text/vtt; charset=utf-8",
    "JSON": "application/json",
    "CSV": "text/csv; charset=utf-8",
}
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class Downloads:
    """Handlers of /zoom/rec/*, /zoom/j/* and /zoom/s/*."""

    def __init__(self, half: ZoomHalf):
        self.half = half
        self._hops: dict[str, tuple[str, float]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/zoom/rec/download/{key}", self.download),
            web.get("/zoom/rec/webhook_download/{key}", self.download),
            web.get("/zoom/rec/storage/{key}", self.storage),
            web.get("/zoom/rec/play/{key}", self.play),
            web.get("/zoom/rec/share/{key}", self.share),
            web.get("/zoom/{kind:[jsw]}/{number}", self.join),
        ]

    def find(self, key: str) -> tuple[Instance, RecordingFile] | None:
        found = self.half.world.files.get(key)
        return found if found is not None and not found[1].bin else None

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Check the bearer token (header only), then send to the storage host."""
        found = self.find(request.match_info["key"])
        if found is None:
            return page("Error", "<h1>404</h1><p>This recording does not exist.</p>", 404)
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.half.tokens.opens(token.strip(), found[0].uuid):
            error = errors.invalid_token()
            return answer(error.status, error.body(), {})
        hop = self.half.limits.download_hop
        if hop == "none":
            return await self.stream(request, *found)
        signature = secrets.token_urlsafe(16)
        self._hops[signature] = (found[1].key, self.half.clock.timestamp() + 300)
        base = urlsplit(self.half.base_url)
        host = base.netloc
        if hop == "other":
            # Another name of the same machine: a client must not take its bearer token along.
            name = "localhost" if base.hostname == "127.0.0.1" else "127.0.0.1"
            host = f"{name}:{base.port}" if base.port else name
        path = f"/zoom/rec/storage/{found[1].key}"
        raise web.HTTPFound(urlunsplit((base.scheme, host, path, f"sig={signature}", "")))

    async def storage(self, request: web.Request) -> web.StreamResponse:
        """The storage host: the signed link is enough."""
        entry = self._hops.get(request.query.get("sig", ""))
        key = request.match_info["key"]
        if entry is None or entry[0] != key or self.half.clock.timestamp() >= entry[1]:
            return page("Error", "<h1>403</h1><p>This link has expired.</p>", 403)
        found = self.find(key)
        if found is None:
            return page("Error", "<h1>404</h1><p>This recording does not exist.</p>", 404)
        return await self.stream(request, *found)

    async def stream(self, request: web.Request, instance: Instance, file: RecordingFile):
        """The bytes, whole or a range of them."""
        content = file.content
        start, stop, status = 0, content.size, 200
        match = RANGE.match(request.headers.get("Range", ""))
        if match and (match[1] or match[2]):
            if match[1]:
                start = int(match[1])
                stop = min(content.size, int(match[2]) + 1) if match[2] else content.size
            else:
                start = max(0, content.size - int(match[2]))
            status = 206
            if start >= stop:
                headers = {"Content-Range": f"bytes */{content.size}"}
                return web.Response(status=416, headers=headers)
        response = web.StreamResponse(status=status)
        response.headers["Content-Type"] = TYPES.get(file.extension, "application/octet-stream")
        response.headers["Accept-Ranges"] = "bytes"
        response.headers["ETag"] = f'"{file.key}"'
        name = f"{file.recording_type}_{file.id[:8]}.{file.extension.lower()}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        if status == 206:
            response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
        response.content_length = stop - start
        cut = None
        if request.get("cut_stream"):
            after = request.get("cut_after")
            cut = min(stop, start + ((stop - start) // 2 if after is None else after))
        if cut is not None:
            response.force_close()
        await response.prepare(request)
        offset = start
        while offset < stop:
            end = min(stop, offset + self.half.limits.download_chunk)
            if cut is not None:
                end = min(end, cut)
            await response.write(content.read(offset, end - offset))
            offset = end
            if cut is not None and offset >= cut:
                if request.get("stall"):
                    await request["stall"]()
                if request.transport is not None:
                    request.transport.close()
                return response
            await asyncio.sleep(0)
        return response

    async def play(self, request: web.Request) -> web.Response:
        found = self.find(request.match_info["key"])
        if found is None:
            return page("Error", "<h1>404</h1><p>This recording does not exist.</p>", 404)
        return page("Recording", f"<h1>{html.escape(found[0].topic)}</h1><p>Sandbox recording.</p>")

    async def share(self, request: web.Request) -> web.Response:
        return page("Recording", "<h1>Shared recording</h1><p>Sandbox recording page.</p>")

    async def join(self, request: web.Request) -> web.Response:
        """What a person sees who follows a join link of the sandbox."""
        number = request.match_info["number"]
        meeting = self.half.world.meeting(int(number)) if number.isdigit() else None
        if meeting is None:
            return page("Zoom sandbox", "<h1>This meeting does not exist</h1>", 404)
        host = self.half.world.users[meeting.host_id]
        return page(
            meeting.topic,
            f"<h1>{html.escape(meeting.topic)}</h1><p>Meeting {number}, hosted by {html.escape(host.name)}."
            "</p><p><small>Sandbox: a real Zoom link would open the meeting here.</small></p>",
        )
