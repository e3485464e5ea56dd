"""How a text sounds, judged offline: VADER for English, other languages are neutral.

VADER reads words, not meaning: irony sounds kind to it. Kind words beside a word of trouble
("great, broken again") are therefore taken for what the trouble says.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
THRESHOLD = 0.05
"""From this compound score on a text is positive (VADER's own recommendation), mirrored below."""
TEXT_AT_MOST = 4000


@dataclass(frozen=True)
class Mood:
    """A label, VADER's compound score (-1 to 1; 0 when it did not judge), and a suspicion."""

    label: str = NEUTRAL
    score: float = 0.0
    irony: bool = False


@functools.cache
def _analyzer():
    from vaderSentiment.vaderSentiment import (  # noqa: PLC0415 (reads its lexicon when made)
        SentimentIntensityAnalyzer,
    )

    return SentimentIntensityAnalyzer()


def judge(text: str, language: str, trouble: bool = False) -> Mood:
    """Return the mood of ``text``.

    :param language: two letters; only ``en`` is judged by VADER
    :param trouble: a word of trouble occurs in the text
    """
    if language != "en":
        return Mood(NEGATIVE if trouble else NEUTRAL)
    score = _analyzer().polarity_scores((text or "")[:TEXT_AT_MOST])["compound"]
    if trouble:
        return Mood(NEGATIVE, score, irony=score >= THRESHOLD)
    if score >= THRESHOLD:
        return Mood(POSITIVE, score)
    return Mood(NEGATIVE if score <= -THRESHOLD else NEUTRAL, score)
