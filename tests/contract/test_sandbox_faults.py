"""Every kind of fault as a client meets it."""

import contextlib
import threading
import time

import pytest
import requests


def users(api, **options):
    return api.call("GET", "/users", **options)


def test_status_with_body_and_headers_then_back_to_normal(s2s, sandbox):
    sandbox.fault(
        "status",
        "GET",
        "/v2/users$",
        status=503,
        times=2,
        body={"code": 1, "message": "x"},
        headers={"Retry-After": "7"},
    )
    for _ in range(2):
        answer = users(s2s)
        assert (answer.status_code, answer.json()["code"]) == (503, 1)
        assert answer.headers["Retry-After"] == "7"
    assert users(s2s).status_code == 200


def test_latency_executes_after_waiting(s2s, sandbox):
    sandbox.fault("latency", path="/v2/users$", seconds=0.3, times=1)
    with pytest.raises(requests.Timeout):
        requests.get(
            s2s.zoom["api_base_url"] + "/users",
            timeout=0.05,
            headers={"Authorization": f"Bearer {s2s.token}"},
        )
    assert users(s2s).status_code == 200


def broken(send):
    """Whether a call got no answer, or less of it than was promised.

    Old releases of urllib3 do not complain about a body that ends too early, so its length is compared.
    """
    try:
        answer = send()
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return True
    return len(answer.content) < int(answer.headers.get("Content-Length", 0))


@pytest.mark.parametrize("kind", ["cut", "refuse"])
def test_broken_connections(s2s, sandbox, kind):
    sandbox.fault(kind, path="/v2/users$", times=1)
    assert broken(lambda: users(s2s))
    assert not broken(lambda: users(s2s))


def test_refused_call_was_not_executed_and_is_recorded_without_status(s2s, sandbox):
    sandbox.fault("refuse", "POST", times=1)
    host = s2s.zoom["account_email"]
    with pytest.raises(requests.ConnectionError):
        s2s.call("POST", f"/users/{host}/meetings", json={"topic": "x"})
    assert sandbox.zoom.state()["meetings"] == 0
    (call,) = sandbox.calls(method="POST", path="/meetings")
    assert (call["status"], call["fault"]) == (None, "refuse")


@pytest.mark.parametrize("kind", ["execute_then_status", "execute_then_cut"])
def test_executed_though_the_client_sees_a_failure(s2s, sandbox, kind):
    """The dangerous case for a client that repeats a POST."""
    sandbox.fault(kind, "POST", "/meetings$", status=502, times=1)
    path = f"/users/{s2s.zoom['account_email']}/meetings"
    if kind == "execute_then_status":
        assert s2s.call("POST", path, json={"topic": "x"}).status_code == 502
    else:
        assert broken(lambda: s2s.call("POST", path, json={"topic": "x"}))
    assert sandbox.zoom.state()["meetings"] == 1


def test_hang_says_nothing_until_it_is_lifted(s2s, sandbox):
    fault = sandbox.fault("hang", path="/v2/users$", seconds=60, times=None)
    seen = []

    def ask():
        try:
            users(s2s)
        except requests.ConnectionError as error:
            seen.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not sandbox.faults()[0]["hits"]:
        time.sleep(0.01)
    assert not seen
    sandbox.clear_faults(fault)
    thread.join(10)
    assert len(seen) == 1
    assert users(s2s).status_code == 200


def test_faults_never_touch_the_control_api(sandbox):
    sandbox.fault("status", times=None)
    assert sandbox.faults()[0]["hits"] == 0
    sandbox.clear_faults()
    assert sandbox.faults() == []


def test_cut_in_the_middle_of_a_download(s2s, sandbox):
    run = sandbox.zoom.run_meeting(participants=2, sizes={"MP4": 900_000}, announce=False)
    file = s2s.get(f"/meetings/{run['meeting_id']}/recordings").json()["recording_files"][0]
    sandbox.fault("execute_then_cut", path="/rec/storage/", times=1)
    headers = {"Authorization": f"Bearer {s2s.token}"}
    got = bytearray()
    with (
        contextlib.suppress(requests.exceptions.ChunkedEncodingError),
        requests.get(file["download_url"], headers=headers, stream=True, timeout=10) as answer,
    ):
        assert answer.headers["Content-Length"] == "900000"
        for chunk in answer.iter_content(1024):
            got += chunk
    assert 0 < len(got) < 900_000
    headers["Range"] = f"bytes={len(got)}-"
    rest = requests.get(file["download_url"], headers=headers, timeout=10)
    assert rest.status_code == 206
    assert len(got) + len(rest.content) == 900_000
