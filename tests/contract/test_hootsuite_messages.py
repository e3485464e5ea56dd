"""Posts of the sandbox's Hootsuite: rules, partial success, publishing on the clock, paging, media."""

from urllib.parse import quote

import pytest
import requests

from tests.contract.hootsuite_client import (
    ADA,
    INSTAGRAM,
    LINKEDIN,
    OWN_TWITTER,
    PAGE,
    PINTEREST,
    THREADS,
    TIM,
    TWITTER,
    YOUTUBE,
)

WINDOW = {"startTime": "2030-01-01T00:00:00Z", "endTime": "2030-01-28T00:00:00Z"}


def code(answer, status=400):
    assert answer.status_code == status, answer.text
    return answer.json()["errors"][0]["code"]


def made(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def state(api, number):
    return api.get(f"/v1/messages/{number}").json()["data"][0]["state"]


def uploaded(api, sandbox, kind="image/png"):
    """The id of a READY file."""
    content = b"x" * 10
    row = api.post("/v1/media", {"sizeBytes": len(content), "mimeType": kind}).json()["data"]
    answer = requests.put(
        row["uploadUrl"], data=content, headers={"Content-Type": kind}, timeout=10
    )
    assert answer.status_code == 200, answer.text
    sandbox.clock(advance=5)
    return row["id"]


def test_one_message_per_profile_in_seconds_precision(ada):
    answer = ada.schedule(PAGE, LINKEDIN, scheduledSendTime="2030-01-01T14:00:00.987Z")
    rows = answer.json()["data"]
    assert [row["socialProfile"]["id"] for row in rows] == [PAGE, LINKEDIN]
    assert {row["scheduledSendTime"] for row in rows} == {"2030-01-01T14:00:00Z"}
    assert len({row["id"] for row in rows}) == 2
    assert rows[0]["tags"] is None and rows[0]["createdByMember"] == {"id": ADA}


def test_the_same_call_twice_makes_two_messages(ada, sandbox):
    """There is no idempotency key."""
    made(ada.schedule(PAGE))
    made(ada.schedule(PAGE))
    assert len(sandbox.hootsuite.messages(state="SCHEDULED")) == 2


@pytest.mark.parametrize(
    ("profiles", "fields", "wanted"),
    [
        ((TWITTER, OWN_TWITTER), {}, 40023),
        ((PINTEREST, PAGE), {}, 4000),
        ((PINTEREST,), {"tags": ["spring"]}, 4000),
        ((OWN_TWITTER,), {"tags": ["spring"]}, 40001),
        ((PAGE,), {"mediaUrls": [{"url": "https://elsewhere.example.com/a.png"}]}, 40004),
        ((PAGE,), {"text": None}, 4000),
        ((PAGE,), {"scheduledSendTime": "2020-01-01T00:00:00Z"}, 4000),
        ((PAGE,), {"scheduledSendTime": "2030-01-01T00:00:00"}, 4000),
        ((PAGE,), {"location": {"latitude": 91, "longitude": 0}}, 4000),
        ((PAGE,), {"webhookUrls": ["ftp://example.com"]}, 4000),
        ((PAGE,), {"tags": "spring"}, 4000),
    ],
)
def test_rules_refuse_the_whole_request(ada, sandbox, profiles, fields, wanted):
    assert code(ada.schedule(*profiles, **fields)) == wanted
    assert sandbox.hootsuite.messages() == []


def test_unknown_profile_and_media_are_4001(ada):
    assert code(ada.schedule("1"), 404) == 4001
    assert code(ada.schedule(PAGE, media=[{"id": "eA=="}]), 404) == 4001


def test_limited_member_needs_approval_and_may_not_make_tags(hoot):
    hoot.member(TIM)
    assert code(hoot.schedule(PAGE, tags=["brand new"])) == 40005
    row = hoot.schedule(PAGE, tags=["spring"]).json()["data"][0]
    assert (row["state"], row["sequenceNumber"]) == ("PENDING_APPROVAL", 1)
    assert {"id": ADA, "type": "MEMBER"} in row["reviewers"]
    hoot.login()
    path = f"/v1/messages/{row['id']}"
    good = {"sequenceNumber": 1, "reviewerType": "MEMBER"}
    assert code(hoot.post(f"{path}/approve", {**good, "sequenceNumber": 7})) == 4000
    assert code(hoot.post(f"{path}/approve", {})) == 4000
    assert code(hoot.post(f"{path}/reject", good)) == 4000
    assert code(hoot.member(TIM).post(f"{path}/approve", good), 401) == 4009
    hoot.login()
    assert hoot.post(f"{path}/approve", good).status_code == 200
    assert state(hoot, row["id"]) == "SCHEDULED"
    actions = hoot.get(f"{path}/history").json()["data"]["actions"]
    assert [row["actionType"] for row in actions] == ["CREATE", "APPROVE", "SCHEDULE"]


def test_some_profiles_refused_gives_data_and_errors(ada, sandbox):
    hoot = sandbox.hootsuite
    hoot.profile(LINKEDIN, refusal={"code": 5000, "message": "The network says no"})
    answer = ada.schedule(PAGE, LINKEDIN, THREADS)
    body = answer.json()
    assert answer.status_code == 200
    assert [row["socialProfile"]["id"] for row in body["data"]] == [PAGE, THREADS]
    (row,) = body["errors"]
    assert (row["code"], row["message"]) == (5000, "The network says no")
    assert row["resource"] == {"type": "socialProfile", "id": LINKEDIN}
    assert "data" not in ada.schedule(LINKEDIN).json()
    hoot.profile(LINKEDIN, refusal=None)
    assert "errors" not in ada.schedule(LINKEDIN).json()


def test_executed_and_never_answered(ada, sandbox):
    """One of two profiles hangs after it was accepted: the message exists all the same."""
    fault = sandbox.fault("execute_then_hang", "POST", "/v1/messages$", THREADS, seconds=20)
    made(ada.schedule(PAGE))
    with pytest.raises(requests.RequestException):
        body = {
            "text": "lost",
            "socialProfileIds": [THREADS],
            "scheduledSendTime": "2030-01-01T14:00:00Z",
        }
        requests.post(
            ada.info["api_base_url"] + "/v1/messages",
            json=body,
            headers={"Authorization": f"Bearer {ada.token}"},
            timeout=0.5,
        )
    sandbox.clear_faults(fault)
    (row,) = sandbox.hootsuite.messages(text="lost")
    assert row["state"] == "SCHEDULED"
    listed = ada.get("/v1/messages", socialProfileIds=[THREADS], **WINDOW).json()["data"]
    assert [message["id"] for message in listed] == [row["id"]]


def test_executed_then_500(ada, sandbox):
    sandbox.fault("execute_then_status", "POST", "/v1/messages$", status=500, times=1)
    assert code(ada.schedule(PAGE), 500) == 5000
    assert len(sandbox.hootsuite.messages()) == 1


def test_the_clock_publishes(ada, sandbox):
    (number,) = made(ada.schedule(PAGE))
    (doomed,) = made(ada.schedule(LINKEDIN))
    sandbox.hootsuite.profile(LINKEDIN, publishing="failed")
    sandbox.clock(set="2030-01-01T13:59:59Z", wait=True)
    ada.login()
    assert state(ada, number) == "SCHEDULED"
    sandbox.clock(advance=2, wait=True)
    row = ada.get(f"/v1/messages/{number}").json()["data"][0]
    assert row["state"] == "SENT" and row["postId"] and row["postUrl"]
    assert row["scheduledSendTime"] == "2030-01-01T14:00:00Z"
    assert state(ada, doomed) == "SEND_FAILED_PERMANENTLY"
    assert code(ada.call("DELETE", f"/v1/messages/{number}")) == 40003


@pytest.mark.parametrize(
    ("profile", "text", "outcome"),
    [
        (TWITTER, "x" * 281, "SEND_FAILED_PERMANENTLY"),
        (TWITTER, "x" * 280, "SENT"),
        (INSTAGRAM, "no picture", "SEND_FAILED_PERMANENTLY"),
        (YOUTUBE, "no video", "SEND_FAILED_PERMANENTLY"),
        ("131000009", "must be reconnected", "SEND_FAILED_PERMANENTLY"),
    ],
)
def test_networks_have_the_last_word(ada, profile, text, outcome):
    row = ada.schedule(profile, text=text, scheduledSendTime=None).json()["data"][0]
    assert row["state"] == outcome
    assert row["scheduledSendTime"] is None
    assert row["postUrl"] is None


def test_deleted_message_is_gone_and_never_published(ada, sandbox):
    (number,) = made(ada.schedule(PAGE))
    assert ada.call("DELETE", f"/v1/messages/{number}").json() == {"data": {}}
    assert code(ada.get(f"/v1/messages/{number}"), 404) == 4001
    sandbox.clock(set="2030-01-02T00:00:00Z", wait=True)
    assert sandbox.hootsuite.messages() == []


def test_both_shapes_of_one_message(ada, sandbox):
    (number,) = made(ada.schedule(PAGE))
    assert isinstance(ada.get(f"/v1/messages/{number}").json()["data"], list)
    sandbox.hootsuite.app(message_shape="object")
    assert ada.get(f"/v1/messages/{number}").json()["data"]["id"] == number


def test_message_cannot_be_found_while_it_is_uploaded(ada, sandbox):
    sandbox.clock(freeze=True)
    sandbox.hootsuite.limits(upload_gap=30)
    number = ada.schedule(PAGE, scheduledSendTime=None).json()["data"][0]["id"]
    assert code(ada.get(f"/v1/messages/{number}"), 404) == 4001
    sandbox.clock(advance=30)
    assert state(ada, number) == "SENT"


def test_list_pages_forward_and_back_over_equal_times(ada):
    numbers = []
    for index in range(7):
        day = 1 + index // 3
        moment = f"2030-01-{day:02d}T14:00:00Z"
        numbers += made(ada.schedule(PAGE, scheduledSendTime=moment))
    pages, cursor = [], None
    while True:
        extra = {"cursor": cursor} if cursor else {}
        body = ada.get("/v1/messages", limit=2, **WINDOW, **extra).json()
        pages.append([row["id"] for row in body["data"]])
        cursor = body["metadata"]["cursor"]["next"]
        if cursor is None:
            break
    assert sum(pages, []) == numbers and [len(page) for page in pages] == [2, 2, 2, 1]
    back = body["metadata"]["cursor"]["previous"]
    body = ada.get("/v1/messages", limit=2, cursor=back, **WINDOW).json()
    assert [row["id"] for row in body["data"]] == pages[2]


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"startTime": "2030-01-01T00:00:00Z"}, 4000),
        ({"endTime": "2030-02-01T00:00:00Z", "startTime": "2030-01-01T00:00:00Z"}, 40020),
        ({**WINDOW, "state": "SUBMITTED"}, 40019),
        ({**WINDOW, "limit": 101}, 4000),
        ({**WINDOW, "cursor": "1:2"}, 3020),
        ({**WINDOW, "includeUnscheduledReviewMsgs": "yes"}, 40022),
    ],
)
def test_list_refuses(ada, params, wanted):
    assert code(ada.get("/v1/messages", **params)) == wanted


def test_list_filters_by_state_and_profiles(hoot):
    hoot.member(TIM)
    hoot.schedule(PAGE, scheduledSendTime=None)
    hoot.login()
    (page,) = made(hoot.schedule(PAGE))
    (threads,) = made(hoot.schedule(THREADS))
    made(hoot.schedule(LINKEDIN))

    def listed(**more):
        return [row["id"] for row in hoot.get("/v1/messages", **WINDOW, **more).json()["data"]]

    assert listed(socialProfileIds=[PAGE, THREADS]) == [page, threads]
    assert listed(state="SENT") == []
    assert len(listed(includeUnscheduledReviewMsgs="true")) == 4


def test_posts_made_in_hootsuite_appear(ada, sandbox):
    made_there = sandbox.hootsuite.post([PAGE], text="By hand", **{"in": 3600})["messages"]
    number = made_there[0]["id"]
    row = ada.get(f"/v1/messages/{number}").json()["data"][0]
    assert (row["text"], row["state"]) == ("By hand", "SCHEDULED")
    sandbox.hootsuite.publish()
    assert state(ada, number) == "SENT"


def test_media_in_three_steps(ada, sandbox):
    number = uploaded(ada, sandbox)
    row = ada.get(f"/v1/media/{quote(number, safe='')}").json()["data"]
    assert row["state"] == "READY"
    assert requests.get(row["downloadUrl"], timeout=10).content == b"x" * 10
    answer = ada.schedule(INSTAGRAM, media=[{"id": number}], scheduledSendTime=None)
    assert answer.json()["data"][0]["state"] == "SENT"
    assert answer.json()["data"][0]["media"][0]["id"] == number


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"Content-Type": "image/jpeg"}, b"1234", 403),
        ({"Content-Type": "image/png"}, b"12345", 403),
        ({"Content-Type": "image/png", "Authorization": "Bearer x"}, b"1234", 400),
        ({"Content-Type": "image/png"}, b"1234", 200),
    ],
)
def test_upload_takes_what_was_announced_and_no_token(ada, headers, content, status):
    row = ada.post("/v1/media", {"sizeBytes": 4, "mimeType": "image/png"}).json()["data"]
    answer = requests.put(row["uploadUrl"], data=content, headers=headers, timeout=10)
    assert answer.status_code == status


def test_upload_address_expires(ada, sandbox):
    row = ada.post("/v1/media", {"sizeBytes": 4, "mimeType": "image/png"}).json()["data"]
    sandbox.clock(advance=1799)
    headers = {"Content-Type": "image/png"}
    answer = requests.put(row["uploadUrl"], data=b"1234", headers=headers, timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [{"sizeBytes": 0, "mimeType": "image/png"}, {"sizeBytes": 5}])
def test_media_must_be_announced_well(ada, body):
    assert code(ada.post("/v1/media", body)) == 4000


def test_comment_review(ada, sandbox):
    number = sandbox.hootsuite.comment(profile_id=PAGE)["id"]
    body = {"sequenceNumber": 1, "reason": "no"}
    assert ada.post(f"/v1/comments/{number}/reject", body).json() == {"data": {}}
    assert ada.get(f"/v1/comments/{number}").json()["data"]["reviewState"] == "REJECTED"
    assert code(ada.post(f"/v1/comments/{number}/approve", {"sequenceNumber": 2})) == 4000
