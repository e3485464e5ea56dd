"""Codes and tokens: single use, rotation, expiry on the sandbox clock, families that die together."""

import secrets
from dataclasses import dataclass

from ..core.clock import Clock


@dataclass
class Code:
    """An authorization code waiting to be exchanged. challenge is empty without PKCE."""

    value: str
    member_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    expires: float
    used: bool = False


@dataclass
class Grant:
    """An access token with its refresh token, where the grant has one.

    ``family`` is the code that everything goes back to; ``organization_id`` is set for organization_app.
    """

    access: str
    family: str
    scopes: tuple[str, ...]
    expires: float
    member_id: str | None = None
    organization_id: str | None = None
    refresh: str | None = None
    revoked: bool = False
    forbidden: bool = False  # the app was uninstalled
    refresh_spent: bool = False


def opaque(kind: str) -> str:
    """A token in the shape of the vendor's: two dotted parts with nothing inside."""
    return f"{kind}0kSandbox_{secrets.token_urlsafe(24)}.{secrets.token_urlsafe(24)}"


class TokenStore:
    """Issues, finds, rotates and revokes."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        self.codes: dict[str, Code] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self.counts = {
            "issued": 0,
            "refreshed": 0,
            "refresh_refused": 0,
            "code_exchanged": 0,
            "code_replayed": 0,
            "app_grants": 0,
        }

    def new_code(self, member_id, redirect_uri, scopes, challenge, lifetime) -> Code:
        code = Code(
            secrets.token_urlsafe(32),
            member_id,
            redirect_uri,
            tuple(scopes),
            challenge,
            self.clock.timestamp() + lifetime,
        )
        self.codes[code.value] = code
        return code

    def issue(self, scopes, lifetime: float, family: str | None = None, **owner) -> Grant:
        """A new grant; with a refresh token when ``offline`` is among its scopes."""
        grant = Grant(
            opaque("aT"),
            family or secrets.token_hex(8),
            tuple(scopes),
            self.clock.timestamp() + lifetime,
            **owner,
        )
        if "offline" in grant.scopes:
            grant.refresh = opaque("rT")
            self._refresh[grant.refresh] = grant
        self._access[grant.access] = grant
        self.counts["issued"] += 1
        return grant

    def rotate(self, refresh: str, lifetime: float, reuse_revokes: bool = False) -> Grant | None:
        """The next grant for a live refresh token, which dies by it; None when it is not live."""
        old = self._refresh.get(refresh)
        if old is None or old.revoked or old.refresh_spent:
            self.counts["refresh_refused"] += 1
            if old is not None and reuse_revokes:
                self.revoke_family(old.family)
            return None
        old.refresh_spent = True
        self.counts["refreshed"] += 1
        return self.issue(old.scopes, lifetime, old.family, member_id=old.member_id)

    def find(self, access: str) -> Grant | None:
        return self._access.get(access)

    def live(self, grant: Grant) -> bool:
        """Whether the access token is accepted now."""
        return not grant.revoked and self.clock.timestamp() < grant.expires

    def revoke_family(self, family: str) -> int:
        """Kill everything that goes back to one code; returns how many grants it hit."""
        return self._kill(lambda grant: grant.family == family)

    def revoke_all(self, access_only: bool = False) -> int:
        """Kill every token (or only let access tokens expire); returns how many grants it hit."""
        if not access_only:
            return self._kill(lambda grant: True)
        hit = [grant for grant in self._access.values() if self.live(grant)]
        for grant in hit:
            grant.expires = 0.0
        return len(hit)

    def uninstall(self, member_id: str | None = None, organization_id: str | None = None) -> int:
        """The tokens of a member or an organization that removed the app."""

        def chosen(grant: Grant) -> bool:
            return (member_id is not None and grant.member_id == member_id) or (
                organization_id is not None and grant.organization_id == organization_id
            )

        for grant in self._access.values():
            grant.forbidden = grant.forbidden or chosen(grant)
        return self._kill(chosen)

    def _kill(self, chosen) -> int:
        hit = [grant for grant in self._access.values() if not grant.revoked and chosen(grant)]
        for grant in hit:
            grant.revoked = True
        return len(hit)
