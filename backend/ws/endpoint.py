"""Live connections: the upgrade, admission, and the loop that reads."""

import asyncio
import logging

from aiohttp import EofStream, WSMessage, WSMsgType, web
from aiohttp.http import WebSocketError

from backend.attack_log import FOREIGN_PAGE, MESSAGE_FLOOD, PLACES_TAKEN
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
from backend.service import SessionService
from backend.settings import Settings
from backend.ws.aws_gateway import AwsGateway
from backend.ws.conversation import Conversation
from backend.ws.departures import reason_of
from backend.ws.guest import Guest
from backend.ws.participant import Participant
from backend.ws.reader import SIGNED_IN, SIGNED_IN_OLDER, ConnectionReader, FloodError, take_over
from backend.ws.token_watch import TokenWatch
from backend.ws.upgrade_request import UpgradeRequest, read_upgrade
from pylib.protocol import codes, handshake

WS_PATH = "/ws"

log = logging.getLogger("lectern.ws")


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

    def _check_origin(self, request: web.Request) -> None:
        try:
            self._origins.check(request)
        except Problem:
            self._doors.attacks.note(FOREIGN_PAGE, self._doors.address(request))
            raise

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self._check_origin(request)
        asked = read_upgrade(request, query_tokens=self._settings.query_tokens)
        subprotocol = "" if asked.is_older else handshake.SUBPROTOCOL
        patience_s = self._settings.limits.flood_patience_s
        reader, transport = take_over(request, subprotocol, self._clock, patience_s)
        keep_kernel_backlog_small(transport)
        guest = Guest(
            Participant(
                self._make_peer(reader, transport, asked),
                self._service,
                self._doors.guesses,
                self._metrics,
                self._clock,
                address=self._doors.address(request),
            )
        )
        if not self._doors.keeper.arrive(guest):
            guest.turn_away()
        task = asyncio.get_running_loop().create_task(self._serve(reader, guest, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Only the log and the counts use this answer: aiohttp has no transport any more to send it on.
        return web.Response(status=101)

    def _make_peer(
        self, reader: ConnectionReader, transport: asyncio.Transport, asked: UpgradeRequest
    ) -> Peer:
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
        return peer

    async def _serve(self, reader: ConnectionReader, guest: Guest, asked: UpgradeRequest) -> None:
        peer = guest.participant.peer
        conversation = Conversation(guest.participant, self._settings.limits)
        gateway = AwsGateway(peer, self._settings.gateway, self._clock) if self._settings.gateway else None
        watch: TokenWatch | None = None
        self._hub.arrived(peer)
        code = codes.CLOSE_LOST
        try:
            if not peer.dead:
                watch = await self._admit(guest, asked)
            if peer.subject:
                reader.limit(SIGNED_IN_OLDER if peer.is_older else SIGNED_IN)
            code = await _read(reader, conversation, gateway)
        except Exception:
            log.exception("a connection could not be served to its end")
        finally:
            if gateway is not None:
                gateway.end()
            if watch is not None:
                watch.end()
            self._finish(guest, code)

    def _finish(self, guest: Guest, code: int) -> None:
        """A connection has ended: its client closed it with `code`, or CLOSE_LOST when it broke."""
        participant, peer = guest.participant, guest.participant.peer
        role, mode = participant.role, participant.mode
        participant.leave()
        peer.gone()
        self._hub.departed(peer)
        self._doors.keeper.depart(guest)
        if code == codes.CLOSE_LOST:
            # The client is gone, so what still waits to be sent can never be delivered.
            peer.abort()
        self._metrics.disconnections.labels(role, mode, reason_of(peer, code)).inc()
        self._note_cut(guest)

    def _note_cut(self, guest: Guest) -> None:
        """Log the end of a connection that this server cut; of those turned away the log knows."""
        peer = guest.participant.peer
        if peer.close_code == codes.CLOSE_RATE_LIMIT and not guest.turned_away:
            self._doors.attacks.note(MESSAGE_FLOOD, guest.address)
        elif peer.close_reason == GAVE_WAY:
            self._doors.attacks.note(PLACES_TAKEN, guest.address)
        elif peer.close_code == codes.CLOSE_TOO_SLOW:
            log.info("connections that are silent or take their sound too slowly are closed")

    async def _admit(self, guest: Guest, asked: UpgradeRequest) -> TokenWatch | None:
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
            self._metrics.connections.labels("accepted", _named(asked)).inc()
            return TokenWatch(participant, user.expires_ms, self._clock) if user is not None else None
        except Problem as problem:
            self._refuse(guest, asked, problem)
        except StoreUnavailable:
            self._refuse(guest, asked, storage_unavailable())
        except Exception:
            log.exception("a connection could not be served")
            peer.close(codes.CLOSE_SERVER_ERROR, codes.INTERNAL_SERVER_ERROR)
        return None

    def _refuse(self, guest: Guest, asked: UpgradeRequest, problem: Problem) -> None:
        """Close a connection with the reason; what may pass says that the client should come back."""
        self._metrics.connections.labels("refused", _named(asked)).inc()
        self._metrics.errors.labels("websocket", problem.code).inc()
        log.info("connection refused", extra={"code": problem.code})
        if problem.code == codes.RATE_LIMIT_EXCEEDED:
            guest.turn_away()
        else:
            participant = guest.participant
            if participant.peer.is_older:
                # It reads no reason of a close, and takes 1008 for a sign-in that is over.
                participant.send_error(problem, None)
            code = codes.CLOSE_TRY_LATER if problem.status >= 500 else codes.CLOSE_REFUSED
            participant.peer.close(code, problem.code)


def _named(asked: UpgradeRequest) -> str:
    """Whether the address named a session, as a metric's label."""
    return "without" if asked.session_id is None else "with"


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
            if error.code == codes.CLOSE_TOO_LARGE:
                conversation.too_large()
            peer.close(error.code, "")
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
