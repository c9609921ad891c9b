"""One connected person: the room they are in, and how they are answered."""

from backend.guesses import Guesses
from backend.live.peer import Peer
from backend.live.room import Room
from backend.metrics import UNKNOWN, Metrics
from backend.ports import Clock
from backend.problems import Problem, check_session_id
from backend.records import Session
from backend.service import SessionService
from backend.ws import greetings, older_clients
from pylib.protocol import codes, figures
from pylib.protocol.client_messages import ClientMessage
from pylib.protocol.server_messages import ErrorMessage, ServerMessage


class Participant:
    """What the handlers of messages act on.

    Attributes:
        peer: the connection.
        room: the room it is in; None before a legacy create or join.
        is_muted: this person has muted the talk over this connection.
        address: what limits for an address count this connection by.
        service: what can be done to sessions.
        guesses: bounds how many wrong codes come from an address.
        metrics: counts creations and errors.
        clock: times creations, and tells clients the server's time.
    """

    __slots__ = ("address", "clock", "guesses", "is_muted", "metrics", "peer", "room", "service")

    def __init__(
        self,
        peer: Peer,
        service: SessionService,
        guesses: Guesses,
        metrics: Metrics,
        clock: Clock,
        *,
        address: str,
    ) -> None:
        self.peer = peer
        self.address = address
        self.guesses = guesses
        self.room: Room | None = None
        self.is_muted = False
        self.service = service
        self.metrics = metrics
        self.clock = clock

    async def enter(self, session_id: str, resume: str, last_seq: int) -> None:
        """Enter a session named in the url: as its speaker with the owner's token, as a listener without one.

        `resume` is the connection id to resume, empty for none, `last_seq` the newest frame it received.
        Raises Problem when the session is unknown, ended, full or another user's, or when too many wrong
        codes came from this address.
        """
        check_session_id(session_id)
        if self.peer.subject:
            with self.guesses.trying_own(self.address):
                session = await self.service.find_for_speaker(session_id, self.peer.subject)
            self.room = self.service.seat_speaker(session, self.peer)
            greetings.welcome_speaker(self.peer, self.room, self.service.grace_ms, resumed=bool(resume))
        else:
            session = await self.find_alive(session_id)
            self.room = self.service.seat_listener(session, self.peer, resume)
            greetings.welcome_listener(self.peer, self.room, self.service.grace_ms, resume, last_seq)

    async def find_alive(self, session_id: str) -> Session:
        """The living session with this code. Raises Problem: not found, ended, or too many wrong codes."""
        with self.guesses.trying(self.address, session_id):
            return await self.service.find_alive(session_id)

    def enter_unseated(self) -> None:
        """Welcome a legacy connection, which creates or joins a session later."""
        greetings.welcome_unseated(self.peer, self.service.grace_ms)

    def leave(self) -> None:
        """The connection has ended: leave the room."""
        room, self.room = self.room, None
        if room is not None:
            self.service.leave(room, self.peer)

    @property
    def role(self) -> str:
        """`speaker` (also when a newer connection has taken the place), `listener`, or `none` in no room."""
        if self.room is None:
            return "none"
        is_listener = self.peer.connection_id in self.room.listeners or not self.peer.subject
        return figures.LISTENER if is_listener else figures.SPEAKER

    @property
    def mode(self) -> str:
        """How the session that this person is in was created; `none` in no room."""
        return figures.NO_MODE if self.room is None else self.room.session.creation_mode or UNKNOWN

    @property
    def server_ms(self) -> int:
        """The server's clock: in a session its own steady one, else the wall clock."""
        return self.room.server_ms if self.room is not None else self.clock.now_ms()

    def own_room(self) -> Room:
        """The room where this person is the speaker. Raises Problem 403."""
        if self.room is None or self.room.speaker is not self.peer:
            raise Problem(403, codes.AUTH_UNAUTHORIZED, "Only the speaker of a session can do that.")
        return self.room

    def answer(self, request: ClientMessage, message: ServerMessage) -> None:
        """Send the answer to a request."""
        self.peer.send_message(message.answering(request.request_id))

    def send_error(self, problem: Problem, request_id: str | None) -> None:
        """Send a refusal, and count it."""
        self.metrics.errors.labels("websocket", problem.code).inc()
        if self.peer.is_older:
            problem = older_clients.translated(problem)
        message = ErrorMessage(
            code=problem.code,
            message=problem.message,
            details=problem.details,
            retry_after=problem.retry_after_s,
        )
        self.peer.send_message(message.answering(request_id))
