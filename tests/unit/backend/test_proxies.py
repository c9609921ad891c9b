"""Whose request it is, for limits by address: the peer's, unless a named proxy says otherwise."""

import sys

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

import dev_server
from backend.proxies import Client, TrustedProxies, is_forwarded, neighbourhood, read_networks
from tests.support.mocked_peer import MockedPeer

PROXIES = TrustedProxies(read_networks("127.0.0.1, 10.0.0.0/8,fd00::/8"))


def client_of(peer: str, *headers: tuple[str, str], proxies: TrustedProxies = PROXIES) -> Client:
    lines = CIMultiDict([("Host", "own.example"), *headers])
    return proxies.client(make_mocked_request("GET", "/", lines, transport=MockedPeer(peer)))


@pytest.mark.parametrize(
    ("peer", "lines", "expected"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.7", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.7", ["198.51.100.1", "203.0.113.9, 10.1.1.1"], "203.0.113.9"),
        ("10.0.0.7", ["10.2.2.2,10.1.1.1"], "10.2.2.2"),
        ("10.0.0.7", ["203.0.113.9, unknown"], "10.0.0.7"),
        ("10.0.0.7", ["203.0.113.9, unknown, 10.1.1.1"], "10.1.1.1"),
        ("10.0.0.7", ["203.0.113.9:51000"], "203.0.113.9"),
        ("10.0.0.7", ["[2001:db8::9]:51000"], "2001:db8::9"),
        ("10.0.0.7", [" , 2001:DB8::9 ,"], "2001:db8::9"),
        ("::ffff:10.0.0.7", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["203.0.113.9"], "203.0.113.9"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_proxy(
    peer: str, lines: list[str], expected: str
) -> None:
    assert client_of(peer, *(("X-Forwarded-For", line) for line in lines)).address == expected


def test_scheme_and_host_are_the_nearest_proxys_and_never_a_strangers() -> None:
    said = (("X-Forwarded-Proto", "http, HTTPS"), ("X-Forwarded-Host", "evil.test, talks.example:8443"))
    assert client_of("127.0.0.1", *said) == ("127.0.0.1", "https", "talks.example:8443")
    assert client_of("192.0.2.1", *said) == ("192.0.2.1", "http", "own.example")
    assert client_of("127.0.0.1", ("X-Forwarded-Proto", "gopher")).scheme == "http"


def test_forwarded_is_read_from_nobody() -> None:
    said = ("Forwarded", "for=203.0.113.9;proto=https;host=evil.test")
    for peer in ("192.0.2.1", "127.0.0.1"):
        assert client_of(peer, said) == (peer, "http", "own.example")


def test_without_named_proxies_nobody_is_believed() -> None:
    said = ("X-Forwarded-For", "203.0.113.9")
    assert client_of("127.0.0.1", said, proxies=TrustedProxies()).address == "127.0.0.1"


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "x-forwarded-host", "X-Real-IP"])
def test_a_forwarded_request_is_told_from_a_direct_one(name: str) -> None:
    assert is_forwarded(make_mocked_request("GET", "/", {name: "x"}))
    assert not is_forwarded(make_mocked_request("GET", "/", {"Host": "x"}))


def test_addresses_of_one_household_count_as_one() -> None:
    assert neighbourhood("2001:db8::1") == neighbourhood("2001:db8::ffff:1") == "2001:db8::/64"
    assert neighbourhood("2001:db8:0:1::1") != neighbourhood("2001:db8::1")
    assert neighbourhood("203.0.113.9") == "203.0.113.9"
    assert neighbourhood("") == ""


def test_networks_are_read_as_people_write_them() -> None:
    assert [str(network) for network in read_networks(" 10.1.2.3/8 ,::1")] == ["10.0.0.0/8", "::1/128"]


def test_a_proxy_is_trusted_as_a_dual_stack_system_prints_its_address() -> None:
    proxies = TrustedProxies(read_networks("::ffff:192.0.2.7, ::ffff:10.0.0.0/104"))
    for peer in ("192.0.2.7", "::ffff:192.0.2.7", "10.1.2.3", "::ffff:10.1.2.3"):
        assert proxies.trusts(peer)
    assert not proxies.trusts("192.0.2.8")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("::ffff:0:0/96", "would trust everybody"),
        ("localhost", "'localhost' is no address or network, such as 10.0.0.7 or 10.0.0.0/8"),
        ("10.0.0.0/33", "'10.0.0.0/33' is no address"),
        ("10.0.0.1,,10.0.0.2", "'' is no address"),
        ("", "'' is no address"),
        ("0.0.0.0/0", "0.0.0.0/0 would trust everybody"),
        ("::/0", "::/0 would trust everybody"),
    ],
)
def test_what_is_no_list_of_networks_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace(".", r"\.")):
        read_networks(text)


def test_the_option_says_so_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["dev_server.py", "--trusted-proxies", "10.0.0.0/99"])
    with pytest.raises(SystemExit):
        dev_server.main()
    sentence = "'10.0.0.0/99' is no address or network, such as 10.0.0.7 or 10.0.0.0/8"
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"argument --trusted-proxies: {sentence}")
