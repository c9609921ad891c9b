"""The soft limit of open files is raised as far as it must and may be."""

import resource

import pytest

from backend.open_files import DEFAULT_CONNECTIONS, RESERVED_FILES, TooFewFiles, make_room_for


class System:
    """A system with these limits."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, *, stubborn: bool = False
    ) -> None:
        self.soft, self.hard = soft, hard
        self._stubborn = stubborn
        monkeypatch.setattr(resource, "getrlimit", lambda _: (self.soft, self.hard))
        monkeypatch.setattr(resource, "setrlimit", self._set)

    def _set(self, _: int, limits: tuple[int, int]) -> None:
        if self._stubborn:
            raise ValueError
        self.soft, self.hard = limits


def test_the_soft_limit_is_raised_to_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, 1024, 500_000)
    assert make_room_for(None) == DEFAULT_CONNECTIONS
    assert (system.soft, system.hard) == (DEFAULT_CONNECTIONS + RESERVED_FILES, 500_000)
    assert make_room_for(20_000) == 20_000
    assert system.soft == 20_000 + RESERVED_FILES
    assert make_room_for(50) == 50
    assert system.soft == 20_000 + RESERVED_FILES


def test_an_unlimited_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(monkeypatch, resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert make_room_for(300_000) == 300_000
    assert system.soft == resource.RLIM_INFINITY


def test_without_a_number_a_small_system_gets_a_small_server(monkeypatch: pytest.MonkeyPatch) -> None:
    System(monkeypatch, 256, 1024)
    assert make_room_for(None) == 1024 - RESERVED_FILES


def test_a_number_that_the_system_refuses_is_an_error_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    System(monkeypatch, 256, 1024)
    with pytest.raises(TooFewFiles, match="choose --max-connections 924, or raise the hard limit"):
        make_room_for(1000)


def test_a_system_that_tells_more_than_it_gives_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    System(monkeypatch, 256, resource.RLIM_INFINITY, stubborn=True)
    assert make_room_for(None) == 256 - RESERVED_FILES
    with pytest.raises(TooFewFiles, match="hold 156 connections, not 500"):
        make_room_for(500)


@pytest.mark.parametrize("connections", [None, 1])
def test_a_system_that_allows_no_connection_gets_no_advice_that_fails_again(
    monkeypatch: pytest.MonkeyPatch, connections: int | None
) -> None:
    """Seen: `ulimit -n 64` was told to choose --max-connections 1, and that was told the same again."""
    System(monkeypatch, 64, 64)
    with pytest.raises(TooFewFiles) as refused:
        make_room_for(connections)
    assert "choose" not in str(refused.value)
    assert "ulimit -Hn" in str(refused.value)
