"""Words, languages, moods, products and rules: the plain half of judging and routing messages."""

import pytest

from hootsuite_connector.tools import language, products, router, sentiment, words


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("refund*", "I want a REFUNDED order", True),
        ("refund", "I want a refunded order", False),
        ("déçu", "je suis decu", True),
        ("decu", "Je suis déçu !", True),
        ("free * phone", "your free brand new phone", True),
        ("free * phone", "free\u00a0phone", True),
        ("j'attends", "J\u2019attends encore", True),
        ("grosse", "falsche Größe", True),
        ("?", "how much?", True),
        ("art", "a smart party", False),
        ("c++ (new)", "learn c++ (new) now", True),
    ],
)
def test_words(entry, text, found):
    assert bool(words.compiled([entry]).search(words.fold(text))) is found


def test_words_of_nothing():
    assert words.compiled(["", " * "]) is None
    assert words.entries(" one\n\ntwo, three ; four") == ["one", "two", "three", "four"]


def test_a_list_asks_only_the_language_of_the_text():
    found = router.Words(
        "L", {"en": words.compiled(["gift"]), "de": words.compiled(["gift"]), "": words.compiled(["sos"])}
    )  # fmt: skip
    assert found.search("a gift", "en") == "gift"
    only = router.Words("L", {"de": words.compiled(["gift"])})
    assert only.search("a gift", "en") is None
    assert only.search("a gift", "") == "gift"
    assert found.search("sos", "fr") == "sos"


@pytest.mark.parametrize(
    ("text", "told", "code"),
    [
        ("Hello, do you ship to Leeds on Sundays?", None, "en"),
        ("Bonjour, est-ce que vous livrez à Namur ?", None, "fr"),
        ("Hallo, liefern Sie auch nach Bremen?", None, "de"),
        ("Hola, ¿hacéis envíos a Gijón?", None, "es"),
        ("👍👍", "fr", "fr"),
        ("ok", None, ""),
        ("ok", "pt_BR", "pt"),
        ("https://www.example.com/une/page @jean 12345", "de", "de"),
        ("Bonjour, est-ce que vous livrez à Namur ?", "en", "fr"),
    ],
)
def test_language(text, told, code):
    assert language.detect(text, told).code == code


def test_mood():
    judge = sentiment.judge
    assert judge("This is terrible, the worst service", "en").label == "negative"
    assert judge("I love it, wonderful", "en").label == "positive"
    assert judge("The shop is in Leeds", "en").label == "neutral"
    assert judge("C'est affreux", "fr").label == "neutral", "other languages are not guessed"
    assert judge("C'est cassé", "fr", trouble=True).label == "negative"
    ironic = judge("Great, it leaks. Wonderful, thanks a lot", "en", trouble=True)
    assert (ironic.label, ironic.irony) == ("negative", True)
    assert ironic.score > 0
    assert not judge("It is broken and I hate it", "en", trouble=True).irony


def test_products():
    catalogue = products.Catalogue(["Trail Tent Two", "Tent", "Alpine-Jacket", "X", "Été"])
    assert catalogue.find(words.fold("I saw the TRAIL TENT TWO!")) == ("Trail Tent Two", "Tent")
    assert catalogue.find(words.fold("an alpine jacket")) == ("Alpine-Jacket",)
    assert catalogue.find(words.fold("tents and x")) == ()
    assert catalogue.find("") == ()


def seen(**values):
    return router.Seen(**{"text": "hello there", **values})


@pytest.mark.parametrize(
    ("condition", "met", "unmet"),
    [
        ({"networks": frozenset({"facebook"})}, {"network": "facebook"}, {"network": "twitter"}),
        ({"kinds": frozenset({"mention"})}, {"kind": "mention"}, {}),
        ({"languages": frozenset({"fr"})}, {"language": "fr"}, {"language": ""}),
        ({"sentiments": frozenset({"negative"})}, {"sentiment": "negative"}, {}),
        ({"urgency": "yes"}, {"urgent": True}, {}),
        ({"urgency": "no"}, {}, {"urgent": True}),
        ({"known": "yes"}, {"known": True}, {}),
        ({"known": "no"}, {}, {"known": True}),
        ({"product": "yes"}, {"products": ("Tent",)}, {}),
        ({"thread": "open"}, {"open_thread": True}, {}),
        ({"thread": "new"}, {}, {"open_thread": True}),
        ({"state": "resolved"}, {"resolved": True}, {}),
        ({"state": "open"}, {}, {"resolved": True}),
        ({"topics": frozenset({"Sales"})}, {"topics": ("Sales",)}, {"topics": ("Other",)}),
        ({"profile_ids": frozenset({7})}, {"profile_id": 7}, {"profile_id": 8}),
        ({"team_ids": frozenset({1, 2})}, {"team_ids": frozenset({2})}, {}),
        ({"longest": 5}, {"text": "hi"}, {}),
        ({"words": (router.Words("L", {"": words.compiled(["hello"])}),)}, {}, {"text": "bye"}),
        ({"unless": (router.Words("L", {"": words.compiled(["bye"])}),)}, {}, {"text": "bye"}),
    ],
)
def test_each_condition(condition, met, unmet):
    rule = router.Rule(key=1, **condition)
    reasons = router.met(rule, seen(**met))
    assert reasons is not None
    assert router.met(rule, seen(**unmet)) is None
    if "unless" not in condition:
        assert reasons, "a met condition is told as a reason"


def test_the_first_rule_decides():
    rules = [
        router.Rule(key=1, kinds=frozenset({"mention"})),
        router.Rule(key=2),
        router.Rule(key=3),
    ]
    assert router.decide(rules, seen()).rule.key == 2
    assert router.decide(rules, seen(kind="mention")).rule.key == 1
    assert router.decide([], seen()) is None
