"""The live connection of one visit to the listener page. Portable."""

from typing import Any, Callable

from listener.playback_stats import report
from listener.speaker_state import SpeakerState
from listener.watchdogs import DroughtWatch
from pylib.audio.playback import Playback
from pylib.protocol import codes, message_types
from pylib.realtime.client import Message, RealtimeClient

FIRST_CONNECT_S = 20.0

REPORT_POLLS = 10
"""Polls, 200 ms apart, between two playback reports: one each 2 s."""

PACKET_OVERHEAD_BYTES = 78
"""Sent around each packet beside itself.

IPv4 20 (RFC 791), TCP 20 and its time stamps 12 (RFC 9293, 7323), TLS 22 (RFC 8446), WebSocket 4 (RFC 6455).
"""


class Subscription:
    """Connects, hands on what arrives, and leaves; it may be opened again.

    `client` is of the newest connection, also after `hang_up`. `joined` from the server's welcome until
    then, also while the connection is lost and looked for again.

    `on_change` is called at each change of the connection, `on_refused` with the code when a joined
    connection is closed for good, `on_joined` with `sessionJoined`, `on_speaker` when the speaker's state
    changed, `on_ended` when the talk is over.
    """

    def __init__(
        self,
        new_client: Callable[[], RealtimeClient],
        *,
        on_change: Callable[[], None],
        on_refused: Callable[[str], None],
        on_joined: Callable[[Message], None],
        on_speaker: Callable[[], None],
        on_ended: Callable[[], None],
    ) -> None:
        self.client: RealtimeClient | None = None
        self._new_client = new_client
        self._on_change = on_change
        self._on_refused = on_refused
        self._on_joined = on_joined
        self._on_speaker = on_speaker
        self._on_ended = on_ended
        self.joined = False
        self._drought = DroughtWatch()
        self._polls = 0
        self._epoch = 0
        self._earlier_bytes = 0
        self._language = ""

    @property
    def is_open(self) -> bool:
        """Whether there is a working connection at this moment."""
        return self.client is not None and self.client.state == "open"

    @property
    def is_lost(self) -> bool:
        """Whether the connection broke and is being looked for again."""
        return self.joined and not self.is_open

    @property
    def data_bytes(self) -> int:
        """About how much the network carried for this page's sound, over all connections."""
        return self._earlier_bytes + _carried(self.client)

    def session_now_ms(self, session: Any) -> float:
        """Milliseconds since the talk began, on the server's clock; 0 without a connection."""
        if self.client is None:
            return 0.0
        return self.client.server_clock.now_ms() - float(session.created_at)

    def set_language(self, language: str) -> None:
        """The page's language (ISO 639-1): told to the server now, and by each later connection."""
        self._language = language
        if self.client is not None:
            self.client.set_language(language)

    async def open(self, session_id: str, playback: Playback, speaker: SpeakerState) -> None:
        """Join a talk. Raises LecternError."""
        self.leave()
        client = self.client = self._new_client()
        client.set_language(self._language)
        client.frames.on_frame = playback.on_frame
        client.on_state = self._changed
        speaker.subscribe(client, self._on_speaker)
        client.on(message_types.WELCOME, lambda message: self._welcomed(message, playback))
        client.on(message_types.SESSION_JOINED, self._on_joined)
        client.on(message_types.ERROR, self._on_error)
        client.on(message_types.SESSION_ENDED, lambda _message: self._on_ended())
        await client.connect(session_id, FIRST_CONNECT_S)
        self.joined = True

    def poll(self, playback: Playback, state: str, audible: bool, delay_ms: float) -> None:
        """Call every 200 ms: asks for a sign of life when frames stay away, and reports what is heard."""
        self._polls += 1
        if self.client is None or not self.joined:
            return
        if self._drought.observe(playback.jitter.received, self.is_open and not playback.at_rest):
            self.client.check()
        if self._polls % REPORT_POLLS == 0:
            self.client.send(
                message_types.PLAYBACK_REPORT, report(playback, self.client, state, audible, delay_ms)
            )

    def suspect(self) -> None:
        """The page may have slept: try the connection."""
        if self.client is not None and self.joined:
            self.client.check()

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        if self.client is not None and self.joined:
            self.client.network_changed(online)

    def hang_up(self) -> None:
        """Leave, but keep the connection's clock and counts; no callback is called any more."""
        self.joined = False
        if self.client is not None:
            self.client.on_state = lambda _state: None
            self.client.leave()

    def leave(self) -> None:
        """Leave, and give up the connection's clock and counts."""
        self.hang_up()
        self._earlier_bytes += _carried(self.client)
        self.client = None

    def _changed(self, state: str) -> None:
        if self.joined and self.client is not None and state == "closed":
            self._on_refused(self.client.close_reason)
        else:
            self._on_change()

    def _on_error(self, message: Message) -> None:
        """A place that was given away is not asked for again by itself: the room is full."""
        code = message.get("code", "")
        if self.joined and code == codes.SESSION_PLACE_GIVEN_AWAY:
            self.hang_up()
            self._on_refused(code)

    def _welcomed(self, message: Message, playback: Playback) -> None:
        """In a new epoch the speaker's frames are numbered from a new beginning."""
        epoch = message.get("epoch", 0)
        if epoch != self._epoch:
            playback.restart()
        self._epoch = epoch


def _carried(client: "RealtimeClient | None") -> int:
    if client is None:
        return 0
    return client.frames.bytes + client.frames.packets * PACKET_OVERHEAD_BYTES
