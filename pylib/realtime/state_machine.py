"""The life of a live connection as a state machine without I/O.

Events go in with the time they happened, commands come out; `RealtimeClient` carries
them out. Nothing here waits, so a test can live through an hour of bad network at once.

    idle -> connecting -> open
              ^  |          |
              |  v          v
              waiting  <----+----> closed

A gateway that cuts old connections is met by opening the next one before (make before
break): the successor takes over once the server has let it in.
"""

from typing import Callable, NamedTuple

from pylib.protocol.codes import CLOSE_DEAD_PEER, CLOSE_GAVE_UP
from pylib.realtime.backoff import (
    OFFLINE_DELAY_S,
    REFRESH_DELAY_S,
    STABLE_AFTER_S,
    SUSPICION_S,
    is_fatal,
    reconnect_delay_s,
)

IDLE = "idle"
CONNECTING = "connecting"
OPEN = "open"
WAITING = "waiting"
CLOSED = "closed"

OPEN_SOCKET = "open-socket"
DROP_SOCKET = "drop-socket"
OPEN_SUCCESSOR = "open-successor"
DROP_SUCCESSOR = "drop-successor"
START_TIMER = "start-timer"
SEND_HEARTBEAT = "send-heartbeat"

OVERSLEPT_S = 2.0
"""A tick that comes so much later than asked for: the page was frozen or the device asleep."""

TICK_S = 0.01
REST_S = 1.0
"""The shortest and the longest time between two ticks."""

Command = NamedTuple("Command", [("name", str), ("value", float)])
"""What to do; `value` is START_TIMER's delay in seconds and otherwise 0."""

Timing = NamedTuple(
    "Timing",
    [
        ("heartbeat_every_s", float),
        ("silence_limit_s", float),
        ("connect_limit_s", float),
        ("only_answers_count", bool),
        ("refresh_after_s", "float | None"),
    ],
)
"""How a connection is watched.

`silence_limit_s`: for how long after a heartbeat no sign of life may come before the peer
counts as dead. It is counted from a heartbeat that was sent, not from what was heard last:
a page whose timers stood still for a minute has asked nothing, so nobody owed it an answer.
`only_answers_count`: a sign of life is an answered heartbeat, which proves that what we say
arrives; otherwise anything that is heard. `refresh_after_s`: the age at which a connection
is replaced by a fresh one; None leaves that to the server's wish.
"""

SPEAKER_TIMING = Timing(1.0, 2.0, 10.0, True, None)
LISTENER_TIMING = Timing(10.0, 15.0, 10.0, False, None)
GATEWAY_TIMING = Timing(30.0, 10.0, 10.0, False, 6000.0)
"""Behind a gateway that counts messages, closes idle connections after 10 minutes and all after 2 hours."""


class ConnectionStateMachine:
    """Decides when to connect, wait, check the peer, refresh and give up."""

    def __init__(self, timing: Timing, random: Callable[[], float]) -> None:
        self.state = IDLE
        self.close_code = 0
        self.close_reason = ""
        self.attempt = 0
        self.reconnects = 0
        self.refreshes = 0
        self.refreshing = False
        self._timing = timing
        self._random = random
        self._offline = False
        self._suspecting = False
        self._orphaned = False
        self._since_s = 0.0
        self._beat_s = 0.0
        self._unanswered_s: float | None = None
        self._successor_s = 0.0
        self._refresh_s: float | None = None
        self._tick_due_s = 0.0

    def start(self, now_s: float) -> list[Command]:
        """Begin, or begin again after the connection was closed."""
        if self.state not in (IDLE, CLOSED):
            return []
        self.attempt = 0
        return self._connect(now_s)

    def opened(self, now_s: float) -> list[Command]:
        """The socket is open."""
        self.state = OPEN
        return self._settle(now_s)

    def heard(self) -> None:
        """Anything arrived."""
        if not self._timing.only_answers_count:
            self.answered()

    def answered(self) -> None:
        """A heartbeat was answered: the peer lives, and hears us."""
        self._unanswered_s = None
        self._suspecting = False

    def lost(self, code: int, reason: str, now_s: float, delay_s: "float | None" = None) -> list[Command]:
        """The socket is closed. `delay_s` is the server's own wish when to come back."""
        self.close_code, self.close_reason = code, reason
        if self.state in (IDLE, CLOSED):
            return []
        if self.refreshing and not self._orphaned:
            # The server may have let the successor in already, and closed this one for that; it is told soon.
            self._orphaned = self._suspecting = True
            self._unanswered_s = now_s
            return []
        self._orphaned = False
        if is_fatal(code):
            self.state = CLOSED
            return []
        if self.state == OPEN and now_s - self._since_s >= STABLE_AFTER_S:
            self.attempt = 0
        return self._wait(delay_s)

    def timer_fired(self, now_s: float) -> list[Command]:
        """The wait that START_TIMER asked for is over."""
        if self.state != WAITING:
            return []
        self.reconnects += 1
        return self._connect(now_s)

    def check(self, now_s: float) -> list[Command]:
        """Something may have happened to the network: do not sit out a wait, and ask for a sign of life."""
        if self.state == WAITING:
            return self.timer_fired(now_s)
        if self.state != OPEN or self._suspecting:
            return []
        self._suspecting, self._unanswered_s = True, now_s
        return self._beat(now_s)

    def went_offline(self, now_s: float) -> list[Command]:
        """The device says that it has no network. It may be wrong: a server may run on it."""
        self._offline = True
        return self.check(now_s) if self.state == OPEN else []

    def came_online(self, now_s: float) -> list[Command]:
        """The device has a network again, maybe another one."""
        self._offline = False
        return self.check(now_s)

    def tick(self, now_s: float) -> list[Command]:
        """Call when `next_tick_s` is over: heartbeats, dead peers, connects that hang, refreshes."""
        overslept = now_s - self._tick_due_s >= OVERSLEPT_S
        if self.state == CONNECTING and now_s - self._since_s >= self._timing.connect_limit_s:
            return [Command(DROP_SOCKET, 0)] + self.lost(CLOSE_DEAD_PEER, "no answer", now_s)
        if self.state != OPEN:
            return []
        if overslept and not self._suspecting:
            return self.check(now_s)
        if self._unanswered_s is not None and now_s - self._unanswered_s >= self._patience_s():
            return self._give_up_on_peer(now_s)
        if now_s - self._beat_s >= self._timing.heartbeat_every_s:
            return self._beat(now_s) + self._refresh_if_due(now_s)
        return self._refresh_if_due(now_s)

    def next_tick_s(self, now_s: float) -> float:
        """Seconds until the next `tick` is needed."""
        due_s = now_s + REST_S
        if self.state == OPEN:
            due_s = min(due_s, self._beat_s + self._timing.heartbeat_every_s)
            if self._unanswered_s is not None:
                due_s = min(due_s, self._unanswered_s + self._patience_s())
        self._tick_due_s = max(due_s, now_s + TICK_S)
        return self._tick_due_s - now_s

    def refresh(self, now_s: float) -> list[Command]:
        """The server asks for a fresh connection."""
        self._refresh_s = now_s
        return self._refresh_if_due(now_s)

    def successor_ready(self, now_s: float) -> list[Command]:
        """The server has let the successor in; it is the connection from now on."""
        self.refreshing = False
        self.refreshes += 1
        return self._settle(now_s)

    def successor_lost(self, code: int, reason: str, now_s: float) -> list[Command]:
        """The successor failed; as long as the old connection lives, another try comes later."""
        self.refreshing = False
        if self._orphaned:
            return self.lost(code, reason, now_s)
        self._refresh_s = now_s + REFRESH_DELAY_S
        return []

    def stop(self, code: int, reason: str) -> list[Command]:
        """Leave for good. What closed the connection before stays its reason."""
        if self.state == CLOSED:
            return []
        was, self.state = self.state, CLOSED
        self.close_code, self.close_reason = code, reason
        return self._drop_successor() + ([Command(DROP_SOCKET, 0)] if was in (CONNECTING, OPEN) else [])

    def _settle(self, now_s: float) -> list[Command]:
        """A connection begins to work."""
        self._since_s = now_s
        self._orphaned = False
        self.answered()
        age_s = self._timing.refresh_after_s
        self._refresh_s = None if age_s is None else now_s + age_s
        return self._beat(now_s)

    def _beat(self, now_s: float) -> list[Command]:
        self._beat_s = now_s
        if self._unanswered_s is None:
            self._unanswered_s = now_s
        return [Command(SEND_HEARTBEAT, 0)]

    def _patience_s(self) -> float:
        limit_s = self._timing.silence_limit_s
        return min(SUSPICION_S, limit_s) if self._suspecting else limit_s

    def _give_up_on_peer(self, now_s: float) -> list[Command]:
        """Silence: whatever was on its way over this link or beside it is given up."""
        dropped = self._drop_successor()
        return dropped + [Command(DROP_SOCKET, 0)] + self.lost(CLOSE_DEAD_PEER, "silence", now_s)

    def _refresh_if_due(self, now_s: float) -> list[Command]:
        if self.refreshing:
            if now_s - self._successor_s < self._timing.connect_limit_s:
                return []
            return [Command(DROP_SUCCESSOR, 0)] + self.successor_lost(CLOSE_DEAD_PEER, "no answer", now_s)
        if self.state != OPEN or self._refresh_s is None or now_s < self._refresh_s:
            return []
        self.refreshing, self._successor_s = True, now_s
        return [Command(OPEN_SUCCESSOR, 0)]

    def _drop_successor(self) -> list[Command]:
        was, self.refreshing = self.refreshing, False
        return [Command(DROP_SUCCESSOR, 0)] if was else []

    def _wait(self, delay_s: "float | None") -> list[Command]:
        """Until the next attempt. Without a network attempts cost nothing and are not counted."""
        if self._offline:
            self.state = WAITING
            return [Command(START_TIMER, OFFLINE_DELAY_S)]
        wait_s = reconnect_delay_s(self.attempt, self._random)
        if wait_s is None:
            self.state, self.close_code = CLOSED, CLOSE_GAVE_UP
            return []
        self.attempt += 1
        self.state = WAITING
        return [Command(START_TIMER, wait_s if delay_s is None else delay_s)]

    def _connect(self, now_s: float) -> list[Command]:
        self.state = CONNECTING
        self._since_s = now_s
        return [Command(OPEN_SOCKET, 0)]
