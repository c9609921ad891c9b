"""Portable: what a person prefers is kept, and a broken store costs nothing but the memory."""

import asyncio
import json

from pylib.ui.preferences import MAX_TEXT, Preferences, Rule, keys, number, one_of, switch, text
from pylib.ui.stored_text import MAX_CHARS
from tests.support.fake_store import FakeStore
from tests.support.portable import raises

RECORD = "lectern.page"


def rules() -> "dict[str, Rule]":
    return {
        "volume": number(1.0, 0, 2),
        "device": text(),
        "saver": switch(False),
        "tier": one_of(["standard", "premium"]),
        "keys": keys(),
    }


def preferences(store: FakeStore) -> Preferences:
    return Preferences(store, RECORD, rules())


async def loaded(store: FakeStore) -> Preferences:
    made = preferences(store)
    await made.load()
    return made


async def saved() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class BrokenStore(FakeStore):
    """Storage that is forbidden or full: every call fails."""

    async def get(self, key: str) -> "str | None":
        raise OSError("closed to this page")

    async def set(self, key: str, value: str) -> None:
        raise OSError("no room")

    async def delete(self, key: str) -> None:
        raise OSError("closed to this page")


async def test_a_choice_is_there_at_the_next_visit() -> None:
    store = FakeStore()
    first = await loaded(store)
    first.set("volume", 0.5)
    first.set("device", "usb-1")
    first.set("keys", {"mute": "x"})
    await saved()
    second = await loaded(store)
    assert [second.get(name) for name in ("volume", "device", "keys")] == [0.5, "usb-1", {"mute": "x"}]
    assert (second.get("saver"), second.get("tier")) == (False, "standard")


async def test_a_store_that_fails_at_everything_is_not_noticed() -> None:
    page = await loaded(BrokenStore())
    assert page.get("volume") == 1.0
    page.set("volume", 0.5)
    await saved()
    page.reset()
    await saved()
    page.set("volume", 0.7)
    assert page.get("volume") == 0.7


async def test_nonsense_inside_counts_as_nothing() -> None:
    for record in (
        "",
        "{",
        "[1]",
        "null",
        '"x"',
        "9" * 400,
        "[" * 5000,
        json.dumps({"device": "x" * MAX_CHARS}),
    ):
        page = await loaded(FakeStore({RECORD: record}))
        assert [page.get(name) for name in ("volume", "device")] == [1.0, ""], record[:20]


async def test_each_value_that_is_not_allowed_is_passed_over_alone() -> None:
    for name, bad in (
        ("volume", -1),
        ("volume", 2.1),
        ("volume", "1"),
        ("volume", True),
        ("device", "x" * (MAX_TEXT + 1)),
        ("device", 3),
        ("saver", 1),
        ("tier", "golden"),
        ("tier", None),
        ("keys", []),
        ("unknown", 1),
    ):
        good = {"saver": True} if name != "saver" else {"device": "usb-1"}
        record = dict(good)
        record[name] = bad
        page = await loaded(FakeStore({RECORD: json.dumps(record)}))
        for kept, value in good.items():
            assert page.get(kept) == value
        if name in rules():
            assert page.get(name) == rules()[name].default


async def test_what_is_not_allowed_cannot_be_set() -> None:
    page = await loaded(FakeStore())
    raises(ValueError, page.set, "volume", 3)
    assert page.get("volume") == 1.0


async def test_reset_forgets_everything_for_good() -> None:
    store = FakeStore()
    page = await loaded(store)
    page.set("volume", 0.5)
    await saved()
    page.reset()
    assert page.get("volume") == 1.0
    await saved()
    assert store.records == {}


async def test_a_slider_being_moved_writes_the_last_value_and_not_every_one() -> None:
    writes: list[str] = []

    class Counting(FakeStore):
        async def set(self, key: str, value: str) -> None:
            writes.append(value)
            await FakeStore.set(self, key, value)

    page = await loaded(Counting())
    for step in range(100):
        page.set("volume", step / 100)
    await saved()
    assert json.loads(writes[-1]) == {"volume": 0.99}
    assert len(writes) <= 2


async def test_a_choice_made_while_the_store_is_read_counts() -> None:
    page = preferences(FakeStore({RECORD: json.dumps({"volume": 0.2, "device": "usb-1"})}))
    reading = asyncio.create_task(page.load())
    page.set("volume", 0.9)
    await reading
    assert (page.get("volume"), page.get("device")) == (0.9, "usb-1")


async def test_more_than_a_record_may_hold_is_not_written() -> None:
    store = FakeStore()
    page = await loaded(store)
    page.set("keys", {"mute": "x" * MAX_CHARS})
    await saved()
    assert store.records == {}
