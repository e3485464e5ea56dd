"""Codes and tokens: single use, rotation, expiry on the sandbox clock, one valid set per user and app."""

import secrets
from dataclasses import dataclass

from ..core.clock import Clock


@dataclass
class Code:
    """An authorization code waiting to be exchanged."""

    value: str
    user_id: str
    redirect_uri: str
    challenge: str
    challenge_method: str
    expires: float
    used: bool = False


@dataclass
class Grant:
    """An access token, with its refresh token where the grant has one."""

    access: str
    client_id: str
    kind: str  # "s2s", "admin" or "user"
    user_id: str
    scopes: tuple[str, ...]
    expires: float
    refresh: str | None = None
    refresh_expires: float = 0.0
    revoked: bool = False
    refresh_spent: bool = False


def opaque(kind: str) -> str:
    """A token in the shape of the vendor's (three dotted parts), with nothing inside."""
    return f"eyJzYW5kYm94.{kind}.{secrets.token_urlsafe(32)}"


class TokenStore:
    """Issues, finds, rotates and revokes."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        self.codes: dict[str, Code] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._downloads: dict[str, tuple[str, float]] = {}
        self.counts = {
            "issued": 0,
            "refreshed": 0,
            "refresh_refused": 0,
            "code_exchanged": 0,
            "s2s": 0,
        }

    def new_code(self, user_id, redirect_uri, challenge, method, lifetime) -> Code:
        code = Code(
            secrets.token_urlsafe(24),
            user_id,
            redirect_uri,
            challenge,
            method,
            self.clock.timestamp() + lifetime,
        )
        self.codes[code.value] = code
        return code

    def issue(self, client_id, kind, user_id, scopes, lifetime, refresh_lifetime=None) -> Grant:
        """A new token set; a user's earlier sets of the same app die."""
        now = self.clock.timestamp()
        grant = Grant(opaque("access"), client_id, kind, user_id, tuple(scopes), now + lifetime)
        if refresh_lifetime is not None:
            for old in self._access.values():
                if old.client_id == client_id and old.user_id == user_id and old.refresh:
                    old.revoked = True
            grant.refresh = opaque("refresh")
            grant.refresh_expires = now + refresh_lifetime
            self._refresh[grant.refresh] = grant
        self._access[grant.access] = grant
        self.counts["issued"] += 1
        return grant

    def rotate(
        self, refresh: str, client_id: str, lifetime: int, refresh_lifetime: int
    ) -> Grant | None:
        """A new set for a live refresh token, which dies by it; None when it is not live.

        The earlier access token stays valid until it expires.
        """
        old = self._refresh.get(refresh)
        now = self.clock.timestamp()
        if (
            old is None
            or old.revoked
            or old.refresh_spent
            or old.client_id != client_id
            or now >= old.refresh_expires
        ):
            self.counts["refresh_refused"] += 1
            return None
        old.refresh_spent = True
        grant = Grant(
            opaque("access"), client_id, old.kind, old.user_id, old.scopes, now + lifetime
        )
        grant.refresh = opaque("refresh")
        grant.refresh_expires = now + refresh_lifetime
        self._access[grant.access] = grant
        self._refresh[grant.refresh] = grant
        self.counts["issued"] += 1
        self.counts["refreshed"] += 1
        return grant

    def find(self, access: str) -> Grant | None:
        return self._access.get(access)

    def live(self, grant: Grant) -> bool:
        """Whether the access token is accepted now."""
        return not grant.revoked and self.clock.timestamp() < grant.expires

    def revoke(self, access: str, client_id: str) -> bool:
        """Kill the whole token family (access and refresh) of an access token."""
        grant = self._access.get(access)
        if grant is None or grant.client_id != client_id:
            return False
        self._kill(lambda other: other.client_id == client_id and other.user_id == grant.user_id)
        return True

    def revoke_all(self, access_only: bool = False, user_id: str | None = None) -> int:
        """Kill every token (or only let access tokens expire); returns how many token sets it hit."""
        if not access_only:
            return self._kill(lambda grant: user_id is None or grant.user_id == user_id)
        hit = [grant for grant in self._access.values() if self.live(grant)]
        for grant in hit:
            grant.expires = 0.0
        return len(hit)

    def _kill(self, chosen) -> int:
        hit = [grant for grant in self._access.values() if not grant.revoked and chosen(grant)]
        for grant in hit:
            grant.revoked = True
        return len(hit)

    def download_token(self, uuid: str, lifetime: float) -> str:
        """A token that opens the recording files of one instance."""
        token = opaque("download")
        self._downloads[token] = (uuid, self.clock.timestamp() + lifetime)
        return token

    def opens(self, token: str, uuid: str) -> bool:
        """Whether a bearer token opens the files of this instance."""
        entry = self._downloads.get(token)
        if entry is not None:
            return entry[0] == uuid and self.clock.timestamp() < entry[1]
        grant = self._access.get(token)
        return grant is not None and self.live(grant)
