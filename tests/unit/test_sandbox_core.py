"""The sandbox's vendor-neutral parts: clock and timers, pages, quotas, files, call log."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from tests.sandbox.core import media
from tests.sandbox.core.calls import CallLog, clean_query
from tests.sandbox.core.clock import Clock, Timers, iso, parse_iso
from tests.sandbox.core.faults import FaultBook
from tests.sandbox.core.pages import Pager, PageTokenInvalid
from tests.sandbox.core.quota import Quota


class Wall:
    """A machine time that moves only when told."""

    def __init__(self, moment: float = 1_777_881_600.0):
        self.moment = moment

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def clock(wall):
    return Clock(wall)


def test_clock_runs_with_real_time_plus_offset(clock, wall):
    before = clock.now()
    clock.advance(3600)
    wall.moment += 5
    assert clock.now() - before == timedelta(seconds=3605)
    assert clock.wall() == wall.moment


def test_clock_set_keeps_running(clock, wall):
    clock.set(parse_iso("2030-01-01T00:00:00Z"))
    wall.moment += 2
    assert iso(clock.now()) == "2030-01-01T00:00:02Z"
    clock.real()
    assert clock.timestamp() == wall.moment


def test_frozen_clock_moves_only_by_hand(clock, wall):
    clock.freeze()
    before = clock.timestamp()
    wall.moment += 100
    assert clock.timestamp() == before
    clock.advance(7)
    assert clock.timestamp() == before + 7


def test_next_midnight_is_utc(clock):
    clock.set(datetime(2026, 5, 4, 23, 59, 59, tzinfo=timezone.utc))
    assert iso(clock.next_midnight()) == "2026-05-05T00:00:00Z"


def test_timers_fire_in_order_of_their_time_when_the_clock_moves(clock):
    async def story():
        timers = Timers(clock)
        loop = asyncio.ensure_future(timers.run())
        done = []

        async def note(name):
            done.append(name)

        start = clock.timestamp()
        timers.at(start + 1200, lambda: note("late"))
        timers.at(start + 300, lambda: note("early"))
        await timers.settle()
        assert done == []
        clock.advance(299)
        await timers.settle()
        assert done == []
        clock.advance(1)
        await timers.settle()
        assert done == ["early"]
        clock.advance(10_000)
        await asyncio.sleep(0.01)  # the background loop does it without settle
        assert done == ["early", "late"]
        loop.cancel()

    asyncio.run(story())


def test_timer_set_by_a_timer_fires_in_the_same_move(clock):
    async def story():
        timers = Timers(clock)
        done = []

        async def first():
            timers.at(clock.timestamp() - 1, second)

        async def second():
            done.append("second")

        timers.at(clock.timestamp() + 10, first)
        clock.advance(60)
        await timers.settle()
        assert done == ["second"]

    asyncio.run(story())


def test_page_token_lives_fifteen_minutes_of_the_clock(clock):
    pager = Pager(clock)
    token = pager.token(("users",), 30)
    clock.advance(899)
    assert pager.offset(token, ("users",)) == 30
    clock.advance(1)
    with pytest.raises(PageTokenInvalid):
        pager.offset(token, ("users",))


def test_page_token_belongs_to_its_query(clock):
    pager = Pager(clock)
    token = pager.token(("users", "active"), 30)
    with pytest.raises(PageTokenInvalid):
        pager.offset(token, ("users", "inactive"))
    with pytest.raises(PageTokenInvalid):
        pager.offset("unknown", ("users", "active"))


def test_quota_windows_follow_the_clock(clock):
    quota = Quota(clock)
    quota.second()["Light"] += 1
    quota.day()["Light"] += 1
    assert quota.second()["Light"] == quota.day()["Light"] == 1
    clock.advance(1)
    assert quota.second()["Light"] == 0
    assert quota.day()["Light"] == 1
    clock.advance(86400)
    assert quota.day()["Light"] == 0


def test_fault_counts_down_and_disappears():
    book = FaultBook()
    book.add({"kind": "status", "match": {"method": "get", "path": "^/zoom/v2/users"}, "times": 2})
    assert book.take("POST", "/zoom/v2/users") is None
    assert book.take("GET", "/zoom/oauth/token") is None
    assert book.take("GET", "/zoom/v2/users") is not None
    assert book.take("GET", "/zoom/v2/users/me") is not None
    assert book.take("GET", "/zoom/v2/users") is None
    assert book.list() == []


def test_fault_skips_first_calls_and_stays_without_times():
    book = FaultBook()
    fault = book.add({"kind": "latency", "skip": 1, "seconds": 0})
    assert book.take("GET", "/zoom/x") is None
    assert [book.take("GET", "/zoom/x") for _ in range(5)] == [fault] * 5
    assert book.remove(fault.id)
    assert not book.remove(fault.id)


@pytest.mark.parametrize(
    "spec",
    [{"kind": "explode"}, {"kind": "status", "colour": 1}, {"kind": "cut", "match": {"host": "x"}}],
)
def test_fault_form_is_checked(spec):
    with pytest.raises(ValueError):
        FaultBook().add(spec)


@pytest.mark.parametrize("size", [256, 4096, 48_000, 1_000_003])
@pytest.mark.parametrize("audio", [False, True])
def test_media_has_its_size_and_is_the_same_in_pieces(size, audio):
    content = media.video(size, "seed", audio=audio)
    whole = content.read(0, size + 10)
    assert len(whole) == content.size == size
    assert whole[4:8] == b"ftyp"
    pieces = b"".join(content.read(offset, 997) for offset in range(0, size, 997))
    assert pieces == whole


def test_media_boxes_cover_the_file_exactly():
    content = media.video(5000, "seed")
    data, offset, kinds = content.read(0, 5000), 0, []
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 4], "big")
        kinds.append(data[offset + 4 : offset + 8])
        offset += length
    assert (kinds, offset) == ([b"ftyp", b"moov", b"mdat"], 5000)


def test_media_of_gigabytes_costs_nothing():
    content = media.video(20 * 1024**3, "big")
    assert len(content.head) < 400
    assert len(content.read(content.size - 10, 100)) == 10


def test_call_log_filters_and_masks():
    log = CallLog()
    log.add(method="GET", path="/zoom/v2/users", status=200)
    log.add(method="POST", path="/zoom/oauth/token", status=200)
    assert [call["seq"] for call in log.find(path="oauth")] == [2]
    assert [call["seq"] for call in log.find(method="get")] == [1]
    assert [call["seq"] for call in log.find(since=1)] == [2]
    assert (
        clean_query("code=abc&state=x&access_token=y")
        == "code=%2A%2A%2A&state=x&access_token=%2A%2A%2A"
    )
