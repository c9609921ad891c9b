import pytest

from backend.http.dev_account import is_loopback


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_the_demo_account_is_told_on_this_machine(peer: str) -> None:
    assert is_loopback(peer)


@pytest.mark.parametrize(
    "peer", [None, "", "192.168.1.7", "::ffff:192.168.1.7", "fe80::1", "nonsense", "0.0.0.0"]
)
def test_the_demo_account_is_told_nowhere_else(peer: str | None) -> None:
    assert not is_loopback(peer)
