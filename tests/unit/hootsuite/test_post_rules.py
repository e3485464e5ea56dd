"""What networks take, how links are tracked, what figures are about: plain Python."""

import pytest

from hootsuite_connector.tools import figures, links, post_rules
from hootsuite_connector.tools.post_rules import Medium, Target, check

FACEBOOK = Target("facebook", "FACEBOOKPAGE")
TWITTER = Target("twitter", "TWITTER")
INSTAGRAM = Target("instagram", "INSTAGRAMBUSINESS")
IMAGE = Medium("a.png", "image/png", 1000)
GIF = Medium("a.gif", "image/gif", 1000)
VIDEO = Medium("a.mp4", "video/mp4", 1000)


def codes(*args, level=None, **kwargs):
    return {finding.code for finding in check(*args, **kwargs) if level in (None, finding.level)}


@pytest.mark.parametrize(
    ("target", "text", "media", "code"),
    [
        (TWITTER, "x" * 281, [], "too_long"),
        (Target("threads", "THREADS"), "x" * 501, [], "too_long"),
        (Target("linkedin", "LINKEDINCOMPANY"), "x" * 3001, [], "too_long"),
        (FACEBOOK, "x" * 63_207, [], "too_long"),
        (FACEBOOK, "  ", [], "empty"),
        (INSTAGRAM, "text", [], "needs_media"),
        (INSTAGRAM, "#a " * 31, [IMAGE], "hashtags"),
        (INSTAGRAM, "text", [GIF], "no_animation"),
        (Target("youtube", "YOUTUBECHANNEL"), "text", [IMAGE], "needs_video"),
        (Target("tiktok", "TIKTOKBUSINESS"), "text", [VIDEO, IMAGE], "no_images"),
        (Target("pinterest", "PINTEREST"), "text", [IMAGE], "board_missing"),
        (TWITTER, "text", [IMAGE] * 5, "too_many_images"),
        (TWITTER, "text", [VIDEO, IMAGE], "one_video"),
        (TWITTER, "text", [Medium("a.png", "image/png", 6 * post_rules.MB)], "media_size"),
        (FACEBOOK, "text", [Medium("a.pdf", "application/pdf", 10)], "media_kind"),
        (Target("facebook", "FACEBOOKGROUP"), "text", [], "network_gone"),
        (Target("whatsapp", "WHATSAPP"), "text", [], "network_unknown"),
        (Target("facebook", "FACEBOOKPAGE", needs_reconnect=True), "text", [], "reconnect"),
    ],
)
def test_what_cannot_go_out(target, text, media, code):
    assert code in codes(target, text, media, level="error")


@pytest.mark.parametrize(
    ("target", "text", "media"),
    [
        (TWITTER, "x" * 280, [IMAGE] * 4),
        (TWITTER, "text", [VIDEO]),
        (FACEBOOK, "", [IMAGE]),
        (Target("threads", "THREADS"), "text", [VIDEO, IMAGE]),
        (INSTAGRAM, "#a " * 30, [IMAGE, VIDEO]),
    ],
)
def test_what_can_go_out(target, text, media):
    assert not codes(target, text, media, level="error")


def test_warnings():
    assert codes(INSTAGRAM, "text", [IMAGE]) == {"network_unsupported"}
    member = Target("twitter", "TWITTER", organization_owned=False)
    assert codes(member, "text", tags=["spring"]) == {"tags_owner"}
    pinterest = Target("pinterest", "PINTEREST")
    assert codes(pinterest, "text", [IMAGE], tags=["spring"], board="1") == {"tags_network"}
    assert codes(FACEBOOK, "text", minutes_ahead=2) == {"time_close"}
    assert codes(FACEBOOK, "text", minutes_ahead=0) == {"time_past"}
    assert codes(FACEBOOK, "text", minutes_ahead=5) == set()


def test_length_on_x():
    address = "https://www.example.com/" + "a" * 300
    assert post_rules.length(f"Look {address}", "twitter") == 5 + 23
    assert post_rules.length(f"Look {address}", "facebook") == 5 + len(address)
    assert post_rules.length("日本", "twitter") == 4
    assert post_rules.length("é", "twitter") == 1


def test_links():
    text = "See (https://example.com/a), https://example.com/a?b=1. And https://example.com/a!"
    assert links.find(text) == ["https://example.com/a", "https://example.com/a?b=1"]
    assert (
        links.replace(text, {"https://example.com/a": "https://s.example/1"})
        == "See (https://s.example/1), https://example.com/a?b=1. And https://s.example/1!"
    )
    assert links.replace("no link", {}) == "no link"


def test_utm():
    assert (
        links.with_utm("https://example.com/a?b=1#c", "Spring Sale", "x-post-1", "social")
        == "https://example.com/a?b=1&utm_campaign=Spring+Sale&utm_source=x-post-1&utm_medium=social#c"
    )
    kept = "https://example.com/?utm_source=mine"
    assert links.with_utm(kept, source="other") == kept
    assert links.with_utm("https://example.com/", None, None, None) == "https://example.com/"


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("likes", "interaction"),
        ("page_reactions", "interaction"),
        ("retweets", "interaction"),
        ("link_clicks", "click"),
        ("video_views", "reach"),
        ("impressions", "reach"),
        ("total_followers", "audience"),
        ("new_followers", "audience"),
        ("reach", "other"),
        ("engagement_rate", "other"),
        ("total_engagement", "other"),
        ("something_new", "other"),
    ],
)
def test_families(name, family):
    assert figures.family(name) == family


def test_levels():
    assert figures.is_level("total_followers")
    assert not figures.is_level("page_views")
