"""What a listener can do, and what the page should show. Pure: it knows only ports."""

from typing import Any, Awaitable, Callable

from listener import texts
from listener.model import STATE_OF, Model
from listener.report import collect_stats, report
from listener.speaker_state import MESSAGES, SpeakerState
from listener.volume import Volume
from listener.watching import AudioClockWatch, SessionWatch
from pylib.audio.playback import Playback
from pylib.errors import AudioError, ConnectionRefused, HttpError, LecternError
from pylib.ports import AudioOutput, Clock
from pylib.protocol.plain import completed, is_session_id, unknown_session
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.timers import Timers
from pylib.session.status_poller import StatusPoller

REFRESH_S = 0.2
REPORT_EVERY = 10
"""Refreshes between two playback reports: one each 2 s."""

FIRST_CONNECT_S = 20.0


class ListenerApp:
    """One visit to the listener page.

    `get_session` reads a session by its id and `poller` watches one (neither is used on a site
    without the HTTP API), `new_client` makes a live client, `show` draws a Model.
    """

    def __init__(
        self,
        *,
        has_http_api: bool = True,
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
        self._has_http_api = has_http_api
        self._watch = SessionWatch(poller, self._on_polled, self._on_gone)
        self._audio_clock = AudioClockWatch()
        self._new_client = new_client
        self._output = output
        self._show = show
        self._fixed_state = ""
        self._notice = ""
        self._speaker = SpeakerState()
        self._question = 0
        self._volume = Volume(output)
        self._tapped = False
        self._joined = False
        self._refreshes = 0
        self._epoch = 0
        self._timers = Timers(clock)

    async def open(self, session_id: str) -> None:
        """The page was opened with a link, or a code was typed."""
        self._question += 1
        question = self._question
        self.session = None
        if not is_session_id(session_id):
            self._settle("not-found" if session_id else "no-code", texts.BAD_CODE if session_id else "")
            return
        self._settle("looking", "")
        try:
            session = await self._look_up(session_id)
        except LecternError as error:
            if question == self._question:
                gone = isinstance(error, HttpError) and error.status_code in (400, 404)
                self._settle("not-found" if gone else "unreached", error.message)
            return
        if question != self._question:
            return
        if session.status == "ended":
            self._settle("ended", "")
            return
        self.session = session
        self._speaker = SpeakerState()
        self._speaker.looked_up(session)
        self._settle("", "")

    async def _look_up(self, session_id: str) -> Any:
        """The session; on a site without the HTTP API only joining will tell more than its id."""
        return await self._get_session(session_id) if self._has_http_api else unknown_session(session_id)

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
        except Exception:
            self._stop("ready", texts.UNREACHABLE)
            raise
        else:
            self._joined = True
            self._timers.start("refresh", REFRESH_S, self._refreshed)
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
        self._volume.toggle_mute()
        self.refresh()

    def set_volume(self, volume: float) -> None:
        """0 to 1; moving the slider ends a mute."""
        self._volume.set(volume)
        self.refresh()

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        if self._joined and self.client is not None:
            self.client.network_changed(online)

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep."""
        if self._joined and self.client is not None:
            self.client.suspect()

    @property
    def state(self) -> str:
        """The word for `data-state`."""
        detail = self._detail()
        return STATE_OF.get(detail, detail)

    def refresh(self) -> None:
        """Draw what is true now."""
        self._watch_while_waiting()
        detail = self._detail()
        self._show(
            Model(
                self.state,
                texts.STATES[detail],
                self._notice,
                self.session.session_id if self.session else "",
                self.session.source_language if self.session else "",
                round(self._delay_ms(), -2) if self._delay_ms() >= 0 else -1.0,
                self.playback is not None and self.playback.paused,
                self._volume.muted,
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
        for message, fact, value in MESSAGES:
            client.on(message, self._speaker_handler(fact, value))
        client.on("welcome", self._on_welcome)
        client.on("sessionJoined", self._on_joined)
        client.on("sessionEnded", lambda _message: self._stop("ended", ""))
        await client.connect(self.session.session_id, FIRST_CONNECT_S)

    def _speaker_handler(self, fact: str, value: bool) -> Callable[[Message], None]:
        def handle(_message: Message) -> None:
            setattr(self._speaker, fact, value)
            self._speaker_changed()

        return handle

    def _on_welcome(self, message: Message) -> None:
        """In a new epoch the speaker's frames are counted anew."""
        epoch = message.get("epoch", 0)
        if epoch != self._epoch and self.playback is not None:
            self.playback.restart()
        self._epoch = epoch

    def _on_joined(self, message: Message) -> None:
        self.session = completed(self.session, message)
        self._speaker.joined(message)
        self._speaker_changed()

    def _watch_while_waiting(self) -> None:
        """Before the tap and while the connection is lost, nobody else tells that a talk has ended."""
        connected = self._tapped and (not self._joined or self._is_open())
        waiting = self.session is not None and not self._fixed_state and not connected
        self._watch.watch(self.session.session_id if waiting and self._has_http_api else "")

    def _is_open(self) -> bool:
        return self.client is not None and self.client.state == "open"

    def _on_polled(self, session: Any) -> None:
        if session.status == "ended":
            self._stop("ended", "")
        else:
            self._speaker.looked_up(session)
            self._speaker_changed()

    def _on_gone(self, _error: LecternError) -> None:
        self._stop("not-found", "")

    def _speaker_changed(self) -> None:
        if self.playback is not None:
            self.playback.at_rest = self._speaker.at_rest
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
        self._timers.cancel_all()
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
        return self._speaker.detail or ("live" if self.playback.playing else "buffering")

    def _session_now_ms(self) -> float:
        if self.client is None:
            return 0.0
        return self.client.server_clock.now_ms() - float(self.session.created_at)

    def _refreshed(self) -> None:
        self._timers.start("refresh", REFRESH_S, self._refreshed)
        if self.playback is not None:
            self._audio_clock.look(self.playback)
        self._refreshes += 1
        if self._refreshes % REPORT_EVERY == 0:
            self._report()
        self.refresh()

    def _delay_ms(self) -> float:
        """From mouth to ear; -1 while nothing is heard, or where nobody said when the talk began."""
        if self.playback is None or not self.playback.playing or not self.session.created_at:
            return -1.0
        return self.playback.delay_ms

    def _report(self) -> None:
        if self.client is None or self.playback is None:
            return
        audible = self.playback.playing and self._volume.audible
        self.client.send(
            "playbackReport", report(self.playback, self.client, self.state, audible, self._delay_ms())
        )
