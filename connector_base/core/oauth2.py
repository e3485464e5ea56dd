"""OAuth 2.0 client: authorization code with PKCE and signed state, client-credentials style grants,
refresh, revocation; typed errors.

Both vendors rotate single-use refresh tokens. This module therefore never repeats a token request;
locking and saving around :meth:`OAuth2Client.refresh` is the caller's duty.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from .errors import ConfigurationError, ReconnectRequired, RemoteUnavailable, StateError
from .http_types import FormTransport, Response
from .oauth2_errors import token_error

__all__ = [
    "OAuth2Client",
    "OAuth2Endpoints",
    "StateError",
    "Token",
    "challenge",
    "decode_state",
    "encode_state",
    "new_verifier",
    "token_error",
]

#: Assumed life of an access token when the vendor does not say (seconds).
DEFAULT_LIFETIME = 3600.0
_STATE_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Token:
    """One token set. Its repr shows no secret.

    :param expires_at: epoch seconds at which the access token dies
    :param scope: granted scopes
    :param api_url: regional base address the vendor told us to use, if any
    :param extra: everything else the token endpoint answered
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float
    scope: tuple[str, ...] = ()
    api_url: str | None = None
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def is_fresh(self, now: float, leeway: float = 300) -> bool:
        """Tell whether the access token still lives ``leeway`` seconds after ``now``."""
        return self.expires_at - leeway > now

    def to_json(self) -> str:
        """Serialize, secrets included: only for encryption."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_at": self.expires_at,
                "scope": list(self.scope),
                "api_url": self.api_url,
                "extra": self.extra,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Token:
        """:raises ConfigurationError: the text is not a serialized token"""
        try:
            data = json.loads(text)
            return cls(
                access_token=data["access_token"],
                refresh_token=data["refresh_token"],
                expires_at=float(data["expires_at"]),
                scope=tuple(data["scope"]),
                api_url=data["api_url"],
                extra=data["extra"],
            )
        except (ValueError, KeyError, TypeError):
            raise ConfigurationError(
                "The stored authorization cannot be read.", remedy="Connect again."
            ) from None


@dataclass(frozen=True)
class OAuth2Endpoints:
    """Addresses of a vendor's OAuth 2.0 server.

    :param revoke_url: None when the vendor offers no revocation
    """

    authorize_url: str
    token_url: str
    revoke_url: str | None = None


class OAuth2Client:
    """Talks to one vendor's token endpoint for one app. Stateless: it stores nothing.

    :param transport: posts one form, see :class:`.http_types.FormTransport`
    :param clock: returns epoch seconds
    :param redirect_uri: compared exactly by vendors, so it must be the registered one
    :param pkce: send a code challenge (RFC 7636, S256)
    """

    def __init__(
        self,
        endpoints: OAuth2Endpoints,
        client_id: str,
        client_secret: str,
        transport: FormTransport,
        *,
        clock: Callable[[], float],
        redirect_uri: str | None = None,
        pkce: bool = True,
    ) -> None:
        if not client_id or not client_secret:
            raise ConfigurationError(
                "The client ID or the client secret is missing.",
                remedy="Enter both in the integration, as shown in the vendor's app.",
            )
        self._endpoints = endpoints
        self._client_id = client_id
        self._client_secret = client_secret
        self._transport = transport
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._pkce = pkce

    def authorization_url(
        self, state: str, verifier: str | None = None, *, scope: Sequence[str] = ()
    ) -> str:
        """Return the address to send the browser to.

        :param verifier: from :func:`new_verifier`; required when PKCE is on
        :param scope: asked scopes, for vendors that take them here
        """
        params = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._need_redirect_uri(),
            "state": state,
        }
        if scope:
            params["scope"] = " ".join(scope)
        if self._pkce:
            if not verifier:
                raise ValueError("PKCE is on: a verifier is needed")
            params["code_challenge"] = challenge(verifier)
            params["code_challenge_method"] = "S256"
        separator = "&" if urlsplit(self._endpoints.authorize_url).query else "?"
        return f"{self._endpoints.authorize_url}{separator}{urlencode(params)}"

    def exchange(self, code: str, verifier: str | None = None) -> Token:
        """Exchange an authorization code. Never repeat it: a replay revokes all tokens.

        :raises ReconnectRequired: the code is expired, used or not ours
        """
        params = {"code": code, "redirect_uri": self._need_redirect_uri()}
        if self._pkce:
            if not verifier:
                raise ValueError("PKCE is on: a verifier is needed")
            params["code_verifier"] = verifier
        return self.grant("authorization_code", **params)

    def refresh(self, refresh_token: str) -> Token:
        """Trade ``refresh_token`` for a new token set; save the result before using it.

        A vendor that does not rotate sends no new refresh token: the old one is kept (RFC 6749, 6).

        :raises ReconnectRequired: the refresh token is dead
        :raises RemoteUnavailable: with ``maybe_executed`` True, the old one may be used up
        """
        return self.grant("refresh_token", refresh_token=refresh_token)

    def grant(self, grant_type: str, **params: str) -> Token:
        """Ask for a token with any grant, such as Zoom's ``account_credentials``.

        :raises ConfigurationError, ReconnectRequired, AuthError, Rejected, RateLimited,
            RemoteUnavailable: see :func:`token_error`
        """
        response = self._post(self._endpoints.token_url, {"grant_type": grant_type, **params})
        if not response.ok:
            raise token_error(response, grant_type)
        return self._token(response, params.get("refresh_token"))

    def revoke(self, token: str) -> bool:
        """Revoke ``token`` at the vendor; True if it is dead now, False if the vendor has no such
        endpoint. A token the vendor does not know any more counts as revoked.

        :raises ConnectorError: as :meth:`grant`
        """
        url = self._endpoints.revoke_url
        if not url:
            return False
        response = self._post(url, {"token": token})
        if not response.ok:
            error = token_error(response, "revoke")
            if not isinstance(error, ReconnectRequired):
                raise error
        return True

    def _need_redirect_uri(self) -> str:
        if not self._redirect_uri:
            raise ConfigurationError("The redirect address of the integration is missing.")
        return self._redirect_uri

    def _post(self, url: str, data: Mapping[str, str]) -> Response:
        # The parameters go into the body: Zoom refused them in the query at times, and addresses
        # end up in access logs.
        credentials = f"{self._client_id}:{self._client_secret}".encode()
        return self._transport(
            url,
            data,
            {
                "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
                "Accept": "application/json",
            },
        )

    def _token(self, response: Response, old_refresh_token: str | None) -> Token:
        body = response.json()
        if not isinstance(body, dict):
            body = {}
        access_token = body.pop("access_token", None)
        if not isinstance(access_token, str) or not access_token:
            raise RemoteUnavailable(
                "The vendor's answer holds no access token.",
                status=response.status,
                request_id=response.request_id,
                maybe_executed=True,
            )
        refresh_token = body.pop("refresh_token", None)
        if not isinstance(refresh_token, str) or not refresh_token:
            refresh_token = old_refresh_token
        scope = body.pop("scope", None)
        api_url = body.pop("api_url", None)
        lifetime = _lifetime(body.pop("expires_in", None))
        return Token(
            access_token=access_token,
            refresh_token=refresh_token,
            expires_at=self._clock() + lifetime,
            scope=tuple(scope.split()) if isinstance(scope, str) else (),
            api_url=api_url if isinstance(api_url, str) and api_url else None,
            extra=body,
        )


def _lifetime(value: object) -> float:
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except ValueError:
            return DEFAULT_LIFETIME
        if math.isfinite(seconds) and seconds > 0:
            return seconds
    return DEFAULT_LIFETIME


def new_verifier() -> str:
    """Return a new PKCE code verifier (RFC 7636: 43 to 128 unreserved characters)."""
    return secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """Return the S256 code challenge of ``verifier``."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def encode_state(
    key: bytes, claims: Mapping[str, Any], lifetime: float = 600, *, now: float
) -> str:
    """Return a signed OAuth ``state`` that expires ``lifetime`` seconds after ``now``.

    A random ``jti`` is added unless given, so that the caller can make the state single-use. The
    content is signed, not secret: no verifier, no personal data in it.
    """
    payload = {"jti": secrets.token_urlsafe(16), **claims, "iat": now, "exp": now + lifetime}
    return jwt.encode(payload, key.hex(), algorithm=_STATE_ALGORITHM)


def decode_state(key: bytes | Sequence[bytes], state: str | None, now: float) -> dict[str, Any]:
    """Return the claims of a state made by :func:`encode_state`, ``jti`` included.

    :param key: the signing key, or several (``KeyRing.derive_all``) while keys are rotated
    :raises StateError: forged, damaged, expired, or issued in the future
    """
    for candidate in [key] if isinstance(key, bytes) else key:
        try:
            # Times are checked below against the given clock; PyJWT only knows the system's.
            claims = jwt.decode(
                state or "",
                candidate.hex(),
                algorithms=[_STATE_ALGORITHM],
                options={
                    "require": ["exp", "iat", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError:
            continue
        break
    else:
        raise StateError("The answer of the vendor does not belong to a connection started here.")
    if not claims["iat"] - 60 <= now < claims["exp"]:
        raise StateError("The connection took too long and has expired.")
    return {name: value for name, value in claims.items() if name not in {"exp", "iat"}}
