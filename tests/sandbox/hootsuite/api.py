"""The REST side: finds the endpoint, checks token and quota, and turns the result into JSON.

Endpoints are plain functions ``(call, **path parameters) -> body`` registered with ``@endpoint``; they raise
``Refusal`` for everything that is not a success. A body may be ``(status, body)``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from . import errors
from .errors import RestError
from .half import HootsuiteHalf
from .tokens import Grant
from .world import Member, Organization, Profile, Team

PREFIX = "/hootsuite"


@dataclass(frozen=True)
class Endpoint:
    """One method and path. surface: rest, analytics or inbox."""

    method: str
    segments: tuple[str, ...]
    handler: Callable
    surface: str
    raw: bool


ENDPOINTS: list[Endpoint] = []


def endpoint(method: str, path: str, surface: str = "rest", raw: bool = False):
    """Register a handler; path parameters stand in braces. raw: the body is not JSON."""

    def register(handler):
        segments = tuple(path.strip("/").split("/"))
        ENDPOINTS.append(Endpoint(method, segments, handler, surface, raw))
        return handler

    return register


class Call:
    """One authorised request, with the look-ups that many endpoints share."""

    def __init__(self, half: HootsuiteHalf, request: web.Request, grant: Grant, body: object):
        self.half = half
        self.world = half.world
        self.clock = half.clock
        self.request = request
        self.query = request.query
        self.grant = grant
        self.content = body

    @property
    def body(self) -> dict:
        """The JSON object of the request. Raises RestError 4000."""
        if not isinstance(self.content, dict):
            raise errors.schema("body")
        return self.content

    @property
    def member(self) -> Member | None:
        """Who the token speaks for; None for an organization app."""
        return self.world.members.get(self.grant.member_id or "")

    def admin_of(self, organization_id: str) -> bool:
        """Whether the caller may manage the organization."""
        if self.grant.organization_id:
            return self.grant.organization_id == organization_id
        return self.member is not None and self.member.roles.get(organization_id) == "admin"

    def inside(self, organization_id: str) -> bool:
        """Whether the caller belongs to the organization."""
        if self.grant.organization_id:
            return self.grant.organization_id == organization_id
        return self.member is not None and organization_id in self.member.roles

    def organization(self, key: str) -> Organization:
        """The organization of a path. Raises RestError 2303."""
        found = self.world.organizations.get(key)
        if found is None:
            raise RestError(2303)
        return found

    def team(self, key: str, organization_id: str | None = None) -> Team:
        """The team of a path. Raises RestError 3005."""
        found = self.world.teams.get(key)
        if found is None or organization_id not in (None, found.organization_id):
            raise RestError(3005)
        return found

    def seated(self, key: str, organization_id: str) -> Member:
        """A member of the organization. Raises RestError 4303."""
        found = self.world.members.get(key)
        if found is None or organization_id not in found.roles:
            raise RestError(4303)
        return found

    def uses(self, profile: Profile) -> bool:
        """Whether the caller has BASIC_USAGE on the profile."""
        if self.grant.organization_id:
            return profile.organization_id == self.grant.organization_id
        return self.member is not None and self.world.uses(self.member, profile)

    def profiles(self) -> list[Profile]:
        return [profile for profile in self.world.profiles.values() if self.uses(profile)]

    def profile(self, key: str) -> Profile:
        """A profile the caller may use. Raises RestError 4001."""
        found = self.world.profiles.get(key)
        if found is None or not self.uses(found):
            raise errors.not_found("social profile")
        return found


def find_endpoint(method: str, segments: list[str]) -> tuple[Endpoint, dict] | None:
    """The endpoint for these segments, with its path parameters. Raises RestError 5001."""
    other_method = False
    for spot in ENDPOINTS:
        if len(spot.segments) != len(segments):
            continue
        pairs = list(zip(spot.segments, segments, strict=True))
        if all(name.startswith("{") or name == value for name, value in pairs):
            if spot.method == method:
                return spot, {name[1:-1]: value for name, value in pairs if name.startswith("{")}
            other_method = True
    if other_method:
        raise RestError(5001)
    return None


def dead_token(half: HootsuiteHalf) -> errors.Refusal:
    """401 in the form that the world's switch says."""
    if half.app.token_error == "errors":  # noqa: S105 - a form's name
        return RestError(1032)
    body = errors.oauth_body(
        "request_unauthorized", "The request could not be authorized", None, 401
    )
    return errors.Refusal(401, body)


def authorise(half: HootsuiteHalf, request: web.Request, surface: str) -> Grant:
    """The grant of the bearer token. Raises Refusal."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise errors.InboxError(401) if surface == "inbox" else RestError(1000)
    grant = half.tokens.find(token.strip())
    if grant is not None and grant.forbidden and surface != "inbox":
        body = errors.oauth_body(
            "request_forbidden", "The app has been uninstalled and may not do this", None, 403
        )
        raise errors.Refusal(403, body)
    if grant is None or not half.tokens.live(grant):
        raise errors.InboxError(401) if surface == "inbox" else dead_token(half)
    if surface == "inbox" and not grant.organization_id:
        raise errors.InboxError(401)
    if surface == "analytics" and "analytics:read" not in grant.scopes:
        raise errors.Problem(403, "scope-not-granted", "The scope analytics:read was not granted.")
    return grant


def count(half: HootsuiteHalf) -> dict:
    """Count the call; returns the quota headers. Raises RestError 1003 (or as set) with the headers."""
    limits = half.limits
    second, day = half.quota.second(), half.quota.day()
    over = second["calls"] >= limits.second or day["calls"] >= limits.day
    if not over:
        second["calls"] += 1
        day["calls"] += 1
    headers = {
        "X-Account-Quota": f"{limits.day} per day",
        "X-Account-Quota-Used": str(day["calls"]),
        "X-Account-Rate-Limit-Requests-Remaining": str(max(0, limits.second - second["calls"])),
    }
    if over:
        refusal = RestError(limits.limit_code, status=429)
        refusal.headers.update(headers)
        raise refusal
    return headers


def answer(status: int, body: object, headers: dict) -> web.Response:
    if body is None:
        return web.Response(status=status, headers=headers)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Type": "application/json;charset=UTF-8", **headers}
    return web.Response(status=status, headers=headers, body=text.encode())


async def read_json(request: web.Request, surface: str) -> object:
    """The JSON body, None when there is none. Raises Refusal."""
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        if surface == "inbox":
            raise errors.InboxError(400, "the body is not valid JSON") from error
        if surface == "analytics":
            raise errors.Problem(400, "invalid-body", "The body is not valid JSON.") from error
        raise RestError(1100) from error


def serve(half: HootsuiteHalf):
    """The aiohttp handler of everything under /hootsuite/v1 and /hootsuite/inbox."""

    async def handler(request: web.Request) -> web.StreamResponse:
        headers: dict = {}
        raw_path = request.raw_path.partition("?")[0][len(PREFIX) :]
        segments = [unquote(part) for part in raw_path.strip("/").split("/")]
        try:
            found = find_endpoint(request.method, segments)
            if found is None:
                raise RestError(4001)
            spot, params = found
            headers.update(count(half))
            grant = authorise(half, request, spot.surface)
            request["client_id"] = grant.member_id or grant.organization_id
            body = await request.read() if spot.raw else await read_json(request, spot.surface)
            result = spot.handler(Call(half, request, grant, body), **params)
        except errors.Refusal as refusal:
            return answer(refusal.status, refusal.body, {**headers, **refusal.headers})
        status, body = result if isinstance(result, tuple) else (200, result)
        return answer(status, body, headers)

    return handler
