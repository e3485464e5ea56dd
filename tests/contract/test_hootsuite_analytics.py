"""Analytics of the sandbox's Hootsuite: windows, cursors, limits, and numbers that stay the same."""

import pytest

from tests.contract.hootsuite_client import LINKEDIN, PAGE, THREADS

NOW = "2026-06-30T12:00:00Z"
STUDIO = "131000010"


@pytest.fixture
def seeded(sandbox, hoot):
    sandbox.clock(set=NOW)
    sandbox.hootsuite.seed(past=80, days=90, seed=11)
    return hoot.login()


def ask(api, what="posts", *, keys=(PAGE,), period=("2026-04-01", "2026-06-30"), **query):
    filters = {"profileId": {"in": list(keys)}}
    if period:
        filters["reportingPeriod"] = {"timespan": {"since": period[0], "until": period[1]}}
    params = {"networkId": "FACEBOOKPAGE", "datatype": "ORGANIC", "limit": 7, **query}
    return api.call("POST", f"/v1/analytics/{what}", json={"filters": filters}, params=params)


def everything(api, what, **options):
    rows, cursor = [], None
    while True:
        answer = ask(api, what, **options, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["data"]
        following = body["metadata"]["collectionInfo"].get("next")
        if following is None:
            return rows
        cursor = following["cursor"]


def test_posts_are_those_sent_to_the_profile(seeded, sandbox):
    rows = everything(seeded, "posts")
    sent = [row for row in sandbox.hootsuite.messages(state="SENT") if row["profile_id"] == PAGE]
    assert len(rows) == len(sent) > 7
    assert [row["createdAt"] for row in rows] == sorted(row["sent"] for row in sent)


def test_numbers_are_the_same_every_time(seeded, sandbox):
    first = everything(seeded, "posts"), everything(seeded, "profiles")
    sandbox.reset()
    sandbox.clock(set=NOW)
    sandbox.hootsuite.seed(past=80, days=90, seed=11)
    seeded.login()
    assert (everything(seeded, "posts"), everything(seeded, "profiles")) == first


def test_one_row_per_profile_and_day_up_to_yesterday(seeded):
    rows = everything(seeded, "profiles", keys=(PAGE, STUDIO), period=("2026-06-20", "2026-07-09"))
    days = [(row["profileId"], row["date"]) for row in rows]
    assert len(days) == len(set(days)) == 20
    assert max(day for _profile, day in days) == "2026-06-29"


def test_period_and_network_choose(seeded):
    june = everything(seeded, "posts", period=("2026-06-01", "2026-06-30"))
    assert june and all(row["createdAt"].startswith("2026-06") for row in june)
    assert everything(seeded, "posts", networkId="THREADS") == []
    rows = everything(seeded, "posts", networkId="THREADS", keys=(PAGE, THREADS))
    assert rows and {row["profileId"] for row in rows} == {THREADS}


def test_without_network_and_with_one_end_of_the_period(seeded):
    keys = (PAGE, THREADS, LINKEDIN)
    rows = everything(seeded, "posts", keys=keys, networkId=None)
    assert {row["profileId"] for row in rows} == {PAGE, THREADS}
    filters = {
        "profileId": {"eq": PAGE},
        "reportingPeriod": {"timespan": {"since": "2026-06-20"}},
    }
    answer = seeded.post("/v1/analytics/profiles?limit=100", {"filters": filters})
    days = [row["date"] for row in answer.json()["data"]]
    assert (days[0], days[-1], len(days)) == ("2026-06-20", "2026-06-29", 10)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"keys": ()}, 422),
        ({"keys": [str(number) for number in range(11)]}, 422),
        ({"keys": ("1",)}, 403),
        ({"period": ("2024-06-29", "2024-07-30")}, 422),
        ({"period": ("2026-06-30", "2026-06-01")}, 422),
        ({"period": ("30.06.2026", "30.06.2026")}, 422),
        ({"networkId": "LINKEDINCOMPANY", "keys": (LINKEDIN,)}, 422),
        ({"limit": 101}, 422),
        ({"limit": 0}, 422),
        ({"cursor": "%%%"}, 400),
    ],
)
def test_problems_have_details(seeded, options, status):
    answer = ask(seeded, **options)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["status"] == status and body["title"] and "errors" not in body


def test_needs_its_scope(hoot, sandbox):
    hoot.login(scope="offline")
    answer = ask(hoot, period=None)
    assert (answer.status_code, answer.json()["status"]) == (403, 403)


def test_profiles_of_others_are_forbidden(hoot, sandbox):
    sandbox.hootsuite.app(consent_member="grace.member@example.com")
    hoot.login()
    assert ask(hoot, keys=(PAGE,), period=None).status_code == 200
    assert ask(hoot, keys=(STUDIO,), period=None).status_code == 403
