"""What a client asks for when it opens a WebSocket: in the address, the subprotocols and the headers."""

from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

from backend.proxies import list_header
from pylib.protocol import handshake
from pylib.protocol.languages import ISO_639_1


class UpgradeRequest(NamedTuple):
    """The request that opens a connection.

    Attributes:
        session_id: the session to enter; None for a legacy connection, which creates or joins one later.
        target_language: a listener's, ISO 639-1; empty when none that is known was named.
        token: the id token; None when there is none, and empty, which no verifier accepts, when there is one
            where none may travel.
        text_only: takes no binary frames.
        is_older: does not offer `lectern.v1`.
        resume: the connection that this one follows; empty for none.
        last_seq: the newest frame that was heard there, -1 before the first.
    """

    session_id: str | None
    target_language: str
    token: str | None
    text_only: bool
    is_older: bool
    resume: str
    last_seq: int


def read_upgrade(request: web.Request, *, query_tokens: bool) -> UpgradeRequest:
    """What this request asks for; `query_tokens`: whether a token may travel in the address."""
    query = request.query
    offered = list_header(request, "Sec-WebSocket-Protocol")
    is_older = handshake.SUBPROTOCOL not in offered
    language = query.get(handshake.TARGET_LANGUAGE, "")
    last_seq = query.get(handshake.LAST_SEQ, "")
    return UpgradeRequest(
        session_id=query.get(handshake.SESSION_ID),
        target_language=language if language in ISO_639_1 else "",
        token=_token(request, offered, query_tokens),
        text_only=is_older or query.get(handshake.TRANSPORT) == handshake.TEXT,
        is_older=is_older,
        resume=query.get(handshake.RESUME, ""),
        last_seq=int(last_seq) if last_seq.isascii() and last_seq.isdigit() and len(last_seq) <= 10 else -1,
    )


def _token(request: web.Request, offered: list[str], query_tokens: bool) -> str | None:
    token = handshake.token_among(offered)
    if token is not None:
        return token
    in_query = [text for name, text in request.query.items() if name.strip().lower() == handshake.TOKEN]
    if in_query:
        return _only(in_query) if query_tokens else ""
    headers = request.headers.getall("Authorization", ())
    return _only(headers).partition(" ")[2].strip() if headers else None


def _only(claims: Sequence[str]) -> str:
    """The one claim. Two may both be false: they are refused, rather than let in without a token."""
    return claims[0] if len(claims) == 1 else ""
