"""What a listener can do, and what the page should show. Pure: it knows only ports."""

from typing import Any, Awaitable, Callable

from listener.finding import TalkFinder
from listener.hearing import Hearing
from listener.model import REFUSALS, STATE_OF, Model
from listener.report import collect_stats, report
from listener.speaker_state import SpeakerState
from listener.watching import DroughtWatch, SessionWatch
from pylib.errors import AudioError, ConnectionRefused, LecternError
from pylib.ports import AudioOutput, Clock
from pylib.protocol.plain import completed
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.timers import Timers
from pylib.session.sentences import phrase_for
from pylib.session.status_poller import StatusPoller
from pylib.texts import Phrase, phrase

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
        self._finder = TalkFinder(get_session, has_http_api)
        self._has_http_api = has_http_api
        self._watch = SessionWatch(poller, self._on_polled, self._on_gone)
        self._drought = DroughtWatch()
        self._new_client = new_client
        self._hearing = Hearing(output, self._silenced)
        self._show = show
        self._fixed_state = ""
        self._notice: Phrase | None = None
        self._speaker = SpeakerState()
        self._tapped = False
        self._joined = False
        self._ending = False
        self._refreshes = 0
        self._epoch = 0
        self._timers = Timers(clock)

    async def open(self, session_id: str) -> None:
        """The page was opened with a link, or a code was typed."""
        self.session = None
        self._settle("looking", None)
        found = await self._finder.find(session_id)
        if found is None:
            return
        self.session = found.session
        if self.session is not None:
            self._speaker = SpeakerState()
            self._speaker.looked_up(self.session)
        self._settle(found.state, found.notice)

    async def listen(self) -> None:
        """The big button. Sound first, while the tap still counts as one for the browser."""
        if self.session is None or self._tapped:
            return
        self._tapped, self._fixed_state, self._notice = True, "", None
        self.refresh()
        try:
            await self._hearing.start(self._session_now_ms)
            await self._connect()
        except AudioError as error:
            self._silenced(error)
        except ConnectionRefused as error:
            self._refused(error.code)
        except LecternError:
            self._stop("ready", phrase("notice.unreachable"))
        except Exception:
            self._stop("ready", phrase("notice.unreachable"))
            raise
        else:
            self._joined = True
            self._timers.start("refresh", REFRESH_S, self._refreshed)
            self.refresh()

    def toggle_pause(self) -> None:
        """Stop hearing; or hear on from there, up to half a minute late."""
        self._hearing.toggle_pause()
        self.refresh()

    def go_live(self) -> None:
        """Jump over what was kept during a pause."""
        self._hearing.go_live()
        self.refresh()

    def toggle_mute(self) -> None:
        """Silent, but still there."""
        self._hearing.volume.toggle_mute()
        self.refresh()

    def set_volume(self, volume: float) -> None:
        """0 to 1; moving the slider ends a mute."""
        self._hearing.volume.set(volume)
        self.refresh()

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        if self._joined and self.client is not None:
            self.client.network_changed(online)

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep."""
        if self._joined and self.client is not None:
            self.client.suspect()
        self._hearing.page_seen()

    @property
    def state(self) -> str:
        """The word for `data-state`."""
        return STATE_OF[self._detail()]

    def refresh(self) -> None:
        """Draw what is true now."""
        self._watch_while_waiting()
        self._show(
            Model(
                self.state,
                self._detail(),
                self._notice,
                self.session.session_id if self.session else "",
                self.session.source_language if self.session else "",
                round(self._delay_ms(), -2) if self._delay_ms() >= 0 else -1.0,
                self._hearing.paused,
                self._hearing.behind,
                self._hearing.volume.muted,
                self._tapped,
            )
        )

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        return collect_stats(self._hearing.playback, self.client)

    async def _connect(self) -> None:
        client = self.client = self._new_client()
        playback = self._hearing.playback
        if playback is None:
            return
        client.on_frame = playback.on_frame
        client.on_state = lambda _state: self._connection_changed()
        self._speaker.follow(client, self._speaker_changed)
        client.on("welcome", self._on_welcome)
        client.on("sessionJoined", self._on_joined)
        client.on("sessionEnded", lambda _message: self._ended())
        await client.connect(self.session.session_id, FIRST_CONNECT_S)

    def _on_welcome(self, message: Message) -> None:
        """In a new epoch the speaker's frames are counted anew."""
        epoch = message.get("epoch", 0)
        playback = self._hearing.playback
        if epoch != self._epoch and playback is not None:
            playback.restart()
        self._epoch = epoch

    def _on_joined(self, message: Message) -> None:
        self.session = completed(self.session, message)
        self._speaker.joined(message)
        self._speaker_changed()

    def _watch_while_waiting(self) -> None:
        """Before the tap and while the connection is lost, nobody else tells that a talk has ended."""
        connected = self._tapped and (not self._joined or self._is_open())
        waiting = self.session is not None and not self._fixed_state and not connected and not self._ending
        self._watch.watch(self.session.session_id if waiting and self._has_http_api else "")

    def _is_open(self) -> bool:
        return self.client is not None and self.client.state == "open"

    def _on_polled(self, session: Any) -> None:
        if session.status == "ended":
            self._ended()
        else:
            self._speaker.looked_up(session)
            self._speaker_changed()

    def _on_gone(self, _error: LecternError) -> None:
        self._stop("not-found", None)

    def _speaker_changed(self) -> None:
        if self._hearing.playback is not None:
            self._hearing.playback.at_rest = self._speaker.at_rest or self._ending
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
        state = REFUSALS.get(code, "ready")
        self._stop(state, None if state != "ready" else phrase("notice.gave-up"))

    def _silenced(self, error: AudioError) -> None:
        """There is no sound without another tap."""
        blocked = error.code == "SOUND_BLOCKED"
        self._stop("blocked" if blocked else "ready", None if blocked else phrase_for(error))

    def _ended(self) -> None:
        """Who is behind because of a pause hears the rest first, or after going on."""
        if self.client is None or not (self._hearing.paused or self._hearing.behind):
            self._stop("ended", None)
        elif not self._ending:
            self._ending = True
            self.client.on_state = lambda _state: None
            self.client.leave()
            self._speaker_changed()

    def _stop(self, state: str, notice: "Phrase | None") -> None:
        """Sound and connection end; the page keeps the session so that Listen works again."""
        client, self.client = self.client, None
        self._tapped = self._joined = self._ending = False
        self._hearing.stop()
        self._timers.cancel_all()
        if client is not None:
            client.on_state = lambda _state: None
            client.leave()
        self._settle(state, notice)

    def _settle(self, state: str, notice: "Phrase | None") -> None:
        self._fixed_state, self._notice = state, notice
        self.refresh()

    def _detail(self) -> str:
        """The state in full, a key of STATE_OF."""
        if self._fixed_state or not self._tapped:
            return self._fixed_state or "ready"
        if self.client is None or not self._joined:
            return "connecting"
        if not self._is_open() and not self._ending:
            return "reconnecting"
        if self._hearing.paused:
            return "paused"
        if self._ending:
            return "rest"
        heard = self._hearing.detail
        return heard if heard == "behind" else self._speaker.detail or heard

    def _session_now_ms(self) -> float:
        if self.client is None:
            return 0.0
        return self.client.server_clock.now_ms() - float(self.session.created_at)

    def _refreshed(self) -> None:
        self._timers.start("refresh", REFRESH_S, self._refreshed)
        self._hearing.look()
        self._look_for_frames()
        self._refreshes += 1
        if self._refreshes % REPORT_EVERY == 0:
            self._report()
        self.refresh()

    def _delay_ms(self) -> float:
        """From mouth to ear; -1 while nothing is heard, or where nobody said when the talk began."""
        return self._hearing.delay_ms if self.session and self.session.created_at else -1.0

    def _look_for_frames(self) -> None:
        playback, client = self._hearing.playback, self.client
        if playback is None or client is None:
            return
        if self._ending and playback.depth_ms <= 0:
            self._stop("ended", None)
        elif self._drought.look(playback.jitter.received, self._is_open() and not playback.at_rest):
            client.suspect()

    def _report(self) -> None:
        playback, client = self._hearing.playback, self.client
        if playback is not None and client is not None:
            fields = report(playback, client, self.state, self._hearing.audible, self._delay_ms())
            client.send("playbackReport", fields)
