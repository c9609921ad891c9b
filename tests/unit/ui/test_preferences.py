"""Portable: what a person prefers is kept, and a broken store costs nothing but the memory."""

import json

from pylib.ui.preferences import MAX_CHARS, MAX_TEXT, Preferences, Rule, keys, number, one_of, switch, text
from tests.support.fake_store import FakeTextStore
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


def preferences(store: FakeTextStore) -> Preferences:
    return Preferences(store, RECORD, rules())


def loaded(store: FakeTextStore) -> Preferences:
    made = preferences(store)
    made.load()
    return made


class ClosedStore(FakeTextStore):
    """Storage that is forbidden or full: it keeps nothing."""

    def write(self, name: str, text: str) -> None:
        self.lasts = False


def test_a_choice_is_there_at_the_next_visit() -> None:
    store = FakeTextStore()
    first = loaded(store)
    first.set("volume", 0.5)
    first.set("device", "usb-1")
    first.set("keys", {"mute": "x"})
    second = loaded(store)
    assert [second.get(name) for name in ("volume", "device", "keys")] == [0.5, "usb-1", {"mute": "x"}]
    assert (second.get("saver"), second.get("tier")) == (False, "standard")


def test_a_store_that_fails_at_everything_is_not_noticed() -> None:
    page = loaded(ClosedStore())
    assert page.get("volume") == 1.0
    page.set("volume", 0.5)
    page.reset()
    page.set("volume", 0.7)
    assert page.get("volume") == 0.7


def test_nonsense_inside_counts_as_nothing() -> None:
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
        page = loaded(FakeTextStore({RECORD: record}))
        assert [page.get(name) for name in ("volume", "device")] == [1.0, ""], record[:20]


def test_each_value_that_is_not_allowed_is_passed_over_alone() -> None:
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
        page = loaded(FakeTextStore({RECORD: json.dumps(record)}))
        for kept, value in good.items():
            assert page.get(kept) == value
        if name in rules():
            assert page.get(name) == rules()[name].default


def test_what_is_not_allowed_cannot_be_set() -> None:
    page = loaded(FakeTextStore())
    raises(ValueError, page.set, "volume", 3)
    assert page.get("volume") == 1.0


def test_reset_forgets_everything_for_good() -> None:
    store = FakeTextStore()
    page = loaded(store)
    page.set("volume", 0.5)
    page.reset()
    assert page.get("volume") == 1.0
    assert store.records == {}


def test_each_value_is_kept_as_soon_as_it_is_set() -> None:
    store = FakeTextStore()
    page = loaded(store)
    for step in range(100):
        page.set("volume", step / 100)
        assert loaded(store).get("volume") == step / 100
