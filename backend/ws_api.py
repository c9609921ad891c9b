"""Live connections: the upgrade, who may come in, and the loop that reads."""

import logging
from typing import NamedTuple

from aiohttp import WSMsgType, web
from aiohttp.log import ws_logger

from backend.conversation import Conversation
from backend.gateway import Gateway
from backend.hub import Hub
from backend.metrics import Metrics
from backend.origins import Origins
from backend.peer import Peer
from backend.problems import Problem
from backend.service import SessionService
from backend.settings import Settings
from backend.tokens import TokenVerifier
from backend.wire import PONG, frame, keep_kernel_backlog_small
from pylib.protocol.languages import ISO_639_1
from pylib.protocol.messages import CLOSE_REFUSED

WS_PATH = "/ws"
SUBPROTOCOL = "lectern.v1"
BEARER = "bearer."
INTERNAL_ERROR_CODE = 1011

MAX_READ_BYTES = 1024 * 1024
"""Larger than any limit of the protocol, so that it is we who refuse, with a code the client can read."""

log = logging.getLogger("lectern.ws")


class _Request(NamedTuple):
    """What the address and the offered subprotocols ask for. `token` is None when there is none."""

    session_id: str | None
    target_language: str
    token: str | None
    text_only: bool
    resume: str
    last_seq: int


class WsApi:
    """GET /ws."""

    def __init__(
        self,
        *,
        service: SessionService,
        hub: Hub,
        verifier: TokenVerifier,
        settings: Settings,
        origins: Origins,
        metrics: Metrics,
    ) -> None:
        # aiohttp quotes the offered subprotocols, and so tokens, when it knows none of them.
        ws_logger.setLevel(logging.ERROR)
        self._service = service
        self._hub = hub
        self._verifier = verifier
        self._settings = settings
        self._origins = origins
        self._metrics = metrics

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [web.get(WS_PATH, self._connect, allow_head=False)]

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self._origins.check(request)
        limits = self._settings.limits
        ws = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            compress=False,
            # A close of ours is answered by the client; aiohttp would take the answer for the client's own
            # close and send a second one, which browsers report as a protocol error.
            autoclose=False,
            # The hub asks for signs of life, and the loop that reads notices them (`Peer.look_after`).
            autoping=False,
            max_msg_size=MAX_READ_BYTES,
            timeout=limits.close_wait_s,
        )
        if not ws.can_prepare(request):
            raise Problem(400, "VALIDATION_INVALID_PARAMETER", "This address is for WebSocket connections.")
        await ws.prepare(request)
        if request.transport is None:
            return ws
        keep_kernel_backlog_small(request.transport)
        asked = _read_request(request, self._settings.query_tokens)
        peer = Peer(
            request.transport,
            limits=limits,
            text_only=asked.text_only or self._settings.gateway is not None,
            target_language=asked.target_language,
        )
        await self._serve(ws, peer, asked)
        return ws

    async def _serve(self, ws: web.WebSocketResponse, peer: Peer, asked: _Request) -> None:
        conversation = Conversation(peer, self._service, self._settings.limits, self._metrics)
        gateway = Gateway(peer, self._settings.gateway) if self._settings.gateway else None
        self._hub.arrived(peer)
        try:
            await self._admit(conversation, asked)
            await _read(ws, conversation, gateway)
            if peer.dead:
                peer.hang_up()
        finally:
            if gateway is not None:
                gateway.end()
            conversation.leave()
            peer.gone()
            self._hub.departed(peer)
            if ws.close_code in (None, 1006):
                # Nobody is there to take what may still wait to be sent.
                peer.abort()
            self._metrics.disconnections.add(str(peer.close_code or ws.close_code or 1006))

    async def _admit(self, conversation: Conversation, asked: _Request) -> None:
        """Let the connection in, or close it with the reason."""
        peer = conversation.peer
        try:
            if asked.token is not None:
                peer.subject = (await self._verifier.verify(asked.token)).subject
            if asked.session_id is None:
                conversation.enter_unseated()
            else:
                await conversation.enter(asked.session_id, asked.resume, asked.last_seq)
            self._metrics.connections.add("accepted")
        except Problem as problem:
            self._metrics.connections.add("refused")
            self._metrics.errors.add("websocket", problem.code)
            log.info("connection refused", extra={"code": problem.code})
            peer.close(CLOSE_REFUSED, problem.code)
        except Exception:
            log.exception("a connection could not be served")
            peer.close(INTERNAL_ERROR_CODE, "INTERNAL_SERVER_ERROR")


def _read_request(request: web.Request, query_tokens: bool) -> _Request:
    query = request.query
    offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    language = query.get("targetLanguage", "")
    last_seq = query.get("lastSeq", "")
    return _Request(
        session_id=query.get("sessionId"),
        target_language=language if language in ISO_639_1 else "",
        token=_token(request, offered, query_tokens),
        text_only=SUBPROTOCOL not in offered or query.get("transport") == "text",
        resume=query.get("resume", ""),
        last_seq=int(last_seq) if last_seq.isascii() and last_seq.isdigit() and len(last_seq) <= 10 else -1,
    )


def _token(request: web.Request, offered: list[str], query_tokens: bool) -> str | None:
    """The token, wherever it travels; one that may not travel that way is refused, not overlooked."""
    for name in offered:
        if name.startswith(BEARER):
            return name.removeprefix(BEARER)
    if "token" in request.query:
        return request.query["token"] if query_tokens else ""
    header = request.headers.get("Authorization")
    return None if header is None else header.partition(" ")[2]


async def _read(ws: web.WebSocketResponse, conversation: Conversation, gateway: Gateway | None) -> None:
    """Pass messages on until the connection ends; after our own close they are thrown away."""
    peer = conversation.peer
    async for arrived in ws:
        peer.show_life()
        if peer.dead or (gateway is not None and not gateway.lets_through(arrived)):
            continue
        if arrived.type is WSMsgType.BINARY:
            conversation.binary(arrived.data)
        elif arrived.type is WSMsgType.TEXT:
            await conversation.text(arrived.data)
        elif arrived.type is WSMsgType.PING:
            peer.write(frame(bytes(arrived.data), PONG))
        elif arrived.type is not WSMsgType.PONG:
            break
