"""Zoom's OAuth pages: consent as a person sees it, token endpoint, revocation ("OAuth" page)."""

import base64
import html
import json
from urllib.parse import parse_qsl

from aiohttp import web

from ..core.consent import challenge_matches, page, redirect_to
from . import config
from .half import ZoomHalf
from .scopes import all_scopes
from .tokens import Grant


def refuse_page(text: str) -> web.Response:
    return page("Error", f"<h1>Error</h1><p>{html.escape(text)}</p>", 400)


def refuse(error: str, reason: str, status: int = 400) -> web.Response:
    body = json.dumps({"reason": reason, "error": error})
    return web.Response(status=status, text=body, content_type="application/json")


class OAuth:
    """Handlers of /zoom/oauth/*."""

    def __init__(self, half: ZoomHalf):
        self.half = half

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/zoom/oauth/authorize", self.authorize),
            web.post("/zoom/oauth/authorize", self.authorize),
            web.post("/zoom/oauth/token", self.token),
            web.post("/zoom/oauth/revoke", self.revoke),
        ]

    # Consent -----------------------------------------------------------------------------------------

    async def authorize(self, request: web.Request) -> web.Response:
        """Show the consent page, or act on its Allow and Deny buttons."""
        query = request.query
        app = self.half.app
        client_id = query.get("client_id", "")
        if client_id != config.CLIENT_ID:
            return refuse_page(f"Invalid client_id: {client_id} (4,702)")
        redirect_uri = query.get("redirect_uri", "")
        known = not app.redirect_uris or redirect_uri in app.redirect_uris
        if not redirect_uri.startswith(("http://", "https://")) or not known:
            return refuse_page(f"Invalid redirect: {redirect_uri} (4,700)")
        if query.get("response_type") != "code":
            return refuse_page("Invalid response type (4,700)")
        method = query.get("code_challenge_method") or "plain"
        if method not in ("S256", "plain"):
            return refuse_page("Invalid code challenge method (4,700)")
        form = await request.post() if request.method == "POST" else {}
        decision = form.get("decision") or {"allow": "allow", "deny": "deny"}.get(app.consent)
        if query.get("auto") == "1":
            decision = decision or "allow"
        if decision is None:
            return self.consent_page(request)
        state = query.get("state", "")
        if decision != "allow":
            return redirect_to(redirect_uri, error="access_denied", state=state)
        user = self.half.world.user(str(form.get("user") or app.consent_user))
        if user is None:
            return refuse_page("The user does not exist on this account.")
        code = self.half.tokens.new_code(
            user.id,
            redirect_uri,
            query.get("code_challenge", ""),
            method,
            self.half.limits.code_lifetime,
        )
        return redirect_to(redirect_uri, code=code.value, state=state)

    def consent_page(self, request: web.Request) -> web.Response:
        scopes = self.half.app.scopes or all_scopes(self.half.app.kind)
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes)
        people = [user for user in self.half.world.users.values() if user.status == "active"]
        people.sort(key=lambda user: user.email != self.half.app.consent_user)
        options = "".join(
            f'<option value="{html.escape(user.email)}">{html.escape(user.name)} '
            f"({html.escape(user.email)})</option>"
            for user in people[:50]
        )
        action = html.escape(f"{request.path}?{request.query_string}")
        return page(
            "Authorize app",
            f"<h1>Allow {html.escape(config.APP_NAME)}?</h1>"
            "<p><small>This is the local sandbox. Nothing leaves your machine.</small></p>"
            f'<form method="post" action="{action}">'
            f'<p><label>Signed in as <select name="user">{options}</select></label></p>'
            f"<p>The app will be able to use:</p><ul>{listed}</ul>"
            '<button class="go" name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny">Deny</button></form>',
        )

    # Tokens ------------------------------------------------------------------------------------------

    async def parameters(self, request: web.Request) -> dict:
        """Form body over query string."""
        text = (await request.read()).decode(errors="replace")
        return {**dict(request.query), **dict(parse_qsl(text, keep_blank_values=True))}

    def client(self, request: web.Request) -> tuple[str, str] | None:
        """(client id, kind) of a valid Basic header, else None."""
        scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
        try:
            pair = base64.b64decode(value, validate=True).decode()
        except ValueError:
            return None
        known = {
            f"{config.CLIENT_ID}:{config.CLIENT_SECRET}": (config.CLIENT_ID, self.half.app.kind),
            f"{config.S2S_CLIENT_ID}:{config.S2S_CLIENT_SECRET}": (config.S2S_CLIENT_ID, "s2s"),
        }
        return known.get(pair) if scheme.lower() == "basic" else None

    async def token(self, request: web.Request) -> web.Response:
        """authorization_code, refresh_token and account_credentials."""
        params = await self.parameters(request)
        client = self.client(request)
        if client is None:
            return refuse("invalid_client", "Invalid client_id or client_secret")
        request["client_id"] = client[0]
        grant_type = params.get("grant_type", "")
        if grant_type == "authorization_code" and client[1] != "s2s":
            return self.exchange(client, params)
        if grant_type == "refresh_token" and client[1] != "s2s":
            return self.refresh(client, params)
        if grant_type == "account_credentials" and client[1] == "s2s":
            return self.account_credentials(client, params)
        return refuse("unsupported_grant_type", "unsupported grant type")

    def exchange(self, client: tuple[str, str], params: dict) -> web.Response:
        code = self.half.tokens.codes.get(params.get("code", ""))
        now = self.half.clock.timestamp()
        if code is None or code.used or now >= code.expires:
            return refuse("invalid_grant", "Invalid authorization code")
        if params.get("redirect_uri") != code.redirect_uri:
            return refuse("invalid_request", "Redirect URI mismatch.")
        if code.challenge and not challenge_matches(
            code.challenge, code.challenge_method, params.get("code_verifier", "")
        ):
            return refuse("invalid_grant", "Invalid code verifier")
        code.used = True
        limits = self.half.limits
        scopes = self.half.app.scopes or all_scopes(client[1])
        grant = self.half.tokens.issue(
            client[0],
            client[1],
            code.user_id,
            scopes,
            limits.access_token_lifetime,
            limits.refresh_token_lifetime,
        )
        self.half.tokens.counts["code_exchanged"] += 1
        return self.reply(grant)

    def refresh(self, client: tuple[str, str], params: dict) -> web.Response:
        limits = self.half.limits
        grant = self.half.tokens.rotate(
            params.get("refresh_token", ""),
            client[0],
            limits.access_token_lifetime,
            limits.refresh_token_lifetime,
        )
        if grant is None:
            return refuse("invalid_grant", "Invalid Token!")
        return self.reply(grant)

    def account_credentials(self, client: tuple[str, str], params: dict) -> web.Response:
        if params.get("account_id") != config.ACCOUNT_ID:
            return refuse("invalid_client", "Invalid client_id or client_secret")
        scopes = self.half.app.s2s_scopes or all_scopes("admin")
        grant = self.half.tokens.issue(
            client[0], "s2s", self.half.admin.id, scopes, self.half.limits.access_token_lifetime
        )
        self.half.tokens.counts["s2s"] += 1
        return self.reply(grant)

    def reply(self, grant: Grant) -> web.Response:
        body: dict = {"access_token": grant.access, "token_type": "bearer"}
        if grant.refresh:
            body["refresh_token"] = grant.refresh
        body["expires_in"] = int(grant.expires - self.half.clock.timestamp() + 0.5)
        body["scope"] = " ".join(grant.scopes)
        body["api_url"] = f"{self.half.base_url}/zoom"
        return web.json_response(body)

    async def revoke(self, request: web.Request) -> web.Response:
        """Kill the access token named, and its refresh token."""
        params = await self.parameters(request)
        client = self.client(request)
        if client is None:
            return refuse("invalid_client", "Invalid client_id or client_secret")
        request["client_id"] = client[0]
        if not self.half.tokens.revoke(params.get("token", ""), client[0]):
            return refuse("invalid_grant", "Invalid Token!")
        return web.json_response({"status": "success"})
