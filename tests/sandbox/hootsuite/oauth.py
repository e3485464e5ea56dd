"""Hootsuite's OAuth pages: consent as a person sees it, token endpoint, discovery documents."""

import base64
import html
import json
from urllib.parse import parse_qsl

from aiohttp import web

from ..core.consent import challenge_matches, page, redirect_to
from . import config
from .errors import oauth_body
from .half import HootsuiteHalf
from .tokens import Grant

WEAK_STATE = "The state is missing or has less than 8 characters and is therefore too weak"
BAD_GRANT = (
    "The provided authorization grant or refresh token is invalid, expired, revoked, "
    "or was issued to another client"
)


def reply(status: int, body: dict) -> web.Response:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    if status == 200:
        headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return web.Response(status=status, headers=headers, body=json.dumps(body).encode())


def refuse(error: str, description: str, hint: str | None = None, status: int = 400):
    return reply(status, oauth_body(error, description, hint, status))


def refuse_page(error: str, description: str) -> web.Response:
    return page(
        "Error",
        f"<h1>Error</h1><p><b>{html.escape(error)}</b></p><p>{html.escape(description)}</p>",
        400,
    )


class OAuth:
    """Handlers of /hootsuite/oauth2/*."""

    def __init__(self, half: HootsuiteHalf):
        self.half = half

    def routes(self) -> list[web.RouteDef]:
        known = "/hootsuite/.well-known"
        return [
            web.get("/hootsuite/oauth2/auth", self.authorize),
            web.post("/hootsuite/oauth2/auth", self.authorize),
            web.post("/hootsuite/oauth2/token", self.token),
            web.get(f"{known}/oauth-authorization-server", self.server_metadata),
            web.get(f"{known}/oauth-protected-resource", self.resource_metadata),
        ]

    # Consent -----------------------------------------------------------------------------------------

    async def authorize(self, request: web.Request) -> web.Response:
        """Show the consent page, or act on its Allow and Deny buttons."""
        query = request.query
        app = self.half.app
        if query.get("client_id") != config.CLIENT_ID:
            return refuse_page("invalid_client", "Client authentication failed")
        uri = query.get("redirect_uri", "")
        known = not app.redirect_uris or uri in app.redirect_uris
        if not uri.startswith(("http://", "https://")) or not known:
            return refuse_page("invalid_request", "The redirect_uri is not registered on the app")
        state = query.get("state", "")

        def back(error: str, description: str):
            return redirect_to(uri, error=error, error_description=description, state=state)

        if query.get("response_type") != "code":
            return back("unsupported_response_type", "Only the response type code is supported")
        if len(state) < 8:
            return back("invalid_state", WEAK_STATE)
        scopes = query.get("scope", "").split()
        for scope in scopes:
            if scope not in config.SCOPES or (scope == "analytics:read" and not app.analytics):
                return back("invalid_scope", f"The requested scope {scope} is invalid or unknown")
        if query.get("code_challenge_method") not in (None, "", "S256"):
            return back("invalid_request", "The code challenge method has to be S256")
        if query.get("code_challenge_method") and not query.get("code_challenge"):
            return back("invalid_request", "The code challenge is missing")
        form = await request.post() if request.method == "POST" else {}
        decision = form.get("decision") or {"allow": "allow", "deny": "deny"}.get(app.consent)
        if query.get("auto") == "1":
            decision = decision or "allow"
        if decision is None:
            return self.consent_page(request, scopes)
        if decision != "allow":
            return back("access_denied", "The resource owner denied the request")
        member = self.half.world.member_by(str(form.get("member") or app.consent_member))
        if member is None:
            return refuse_page("invalid_request", "The member does not exist")
        if member.id in app.uninstalled_members:
            app.uninstalled_members.remove(member.id)
        code = self.half.tokens.new_code(
            member.id, uri, scopes, query.get("code_challenge", ""), self.half.limits.code_lifetime
        )
        return redirect_to(uri, code=code.value, state=state, scope=" ".join(scopes))

    def consent_page(self, request: web.Request, scopes: list[str]) -> web.Response:
        members = sorted(
            self.half.world.members.values(),
            key=lambda member: member.email != self.half.app.consent_member,
        )
        options = "".join(
            f'<option value="{html.escape(member.email)}">{html.escape(member.full_name)} '
            f"({html.escape(member.email)})</option>"
            for member in members[:50]
        )
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes)
        action = html.escape(f"{request.path}?{request.query_string}")
        return page(
            "Authorize app",
            f"<h1>Allow {html.escape(config.APP_NAME)} to use Hootsuite?</h1>"
            "<p><small>This is the local sandbox. Nothing leaves your machine.</small></p>"
            f'<form method="post" action="{action}">'
            f'<p><label>Signed in as <select name="member">{options}</select></label></p>'
            "<p>The app will see and do what this member may see and do.</p>"
            f"<ul>{listed}</ul>"
            '<button class="go" name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny">Deny</button></form>',
        )

    # Tokens ------------------------------------------------------------------------------------------

    def client(self, request: web.Request, params: dict) -> bool:
        """Whether the client proved itself: HTTP Basic, or in the body where the switch allows it."""
        scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(value, validate=True).decode()
            except ValueError:
                return False
            return pair == f"{config.CLIENT_ID}:{config.CLIENT_SECRET}"
        given = (params.get("client_id"), params.get("client_secret"))
        return self.half.app.body_credentials and given == (config.CLIENT_ID, config.CLIENT_SECRET)

    async def token(self, request: web.Request) -> web.Response:
        """authorization_code, refresh_token, member_app and organization_app."""
        text = (await request.read()).decode(errors="replace")
        params = dict(parse_qsl(text, keep_blank_values=True))
        if not self.client(request, params):
            return refuse(
                "invalid_client",
                "Client authentication failed",
                "Send the client credentials with HTTP Basic authentication.",
                401,
            )
        request["client_id"] = config.CLIENT_ID
        grants = {
            "authorization_code": self.exchange,
            "refresh_token": self.refresh,
            "member_app": self.member_app,
            "organization_app": self.organization_app,
        }
        handler = grants.get(params.get("grant_type", ""))
        if handler is None:
            return refuse(
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server",
                "Check the grant_type parameter.",
            )
        return handler(params)

    def bad_grant(self, hint: str = "Check the parameters and ask for consent again."):
        return refuse("invalid_grant", BAD_GRANT, hint)

    def exchange(self, params: dict) -> web.Response:
        tokens = self.half.tokens
        code = tokens.codes.get(params.get("code", ""))
        if code is None or self.half.clock.timestamp() >= code.expires:
            return self.bad_grant()
        if code.used:
            # A code that comes twice was stolen: all that was issued from it dies.
            tokens.counts["code_replayed"] += 1
            tokens.revoke_family(code.value)
            return self.bad_grant("The authorization code has already been used.")
        if params.get("redirect_uri") != code.redirect_uri:
            return self.bad_grant("The redirect_uri does not match the authorization request.")
        verifier = params.get("code_verifier", "")
        if code.challenge and not challenge_matches(code.challenge, "S256", verifier):
            return self.bad_grant("The PKCE code verifier does not match the code challenge.")
        code.used = True
        tokens.counts["code_exchanged"] += 1
        lifetime = self.half.limits.access_token_lifetime
        return self.reply(tokens.issue(code.scopes, lifetime, code.value, member_id=code.member_id))

    def refresh(self, params: dict) -> web.Response:
        grant = self.half.tokens.rotate(
            params.get("refresh_token", ""),
            self.half.limits.access_token_lifetime,
            self.half.app.refresh_reuse_revokes,
        )
        return self.reply(grant) if grant is not None else self.bad_grant()

    def member_app(self, params: dict) -> web.Response:
        """For a member who installed the app; no refresh token."""
        member = self.half.world.members.get(params.get("member_id", ""))
        if member is None or member.id in self.half.app.uninstalled_members:
            return self.bad_grant("The member has not installed the app.")
        return self.app_grant(member_id=member.id)

    def organization_app(self, params: dict) -> web.Response:
        """For an organization whose installation Hootsuite configured; Inbox calls need it."""
        organization = params.get("organization_id", "")
        if organization not in self.half.app.installed_organizations:
            return self.bad_grant("The organization has not installed the app.")
        return self.app_grant(organization_id=organization)

    def app_grant(self, **owner: str) -> web.Response:
        self.half.tokens.counts["app_grants"] += 1
        return self.reply(
            self.half.tokens.issue(
                self.half.app.app_scopes, self.half.limits.access_token_lifetime, **owner
            )
        )

    def reply(self, grant: Grant) -> web.Response:
        body: dict = {
            "access_token": grant.access,
            "expires_in": int(grant.expires - self.half.clock.timestamp() + 0.5),
        }
        if grant.refresh:
            body["refresh_token"] = grant.refresh
        body.update(scope=" ".join(grant.scopes), token_type="bearer")  # noqa: S106 - a word
        return reply(200, body)

    # Discovery ---------------------------------------------------------------------------------------

    async def server_metadata(self, request: web.Request) -> web.Response:
        base = f"{self.half.base_url}/hootsuite"
        return web.json_response(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/oauth2/auth",
                "token_endpoint": f"{base}/oauth2/token",
                "registration_endpoint": f"{base}/oauth2/register",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                    "none",
                ],
                "scopes_supported": list(config.SCOPES),
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def resource_metadata(self, request: web.Request) -> web.Response:
        base = f"{self.half.base_url}/hootsuite"
        return web.json_response(
            {
                "resource": base,
                "authorization_servers": [base],
                "bearer_methods_supported": ["header"],
                "scopes_supported": [" ".join(config.SCOPES)],
            }
        )
