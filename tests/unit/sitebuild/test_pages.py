import pytest

from backend.identity.cognito_api import _is_this_machine
from sitebuild.pages import content_policy, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://pool.example", "https://pool.example"),
        ("https://Pool.example/a/b?c", "https://pool.example"),
        ("wss://live.example:8443/ws", "wss://live.example:8443"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://user:secret@pool.example/", "https://pool.example"),
    ],
)
def test_an_origin_is_what_stands_before_the_path(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    ["", "pool.example", "ftp://a", "https://", "https://a;b", "https://a b", "https://*", "https://a:x"],
)
def test_what_is_no_address_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort"):
        origin_of(url)


def test_an_origin_is_named_once() -> None:
    assert "connect-src 'self' https://a;" in content_policy(("https://a", "https://a"))


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_the_demo_account_is_told_on_this_machine(peer: str) -> None:
    assert _is_this_machine(peer)


@pytest.mark.parametrize(
    "peer", [None, "", "192.168.1.7", "::ffff:192.168.1.7", "fe80::1", "nonsense", "0.0.0.0"]
)
def test_the_demo_account_is_told_nowhere_else(peer: str | None) -> None:
    assert not _is_this_machine(peer)
