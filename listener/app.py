"""What a listener can do, and what the page should show. Pure: it knows only ports."""

from typing import Any, Awaitable, Callable

from listener import texts
from listener.model import RESTING, STATE_OF, Model
from listener.report import collect_stats, report
from pylib.audio.playback import Playback
from pylib.errors import AudioError, ConnectionRefused, HttpError, LecternError
from pylib.ports import AudioOutput, Clock, Timer
from pylib.protocol.plain import is_session_id
from pylib.realtime.client import Message, RealtimeClient
from pylib.session.status_poller import StatusPoller

REFRESH_S = 0.2
REPORT_EVERY = 10
"""Refreshes between two playback reports: one each 2 s."""

FIRST_CONNECT_S = 20.0


class ListenerApp:
    """One visit to the listener page.

    `get_session` reads a session by its id, `poller` watches one while there is no live
    connection to tell what happens, `new_client` makes one, `show` draws a Model.
    """

    def __init__(
        self,
        *,
        get_session: Callable[[str], Awaitable[Any]],
        poller: StatusPoller,
        new_client: Callable[[], RealtimeClient],
        output: AudioOutput,
        clock: Clock,
        show: Callable[[Model], None],
    ) -> None:
        self.session: Any = None
        self.client: RealtimeClient | None = None
        self.playback: Playback | None = None
        self._get_session = get_session
        self._poller = poller
        self._polling = False
        self._new_client = new_client
        self._output = output
        self._clock = clock
        self._show = show
        self._fixed_state = ""
        self._notice = ""
        self._speaker = ""
        self._muted = False
        self._volume = 1.0
        self._tapped = False
        self._joined = False
        self._refreshes = 0
        self._epoch = 0
        self._timer: Timer | None = None

    async def open(self, session_id: str) -> None:
        """The page was opened with a link, or a code was typed."""
        self.session, self._fixed_state, self._notice = None, "", ""
        if not is_session_id(session_id):
            self._settle("not-found" if session_id else "no-code", texts.BAD_CODE if session_id else "")
            return
        try:
            session = await self._get_session(session_id)
        except HttpError as error:
            self._settle("not-found" if error.status_code in (400, 404) else "unreached", error.message)
            return
        except LecternError as error:
            self._settle("unreached", error.message)
            return
        if session.status == "ended":
            self._settle("ended", "")
            return
        self.session = session
        self._speaker = "speaker-paused" if session.status == "paused" else ""
        self.refresh()

    async def listen(self) -> None:
        """The big button. Sound first, while the tap still counts as one for the browser."""
        if self.session is None or self._tapped:
            return
        self._tapped, self._fixed_state, self._notice = True, "", ""
        self.playback = Playback(self._output, self._session_now_ms)
        self.refresh()
        try:
            await self._output.start(self.playback.on_tick)
            await self._connect()
        except AudioError as error:
            blocked = error.code == "SOUND_BLOCKED"
            self._stop("blocked" if blocked else "ready", "" if blocked else error.message)
        except ConnectionRefused as error:
            self._refused(error.code)
        except LecternError:
            self._stop("ready", texts.UNREACHABLE)
        else:
            self._joined = True
            self._schedule()
            self.refresh()

    def toggle_pause(self) -> None:
        """Stop hearing, or hear again, live."""
        if self.playback is None:
            return
        if self.playback.paused:
            self.playback.resume()
        else:
            self.playback.pause()
        self.refresh()

    def toggle_mute(self) -> None:
        """Silent, but still there."""
        self._muted = not self._muted
        self._output.set_volume(0.0 if self._muted else self._volume)
        self.refresh()

    def set_volume(self, volume: float) -> None:
        """0 to 1; moving the slider ends a mute."""
        self._volume = min(1.0, max(0.0, volume))
        self._muted = False
        self._output.set_volume(self._volume)
        self.refresh()

    def network_back(self) -> None:
        """The device is online again, or the page is seen again."""
        if self._joined and self.client is not None and self.client.state == "waiting":
            self.client.retry_now()

    @property
    def state(self) -> str:
        """The word for `data-state`."""
        detail = self._detail()
        return STATE_OF.get(detail, detail)

    def refresh(self) -> None:
        """Draw what is true now."""
        self._poll_while_waiting()
        detail = self._detail()
        playing = self.playback is not None and self.playback.playing
        self._show(
            Model(
                self.state,
                texts.STATES[detail],
                self._notice,
                self.session.session_id if self.session else "",
                self.session.source_language if self.session else "",
                round(self.playback.delay_ms, -2) if self.playback is not None and playing else -1.0,
                self.playback is not None and self.playback.paused,
                self._muted,
                self._tapped,
            )
        )

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        return collect_stats(self.playback, self.client)

    async def _connect(self) -> None:
        client = self.client = self._new_client()
        playback = self.playback
        if playback is None:
            return
        client.on_frame = playback.on_frame
        client.on_state = lambda _state: self._connection_changed()
        for message, speaker in (
            ("broadcastPaused", "speaker-paused"),
            ("broadcastMuted", "speaker-muted"),
            ("speakerAway", "speaker-away"),
            ("broadcastResumed", ""),
            ("broadcastUnmuted", ""),
            ("speakerBack", ""),
        ):
            client.on(message, self._speaker_handler(speaker))
        client.on("welcome", self._on_welcome)
        client.on("sessionJoined", self._on_joined)
        client.on("sessionEnded", lambda _message: self._stop("ended", ""))
        await client.connect(self.session.session_id, FIRST_CONNECT_S)

    def _speaker_handler(self, speaker: str) -> Callable[[Message], None]:
        def handle(_message: Message) -> None:
            self._set_speaker(speaker)

        return handle

    def _on_welcome(self, message: Message) -> None:
        """In a new epoch the speaker's frames are counted anew."""
        epoch = message.get("epoch", 0)
        if epoch != self._epoch and self.playback is not None:
            self.playback.restart()
        self._epoch = epoch

    def _on_joined(self, message: Message) -> None:
        if message.get("status") == "paused":
            self._set_speaker("speaker-paused")
        elif self._speaker == "speaker-paused":
            self._set_speaker("")

    def _poll_while_waiting(self) -> None:
        """Before the tap and while the connection is lost, nobody else tells that a talk has ended."""
        connected = self._tapped and (not self._joined or self._is_open())
        waiting = self.session is not None and not self._fixed_state and not connected
        if waiting and not self._polling:
            self._poller.start(self.session.session_id, self._on_polled, self._on_gone)
        elif self._polling and not waiting:
            self._poller.stop()
        self._polling = waiting

    def _is_open(self) -> bool:
        return self.client is not None and self.client.state == "open"

    def _on_polled(self, session: Any) -> None:
        if session.status == "ended":
            self._stop("ended", "")
        else:
            self._set_speaker("speaker-paused" if session.status == "paused" else "")

    def _on_gone(self, _error: LecternError) -> None:
        self._stop("not-found", "")

    def _set_speaker(self, speaker: str) -> None:
        """What the speaker does, as a detail of `texts.STATES`; empty while speaking."""
        self._speaker = speaker
        if self.playback is not None:
            self.playback.at_rest = speaker in RESTING
        self.refresh()

    def _connection_changed(self) -> None:
        client = self.client
        if client is not None and self._joined and client.state == "closed":
            self._refused(client.close_reason)
        else:
            self.refresh()

    def _refused(self, code: str) -> None:
        """The server closed for good, or we gave up trying."""
        if self._fixed_state:
            return
        state = texts.REFUSALS.get(code, "ready")
        self._stop(state, "" if state != "ready" else texts.GAVE_UP)

    def _stop(self, state: str, notice: str) -> None:
        """Sound and connection end; the page keeps the session so that Listen works again."""
        client, self.client = self.client, None
        self._tapped = self._joined = False
        self._output.stop()
        self.playback = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if client is not None:
            client.on_state = lambda _state: None
            client.leave()
        self._settle(state, notice)

    def _settle(self, state: str, notice: str) -> None:
        self._fixed_state, self._notice = state, notice
        self.refresh()

    def _detail(self) -> str:
        """The state in full; texts.STATES has a sentence for each."""
        if self._fixed_state:
            return self._fixed_state
        if self.playback is None:
            return "ready"
        if self.client is None or not self._joined:
            return "connecting"
        if not self._is_open():
            return "reconnecting"
        if self.playback.paused:
            return "paused"
        return self._speaker or ("live" if self.playback.playing else "buffering")

    def _session_now_ms(self) -> float:
        if self.client is None:
            return 0.0
        return self.client.server_clock.now_ms() - float(self.session.created_at)

    def _schedule(self) -> None:
        self._timer = self._clock.call_later(REFRESH_S, self._refreshed)

    def _refreshed(self) -> None:
        self._schedule()
        self._refreshes += 1
        if self._refreshes % REPORT_EVERY == 0:
            self._report()
        self.refresh()

    def _report(self) -> None:
        if self.client is None or self.playback is None:
            return
        audible = self.playback.playing and not self._muted and self._volume > 0
        self.client.send("playbackReport", report(self.playback, self.client, self.state, audible))
