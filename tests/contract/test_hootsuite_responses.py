"""Every answer of the sandbox's Hootsuite against the sample of the same name."""

import json

import pytest

from tests.contract.hootsuite_answers import PRODUCERS, World
from tests.contract.shape import ALL_SAMPLES, differences, sample

INDEX = json.loads((ALL_SAMPLES / "hootsuite/responses/index.json").read_text())["files"]
ANSWERS = {row["file"]: row for row in INDEX if row["kind"] == "response"}
QUOTA = {"X-Account-Quota", "X-Account-Quota-Used", "X-Account-Rate-Limit-Requests-Remaining"}
#: The names of metrics are an open map per network; the sample shows some of them.
OPEN = {
    "analytics_posts.200.json": {"$.data[].metrics.shares"},
    "analytics_profiles.200.json": {
        "$.data[].metrics.page_views",
        "$.data[].metrics.clicks",
    },
}
#: What a post without picture, link or tag leaves empty.
EMPTY = ("links", "media", "attachmentTypes", "tags", "campaign")


@pytest.fixture
def world(sandbox, hoot):
    return World(sandbox, hoot)


def test_every_sample_has_a_producer():
    assert set(ANSWERS) == set(PRODUCERS)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answer_looks_like_the_sample(name, world):
    answer = PRODUCERS[name](world)
    assert answer.status_code == ANSWERS[name]["status"], answer.text
    body, wanted = answer.json(), sample("responses", name, "hootsuite")
    if name == "analytics_posts.200.json":
        for row in body["data"]:
            row.update({key: wanted["data"][0][key] for key in EMPTY if not row.get(key)})
    extra = frozenset(OPEN.get(name, ()))
    assert differences(body, wanted, extra, nulls=True) == []


@pytest.mark.parametrize("name", sorted(name for name in ANSWERS if name.startswith("error_")))
def test_error_code_and_words(name, world):
    given = PRODUCERS[name](world).json()["errors"][0]
    wanted = sample("responses", name, "hootsuite")["errors"][0]
    assert (given["code"], given["message"]) == (wanted["code"], wanted["message"])


@pytest.mark.parametrize(
    "name", sorted(name for name in ANSWERS if name.startswith(("oauth2_error", "api_error_req")))
)
def test_oauth_error_words(name, world):
    given = PRODUCERS[name](world).json()
    wanted = sample("responses", name, "hootsuite")
    for key in ("error", "error_description", "status_code"):
        assert given[key] == wanted[key]


@pytest.mark.parametrize(
    "name",
    sorted(name for name, row in ANSWERS.items() if "X-Account-Quota" in row["headers"]),
)
def test_quota_headers(name, world):
    """REST answers tell the quota, and nothing says Retry-After."""
    answer = PRODUCERS[name](world)
    if answer.status_code != 500:
        assert set(answer.headers) >= QUOTA
        assert answer.headers["X-Account-Quota"] == "100000 per day"
        assert answer.headers["X-Account-Quota-Used"].isdigit()
    assert "Retry-After" not in answer.headers
    assert "ETag" not in answer.headers


def test_token_answers_are_never_stored(world):
    answer = PRODUCERS["oauth2_token_authorization_code.200.json"](world)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


def test_profile_rows_of_twitter_have_neither_name_nor_picture(world):
    rows = world.api.get("/v1/socialProfiles").json()["data"]
    for row in rows:
        hidden = row["type"] == "TWITTER"
        assert (row["socialNetworkUsername"] is None) is hidden
        assert (row["avatarUrl"] is None) is hidden
        assert row["isReauthRequired"] in (0, 1) and not isinstance(row["isReauthRequired"], bool)
    assert len({row["type"] for row in rows}) == 8
    assert sum(row["isReauthRequired"] for row in rows) == 1
