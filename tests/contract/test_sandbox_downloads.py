"""Recording downloads as a client makes them."""

import contextlib
import hashlib
from urllib.parse import urlsplit

import pytest
import requests

MAGIC = {"MP4": b"ftyp", "M4A": b"ftyp"}


@pytest.fixture
def run(sandbox):
    return sandbox.zoom.run_meeting(participants=3, announce=False)


@pytest.fixture
def files(s2s, run):
    path = f"/meetings/{run['meeting_id']}/recordings"
    return s2s.get(path, include_fields="download_access_token", ttl=60).json()


def fetch(url, token, **headers):
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(url, headers={**bearer, **headers}, timeout=10)


def until_the_cut(answer):
    """What arrives of a body. Newer HTTP libraries report that it is too short, older ones do not."""
    got = bytearray()
    with contextlib.suppress(requests.exceptions.RequestException):
        for piece in answer.iter_content(100):
            got += piece
    return bytes(got)


def test_every_file_has_the_size_and_content_it_claims(s2s, sandbox, files, run):
    known = {row["id"]: row for row in sandbox.zoom.files(uuid=run["uuid"])}
    for file in files["recording_files"]:
        answer = fetch(file["download_url"], s2s.token)
        assert answer.status_code == 200
        assert len(answer.content) == file["file_size"]
        assert hashlib.sha256(answer.content).hexdigest() == known[file["id"]]["sha256"]
    kinds = [file["file_type"] for file in files["recording_files"]]
    assert kinds == ["MP4", "M4A", "CHAT", "TIMELINE", "TRANSCRIPT"]
    assert files["total_size"] == sum(file["file_size"] for file in files["recording_files"])


def test_transcript_is_webvtt_and_timeline_is_json(s2s, files):
    by_type = {file["file_type"]: file for file in files["recording_files"]}
    text = fetch(by_type["TRANSCRIPT"]["download_url"], s2s.token).content.decode()
    assert text.startswith("WEBVTT\r\n")
    assert fetch(by_type["TIMELINE"]["download_url"], s2s.token).json()["timeline"]
    for kind in ("MP4", "M4A"):
        assert fetch(by_type[kind]["download_url"], s2s.token).content[4:8] == b"ftyp"


def test_all_three_kinds_of_token_open_it(s2s, sandbox, receiver):
    sandbox.zoom.run_meeting(participants=2, wait=True)
    completed = receiver.bodies("recording.completed")[-1]
    uploaded = completed["payload"]["object"]["recording_files"][0]
    assert fetch(uploaded["download_url"], completed["download_token"]).status_code == 200
    number = completed["payload"]["object"]["id"]
    answer = s2s.get(
        f"/meetings/{number}/recordings", include_fields="download_access_token", ttl=60
    ).json()
    url = answer["recording_files"][0]["download_url"]
    assert fetch(url, answer["download_access_token"]).status_code == 200
    assert fetch(url, s2s.token).status_code == 200


def test_tokens_end(sandbox, files):
    url = files["recording_files"][0]["download_url"]
    sandbox.clock(advance=61)
    answer = fetch(url, files["download_access_token"])
    assert (answer.status_code, answer.json()["code"]) == (401, 124)


def test_no_token_or_one_in_the_query_is_refused(s2s, files):
    url = files["recording_files"][0]["download_url"]
    assert fetch(url, None).status_code == 401
    assert fetch(f"{url}?access_token={s2s.token}", None).status_code == 401


def test_token_of_another_meeting_is_refused(s2s, sandbox, files):
    other = sandbox.zoom.run_meeting(participants=2, announce=False)
    rows = s2s.get(f"/meetings/{other['meeting_id']}/recordings").json()["recording_files"]
    assert fetch(rows[0]["download_url"], files["download_access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=47000-", 47000, 47999), ("bytes=-10", 47990, 47999)],
)
def test_ranges(s2s, files, asked, first, last):
    url = files["recording_files"][0]["download_url"]
    whole = fetch(url, s2s.token).content
    answer = fetch(url, s2s.token, Range=asked)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/48000"
    assert answer.content == whole[first : last + 1]


def test_range_beyond_the_end(s2s, files):
    answer = fetch(files["recording_files"][0]["download_url"], s2s.token, Range="bytes=48000-")
    assert answer.status_code == 416


def test_redirect_to_another_host_and_no_token_there(s2s, sandbox, files):
    sandbox.zoom.limits(download_hop="other")
    url = files["recording_files"][0]["download_url"]
    headers = {"Authorization": f"Bearer {s2s.token}"}
    hop = requests.get(url, headers=headers, allow_redirects=False, timeout=10)
    assert hop.status_code == 302
    assert urlsplit(hop.headers["Location"]).hostname == "localhost"
    assert fetch(url, s2s.token).status_code == 200
    (call,) = sandbox.calls(path="/rec/storage/")
    assert call["authorized"] is False


def test_storage_link_needs_its_signature(s2s, files):
    url = files["recording_files"][0]["download_url"].replace("/rec/download/", "/rec/storage/")
    assert fetch(url, s2s.token).status_code == 403


def test_trashed_file_is_an_html_404(s2s, files, run):
    file = files["recording_files"][0]
    assert s2s.call("DELETE", f"/meetings/{run['meeting_id']}/recordings").status_code == 204
    answer = fetch(file["download_url"], s2s.token)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_gigabytes_stream_and_can_be_left(s2s, sandbox):
    size = 6 * 1024**3
    run = sandbox.zoom.run_meeting(participants=2, sizes={"MP4": size}, announce=False)
    file = s2s.get(f"/meetings/{run['meeting_id']}/recordings").json()["recording_files"][0]
    assert file["file_size"] == size
    headers = {"Authorization": f"Bearer {s2s.token}"}
    with requests.get(file["download_url"], headers=headers, stream=True, timeout=10) as answer:
        assert answer.headers["Content-Length"] == str(size)
        assert len(next(answer.iter_content(1 << 20))) == 1 << 20
    tail = fetch(file["download_url"], s2s.token, Range=f"bytes={size - 5}-")
    assert len(tail.content) == 5


def test_transcript_comes_later_than_the_rest(s2s, sandbox):
    start = sandbox.clock()["now"]
    sandbox.clock(advance=3600 + 120)
    run = sandbox.zoom.run_meeting(participants=2, start=start, duration=3600, announce=False)
    s2s.s2s()  # the clock has passed the life of the first token
    path = f"/meetings/{run['meeting_id']}"
    kinds = {f["file_type"] for f in s2s.get(f"{path}/recordings").json()["recording_files"]}
    assert "TRANSCRIPT" not in kinds
    assert s2s.get(f"{path}/transcript").json()["download_restriction_reason"] == "NOT_READY"
    sandbox.clock(advance=600)
    kinds = {f["file_type"] for f in s2s.get(f"{path}/recordings").json()["recording_files"]}
    assert "TRANSCRIPT" in kinds
    assert s2s.get(f"{path}/transcript").json()["can_download"] is True


def test_head_gives_the_size_without_the_bytes(s2s, files):
    file = files["recording_files"][0]
    headers = {"Authorization": f"Bearer {s2s.token}"}
    answer = requests.head(file["download_url"], headers=headers, allow_redirects=True, timeout=10)
    assert answer.status_code == 200 and answer.content == b""
    assert answer.headers["Content-Length"] == str(file["file_size"])


def test_a_download_breaks_where_it_is_told_to_and_goes_on_from_there(s2s, sandbox, files):
    url = files["recording_files"][0]["download_url"]
    whole = fetch(url, s2s.token).content
    sandbox.fault("execute_then_cut", "GET", "/rec/storage/", after=1000, times=1)
    with requests.get(
        url, headers={"Authorization": f"Bearer {s2s.token}"}, stream=True, timeout=10
    ) as answer:
        assert answer.headers["Content-Length"] == str(len(whole))
        got = until_the_cut(answer)
    assert got == whole[:1000]
    rest = fetch(url, s2s.token, Range="bytes=1000-")
    assert got + rest.content == whole
    ranges = [call["range"] for call in sandbox.calls(path="/rec/storage/")]
    assert ranges == ["", "", "bytes=1000-"]


def test_a_stalled_download_ends_when_the_fault_is_removed(s2s, sandbox, files):
    url = files["recording_files"][0]["download_url"]
    fault = sandbox.fault("stall", "GET", "/rec/storage/", after=500, seconds=60)
    with requests.get(
        url, headers={"Authorization": f"Bearer {s2s.token}"}, stream=True, timeout=10
    ) as answer:
        assert answer.raw.read(500)
        sandbox.clear_faults(fault)
        rest = until_the_cut(answer)
    assert 500 + len(rest) < int(answer.headers["Content-Length"])
