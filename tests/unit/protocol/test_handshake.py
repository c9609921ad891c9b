"""Portable: how a token travels among the subprotocols."""

from pylib.protocol.handshake import SUBPROTOCOL, subprotocols, token_among


def test_a_token_travels_as_a_subprotocol() -> None:
    assert subprotocols("a.b.c") == [SUBPROTOCOL, "bearer.a.b.c"]
    assert token_among(subprotocols("a.b.c")) == "a.b.c"


def test_without_a_token_none_is_offered_or_found() -> None:
    assert subprotocols("") == [SUBPROTOCOL]
    assert token_among(subprotocols("")) is None
    assert token_among(["graphql-ws"]) is None


def test_a_token_is_found_in_any_case() -> None:
    for written in ("bearer.a.b.c", "Bearer.a.b.c", "BEARER.a.b.c"):
        assert token_among([SUBPROTOCOL, written]) == "a.b.c", written


def test_a_token_that_is_written_otherwise_is_a_bad_one_and_never_none() -> None:
    for offered in (
        ["bearer"],
        ["Bearer a.b.c"],
        [SUBPROTOCOL + " bearer.a.b.c"],
        ['"bearer.a.b.c"'],
        ["eyJhbGciOiJSUzI1NiJ9.e30.x"],
        ["bearer.a.b.c", "bearer.d.e.f"],
        ["bearer.", "bearer.a.b.c"],
    ):
        assert token_among([SUBPROTOCOL] + offered) == "", offered


def test_an_empty_token_is_told_from_none() -> None:
    assert token_among([SUBPROTOCOL, "bearer."]) == ""
