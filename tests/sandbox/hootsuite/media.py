"""Media in three steps: ask for a place, PUT the bytes to the pre-signed address, wait until READY."""

import base64
import json
import secrets
from urllib.parse import urlencode

from aiohttp import web

from . import errors
from .api import Call, endpoint
from .half import HootsuiteHalf
from .world import Media

TYPES = {
    "video/mp4": "mp4",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
}


@endpoint("POST", "/v1/media")
def create(call: Call):
    size = call.body.get("sizeBytes")
    kind = call.body.get("mimeType")
    if isinstance(size, bool) or not isinstance(size, int) or size <= 0:
        raise errors.schema("sizeBytes")
    if kind not in TYPES:
        raise errors.schema("mimeType")
    owner = call.grant.member_id or call.grant.organization_id
    key = f"{owner}_{call.world.ids.guid()}.{TYPES[kind]}"
    address = f"{call.half.base_url}/hootsuite/media/upload/{key}"
    lifetime = call.half.limits.upload_lifetime
    media = Media(
        base64.b64encode(address.encode()).decode(),
        key,
        size,
        kind,
        call.clock.timestamp() + lifetime,
    )
    call.world.media[media.id] = media
    signed = urlencode(
        {
            "AWSAccessKeyId": "EXAMPLE",
            "Expires": int(media.expires),
            "Signature": secrets.token_urlsafe(12) + "=",
        }
    )
    return {
        "data": {
            "id": media.id,
            "uploadUrl": f"{address}?{signed}",
            "uploadUrlDurationSeconds": lifetime,
        }
    }


@endpoint("GET", "/v1/media/{media_id}")
def get(call: Call, media_id: str):
    media = call.world.media.get(media_id)
    if media is None:
        raise errors.not_found("media")
    ready = media.ready_at is not None and call.clock.timestamp() >= media.ready_at
    url = f"{call.half.base_url}/hootsuite/media/download/{media.key}?X-Amz-Signature=example"
    return {
        "data": {
            "id": media.id,
            "state": "READY" if ready else "QUEUED",
            "downloadUrl": url if ready else None,
            "downloadUrlDurationSeconds": call.half.limits.upload_lifetime if ready else None,
        }
    }


def storage_error(status: int, code: str, message: str) -> web.Response:
    """An error as the file store gives it."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return web.Response(status=status, text=text, content_type="application/xml")


class MediaStore:
    """The file store behind the pre-signed addresses. It knows no bearer tokens."""

    def __init__(self, half: HootsuiteHalf):
        self.half = half

    def routes(self) -> list[web.RouteDef]:
        return [
            web.put("/hootsuite/media/upload/{key}", self.upload),
            web.get("/hootsuite/media/download/{key}", self.download),
        ]

    def found(self, request: web.Request) -> Media | None:
        key = request.match_info["key"]
        return next((m for m in self.half.world.media.values() if m.key == key), None)

    async def upload(self, request: web.Request) -> web.Response:
        """Takes the announced bytes once; later ones are accepted and ignored."""
        media = self.found(request)
        if media is None or self.half.clock.timestamp() >= media.expires:
            return storage_error(403, "AccessDenied", "Request has expired")
        if "Authorization" in request.headers:
            return storage_error(
                400, "InvalidArgument", "Only one auth mechanism allowed in a request"
            )
        if request.headers.get("Content-Type") != media.mime_type:
            return storage_error(403, "SignatureDoesNotMatch", "The Content-Type was not signed")
        content = await request.read()
        if len(content) != media.size:
            return storage_error(403, "SignatureDoesNotMatch", "The size is not the one signed")
        if media.content is None:
            media.content = content
            media.ready_at = self.half.clock.timestamp() + self.half.limits.media_processing
        return web.Response(status=200)

    async def download(self, request: web.Request) -> web.Response:
        media = self.found(request)
        if media is None or media.content is None:
            return storage_error(404, "NoSuchKey", json.dumps(request.match_info["key"]))
        return web.Response(body=media.content, content_type=media.mime_type)
