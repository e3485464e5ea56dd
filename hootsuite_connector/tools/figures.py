"""What the figures of the networks are about. Their names are an open list (Analytics specification)."""

import re

FAMILIES = [
    ("reach", "Reach (views, impressions)"),
    ("interaction", "Interactions"),
    ("click", "Clicks"),
    ("audience", "Audience (followers)"),
    ("other", "Other"),
]
# In this order: "link_clicks" is a click, "video_views" reach, "page_reactions" an interaction.
_WORDS = (
    ("audience", ("follower", "fans", "subscriber")),
    ("click", ("click",)),
    (
        "interaction",
        (
            "like",
            "comment",
            "share",
            "repl",
            "retweet",
            "repost",
            "quote",
            "save",
            "reaction",
            "favorite",
            "engagement",
            "interaction",
        ),
    ),
    ("reach", ("impression", "reach", "view")),
)
# Sums of others would count everything twice; people reached are among the impressions already.
_SUMS = re.compile(r"(rate|total_engagement|engagements?|interactions|reach)$")


def family(name):
    """Return the key of :data:`FAMILIES` that the figure ``name`` belongs to.

    Rates and sums over other figures are "other", so that adding up a family counts nothing twice.
    """
    plain = name.lower()
    if _SUMS.search(plain):
        return "other"
    for key, words in _WORDS:
        if any(word in plain for word in words):
            return key
    return "other"


def is_level(name):
    """Whether a daily figure is a level (followers so far), which must not be added up."""
    return name.lower().startswith("total_")
