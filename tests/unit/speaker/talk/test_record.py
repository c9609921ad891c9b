"""The record of a talk in the browser's store: which tab and account find it, and for how long."""

import json

import pytest

from speaker.talk.record import RECORD, FoundTalk, TalkRecord, TalkRecords
from tests.support.fake_store import FakeTalkLock, FakeTextStore
from tests.support.speaker_harness import Disk

CODE = "golden-eagle-427"
ME = "me@example.com"
MINE = TalkRecord(CODE, user=ME)


async def found(record: object, *, own: bool = False, later_s: float = 0) -> FoundTalk | None:
    disk = Disk()
    store = disk.tab if own else disk.shared
    store.records[RECORD] = record if isinstance(record, str) else json.dumps(record)
    await disk.clock.advance(later_s)
    return await TalkRecords(disk.shared, disk.tab, FakeTalkLock(disk.tabs), disk.clock).find(ME)


def record(**fields: object) -> dict[str, object]:
    return {**MINE._asdict(), "at_ms": Disk().clock.now_ms(), **fields}


async def test_a_talk_left_a_moment_ago_is_found_and_an_old_one_only_in_its_own_tab() -> None:
    assert await found(record(), later_s=119) == FoundTalk(MINE, own=False)
    assert await found(record(), later_s=121) is None
    assert await found(record(), own=True, later_s=121) == FoundTalk(MINE, own=True)
    assert await found(record(), own=True, later_s=3601) is None


async def test_a_talk_is_found_for_as_long_as_its_server_waits() -> None:
    mine = MINE._replace(grace_ms=9_000)
    assert await found(record(grace_ms=9_000), later_s=8) == FoundTalk(mine, own=False)
    assert await found(record(grace_ms=9_000), later_s=10) is None
    assert await found(record(grace_ms=9_000), own=True, later_s=10) == FoundTalk(mine, own=True)


async def test_a_record_from_before_servers_told_how_long_they_wait_is_read() -> None:
    older = record()
    del older["grace_ms"]
    assert await found(older, later_s=119) == FoundTalk(MINE, own=False)
    assert await found(older, later_s=121) is None


async def test_the_talk_of_another_account_is_not_found_nor_is_one_that_names_none() -> None:
    for user in ("you@example.com", ""):
        assert await found(record(user=user)) is None
        assert await found(record(user=user), own=True) is None


async def test_with_two_tabs_each_finds_its_own() -> None:
    disk = Disk()
    first_lock, second_lock = FakeTalkLock(disk.tabs), FakeTalkLock(disk.tabs)
    first = TalkRecords(disk.shared, disk.tab, first_lock, disk.clock)
    second = TalkRecords(disk.shared, FakeTextStore(), second_lock, disk.clock)
    for memory, code in ((first, CODE), (second, "calm-river-100")):
        memory.note(TalkRecord(code, user=ME))
    for lock in (first_lock, second_lock):
        lock.let_go()
    assert await first.find(ME) == FoundTalk(MINE, own=True)
    assert await second.find(ME) == FoundTalk(TalkRecord("calm-river-100", user=ME), own=True)


async def test_a_copied_tab_finds_the_talk_as_it_is_now_and_not_as_it_was_when_it_was_copied() -> None:
    disk = Disk()
    first = TalkRecords(disk.shared, disk.tab, FakeTalkLock(disk.tabs), disk.clock)
    first.note(MINE)
    copy = FakeTextStore(dict(disk.tab.records))
    copied = TalkRecords(disk.shared, copy, FakeTalkLock(disk.tabs), disk.clock)
    first.note(MINE._replace(muted=True))
    assert await copied.find(ME) == FoundTalk(MINE._replace(muted=True), own=False)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[]",
        "nonsense",
        '{"at_ms": 1}',
        {"session_id": "../../etc"},
        {"session_id": 7},
        {"tier": "golden"},
        {"paused": "yes"},
        {"lost": 1.5},
        {"user": 7},
        {"sent_s": None},
        {"grace_ms": "long"},
        {"more": 1},
        {"at_ms": "yesterday"},
    ],
)
async def test_a_record_that_makes_no_sense_is_none(wrong: str | dict[str, object]) -> None:
    kept = wrong if isinstance(wrong, str) else record(**wrong)
    assert await found(kept) is None
