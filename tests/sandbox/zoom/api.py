"""The REST side: finds the endpoint, checks token, scopes and quotas, and turns the result into JSON.

Endpoints are plain functions ``(call, **path parameters) -> (status, body)`` registered with
``@endpoint``; they raise ``ZoomError`` for everything that is not a success.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from ..core.clock import iso
from ..core.pages import PageTokenInvalid
from . import config, errors
from .half import ZoomHalf
from .tokens import Grant
from .world import Instance, Meeting, User

PREFIX = "/zoom/v2"


@dataclass(frozen=True)
class Endpoint:
    """One method and path, the scope it needs (user form) and the rate-limit label it counts as."""

    method: str
    segments: tuple[str, ...]
    handler: Callable
    scope: str
    label: str
    admin_only: bool


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, scope: str, label: str = "Light", admin_only: bool = False):
    """Register a handler for ``method path``; path parameters stand in braces."""

    def register(handler):
        segments = tuple(path.strip("/").split("/"))
        ENDPOINTS.append(Endpoint(method, segments, handler, scope, label, admin_only))
        return handler

    return register


def split_path(raw: str) -> list[str] | None:
    """Path segments of a raw path, decoded as Zoom does; None when a UUID is not encoded enough.

    A UUID that begins with a slash or contains two in a row must be encoded twice. One that was encoded
    only once falls apart at Zoom's edge.
    """
    segments = []
    for part in raw.strip("/").split("/"):
        once = unquote(part)
        if once.startswith("/") or "//" in once:
            return None
        segments.append(unquote(once))
    return segments


class Call:
    """One authorised request, with the look-ups that many endpoints share."""

    def __init__(self, half: ZoomHalf, request: web.Request, grant: Grant, body: dict | None):
        self.half = half
        self.world = half.world
        self.clock = half.clock
        self.request = request
        self.query = request.query
        self.grant = grant
        self.body = body if body is not None else {}
        self.spot: Endpoint | None = None

    @property
    def operator(self) -> User:
        """Who Zoom names as the one who did it."""
        return self.world.users.get(self.grant.user_id) or self.half.admin

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"

    def user(self, key: str) -> User:
        """The user of a path. Raises ZoomError 4711 or 1001."""
        if key == "me":
            if self.grant.kind == "s2s":
                raise errors.user_not_found("me")
            key = self.grant.user_id
        elif self.grant.kind == "user" and self.spot is not None:
            # A user-managed app must say "me": another id needs the admin form of the scope.
            raise errors.missing_scopes([f"{self.spot.scope}:admin"])
        found = self.world.user(key)
        if found is None:
            former = self.world.users.get(key)
            if former is not None and former.status == "disassociated":
                raise errors.user_not_in_account(config.ACCOUNT_ID)
            raise errors.user_not_found(key)
        return found

    def meeting(self, key: str, write: bool = False) -> Meeting:
        """The existing meeting of a path. Raises ZoomError 300, 3000, 3001 or 3003."""
        if not key.isdigit():
            found = next(
                (m for m in self.world.meetings.values() if m.uuid == key and not m.bin), None
            )
        else:
            found = self.world.meeting(int(key))
        if found is None:
            raise errors.meeting_not_found(key)
        if self.grant.kind == "user" and found.host_id != self.grant.user_id:
            raise errors.not_host() if write else errors.cannot_access()
        return found

    def instance(self, key: str, missing=errors.meeting_not_found) -> Instance:
        """The ended run of a path: by UUID, or the latest one of a meeting number."""
        if key.isdigit():
            runs = self.world.ended(int(key))
            found = runs[-1] if runs else None
        else:
            found = self.world.instances.get(key)
            if found is not None and found.end is None:
                found = None
        if found is None:
            raise missing(key) if missing is errors.meeting_not_found else missing()
        if self.grant.kind == "user" and found.host_id != self.grant.user_id:
            raise errors.cannot_access()
        return found

    def page(self, rows: list, maximum: int = 300, numbered: bool = True) -> tuple[dict, list]:
        """The paging fields of a list answer, and the rows of this page."""
        try:
            size = int(self.query.get("page_size") or 30)
            number = int(self.query.get("page_number") or 1)
        except ValueError as error:
            raise errors.validation("page_size") from error
        size = max(1, min(size, maximum))
        others = sorted(
            (k, v) for k, v in self.query.items() if k not in ("next_page_token", "page_number")
        )
        key = (self.grant.client_id, self.request.path, tuple(others))
        token = self.query.get("next_page_token")
        try:
            offset = self.half.pager.offset(token, key) if token else (max(1, number) - 1) * size
        except PageTokenInvalid as error:
            raise errors.page_token() from error
        after = offset + size
        more = self.half.pager.token(key, after) if after < len(rows) else ""
        fields: dict = {
            "page_count": -(-len(rows) // size),
            "page_size": size,
            "total_records": len(rows),
        }
        if numbered:
            fields["page_number"] = offset // size + 1
        fields["next_page_token"] = more
        return fields, rows[offset:after]

    def count_host_write(self, host: User) -> None:
        """Count a create or update against the host's daily allowance. Raises ZoomError 429."""
        day = self.half.quota.day()
        limit = self.half.limits.host_day
        if day[f"host:{host.id}"] >= limit:
            raise errors.host_limit(limit)
        day[f"host:{host.id}"] += 1


def find_endpoint(method: str, segments: list[str]) -> tuple[Endpoint, dict] | None:
    """The endpoint for these segments, with its path parameters."""
    for spot in ENDPOINTS:
        if spot.method != method or len(spot.segments) != len(segments):
            continue
        pairs = list(zip(spot.segments, segments, strict=True))
        if all(name.startswith("{") or name == value for name, value in pairs):
            return spot, {name[1:-1]: value for name, value in pairs if name.startswith("{")}
    return None


def authorise(half: ZoomHalf, request: web.Request) -> Grant:
    """The grant of the bearer token; a token in the query is refused. Raises ZoomError 124."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    grant = half.tokens.find(token.strip()) if scheme.lower() == "bearer" else None
    if grant is None or grant.revoked:
        raise errors.invalid_token()
    if not half.tokens.live(grant):
        raise errors.expired_token()
    return grant


def check_scope(grant: Grant, spot: Endpoint) -> None:
    """Raises ZoomError 4711 when the token lacks the endpoint's scope in both forms."""
    if not spot.scope:
        return
    wanted = [f"{spot.scope}:admin"] if spot.admin_only else [spot.scope, f"{spot.scope}:admin"]
    if not any(scope in grant.scopes for scope in wanted):
        raise errors.missing_scopes(wanted)


def check_role(half: ZoomHalf, grant: Grant, spot: Endpoint) -> None:
    """Raises ZoomError 200 when a plain member authorised and the endpoint needs an administrator."""
    user = half.world.users.get(grant.user_id)
    if spot.admin_only and grant.kind == "admin" and user is not None and user.role_id == "2":
        raise errors.no_permission()


def check_quota(half: ZoomHalf, label: str) -> dict:
    """Count the call; returns the quota headers. Raises ZoomError 429."""
    limits = half.limits
    second, minute, day = half.quota.second(), half.quota.minute(), half.quota.day()
    per_second = limits.second.get(label)
    per_minute = limits.minute.get(label)
    per_day = limits.day.get(label)
    heavy = ("Heavy", "Resource-intensive")
    used_today = sum(day[name] for name in heavy) if label in heavy else day[label]
    headers = {"X-RateLimit-Category": label}
    if per_day is not None and used_today >= per_day:
        headers.update(
            {
                "X-RateLimit-Type": "Daily-limit",
                "X-RateLimit-Limit": str(per_day),
                "X-RateLimit-Remaining": "0",
                "Retry-After": iso(half.clock.next_midnight()),
            }
        )
        raise errors.daily_limit(headers)
    over_minute = per_minute is not None and minute[label] >= per_minute
    if over_minute or (per_second is not None and second[label] >= per_second):
        limit = per_minute if over_minute else per_second
        headers.update(
            {
                "X-RateLimit-Type": "QPS",
                "X-RateLimit-Limit": str(limit),
                "X-RateLimit-Remaining": "0",
            }
        )
        raise errors.second_limit(headers)
    for counter in (second, minute, day):
        counter[label] += 1
    if per_day is not None and label in heavy:
        headers.update(
            {
                "X-RateLimit-Type": "Daily-limit",
                "X-RateLimit-Limit": str(per_day),
                "X-RateLimit-Remaining": str(per_day - used_today - 1),
            }
        )
    elif per_second is not None:
        headers.update(
            {
                "X-RateLimit-Type": "QPS",
                "X-RateLimit-Limit": str(per_second),
                "X-RateLimit-Remaining": str(max(0, per_second - second[label])),
            }
        )
    return headers


def answer(status: int, body: object, headers: dict) -> web.Response:
    """A JSON answer, or an empty one without content type."""
    if body is None:
        response = web.Response(status=status, headers=headers)
        if status in (202, 204):
            response.headers.popall("Content-Type", None)
        return response
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Type": "application/json;charset=UTF-8", **headers}
    return web.Response(status=status, headers=headers, body=text.encode())


async def read_body(request: web.Request) -> dict | None:
    """The JSON object of the request, None when it has no body. Raises ZoomError 300."""
    raw = await request.read()
    if not raw:
        return None
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise errors.bad_json() from error
    if not isinstance(body, dict):
        raise errors.bad_json()
    return body


def serve(half: ZoomHalf):
    """The aiohttp handler of everything under /zoom/v2."""

    async def handler(request: web.Request) -> web.StreamResponse:
        trace = f"v=2.0;clid=us02;rid=WEB_{secrets.token_hex(16)}"
        headers = {"x-zm-trackingid": trace}
        try:
            segments = split_path(request.raw_path.partition("?")[0][len(PREFIX) :])
            if segments is None:
                raise errors.meeting_not_found("")
            found = find_endpoint(request.method, segments)
            if found is None:
                raise errors.ZoomError(404, 2300, "This API endpoint is not recognized.")
            spot, params = found
            grant = authorise(half, request)
            request["client_id"] = grant.client_id
            check_scope(grant, spot)
            check_role(half, grant, spot)
            headers.update(check_quota(half, spot.label))
            call = Call(half, request, grant, await read_body(request))
            call.spot = spot
            status, body = spot.handler(call, **params)
        except errors.ZoomError as error:
            headers.update(error.headers)
            if error.host_quota:
                headers.pop("X-RateLimit-Type", None)
            return answer(error.status, error.body(), headers)
        return answer(status, body, headers)

    return handler
