"""How a live connection is asked for: subprotocols, and the names in the address's query.

Portable: imports nothing.
"""

SUBPROTOCOL = "lectern.v1"
"""Offered by a client that understands binary frames, and then selected by the server."""

BEARER = "bearer."
"""Begins the subprotocol that carries an id token: urls end up in logs."""

SESSION_ID = "sessionId"
TOKEN = "token"  # noqa: S105 - the name of a parameter
TARGET_LANGUAGE = "targetLanguage"
RESUME = "resume"
"""The connection id that a client who comes back had before."""
LAST_SEQ = "lastSeq"
"""The number of the newest frame that client has."""
TRANSPORT = "transport"
TEXT = "text"
"""The value of `transport` that asks for messages alone, without binary frames."""


def subprotocols(token: str) -> "list[str]":
    """What a client offers; `token` may be empty."""
    return [SUBPROTOCOL, BEARER + token] if token else [SUBPROTOCOL]


def in_address(url: str, name: str) -> str:
    """The value of one of these names in an address that a client made; empty when it is not there."""
    for pair in url.partition("?")[2].split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return ""


def token_among(offered: "list[str]") -> "str | None":
    """The token that travels as one of the subprotocols offered, None when there is none.

    It is empty, and so refused, where a token seems to be meant but is written otherwise, and where there
    are several: then it is not known who comes, and that is not the same as somebody without a token.
    """
    # An id token is JSON in base64, which begins with these letters.
    claims = [name for name in offered if BEARER[:-1] in name.lower() or name.startswith("eyJ")]
    if not claims:
        return None
    only = claims[0]
    good = len(claims) == 1 and only[: len(BEARER)].lower() == BEARER and " " not in only
    return only[len(BEARER) :] if good else ""
