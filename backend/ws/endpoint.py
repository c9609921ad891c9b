"""Live connections: the upgrade, admission, and the loop that reads."""

import asyncio
import logging
from typing import NamedTuple

from aiohttp import EofStream, WSMessage, WSMsgType, web
from aiohttp.http import WebSocketError

from backend.attack_log import MESSAGE_FLOOD, PLACES_TAKEN
from backend.doors import Doors
from backend.identity.token_verifier import TokenVerifier
from backend.live.hub import Hub
from backend.live.peer import Peer
from backend.live.room import GAVE_WAY
from backend.live.ws_frames import PONG, frame, keep_kernel_backlog_small
from backend.metrics import Metrics
from backend.origins import Origins
from backend.ports import Clock, StoreUnavailable
from backend.problems import Problem, storage_unavailable
from backend.proxies import list_header
from backend.service import SessionService
from backend.settings import Settings
from backend.ws.aws_gateway import AwsGateway
from backend.ws.conversation import Conversation
from backend.ws.guest import Guest
from backend.ws.participant import Participant
from backend.ws.reader import SIGNED_IN, ConnectionReader, FloodError, take_over
from backend.ws.token_watch import TokenWatch
from pylib.protocol import codes, handshake
from pylib.protocol.languages import ISO_639_1

WS_PATH = "/ws"

_BROKEN_FRAMES = (1002, 1003, 1007)
"""What the parser closes with when the bytes break RFC 6455."""
_CLOSE_CODES = {*_BROKEN_FRAMES, *(code for name, code in vars(codes).items() if name.startswith("CLOSE_"))}

log = logging.getLogger("lectern.ws")


class _Request(NamedTuple):
    """What the url, the subprotocols and the headers of the upgrade ask for. `token` is None without one."""

    session_id: str | None
    target_language: str
    token: str | None
    text_only: bool
    is_older: bool
    resume: str
    last_seq: int


class WebSocketEndpoint:
    """GET /ws."""

    def __init__(
        self,
        *,
        service: SessionService,
        hub: Hub,
        verifier: TokenVerifier,
        settings: Settings,
        origins: Origins,
        doors: Doors,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._service = service
        self._hub = hub
        self._verifier = verifier
        self._settings = settings
        self._origins = origins
        self._doors = doors
        self._metrics = metrics
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        return [web.get(WS_PATH, self._connect, allow_head=False)]

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self._origins.check(request)
        offered = _offered(request)
        subprotocol = handshake.SUBPROTOCOL if handshake.SUBPROTOCOL in offered else ""
        patience_s = self._settings.limits.flood_patience_s
        reader, transport = take_over(request, subprotocol, self._clock, patience_s)
        keep_kernel_backlog_small(transport)
        asked = _read_request(request, offered, self._settings.query_tokens)
        peer = Peer(
            transport,
            limits=self._settings.limits,
            clock=self._clock,
            text_only=asked.text_only or self._settings.gateway is not None,
            is_older=asked.is_older,
            target_language=asked.target_language,
        )
        reader.on_lost = peer.lost
        reader.on_data = peer.mark_alive
        peer.has_unread = reader.has_unread
        address = self._doors.address(request)
        participant = Participant(
            peer, self._service, self._doors.guesses, self._metrics, self._clock, address=address
        )
        guest = Guest(participant)
        if not self._doors.keeper.arrive(guest):
            guest.turn_away()
        task = asyncio.get_running_loop().create_task(self._serve(reader, guest, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Only the log and the counts use this answer: aiohttp has no transport any more to send it on.
        return web.Response(status=101)

    async def _serve(self, reader: ConnectionReader, guest: Guest, asked: _Request) -> None:
        participant = guest.participant
        peer = participant.peer
        conversation = Conversation(participant, self._settings.limits)
        gateway = AwsGateway(peer, self._settings.gateway, self._clock) if self._settings.gateway else None
        watch: TokenWatch | None = None
        self._hub.arrived(peer)
        code = codes.CLOSE_LOST
        try:
            if not peer.dead:
                watch = await self._admit(guest, asked)
            if peer.subject:
                reader.limit(SIGNED_IN)
            code = await _read(reader, conversation, gateway)
        except Exception:
            log.exception("a connection could not be served to its end")
        finally:
            if gateway is not None:
                gateway.end()
            if watch is not None:
                watch.end()
            participant.leave()
            peer.gone()
            self._hub.departed(peer)
            self._doors.keeper.depart(guest)
            if code == codes.CLOSE_LOST:
                # The client is gone, so what still waits to be sent can never be delivered.
                peer.abort()
            self._metrics.disconnections.labels(_label(peer.close_code or code)).inc()
            self._note_attack(guest)

    def _note_attack(self, guest: Guest) -> None:
        """Log the end of a connection that was cut for what it did; of those turned away the log knows."""
        peer = guest.participant.peer
        if peer.close_code == codes.CLOSE_RATE_LIMIT and not guest.turned_away:
            self._doors.attacks.note(MESSAGE_FLOOD, guest.address)
        elif peer.close_reason == GAVE_WAY:
            self._doors.attacks.note(PLACES_TAKEN, guest.address)

    async def _admit(self, guest: Guest, asked: _Request) -> TokenWatch | None:
        """Seat the connection in its session, or close it with the reason of the refusal.

        Returns the watch over its token; None when it is closed, or came without one.
        """
        participant, peer, user = guest.participant, guest.participant.peer, None
        try:
            if asked.token is not None:
                user = await self._verifier.verify(asked.token)
                peer.subject = user.subject
            if asked.session_id is None:
                participant.enter_unseated()
            else:
                await participant.enter(asked.session_id, asked.resume, asked.last_seq)
                self._doors.keeper.seat(guest)
            self._metrics.connections.labels("accepted").inc()
            return TokenWatch(participant, user.expires_ms, self._clock) if user is not None else None
        except Problem as problem:
            self._refuse(guest, problem)
        except StoreUnavailable:
            self._refuse(guest, storage_unavailable())
        except Exception:
            log.exception("a connection could not be served")
            peer.close(codes.CLOSE_SERVER_ERROR, codes.INTERNAL_SERVER_ERROR)
        return None

    def _refuse(self, guest: Guest, problem: Problem) -> None:
        """Close a connection with the reason; what may pass says that the client should come back."""
        self._metrics.connections.labels("refused").inc()
        self._metrics.errors.labels("websocket", problem.code).inc()
        log.info("connection refused", extra={"code": problem.code})
        if problem.code == codes.RATE_LIMIT_EXCEEDED:
            guest.turn_away()
        else:
            code = codes.CLOSE_TRY_LATER if problem.status >= 500 else codes.CLOSE_REFUSED
            guest.participant.peer.close(code, problem.code)


def _label(code: int) -> str:
    """A close code as a metric's label: a client may send any of thousands, and each label is kept."""
    return str(code) if code in _CLOSE_CODES else "other"


def _offered(request: web.Request) -> list[str]:
    """The subprotocols that the client offers; one of them may be its token."""
    return list_header(request, "Sec-WebSocket-Protocol")


def _read_request(request: web.Request, offered: list[str], query_tokens: bool) -> _Request:
    query = request.query
    language = query.get(handshake.TARGET_LANGUAGE, "")
    last_seq = query.get(handshake.LAST_SEQ, "")
    return _Request(
        session_id=query.get(handshake.SESSION_ID),
        target_language=language if language in ISO_639_1 else "",
        token=_token(request, offered, query_tokens),
        text_only=handshake.SUBPROTOCOL not in offered or query.get(handshake.TRANSPORT) == handshake.TEXT,
        is_older=handshake.SUBPROTOCOL not in offered,
        resume=query.get(handshake.RESUME, ""),
        last_seq=int(last_seq) if last_seq.isascii() and last_seq.isdigit() and len(last_seq) <= 10 else -1,
    )


def _token(request: web.Request, offered: list[str], query_tokens: bool) -> str | None:
    """The token from subprotocol, address or header; empty, which is refused, where it may not travel."""
    token = handshake.token_among(offered)
    if token is not None:
        return token
    if handshake.TOKEN in request.query:
        return request.query[handshake.TOKEN] if query_tokens else ""
    headers = request.headers.getall("Authorization", ())
    # Two of them are two claims: with neither is somebody let in as if they had made none.
    return headers[0].partition(" ")[2] if len(headers) == 1 else "" if headers else None


async def _read(reader: ConnectionReader, conversation: Conversation, gateway: AwsGateway | None) -> int:
    """Dispatch messages until the connection ends; after our own close they are read and dropped.

    Returns the close code of the client, or CLOSE_LOST when the connection broke.
    """
    peer = conversation.participant.peer
    while True:
        try:
            # A closed connection has little time left for its answer, which comes behind what it sent before.
            arrived = await reader.receive(patient=not peer.dead)
        except EofStream:
            return codes.CLOSE_LOST
        except WebSocketError as error:
            too_large = error.code == codes.CLOSE_TOO_LARGE
            peer.close(error.code, codes.VALIDATION_MESSAGE_TOO_LARGE if too_large else "")
            return await _read_no_more(reader, error.code)
        except FloodError:
            conversation.flooded()
            return await _read_no_more(reader, codes.CLOSE_RATE_LIMIT)
        if arrived.type is WSMsgType.CLOSE:
            peer.answer_close()
            return arrived.data or codes.CLOSE_NO_STATUS
        if not peer.dead and (gateway is None or gateway.lets_through(arrived)):
            wait_s = await _dispatch(arrived, conversation)
            if wait_s and not peer.dead:
                await reader.hold(wait_s)


async def _read_no_more(reader: ConnectionReader, code: int) -> int:
    reader.discard()
    await reader.lost
    return code


async def _dispatch(arrived: WSMessage, conversation: Conversation) -> float:
    """Returns for how many seconds no more may be read."""
    if arrived.type is WSMsgType.BINARY:
        return conversation.binary(arrived.data)
    if arrived.type is WSMsgType.TEXT:
        return await conversation.text(arrived.data)
    if arrived.type is WSMsgType.PING:
        conversation.participant.peer.write(frame(bytes(arrived.data), PONG))
    return 0
