"""Portable: how a token travels among the subprotocols."""

from pylib.protocol.handshake import SUBPROTOCOL, subprotocols, token_among


def test_a_token_travels_as_a_subprotocol() -> None:
    assert subprotocols("a.b.c") == [SUBPROTOCOL, "bearer.a.b.c"]
    assert token_among(subprotocols("a.b.c")) == "a.b.c"


def test_without_a_token_none_is_offered_or_found() -> None:
    assert subprotocols("") == [SUBPROTOCOL]
    assert token_among(subprotocols("")) is None
    assert token_among(["graphql-ws"]) is None


def test_an_empty_token_is_told_from_none() -> None:
    assert token_among([SUBPROTOCOL, "bearer."]) == ""
