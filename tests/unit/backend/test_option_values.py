"""What operators write on the command line, in the spellings they use."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from backend import option_values as values


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
        ("fd00::7", "[fd00::7]"),
        ("0.0.0.0", "localhost"),
        ("::", "localhost"),
        ("talks.example", "talks.example"),
    ],
)
def test_the_printed_address_can_be_opened(host: str, shown: str) -> None:
    assert values.url_host(values.host(host)) == shown


def test_what_is_meant_is_understood() -> None:
    assert values.port(" 8000 ") == 8000
    assert values.positive_number("2.5") == 2.5
    assert values.count("2000") == 2000
    assert values.folder("~/talks") == Path.home() / "talks"
    assert values.folder("~nobody-of-that-name/x") == Path("~nobody-of-that-name/x")
    assert values.page_origin("https://Talks.example:443/") == "https://Talks.example:443/"
    assert values.connect_origin("HTTPS://Pool.example/") == "https://pool.example"
    assert (
        values.connect_origin("wss://live.b\u00fccher.example:8443/ws")
        == "wss://live.xn--bcher-kva.example:8443"
    )
    assert values.networks("[::1], 10.0.0.7") == values.networks("::1,10.0.0.7")
    assert values.web_address(" https://pool.example/x ") == "https://pool.example/x"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.port, "65536"),
        (values.port, "-1"),
        (values.port, "eight"),
        (values.count, "0"),
        (values.count, "1.5"),
        (values.positive_number, "inf"),
        (values.positive_number, "soon"),
        (values.positive_number, "5m"),
        (values.positive_number, "120 s"),
        (values.positive_number, "1e306"),
        (values.positive_number, "1e-300"),
        (values.count, "9223372036854775807"),
        (values.count, "1,000"),
        (values.host, ""),
        (values.host, " "),
        (values.folder, ""),
        (values.folder, " "),
        (values.page_origin, "https://talks.example/path"),
        (values.connect_origin, "https://pool.example;script-src"),
        (values.web_address, "pool.example"),
        (values.connect_origin, "https://pool..example"),
        (values.networks, "everybody"),
        (values.networks, ""),
        (values.host, "http://127.0.0.1"),
        (values.host, "127.0.0.1:9000"),
        (values.host, "[::1]:9000"),
        (values.host, "*"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        read(text)
    assert text.strip() in str(refused.value)
