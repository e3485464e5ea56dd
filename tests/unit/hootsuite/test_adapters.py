"""REST and Analytics bodies, in both shapes seen in the wild, both directions."""

from datetime import date, datetime, timezone

import pytest

from connector_base.core import errors
from hootsuite_connector.adapters import analytics, people
from hootsuite_connector.adapters.conversation import network_name
from hootsuite_connector.adapters.message import Comment, Draft, Media, MediaSlot, Message
from tests.unit.hootsuite.samples import sample

UTC = timezone.utc


def test_message_that_is_scheduled():
    first = Message.read(sample("messages_schedule.200")["data"][0])
    assert (first.hootsuite_id, first.state, first.profile_id) == (
        "4950336487",
        "SCHEDULED",
        "115185509",
    )
    assert first.scheduled_at == datetime(2030, 1, 1, 14, tzinfo=UTC)
    assert (first.tags, first.post_url, first.sequence_number) == (("spring",), None, None)
    assert first.created_by == "15240789"


def test_message_in_approval():
    waiting = Message.read(sample("messages_pending_approval.200")["data"][0])
    assert (waiting.sequence_number, waiting.reviewers[0].hootsuite_id) == (1, "15240801")


def test_message_with_media():
    body = sample("messages_schedule.200")["data"][0]
    body["media"] = [{"id": "a="}, {"no": "id"}, None]
    body["mediaUrls"] = [{"url": "http://ow.ly/1"}]
    found = Message.read(body)
    assert (found.media_ids, found.media_urls) == (("a=",), ("http://ow.ly/1",))


def test_message_without_id_is_refused():
    with pytest.raises(errors.PayloadError) as caught:
        Message.read({"state": "SENT"})
    assert caught.value.field == "id"


def test_unknown_words_survive():
    assert Message.read({"id": "1", "state": "TELEPORTED"}).state == "TELEPORTED"


def test_draft_of_a_scheduled_post():
    draft = Draft(
        text="Our spring catalogue is out: https://www.example.com/spring",
        profile_ids=("115185509", "131000001"),
        scheduled_at=datetime(2030, 1, 1, 14),
        webhook_urls=("https://odoo.example.com/hootsuite/webhook/messages",),
        tags=("spring",),
        email_notification=True,
    )
    assert draft.to_wire() == sample("messages_schedule.request")


def test_draft_with_everything():
    wanted = sample("messages_schedule_full.request")
    del wanted["mediaUrls"]  # files of Hootsuite's own address shortener, which we do not use
    draft = Draft(
        text="Launch day",
        profile_ids=("115185509",),
        scheduled_at=datetime(2030, 1, 1, 14, tzinfo=UTC),
        webhook_urls=("https://odoo.example.com/hootsuite/webhook/messages",),
        tags=("launch",),
        media=("aHR0cHM6Ly9leGFtcGxlLmNvbS9tZWRpYS8x",),
        video_titles={"aHR0cHM6Ly9leGFtcGxlLmNvbS9tZWRpYS8x": ("Launch", "BUSINESS")},
        latitude=48.8566,
        longitude=2.3522,
        targeting=wanted["targeting"],
        privacy=wanted["privacy"],
    )
    assert draft.to_wire() == wanted


def test_draft_for_pinterest():
    draft = Draft(
        text="Pinned",
        profile_ids=("131000003",),
        scheduled_at=datetime(2030, 1, 1, 14),
        media=("aHR0cHM6Ly9leGFtcGxlLmNvbS9tZWRpYS8x",),
        pinterest=("123456789012345678", "https://www.example.com"),
    )
    found = draft.to_wire()
    assert found.pop("emailNotification") is False
    assert found == sample("messages_schedule_pinterest.request")


def test_draft_to_be_sent_at_once_has_no_time():
    assert "scheduledSendTime" not in Draft("x", ("1",)).to_wire()


def test_comment_and_media():
    comment = Comment.read(sample("comment.200")["data"])
    assert (comment.state, comment.sequence_number) == ("PENDING_APPROVAL", 3)
    slot = MediaSlot.read(sample("media_create.200")["data"])
    assert slot.seconds == 1799
    assert "Signature" not in repr(slot)
    assert not Media.read(sample("media_get_queued.200")["data"]).ready
    assert Media.read(sample("media_get_ready.200")["data"]).ready


@pytest.mark.parametrize("key", ["timezone", "defaultTimezone"])
def test_member_in_either_spelling(key):
    body = sample("member.200")["data"]
    body[key] = body.pop("timezone")
    member = people.Member.read(body)
    assert (member.timezone, member.full_name) == ("Europe/Paris", "Ada Member")


def test_new_member_writes_numbers():
    member = people.NewMember(
        organization_ids=("626731",), email="a@example.com", full_name="A Example"
    )
    assert member.to_wire() == {
        "organizationIds": [626731],
        "email": "a@example.com",
        "fullName": "A Example",
    }


def test_profiles():
    profiles = people.SocialProfile.read_all(sample("socialProfiles.200")["data"])
    assert [p.network for p in profiles] == ["facebook", "twitter", "linkedin", "instagram"]
    assert [p.needs_reconnect for p in profiles] == [False, False, False, True]
    assert profiles[1].username is None


def test_profile_of_2017():
    old = people.SocialProfile.read({"id": 1, "type": "GOOGLEPLUSPAGE", "owner": "MEMBER"})
    assert (old.hootsuite_id, old.owner_id, old.needs_reconnect) == ("1", None, False)
    assert old.network == "googlepluspage"


def test_organization_of_2017_has_an_id_only():
    assert people.Organization.read({"id": "1"}).name is None


def test_permissions():
    found = people.Permissions.read(sample("organization_member_permissions.200")["data"])
    assert found.manages
    assert not people.Permissions.read({"permissions": ["BASIC_USAGE"]}).manages


@pytest.mark.parametrize(
    ("name", "ours"),
    [("fb", "facebook"), ("TWITTER", "twitter"), ("smooch-rtm", "livechat"), ("", "other"),
     (None, "other"), ("Mastodon", "mastodon")],
)  # fmt: skip
def test_network_names(name, ours):
    assert network_name(name) == ours


def test_figures_of_posts():
    found = analytics.PostFigures.read(sample("analytics_posts.200")["data"][0])
    assert found.metrics == {"likes": 12, "comments": 3, "post_views": 450, "clicks": 21}
    assert (found.tags, found.campaign, found.kind) == (("spring",), "Spring", "FACEBOOK_PHOTO")


def test_figures_of_profiles():
    found = analytics.ProfileFigures.read(sample("analytics_profiles.200")["data"][0])
    assert found.day == date(2026, 1, 1)
    assert found.metrics == {"total_followers": 1200, "page_reactions": 15}


def test_what_is_no_figure_is_left_out():
    rows = {"a": 1, "b": "text", "c": None, "d": float("nan"), "e": {"total": 2}, "f": True}
    assert analytics.figures(rows) == {"a": 1.0, "e": 2.0}


def test_query_for_figures():
    since, until = date(2026, 1, 1), date(2026, 1, 31)
    one = analytics.query_body(("115185509",), since, until)
    assert one == sample("analytics_posts.request")
    two = analytics.query_body(("115185509", "131000001"), since, date(2026, 1, 2))
    assert two == sample("analytics_profiles.request")
    with pytest.raises(ValueError):
        analytics.query_body(tuple(map(str, range(11))), since, until)
