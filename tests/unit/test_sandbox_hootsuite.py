"""Parts of the sandbox's Hootsuite that are worth a test without a server."""

import asyncio
from types import SimpleNamespace

import pytest

from tests.sandbox.core.clock import Clock, Timers
from tests.sandbox.core.delivery import Delivery, DeliveryEngine, Policy
from tests.sandbox.core.faults import FaultBook
from tests.sandbox.core.spread import spread
from tests.sandbox.hootsuite import analytics, people, phrases, signing
from tests.sandbox.hootsuite.errors import Refusal, RestError, not_found
from tests.sandbox.hootsuite.half import HootsuiteHalf
from tests.sandbox.hootsuite.messages import cut
from tests.sandbox.hootsuite.tokens import TokenStore


@pytest.fixture
def clock():
    frozen = Clock(wall=lambda: 1_900_000_000.0)
    frozen.freeze()
    return frozen


@pytest.fixture
def half(clock):
    timers = Timers(clock)
    return HootsuiteHalf(clock, timers, DeliveryEngine(clock, timers), "http://box")


# Tokens --------------------------------------------------------------------------------------------------


def test_a_family_dies_together_and_leaves_others_alone(clock):
    store = TokenStore(clock)
    first = store.issue(("offline",), 60, "code-1", member_id="1")
    second = store.rotate(first.refresh, 60)
    other = store.issue(("offline",), 60, "code-2", member_id="1")
    assert second.family == "code-1" and second.member_id == "1"
    assert store.revoke_family("code-1") == 2
    assert not store.live(second) and store.live(other)
    assert store.rotate(second.refresh, 60) is None


def test_reused_refresh_token_revokes_only_where_the_switch_says_so(clock):
    store = TokenStore(clock)
    for revokes in (False, True):
        first = store.issue(("offline",), 60, member_id="1")
        second = store.rotate(first.refresh, 60)
        assert store.rotate(first.refresh, 60, revokes) is None
        assert store.live(second) is not revokes


# Cursors -------------------------------------------------------------------------------------------------

ROWS = [((moment, number), f"m{number}") for number, moment in enumerate((5, 5, 5, 7, 7, 9))]


def names(page):
    return [name for _key, name in page]


def test_cursor_after_a_row_that_is_gone():
    rows = [row for row in ROWS if row[0] != (5, 2)]
    page, before, after = cut("5:2:0", rows, 2)
    assert (names(page), before, after) == (["m3", "m4"], True, True)


def test_cursor_back_to_a_short_first_page():
    page, before, after = cut("5:1:1", ROWS, 4)
    assert (names(page), before, after) == (["m0"], False, True)


@pytest.mark.parametrize("cursor", ["x", "1:2", "1:2:2", "1:b:0", "1:2:0:0", "-1:2:0"])
def test_bad_cursors(cursor):
    with pytest.raises(RestError):
        cut(cursor, ROWS, 2)


# Signatures and stamps -----------------------------------------------------------------------------------


def test_inbox_secret_must_be_hexadecimal():
    with pytest.raises(ValueError, match="hexadecimal"):
        signing.inbox_signature("not hex", b"{}")


def test_platform_signature_in_base64():
    text = signing.platform_signature("s", b"[]", "sha256", "base64")
    assert len(text) == 44 and text.endswith("=")


def test_stamps_rise_even_within_one_nanosecond(half):
    stamps = [half.stamp() for _ in range(50)]
    assert stamps == sorted(set(stamps))


def test_numbers_of_platform_events_never_come_twice(half):
    numbers = [int(half.platform.seq_no()) for _ in range(20)]
    half.reset()
    numbers += [int(half.platform.seq_no()) for _ in range(20)]
    assert len(set(numbers)) == 40 and numbers == sorted(numbers)


# Deliveries and faults -----------------------------------------------------------------------------------


def outcome(clock, policy, statuses):
    """The state of a delivery whose attempts are answered with these statuses."""
    engine = DeliveryEngine(clock, Timers(clock))
    answers = iter(statuses)

    async def post(*_arguments):
        return next(answers), None, ""

    engine.post = post
    delivery = Delivery("r", "v", "e", "http://x", b"", lambda raw: {}, policy=policy)

    async def run():
        await engine.attempt(engine.add(delivery))
        while delivery.state == "retrying":
            clock.advance(delivery.next_at - clock.timestamp())
            await engine.settle()

    asyncio.run(run())
    return delivery.state, len(delivery.attempts)


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([404, 500, 201], ("delivered", 3)),
        ([404, 301, 500], ("dead", 3)),
        ([204], ("delivered", 1)),
    ],
)
def test_policy_that_retries_everything(clock, statuses, wanted):
    assert outcome(clock, Policy(1, (5, 5), retry_refused=True), statuses) == wanted


def test_policy_with_a_last_word(clock):
    assert outcome(clock, Policy(1, (5, 5)), [404]) == ("failed", 1)
    assert outcome(clock, None, [201]) == ("failed", 1)


def test_faults_look_at_the_body():
    book = FaultBook()
    assert not book.reads_bodies()
    book.add({"kind": "refuse", "times": 1, "match": {"body": '"131000001"'}})
    assert book.reads_bodies()
    assert book.take("POST", "/x", '{"socialProfileIds": ["115185509"]}') is None
    assert book.take("POST", "/x", '{"socialProfileIds": ["131000001"]}') is not None
    with pytest.raises(ValueError, match="unknown fault fields"):
        book.add({"kind": "refuse", "match": {"bodies": "x"}})


def test_spread_doubles_the_share_and_shuffles():
    order = spread(100, 0.3, True, 5)
    assert len(order) == 130 and set(order) == set(range(100))
    assert order == spread(100, 0.3, True, 5) != spread(100, 0.3, True, 6)


# The world -----------------------------------------------------------------------------------------------


def test_every_language_can_say_everything():
    assert set(phrases.PHRASES) == set(people.LANGUAGES) == set(phrases.REPLIES)
    for language, kinds in phrases.PHRASES.items():
        assert set(kinds) == set(phrases.KINDS)
        for texts in kinds.values():
            assert texts
            for text in texts:
                assert text.format(product="P", order="O", city=phrases.CITIES[language])


def test_people_are_known_by_other_names_on_each_network(half):
    person = people.crowd(1)[0]
    contacts = [people.contact_of(half.world, person, medium) for medium in people.MEDIUMS]
    assert len({contact.id for contact in contacts}) == len(people.MEDIUMS)
    assert len({(contact.name, contact.handle) for contact in contacts}) >= 5
    assert people.contact_of(half.world, person, "fb") is contacts[0]


def test_first_people_are_the_same_whatever_the_count():
    assert people.crowd(5) == people.crowd(50)[:5]


def test_figures_stay_around_their_usual_size():
    figures = [analytics.number(1, "m", index, usual=100) for index in range(200)]
    assert min(figures) >= 20 and max(figures) <= 180 and len(set(figures)) > 50
    assert figures[0] == analytics.number(1, "m", 0, usual=100)


def test_errors_have_the_recorded_status():
    assert (RestError(4003).status, RestError(4002).status, RestError(1202).status) == (
        401,
        403,
        403,
    )
    assert not_found("message").body["errors"][0]["message"] == "Unable to find the message by id"
    assert "resource" not in RestError(1003).row
    assert RestError(40003).status == 400


def test_members_use_what_their_teams_have(half):
    world = half.world
    grace = world.members["15240801"]
    used = {profile.id for profile in world.profiles_of(grace)}
    assert used == {"115185509", "131000001", "131000002", "131000004", "131000009"}
    assert world.profiles_of(world.members["15240808"]) == []


def test_unknown_kind_of_address_is_refused(half):
    with pytest.raises(ValueError, match="kind must be one of"):
        half.subscribe("http://x", ("streams",))


def test_timespan_needs_dates(clock):
    call = SimpleNamespace(clock=clock)
    for row in ({}, {"since": "yesterday"}, {"since": 1}, {"until": "1999-01-01"}):
        with pytest.raises(Refusal):
            analytics.timespan(call, {"p": {"timespan": row}}, "p", analytics.RECENT)
    assert analytics.timespan(call, {}, "p", analytics.RECENT) is None
