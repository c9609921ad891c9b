"""Which pages may talk to this server, in every spelling that browsers, proxies and operators use."""

import time

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from backend.origins import Origins, read_origin
from backend.proxies import TrustedProxies, read_networks
from tests.support.mocked_peer import MockedPeer

HOST = "lectern.example:8000"


def request_to(host: str, **headers: str) -> web.Request:
    lines = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return make_mocked_request("GET", "/", lines, transport=MockedPeer("127.0.0.1"))


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
    origins = Origins(("https://pages.example",), dev=dev)
    assert origins.allows(origin, request_to(HOST)) is allowed


def test_an_endless_origin_is_no_origin_and_costs_no_time() -> None:
    """Seen: to read a name of 10,000 labels took 70 ms, for each request that had it as Origin or Host."""
    endless = "https://" + "\u00fc." * 10_000
    began = time.process_time()
    for _ in range(100):
        assert not Origins((), dev=True).allows(endless, request_to(HOST))
        assert not Origins((), dev=True).allows("https://a.example", request_to(endless[8:]))
    assert time.process_time() - began < 5
    with pytest.raises(ValueError, match="too long"):
        Origins((endless,), dev=False)


@pytest.mark.parametrize(
    "written",
    [
        "https://pages.example",
        "https://pages.example/",
        "https://Pages.Example",
        "HTTPS://pages.example:443",
        " https://pages.example:443/ ",
    ],
)
def test_an_origin_counts_however_the_operator_wrote_it(written: str) -> None:
    origins = Origins((written,), dev=False)
    assert origins.allows("https://pages.example", request_to(HOST))
    assert not origins.allows("http://pages.example", request_to(HOST))
    assert not origins.allows("https://pages.example:8443", request_to(HOST))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://stra\u00dfe.example", "https://xn--strae-oqa.example"),
        ("https://\u2603.example", "https://xn--n3h.example"),
        ("https://talks\u3002example", "https://talks.example"),
        ("https://talks.example.", "https://talks.example"),
        ("https://talks.example.:443/", "https://talks.example"),
        ("https://[2001:DB8:0:0:0:0:0:1]", "https://[2001:db8::1]"),
        ("https://[::1]:443", "https://[::1]"),
    ],
)
def test_a_host_counts_as_browsers_write_it(written: str, sent: str) -> None:
    assert read_origin(written) == read_origin(sent)
    assert read_origin("https://strasse.example") != read_origin("https://stra\u00dfe.example")


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("talks.example", "begins with https://"),
        ("talks.example:8443", "begins with https://"),
        ("https:/talks.example", "begins with https://"),
        ("null", "begins with https://"),
        ("https://*.talks.example", "no wildcards"),
        ("https://a.example,https://b.example", "one origin at a time"),
        ("https://a.example https://b.example", "one origin at a time"),
        ("'https://a.example'", "around https://a.example"),
        ("\u201chttps://a.example\u201d", "around https://a.example"),
        ("https://a.example,", "around https://a.example"),
        ("https://a.example/talks", "a scheme, a host and at most a port"),
        ("https://a.exam\\ple", "a scheme, a host and at most a port"),
        ("https://%61.example", "a scheme, a host and at most a port"),
        ("https://a..example", "a scheme, a host and at most a port"),
        ("https://[fe80::1%25eth0]", "a scheme, a host and at most a port"),
        ("chrome-extension://abcdefgh", "a scheme, a host and at most a port"),
    ],
)
def test_the_sentence_about_an_origin_says_what_to_do(written: str, advice: str) -> None:
    with pytest.raises(ValueError, match="is no origin, such as") as refused:
        read_origin(written)
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "pages.example",
        "*",
        "https://*.pages.example",
        "https://pages.example/talks",
        "https://pages.example?x",
        "https://user@pages.example",
        "https://pages.example:99999",
        "ftp://pages.example",
        "https://",
        "https://[::1",
        "",
    ],
)
def test_what_is_no_origin_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no origin, such as"):
        read_origin(wrong)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("https://talks.example", "talks.example:443", True),
        ("http://talks.example", "talks.example:80", True),
        ("https://talks.example", "Talks.Example", True),
        ("https://talks.example:8443", "talks.example:8443", True),
        ("https://talks.example", "talks.example:80", False),
        ("https://talks.example:8443", "talks.example", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://evil.test", "talks.example", False),
        ("https://talks.example", "talks.example, evil.test", False),
    ],
)
def test_a_proxys_host_may_name_its_port(origin: str, host: str, allowed: bool) -> None:
    assert Origins((), dev=False).allows(origin, request_to(host)) is allowed


@pytest.mark.parametrize(
    ("origin", "trusted", "allowed"),
    [
        ("https://talks.example", True, True),
        ("http://talks.example", True, False),
        ("https://talks.example", False, False),
        ("https://inside.example:8000", False, True),
    ],
)
def test_a_named_proxy_says_scheme_and_host(origin: str, trusted: bool, allowed: bool) -> None:
    proxies = TrustedProxies(read_networks("127.0.0.1") if trusted else ())
    request = request_to("inside.example:8000", X_Forwarded_Host="talks.example", X_Forwarded_Proto="https")
    assert Origins((), dev=False, proxies=proxies).allows(origin, request) is allowed
