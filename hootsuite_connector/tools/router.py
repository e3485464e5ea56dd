"""Which rule a message meets: plain functions over plain values, so that a simulation and the real
thing cannot differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ACTIONS = ("activity", "lead", "opportunity", "ticket", "keep", "ignore")


@dataclass(frozen=True)
class Seen:
    """What is known of a message when it is routed.

    :param text: folded text (see ``words.fold``)
    :param known: its author was a contact before
    :param open_thread: its conversation has work that is still open
    :param resolved: people have resolved the conversation in Hootsuite
    :param products: names of products that it mentions
    """

    text: str
    network: str = "other"
    kind: str = "direct"
    language: str = ""
    sentiment: str = "neutral"
    urgent: bool = False
    known: bool = False
    open_thread: bool = False
    resolved: bool = False
    products: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    profile_id: int | None = None
    team_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Words:
    """Word lists of a rule: patterns by language ("" = every language)."""

    name: str
    patterns: dict[str, re.Pattern[str]]

    def search(self, text: str, language: str) -> str | None:
        """The first word of the list that occurs, None when none does."""
        for code, pattern in self.patterns.items():
            if code and language and code != language:
                continue
            found = pattern.search(text)
            if found:
                return found.group(0)
        return None


@dataclass(frozen=True)
class Rule:
    """The conditions of a rule; an empty one is always met."""

    key: Any
    networks: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    sentiments: frozenset[str] = frozenset()
    urgency: str = "any"  # any, yes, no
    known: str = "any"
    product: str = "any"
    thread: str = "any"  # any, open, new
    state: str = "any"  # any, open, resolved
    words: tuple[Words, ...] = ()
    unless: tuple[Words, ...] = ()
    topics: frozenset[str] = frozenset()
    profile_ids: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    longest: int = 0


@dataclass(frozen=True)
class Reason:
    """Why a condition was met: its name, and the value that met it."""

    condition: str
    value: str = ""


@dataclass
class Match:
    """The rule that decides, and why."""

    rule: Rule
    reasons: list[Reason] = field(default_factory=list)


def decide(rules: Sequence[Rule], seen: Seen) -> Match | None:
    """Return the first rule whose conditions are all met."""
    for rule in rules:
        reasons = met(rule, seen)
        if reasons is not None:
            return Match(rule, reasons)
    return None


def met(rule: Rule, seen: Seen) -> list[Reason] | None:
    """Return why a rule is met (empty: it has no conditions); None when it is not."""
    reasons: list[Reason] = []
    for name, wanted, value in (
        ("network", rule.networks, seen.network),
        ("kind", rule.kinds, seen.kind),
        ("language", rule.languages, seen.language),
        ("sentiment", rule.sentiments, seen.sentiment),
    ):
        if wanted:
            if value not in wanted:
                return None
            reasons.append(Reason(name, value))
    for name, asked, is_so in (
        ("urgency", rule.urgency, seen.urgent),
        ("known", rule.known, seen.known),
        ("product", rule.product, bool(seen.products)),
        ("thread", {"open": "yes", "new": "no"}.get(rule.thread, "any"), seen.open_thread),
        ("state", {"resolved": "yes", "open": "no"}.get(rule.state, "any"), seen.resolved),
    ):
        if asked == "any":
            continue
        if (asked == "yes") != is_so:
            return None
        if name == "product" and seen.products:
            reasons.append(Reason("product", seen.products[0]))
        else:
            reasons.append(Reason(name, "yes" if is_so else "no"))
    if rule.profile_ids and seen.profile_id not in rule.profile_ids:
        return None
    if rule.team_ids and not rule.team_ids & seen.team_ids:
        return None
    if rule.profile_ids:
        reasons.append(Reason("profile"))
    if rule.team_ids:
        reasons.append(Reason("team"))
    if rule.longest:
        if len(seen.text) > rule.longest:
            return None
        reasons.append(Reason("short"))
    if rule.topics:
        common = rule.topics & set(seen.topics)
        if not common:
            return None
        reasons.append(Reason("topic", min(common)))
    return _words(rule, seen, reasons)


def _words(rule: Rule, seen: Seen, reasons: list[Reason]) -> list[Reason] | None:
    """The dear conditions last: they read the text."""
    if any(words.search(seen.text, seen.language) for words in rule.unless):
        return None
    if rule.words:
        for words in rule.words:
            found = words.search(seen.text, seen.language)
            if found:
                reasons.append(Reason("words", f"{words.name}: {found}" if words.name else found))
                break
        else:
            return None
    return reasons
