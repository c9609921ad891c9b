import pytest

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
