"""Streamed answers: downloads with redirects, cut bodies, tokens."""

import pytest

from connector_base.core import errors
from connector_base.core.http_client import HttpClient
from connector_base.core.retry import RetryPolicy
from tests.unit.core.conftest import Reply
from tests.unit.core.test_http_client import Gate, Tokens

DATA = bytes(range(256)) * 2000
BINARY = {"Content-Type": "video/mp4"}


@pytest.fixture
def calls():
    return []


@pytest.fixture
def make(vendor, clock, calls):
    def build(**options):
        options.setdefault("auth", Tokens("tok"))
        return HttpClient(
            vendor.url,
            allowed_hosts={"127.0.0.1"},
            clock=clock,
            sleep=clock.sleep,
            on_call=calls.append,
            read_timeout=5,
            **options,
        )

    return build


def test_the_body_comes_in_pieces(make, vendor, calls):
    vendor.plays(Reply(200, DATA, BINARY))
    with make().stream("GET", vendor.url + "/rec/1", route="/rec/{id}", chunk_size=1000) as stream:
        pieces = list(stream)
        assert (stream.status, stream.length) == (200, len(DATA))
    assert b"".join(pieces) == DATA
    assert max(map(len, pieces)) <= 1000
    assert vendor.seen[0].headers["Accept-Encoding"] == "identity"
    assert [(record.route, record.status, record.error) for record in calls] == [
        ("/rec/{id}", 200, "")
    ]


def test_part_of_a_file(make, vendor):
    vendor.plays(Reply(206, DATA[100:], BINARY))
    with make().stream("GET", "/rec", headers={"Range": "bytes=100-"}) as stream:
        assert stream.status == 206
        assert b"".join(stream) == DATA[100:]
    assert vendor.seen[0].headers["Range"] == "bytes=100-"


def test_the_token_stays_with_the_first_host(make, vendor, other_vendor):
    vendor.plays(Reply(302, b"", {"Location": other_vendor.url + "/blob?sig=1"}))
    other_vendor.plays(Reply(200, DATA, BINARY))
    with make().stream("GET", "/rec") as stream:
        assert b"".join(stream) == DATA
        assert stream.url == other_vendor.url + "/blob?sig=1"
    assert vendor.seen[0].headers["Authorization"] == "Bearer tok"
    assert "Authorization" not in other_vendor.seen[0].headers


def test_a_download_token_replaces_the_usual_one(make, vendor):
    tokens = Tokens("tok", "new")
    vendor.plays(Reply(401))
    with (
        pytest.raises(errors.AuthError),
        make(auth=tokens).stream("GET", "/rec", bearer="download"),
    ):
        pass
    assert [seen.headers["Authorization"] for seen in vendor.seen] == ["Bearer download"]
    assert tokens.refused == []


def test_a_refused_token_is_refreshed(make, vendor):
    vendor.plays(Reply(401), Reply(200, DATA, BINARY))
    with make(auth=Tokens("tok", "new")).stream("GET", "/rec") as stream:
        assert b"".join(stream) == DATA


def test_opening_is_retried(make, vendor):
    vendor.plays(Reply(500), Reply(200, DATA, BINARY))
    with make().stream("GET", "/rec") as stream:
        assert b"".join(stream) == DATA


def test_an_error_answer_is_typed(make, vendor):
    vendor.plays(Reply(404, b"<html>gone</html>", {"Content-Type": "text/html"}))
    with pytest.raises(errors.NotFound), make().stream("GET", "/rec"):
        pass


def test_a_cut_body_is_told_after_the_good_part(make, vendor, calls):
    gate = Gate()
    vendor.plays(Reply(200, DATA, BINARY, length=len(DATA) + 5))
    got = bytearray()

    def read():
        with make(breaker=gate).stream("GET", "/rec") as stream:
            for chunk in stream.chunks():
                got.extend(chunk)

    with pytest.raises(errors.RemoteUnavailable):
        read()
    # urllib3 2 keeps back the piece that was cut; what came is right, and most of the file.
    assert DATA.startswith(bytes(got))
    assert len(got) >= len(DATA) - 65536
    assert gate.told == ["before", "success", "RemoteUnavailable"]
    assert [bool(record.error) for record in calls] == [False, True]


def test_a_stalled_body_ends(make, vendor):
    vendor.plays(Reply(200, b"x" * 2048, BINARY, trickle=2))

    def read():
        with make(retry=RetryPolicy(max_attempts=1)).stream(
            "GET", "/rec", read_timeout=0.2
        ) as stream:
            list(stream)

    with pytest.raises(errors.RemoteUnavailable):
        read()


def test_trouble_of_the_reader_is_not_the_vendors(make, vendor, calls):
    gate = Gate()
    vendor.plays(Reply(200, DATA, BINARY))
    with pytest.raises(KeyError), make(breaker=gate).stream("GET", "/rec") as stream:
        next(iter(stream))
        raise KeyError("disk full")
    assert gate.told == ["before", "success"]
    assert len(calls) == 1
    assert stream._raw.raw.closed  # the connection is not left open with half a file in it
