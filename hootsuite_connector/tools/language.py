"""Which language a text is in, found offline (py3langid), with what the vendor tells as fallback."""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass

# Languages of customers on social networks. Fewer classes mean fewer errors on short texts.
LANGUAGES = (
    "ar", "ca", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th", "tr", "uk",
    "vi", "zh",
)  # fmt: skip
SURE = 0.6
"""Probability from which a detection outweighs what the vendor tells."""
LEAST_LETTERS = 8
"""Shorter texts tell no language."""
_NOISE = re.compile(r"https?://\S+|[@#]\S+|\b\S*\d\S*\b")
_lock = threading.Lock()


@dataclass(frozen=True)
class Found:
    """A language (two letters, empty when unknown) and whether the text itself proves it."""

    code: str = ""
    sure: bool = False


@functools.cache
def _identifier():
    # Imported late: the model takes some 100 MB, which only workers that handle messages need.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in LANGUAGES if code in identifier.labels])
    return identifier


def detect(text: str, told: str | None = None) -> Found:
    """Return the language of ``text``.

    :param told: what the vendor says (``en``, ``pt_BR``); used where the text is too short
    """
    hint = re.split(r"[-_]", told.strip().lower())[0][:2] if told else ""
    plain = _NOISE.sub(" ", text or "")
    if sum(letter.isalpha() for letter in plain) < LEAST_LETTERS:
        return Found(hint)
    with _lock:
        code, probability = _identifier().classify(plain)
    if probability >= SURE or not hint:
        return Found(code, bool(probability >= SURE))
    return Found(hint)
