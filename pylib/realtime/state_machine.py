"""The life of a live connection as a state machine without I/O.

Events go in with the time they happened, commands come out; `ReconnectingConnection` executes
them. Nothing here waits, so a test can live through an hour of bad network at once.

    idle -> connecting -> open
              ^  |          |
              |  v          v
              waiting  <----+----> closed

Some gateways cut a connection at a certain age. Before that age a second connection, the
successor, is opened beside the first (make before break). Once the server has accepted the
successor, it takes over and the first one is closed.
"""

from typing import Callable, NamedTuple

from pylib.protocol.codes import CLOSE_DEAD_PEER, CLOSE_GAVE_UP
from pylib.realtime.backoff import (
    OFFLINE_DELAY_S,
    PROBE_TIMEOUT_S,
    REFRESH_DELAY_S,
    STABLE_AFTER_S,
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

SUSPENDED_S = 2.0
"""A tick that comes this much too late shows that the page was frozen or the device asleep."""

LATE_TICK_S = 0.25
EXCUSE_S = 0.5
"""After a tick that is so late the page reads for EXCUSE_S what has come meanwhile, before it judges."""

MIN_TICK_S = 0.01
MAX_TICK_S = 1.0
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

`silence_limit_s`: for how long after a heartbeat the peer may show no sign of life before it
counts as dead. The time runs from the first unanswered heartbeat, not from the last message
received: a page whose timers stood still for a minute has sent no heartbeat in that minute, so
a live peer may well have been silent.
`only_answers_count`: when True, only an answered heartbeat is a sign of life, as it proves that
what we send arrives; when False, any message from the peer is one. `refresh_after_s`: the age at
which a connection is replaced by its successor; None leaves the moment to the server's
`connectionRefreshRequired`.
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
        self._probing = False
        self._awaiting_successor = False
        self._state_since_s = 0.0
        self._heartbeat_sent_s = 0.0
        self._unanswered_since_s: float | None = None
        self._successor_opened_s = 0.0
        self._refresh_due_s: float | None = None
        self._tick_due_s = 0.0
        self._excused = False

    def start(self, now_s: float) -> list[Command]:
        """Begin, or begin again after the connection was closed."""
        if self.state not in (IDLE, CLOSED):
            return []
        self.attempt = 0
        return self._connect(now_s)

    def opened(self, now_s: float) -> list[Command]:
        """The socket is open."""
        self.state = OPEN
        return self._start_watching(now_s)

    def data_received(self) -> None:
        """The peer sent something, whatever it was."""
        if not self._timing.only_answers_count:
            self.heartbeat_answered()

    def heartbeat_answered(self) -> None:
        """The peer answered a heartbeat, so it is alive and receives what we send."""
        self._unanswered_since_s = None
        self._probing = False
        self._excused = False

    def lost(self, code: int, reason: str, now_s: float, delay_s: "float | None" = None) -> list[Command]:
        """The socket is closed. `delay_s`: how long the server asked us to wait before reconnecting."""
        self.close_code, self.close_reason = code, reason
        if self.state in (IDLE, CLOSED):
            return []
        if self.refreshing and not self._awaiting_successor:
            # The server may have accepted the successor and closed this connection for that reason. Its
            # message to the successor is then on the way: wait for it, no longer than a probe may take.
            self._awaiting_successor = self._probing = True
            self._unanswered_since_s = now_s
            return []
        self._awaiting_successor = False
        if is_fatal(code):
            self.state = CLOSED
            return []
        if self.state == OPEN and now_s - self._state_since_s >= STABLE_AFTER_S:
            self.attempt = 0
        return self._wait(delay_s)

    def timer_fired(self, now_s: float) -> list[Command]:
        """The wait that START_TIMER asked for is over."""
        if self.state != WAITING:
            return []
        self.reconnects += 1
        return self._connect(now_s)

    def check(self, now_s: float) -> list[Command]:
        """The network may have changed: reconnect now if waiting, probe the peer with a heartbeat if open."""
        if self.state == WAITING:
            return self.timer_fired(now_s)
        if self.state != OPEN or self._probing:
            return []
        self._probing, self._unanswered_since_s = True, now_s
        return self._send_heartbeat(now_s)

    def went_offline(self, now_s: float) -> list[Command]:
        """The device reports no network. The server may still be reachable (on localhost, say): probe it."""
        self._offline = True
        return self.check(now_s) if self.state == OPEN else []

    def came_online(self, now_s: float) -> list[Command]:
        """The device reports a network again. It may be another one, so an open connection is probed."""
        self._offline = False
        return self.check(now_s)

    def tick(self, now_s: float) -> list[Command]:
        """Do what is due: heartbeats, timeouts of the peer or of a connect, a refresh.

        To be called after each `next_tick_s`.
        """
        late_s = now_s - self._tick_due_s
        if self.state == CONNECTING and now_s - self._state_since_s >= self._timing.connect_limit_s:
            return [Command(DROP_SOCKET, 0)] + self.lost(CLOSE_DEAD_PEER, "no answer", now_s)
        if self.state != OPEN:
            return []
        if late_s >= SUSPENDED_S and not self._probing:
            return self.check(now_s)
        unanswered_since_s = self._unanswered_since_s
        if unanswered_since_s is not None and now_s - unanswered_since_s >= self._answer_timeout_s():
            if late_s < LATE_TICK_S or self._excused:
                return self._drop_dead_peer(now_s)
            self._excused = True
            self._unanswered_since_s = now_s + EXCUSE_S - self._answer_timeout_s()
        if now_s - self._heartbeat_sent_s >= self._timing.heartbeat_every_s:
            return self._send_heartbeat(now_s) + self._refresh_if_due(now_s)
        return self._refresh_if_due(now_s)

    def next_tick_s(self, now_s: float) -> float:
        """Seconds until the next `tick` is needed."""
        due_s = now_s + MAX_TICK_S
        if self.state == OPEN:
            due_s = min(due_s, self._heartbeat_sent_s + self._timing.heartbeat_every_s)
            if self._unanswered_since_s is not None:
                due_s = min(due_s, self._unanswered_since_s + self._answer_timeout_s())
        self._tick_due_s = max(due_s, now_s + MIN_TICK_S)
        return self._tick_due_s - now_s

    def refresh(self, now_s: float) -> list[Command]:
        """The server asked for this connection to be replaced by a successor."""
        self._refresh_due_s = now_s
        return self._refresh_if_due(now_s)

    def successor_ready(self, now_s: float) -> list[Command]:
        """The server accepted the successor, which is the connection from now on."""
        self.refreshing = False
        self.refreshes += 1
        return self._start_watching(now_s)

    def successor_lost(self, code: int, reason: str, now_s: float) -> list[Command]:
        """The successor failed: try another later if the old connection is alive, else reconnect."""
        self.refreshing = False
        if self._awaiting_successor:
            return self.lost(code, reason, now_s)
        self._refresh_due_s = now_s + REFRESH_DELAY_S
        return []

    def stop(self, code: int, reason: str) -> list[Command]:
        """Close for good. A connection that is closed already keeps its first code and reason."""
        if self.state == CLOSED:
            return []
        was, self.state = self.state, CLOSED
        self.close_code, self.close_reason = code, reason
        return self._drop_successor() + ([Command(DROP_SOCKET, 0)] if was in (CONNECTING, OPEN) else [])

    def _start_watching(self, now_s: float) -> list[Command]:
        """A new connection is in use: watch its age and its peer from now on."""
        self._state_since_s = now_s
        self._awaiting_successor = False
        self.heartbeat_answered()
        age_s = self._timing.refresh_after_s
        self._refresh_due_s = None if age_s is None else now_s + age_s
        return self._send_heartbeat(now_s)

    def _send_heartbeat(self, now_s: float) -> list[Command]:
        self._heartbeat_sent_s = now_s
        if self._unanswered_since_s is None:
            self._unanswered_since_s = now_s
        return [Command(SEND_HEARTBEAT, 0)]

    def _answer_timeout_s(self) -> float:
        limit_s = self._timing.silence_limit_s
        return min(PROBE_TIMEOUT_S, limit_s) if self._probing else limit_s

    def _drop_dead_peer(self, now_s: float) -> list[Command]:
        """The peer was silent for too long: drop its socket, and the successor that is being opened."""
        dropped = self._drop_successor()
        return dropped + [Command(DROP_SOCKET, 0)] + self.lost(CLOSE_DEAD_PEER, "silence", now_s)

    def _refresh_if_due(self, now_s: float) -> list[Command]:
        if self.refreshing:
            if now_s - self._successor_opened_s < self._timing.connect_limit_s:
                return []
            return [Command(DROP_SUCCESSOR, 0)] + self.successor_lost(CLOSE_DEAD_PEER, "no answer", now_s)
        if self.state != OPEN or self._refresh_due_s is None or now_s < self._refresh_due_s:
            return []
        self.refreshing, self._successor_opened_s = True, now_s
        return [Command(OPEN_SUCCESSOR, 0)]

    def _drop_successor(self) -> list[Command]:
        was, self.refreshing = self.refreshing, False
        return [Command(DROP_SUCCESSOR, 0)] if was else []

    def _wait(self, delay_s: "float | None") -> list[Command]:
        """Wait for the next attempt, or close after the last one. Attempts while offline are not counted."""
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
        self._state_since_s = now_s
        return [Command(OPEN_SOCKET, 0)]
