"""The life of a live connection as a state machine without I/O.

Events go in with the time they happened, commands come out; `RealtimeClient` carries
them out. Nothing here waits, so a test can live through an hour of bad network at once.

    idle -> connecting -> open
              ^  |          |
              |  v          v
              waiting  <----+----> closed
"""

from typing import Callable, NamedTuple

from pylib.realtime.policy import STABLE_AFTER_S, is_fatal, reconnect_delay_s

IDLE = "idle"
CONNECTING = "connecting"
OPEN = "open"
WAITING = "waiting"
CLOSED = "closed"

OPEN_SOCKET = "open-socket"
DROP_SOCKET = "drop-socket"
START_TIMER = "start-timer"
SEND_HEARTBEAT = "send-heartbeat"

DEAD_PEER_CODE = 4000
GAVE_UP_CODE = 4002
"""Close codes of our own that never cross the wire: silence, and no more attempts."""

Command = NamedTuple("Command", [("name", str), ("value", float)])
"""What to do; `value` is START_TIMER's delay in seconds and otherwise 0."""

Timing = NamedTuple(
    "Timing", [("heartbeat_every_s", float), ("silence_limit_s", float), ("connect_limit_s", float)]
)
"""`silence_limit_s`: for how long after a heartbeat nothing at all may arrive before the peer counts as dead.

It is counted from a heartbeat that was sent, not from what was heard last: a page whose
timers stood still for a minute has asked nothing, so nobody owed it an answer.
"""

SPEAKER_TIMING = Timing(1.0, 2.0, 10.0)
LISTENER_TIMING = Timing(10.0, 15.0, 10.0)


class Connection:
    """Decides when to connect, wait, check the peer and give up."""

    def __init__(self, timing: Timing, random: Callable[[], float]) -> None:
        self.state = IDLE
        self.close_code = 0
        self.close_reason = ""
        self.attempt = 0
        self.reconnects = 0
        self._timing = timing
        self._random = random
        self._since_s = 0.0
        self._beat_s = 0.0
        self._unanswered_s: float | None = None

    def start(self, now_s: float) -> list[Command]:
        """Begin, or begin again after the connection was closed."""
        if self.state not in (IDLE, CLOSED):
            return []
        self.attempt = 0
        return self._connect(now_s)

    def opened(self, now_s: float) -> list[Command]:
        """The socket is open."""
        self.state = OPEN
        self._since_s = now_s
        self._unanswered_s = None
        return self._beat(now_s)

    def heard(self) -> None:
        """Anything arrived: the peer lives."""
        self._unanswered_s = None

    def lost(self, code: int, reason: str, now_s: float, delay_s: "float | None" = None) -> list[Command]:
        """The socket is closed. `delay_s` is the server's own wish when to come back."""
        self.close_code, self.close_reason = code, reason
        if self.state in (IDLE, CLOSED):
            return []
        if is_fatal(code):
            self.state = CLOSED
            return []
        if self.state == OPEN and now_s - self._since_s >= STABLE_AFTER_S:
            self.attempt = 0
        wait_s = reconnect_delay_s(self.attempt, self._random)
        if wait_s is None:
            self.state, self.close_code = CLOSED, GAVE_UP_CODE
            return []
        self.attempt += 1
        self.state = WAITING
        return [Command(START_TIMER, wait_s if delay_s is None else delay_s)]

    def timer_fired(self, now_s: float) -> list[Command]:
        """The wait that START_TIMER asked for is over."""
        if self.state != WAITING:
            return []
        self.reconnects += 1
        return self._connect(now_s)

    def retry_now(self, now_s: float) -> list[Command]:
        """The network came back or the page is seen again: do not sit out the wait."""
        if self.state == WAITING:
            return self.timer_fired(now_s)
        return []

    def tick(self, now_s: float) -> list[Command]:
        """Call about twice a second: heartbeats, dead peers, connects that hang."""
        if self.state == CONNECTING and now_s - self._since_s >= self._timing.connect_limit_s:
            return [Command(DROP_SOCKET, 0)] + self.lost(DEAD_PEER_CODE, "no answer", now_s)
        if self.state != OPEN:
            return []
        if self._unanswered_s is not None and now_s - self._unanswered_s >= self._timing.silence_limit_s:
            return [Command(DROP_SOCKET, 0)] + self.lost(DEAD_PEER_CODE, "silence", now_s)
        if now_s - self._beat_s >= self._timing.heartbeat_every_s:
            return self._beat(now_s)
        return []

    def stop(self, code: int, reason: str) -> list[Command]:
        """Leave for good. What closed the connection before stays its reason."""
        if self.state == CLOSED:
            return []
        was, self.state = self.state, CLOSED
        self.close_code, self.close_reason = code, reason
        return [Command(DROP_SOCKET, 0)] if was in (CONNECTING, OPEN) else []

    def _beat(self, now_s: float) -> list[Command]:
        self._beat_s = now_s
        if self._unanswered_s is None:
            self._unanswered_s = now_s
        return [Command(SEND_HEARTBEAT, 0)]

    def _connect(self, now_s: float) -> list[Command]:
        self.state = CONNECTING
        self._since_s = now_s
        return [Command(OPEN_SOCKET, 0)]
