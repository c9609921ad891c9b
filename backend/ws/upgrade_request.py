"""What a client asks for when it opens a WebSocket: in the address, the subprotocols and the headers."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

from backend.proxies import list_header
from backend.ws import older_requests
from pylib.protocol import handshake
from pylib.protocol.languages import ISO_639_1

FOREIGN_SCHEMES = ("basic", "digest", "negotiate", "ntlm")
"""What browsers and proxies put into Authorization by themselves, for a door in front of this server."""

UNSET = ("", "undefined", "null")
"""How scripts write a name into an address for which they have no value."""

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]*\.")
"""An id token is JSON in base64, which begins with these letters, up to its first dot."""
_SCHEME = re.compile(r"bearer +", re.IGNORECASE)


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
    session_id = query.get(handshake.SESSION_ID)
    if is_older:
        language = older_requests.language(language) or ""
        session_id = None if session_id in UNSET else older_requests.session_code(session_id) or session_id
    last_seq = query.get(handshake.LAST_SEQ, "")
    return UpgradeRequest(
        session_id=session_id,
        target_language=language if language in ISO_639_1 else "",
        token=_token(request, offered, query_tokens),
        text_only=is_older or query.get(handshake.TRANSPORT) == handshake.TEXT,
        is_older=is_older,
        resume=query.get(handshake.RESUME, ""),
        last_seq=int(last_seq) if last_seq.isascii() and last_seq.isdigit() and len(last_seq) <= 10 else -1,
    )


def _token(request: web.Request, offered: list[str], query_tokens: bool) -> str | None:
    """The token, None where none is meant; one that is meant and cannot be read is a bad one, never none."""
    token = handshake.token_among(offered)
    if token is not None:
        return token
    query = request.query.items()
    in_query = [text for name, text in query if name.strip().lower() == handshake.TOKEN]
    if in_query:
        return _SCHEME.sub("", _only(in_query), count=1) if query_tokens else ""
    headers = [text for text in request.headers.getall("Authorization", ()) if not _is_foreign(text)]
    if headers:
        return _only(headers).partition(" ")[2].strip()
    # A token under another name: as a listener its owner would speak without being heard, and not know why.
    return "" if any(_TOKEN.search(text) for _, text in query) else None


def _is_foreign(authorization: str) -> bool:
    """Whether these are credentials for something else than this server, and hold no token of ours."""
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() not in FOREIGN_SCHEMES or not credentials:
        return False
    try:
        readable = base64.b64decode(credentials).decode(errors="replace")
    except (binascii.Error, ValueError):
        readable = ""
    return not any(_TOKEN.search(text) for text in (credentials, readable))


def _only(claims: Sequence[str]) -> str:
    """The one claim. Two may both be false: they are refused, rather than let in without a token."""
    return claims[0] if len(claims) == 1 else ""
