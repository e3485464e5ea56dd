"""Token store and PKCE of the sandbox's Zoom."""

import base64
import hashlib

import pytest

from tests.sandbox.core.clock import Clock
from tests.sandbox.zoom.oauth import challenge_matches
from tests.sandbox.zoom.tokens import TokenStore

HOUR = 3600
QUARTER = 90 * 86400


@pytest.fixture
def clock():
    clock = Clock()
    clock.freeze()
    return clock


@pytest.fixture
def store(clock):
    return TokenStore(clock)


def issue(store, user="u1", client="c1"):
    return store.issue(client, "admin", user, ["a"], HOUR, QUARTER)


def test_refresh_rotates_and_works_once(store):
    first = issue(store)
    second = store.rotate(first.refresh, "c1", HOUR, QUARTER)
    assert second is not None and second.refresh != first.refresh and second.access != first.access
    assert store.rotate(first.refresh, "c1", HOUR, QUARTER) is None
    assert store.rotate(second.refresh, "c1", HOUR, QUARTER) is not None
    assert store.counts["refreshed"] == 2
    assert store.counts["refresh_refused"] == 1


def test_refresh_token_belongs_to_its_client_and_expires(store, clock):
    grant = issue(store)
    assert store.rotate(grant.refresh, "c2", HOUR, QUARTER) is None
    clock.advance(QUARTER)
    assert store.rotate(grant.refresh, "c1", HOUR, QUARTER) is None


def test_access_token_expires_after_its_hour(store, clock):
    grant = issue(store)
    clock.advance(HOUR - 1)
    assert store.live(grant)
    clock.advance(1)
    assert not store.live(grant)


def test_old_access_token_survives_a_refresh(store):
    first = issue(store)
    store.rotate(first.refresh, "c1", HOUR, QUARTER)
    assert store.live(first)


def test_authorising_again_kills_the_earlier_set_of_the_same_user_only(store):
    first, other = issue(store), issue(store, user="u2")
    second = issue(store)
    assert not store.live(first)
    assert store.rotate(first.refresh, "c1", HOUR, QUARTER) is None
    assert store.live(second) and store.live(other)


def test_revoke_kills_the_whole_family(store):
    first = issue(store)
    second = store.rotate(first.refresh, "c1", HOUR, QUARTER)
    assert not store.revoke(second.access, "c2")
    assert store.revoke(second.access, "c1")
    assert not store.live(first) and not store.live(second)
    assert store.rotate(second.refresh, "c1", HOUR, QUARTER) is None


def test_expiring_all_access_tokens_leaves_refreshing(store):
    grant = issue(store)
    assert store.revoke_all(access_only=True) == 1
    assert not store.live(grant) and not grant.revoked
    assert store.rotate(grant.refresh, "c1", HOUR, QUARTER) is not None


def test_download_token_opens_one_instance_for_its_time(store, clock):
    token = store.download_token("uuid-1", 60)
    assert store.opens(token, "uuid-1")
    assert not store.opens(token, "uuid-2")
    clock.advance(60)
    assert not store.opens(token, "uuid-1")


VERIFIER = "a" * 43


def s256(verifier):
    return (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    )


@pytest.mark.parametrize(
    ("challenge", "method", "verifier", "ok"),
    [
        (s256(VERIFIER), "S256", VERIFIER, True),
        (VERIFIER, "plain", VERIFIER, True),
        (s256(VERIFIER), "S256", "b" * 43, False),
        (VERIFIER, "S256", VERIFIER, False),
        (s256("a" * 42), "S256", "a" * 42, False),
        (s256("a" * 129), "S256", "a" * 129, False),
        (s256(VERIFIER), "S256", "", False),
    ],
)
def test_pkce(challenge, method, verifier, ok):
    assert challenge_matches(challenge, method, verifier) is ok
