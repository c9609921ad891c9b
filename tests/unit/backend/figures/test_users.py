import pytest

from backend.figures import users
from backend.figures.users import DAY_MS, DAYS_PER_ADDRESS, AddressDays, Users
from tests.support.server_clock import ServerClock


async def test_a_user_counts_once_in_each_mode_for_a_day_after_the_last_creation() -> None:
    clock = ServerClock()
    counted = Users(clock)
    for subject, mode in (("anna", "http"), ("anna", "http"), ("anna", "websocket"), ("ben", "http")):
        counted.created(subject, mode)
    assert counted.count() == {("http",): 2, ("websocket",): 1}
    await clock.advance(DAY_MS / 1000 - 1)
    counted.created("anna", "http")
    assert counted.count() == {("http",): 2, ("websocket",): 1}
    await clock.advance(1)
    assert counted.count() == {("http",): 1, ("websocket",): 0}


def test_a_mode_that_is_none_counts_nobody() -> None:
    counted = Users(ServerClock())
    counted.created("anna", "")
    assert counted.count() == {("http",): 0, ("websocket",): 0}


def test_no_name_and_no_address_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ServerClock()
    counted, days = Users(clock), AddressDays(clock)
    counted.created("anna", "http")
    days.take("203.0.113.7")
    kept = repr([*vars(counted).values(), *vars(days).values()])
    assert "anna" not in kept
    assert "203" not in kept
    # Two servers make different digests of one name.
    assert counted._seen_ms["http"].keys().isdisjoint(_digests_of_another_server(clock))


def _digests_of_another_server(clock: ServerClock) -> set[bytes]:
    other = Users(clock)
    other.created("anna", "http")
    return set(other._seen_ms["http"])


async def test_an_address_tells_of_twenty_users_days_until_midnight() -> None:
    clock = ServerClock()
    days = AddressDays(clock)
    assert [days.take("a") for _ in range(22)] == [True] * DAYS_PER_ADDRESS + [False] * 2
    assert days.take("b")
    salt = days._salt
    await clock.advance((DAY_MS - clock.steady_ms() % DAY_MS) / 1000)
    assert days.take("a")
    assert days._salt != salt


def test_crowds_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "MAX_NAMES", 3)
    clock = ServerClock()
    counted, days = Users(clock), AddressDays(clock)
    for number in range(10):
        counted.created(f"user {number}", "http")
        days.take(f"address {number}")
    assert counted.count()["http",] == 3
    assert len(days._told) == 3
