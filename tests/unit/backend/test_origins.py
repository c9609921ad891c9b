import pytest

from backend.origins import Origins

HOST = "lectern.example:8000"


@pytest.mark.parametrize(
    ("origin", "dev", "allowed"),
    [
        ("http://lectern.example:8000", False, True),
        ("https://lectern.example:8000", False, True),
        ("https://pages.example", False, True),
        ("https://pages.example.evil.test", False, False),
        ("http://pages.example", False, False),
        ("https://evil.test", True, False),
        ("null", True, False),
        ("", True, False),
        ("http://localhost:9000", True, True),
        ("http://localhost:9000", False, False),
        ("http://127.0.0.1", True, True),
        ("https://[::1]:4443", True, True),
        ("http://localhost.evil.test", True, False),
        ("http://127.0.0.1.evil.test", True, False),
        ("http://evil.test#localhost", True, False),
        ("file://", True, False),
        ("http://lectern.example", False, False),
    ],
)
def test_which_pages_may_talk_to_us(origin: str, dev: bool, allowed: bool) -> None:
    assert Origins(("https://pages.example",), dev=dev).allows(origin, HOST) is allowed
