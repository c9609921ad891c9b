"""What a listener can do, and what the page should show. Pure: it knows only ports."""

from typing import Any, Awaitable, Callable

from listener.lookup import LookupResult
from listener.model import REFUSALS, STATE_OF, Model
from listener.playback_stats import collect_stats
from listener.player import Player
from listener.speaker_state import SpeakerState
from listener.subscription import Subscription
from listener.watchdogs import SessionWatch
from pylib.errors import AudioError, ConnectionRefused, LecternError
from pylib.ports import AudioOutput, Clock
from pylib.protocol.plain import completed
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.timers import Timers
from pylib.session.error_texts import phrase_for
from pylib.session.status_poller import StatusPoller
from pylib.tasks import in_background
from pylib.ui.i18n import Phrase, phrase

REFRESH_S = 0.2
LAST_WORDS_S = 3.0
"""More than who hears live has in store: then a talk that has ended is over, whatever the device says."""


class ListenerApp:
    """One visit to the listener page.

    `find` looks a talk up by its code and `poller` watches one (None on a site without the HTTP API),
    `new_client` makes a live client, `show` draws a Model.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], "Awaitable[LookupResult | None]"],
        poller: "StatusPoller | None",
        new_client: Callable[[], RealtimeClient],
        output: AudioOutput,
        clock: Clock,
        show: Callable[[Model], None],
    ) -> None:
        self.session: Any = None
        self._find = find
        self._watch = SessionWatch(poller, self._on_polled, lambda _error: self._stop("not-found", None))
        self._subscription = Subscription(
            new_client,
            on_change=self.refresh,
            on_refused=self._refused,
            on_joined=self._on_joined,
            on_news=self._speaker_changed,
            on_ended=self._ended,
        )
        self._player = Player(output, clock, on_change=self.refresh, on_silenced=self._missed)
        self._show = show
        self._fixed_state = "looking"
        self._suggestion = self._code = self._ending = ""
        self._notice: Phrase | None = None
        self._speaker = SpeakerState()
        self._tapped = self._saves = self._saving = False
        self._attempts = 0
        self._timers = Timers(clock)

    async def open(self, code: str) -> None:
        """The page was opened with a link, or a code was typed."""
        self.session, self._code = None, code
        self._settle("looking", None)
        found = await self._find(code)
        if found is None:
            return
        self.session = found.session
        if self.session is not None:
            self._speaker = SpeakerState()
            self._speaker.looked_up(self.session)
        self._settle(found.state, found.notice, found.suggestion)

    async def listen(self) -> None:
        """The big button. Sound first, while the tap still counts as one for the browser."""
        if self._started or self.session is None:
            return
        self.stop()  # what waits for blocked sound gives way to this tap
        self._tapped, self._fixed_state, self._notice = True, "", None
        self.refresh()
        await self._attempt(self._begin)

    def stop(self) -> None:
        """Nothing is heard or received any more, until Listen is tapped again."""
        if self._tapped:
            self._stop("ready", None)

    def toggle_pause(self) -> None:
        """Stop hearing; or hear on from there, up to half a minute late."""
        self._player.toggle_pause()
        self.refresh()

    def go_live(self) -> None:
        """Jump over what was kept during a pause."""
        self._player.go_live()
        self.refresh()

    def toggle_mute(self) -> None:
        """Silent, but still there."""
        self._player.volume.toggle_mute()
        self._save_or_receive()

    def set_volume(self, volume: float) -> None:
        """0 to 1; moving the slider ends a mute."""
        self._player.volume.set(volume)
        self._save_or_receive()

    def turn(self, percent: int) -> None:
        """Louder, or below zero quieter."""
        self.set_volume((self._player.volume.percent + percent) / 100)

    def save_data(self, saves: bool) -> None:
        """Whether nothing is to be received while muted."""
        self._saves = saves
        self._save_or_receive()

    def set_language(self, language: str) -> None:
        """The page's language (ISO 639-1), which the speaker sees counted among the listeners'."""
        self._subscription.set_language(language)

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network; a talk that was out of reach is looked up again."""
        self._subscription.network_changed(online)
        if online and self._fixed_state == "unreached":
            in_background(lambda: self.open(self._code))()

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep."""
        self._subscription.suspect()
        self._player.page_seen()

    @property
    def _started(self) -> bool:
        """Whether no tap is wanted."""
        return self._tapped and not self._player.blocked

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
                self._player.paused,
                self._player.behind,
                self._player.volume.muted,
                self._started,
                self._player.volume.percent,
                self._suggestion,
                round(self._subscription.data_bytes / 1e6, 1),
            )
        )

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        return collect_stats(self._player.playback, self._subscription.client)

    async def _begin(self) -> None:
        await self._player.start(lambda: self._subscription.session_now_ms(self.session))
        await self._connect()

    async def _connect(self) -> None:
        playback = self._player.playback
        if playback is not None:
            await self._subscription.open(self.session.session_id, playback, self._speaker)

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what leads to sound; say so when it does not, if that is still wanted."""
        attempt = self._attempts = self._attempts + 1
        try:
            await work()
        except LecternError as error:
            if attempt == self._attempts:
                self._missed(error)
        except Exception:
            self._stop("ready", phrase("notice.unreachable"))
            raise
        else:
            if attempt == self._attempts:
                self._timers.start("refresh", REFRESH_S, self._refreshed)
                self._save_or_receive()

    def _missed(self, error: LecternError) -> None:
        if isinstance(error, ConnectionRefused):
            self._refused(error.code)
        else:
            is_sound = isinstance(error, AudioError)
            self._stop("ready", phrase_for(error) if is_sound else phrase("notice.unreachable"))

    def _save_or_receive(self) -> None:
        """Who saves data receives nothing while muted, and hears live again afterwards."""
        saving = self._saves and self._player.volume.muted and not self._ending
        if saving and self._subscription.joined:
            self._saving = True
            self._player.go_live()
            self._subscription.hang_up()
            self._speaker_changed()
        elif self._saving and not saving:
            self._saving = False
            self._player.restart()
            in_background(lambda: self._attempt(self._connect))()
        self.refresh()

    def _on_joined(self, message: Message) -> None:
        self.session = completed(self.session, message)
        self._speaker.joined(message)
        self._speaker_changed()

    def _watch_while_waiting(self) -> None:
        """While a tap is wanted or the connection is lost, nobody else tells that a talk has ended."""
        connected = self._started and not self._saving and not self._subscription.is_lost
        waiting = self.session is not None and not self._fixed_state and not connected and not self._ending
        self._watch.watch(self.session.session_id if waiting else "")

    def _on_polled(self, session: Any) -> None:
        if session.status == "ended":
            self._ended()
        else:
            self._speaker.looked_up(session)
            self._speaker_changed()

    def _speaker_changed(self) -> None:
        playback = self._player.playback
        if playback is not None:
            playback.at_rest = self._speaker.at_rest or self._ending != "" or self._saving
            self._speaker.came = self._speaker.came or playback.jitter.received > 0
        self.refresh()

    def _refused(self, code: str) -> None:
        """The server closed for good, or we gave up trying."""
        if self._fixed_state:
            return
        state = REFUSALS.get(code, "ready")
        self._stop(state, None if state != "ready" else phrase("notice.gave-up"))

    def _ended(self) -> None:
        """What is still to be heard comes first; after a pause that is so much that it needs a word."""
        late = self._player.paused or self._player.behind
        if not self._subscription.joined or not (late or self._player.has_rest):
            self._stop("ended", None)
        elif not self._ending:
            self._ending = "rest" if late else "last words"
            if not late:
                self._timers.start("last-words", LAST_WORDS_S, lambda: self._stop("ended", None))
            self._subscription.hang_up()
            self._speaker_changed()

    def _stop(self, state: str, notice: "Phrase | None") -> None:
        """Sound and connection end; the page keeps the session so that Listen works again."""
        self._attempts += 1
        self._tapped = self._saving = False
        self._ending = ""
        self._player.stop()
        self._timers.cancel_all()
        self._subscription.leave()
        self._settle(state, notice)

    def _settle(self, state: str, notice: "Phrase | None", suggestion: str = "") -> None:
        self._fixed_state, self._notice, self._suggestion = state, notice, suggestion
        self.refresh()

    def _detail(self) -> str:
        """The state in full, a key of STATE_OF."""
        if self._fixed_state:
            return self._fixed_state
        if not self._tapped:
            return "ready-paused" if self._speaker.paused else "ready"
        return "blocked" if self._player.blocked else self._detail_of_listening()

    def _detail_of_listening(self) -> str:
        if self._ending == "rest" and not self._player.paused:
            return "rest"
        if self._saving:
            return "saving"
        if not self._subscription.joined and not self._ending:
            return "connecting"
        return "reconnecting" if self._subscription.is_lost else self._player.detail_with(self._speaker)

    def _refreshed(self) -> None:
        self._timers.start("refresh", REFRESH_S, self._refreshed)
        self._player.poll()
        playback = self._player.playback
        if playback is not None:
            self._subscription.poll(playback, self.state, self._player.audible, self._delay_ms())
            if self._ending and self._player.is_done(waits=self._ending == "rest"):
                self._stop("ended", None)
        self.refresh()

    def _delay_ms(self) -> float:
        """From mouth to ear; -1 while nothing is heard, or where nobody said when the talk began."""
        return self._player.delay_ms if self.session and self.session.created_at else -1.0
