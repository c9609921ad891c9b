"""From the tap on Listen to the end: sound, live connection and speaker, taken together. Portable."""

from typing import Any, Awaitable, Callable

from listener.draining import Draining
from listener.page_state import Facts
from listener.playback_stats import collect_stats
from listener.player import Player
from listener.speaker_state import SpeakerState
from listener.subscription import Subscription
from pylib.errors import AudioError, ConnectionRefused, LecternError
from pylib.figures.recorder import Recorder
from pylib.ports import AudioOutput, Clock
from pylib.protocol.figures import ABORTED, FAILED, LISTEN, OK
from pylib.protocol.plain import completed
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.timers import Timers
from pylib.session.error_texts import phrase_for_error
from pylib.tasks import in_background
from pylib.ui.i18n import Phrase, phrase

REFRESH_S = 0.2


class Listening:
    """May be started again after each `stop`.

    `state` is the page's state for the reports to the server; `recorder` is told how listening went.

    `on_change` is called when something may have changed, and every 200 ms while there is sound;
    `on_session` with the session as `sessionJoined` completes it; `on_refused` with the code when the
    server refuses or a connection is given up; `on_over` with the outcome when there is nothing more to hear.
    Without `hears_of_end` the connection may not tell that the talk has ended.
    """

    def __init__(
        self,
        new_client: Callable[[], RealtimeClient],
        output: AudioOutput,
        clock: Clock,
        recorder: Recorder,
        *,
        state: Callable[[], str],
        on_change: Callable[[], None],
        on_session: Callable[[Any], None],
        on_refused: Callable[[str], None],
        on_over: "Callable[[str, Phrase | None], None]",
        hears_of_end: bool = True,
    ) -> None:
        self.tapped = False
        self.player = Player(output, clock, on_change=on_change, on_silenced=self._failed)
        self.subscription = Subscription(
            new_client,
            on_change=on_change,
            on_refused=self._refused,
            on_joined=self._joined,
            on_speaker=self._speaker_changed,
            on_ended=self.end,
        )
        self._recorder = recorder
        self._draining = Draining(self.player, clock, lambda: on_over("ended", None))
        self._speaker = SpeakerState()
        self._session: Any = None
        self._state = state
        self._on_change = on_change
        self._on_session = on_session
        self._on_refused = on_refused
        self._on_over = on_over
        self._hears_of_end = hears_of_end
        self._saves = self._saving = False
        self._attempts = 0
        self._timers = Timers(clock)

    @property
    def is_informed(self) -> bool:
        """Whether the end of the talk needs no polling: the connection will tell it, or has told it.

        Where it may not, sound that plays tells that the talk goes on.
        """
        connected = self.tapped and not self.player.blocked and not self.subscription.is_lost
        tells = self._hears_of_end or self.player.playing
        return self._draining.active or (connected and tells and not self._saving)

    @property
    def delay_ms(self) -> float:
        """From mouth to ear; -1 while nothing is heard, or when a site did not say when the talk began."""
        return self.player.delay_ms if self._session and self._session.created_at else -1.0

    def facts(self, outcome: str, has_session: bool) -> Facts:
        """What the page's state is decided from."""
        player, speaker = self.player, self._speaker
        return Facts(
            outcome=outcome,
            has_session=has_session,
            tapped=self.tapped,
            blocked=player.blocked,
            ended=self._draining.active,
            late=self._draining.late,
            saving=self._saving,
            joined=self.subscription.joined,
            connected=self.subscription.is_open,
            paused=player.paused,
            playing=player.playing,
            behind=player.behind,
            cut=player.cut,
            muted=player.volume.muted,
            speaker_away=speaker.away,
            speaker_came=speaker.came,
            speaker_paused=speaker.paused,
            speaker_muted=speaker.muted,
        )

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers."""
        return collect_stats(self.player.playback, self.subscription.client)

    def found(self, session: Any) -> None:
        """Another talk was looked up: nothing is known of its speaker but what the HTTP API says."""
        self._speaker = SpeakerState()
        self._speaker.looked_up(session)

    def polled(self, session: Any) -> None:
        """The HTTP API says something new of the session; of its speaker, a connection knows better."""
        if session.status == "ended":
            self.end()
        elif not (self.subscription.joined and self.subscription.is_open):
            self._speaker.looked_up(session)
            self._speaker_changed()

    async def start(self, session: Any) -> None:
        """Call in a tap: sound begins first, while the browser still counts it as one."""
        self.tapped, self._session = True, session
        self._recorder.pressed(LISTEN)
        self._on_change()
        await self._attempt(self._begin)

    def end(self) -> None:
        """The talk has ended; the page says so once what had arrived of it was heard."""
        if not self.subscription.joined or not self._draining.is_needed:
            self._on_over("ended", None)
        elif not self._draining.active:
            self._draining.begin()
            self.subscription.hang_up()
            self._speaker_changed()

    def stop(self) -> None:
        """Sound and connection end."""
        self._attempts += 1
        self._recorder.ended(LISTEN, ABORTED)
        self.tapped = self._saving = False
        self._draining.cancel()
        self.player.stop()
        self._timers.cancel_all()
        self.subscription.leave()

    def save_data(self, saves: bool) -> None:
        """Whether nothing is to be received while muted."""
        self._saves = saves
        self.save_or_receive()

    def save_or_receive(self) -> None:
        """A muted listener who saves data receives nothing, and hears live again afterwards."""
        saving = self._saves and self.player.volume.muted and not self._draining.active
        if saving and self.subscription.joined:
            self._saving = True
            self.player.go_live()
            self.subscription.hang_up()
            self._speaker_changed()
        elif self._saving and not saving:
            self._saving = False
            self.player.restart()
            in_background(lambda: self._attempt(self._connect))()
        self._on_change()

    async def _begin(self) -> None:
        await self.player.start(lambda: self.subscription.session_now_ms(self._session))
        await self._connect()

    async def _connect(self) -> None:
        playback = self.player.playback
        if playback is not None:
            await self.subscription.open(self._session.session_id, playback, self._speaker)

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what leads to sound; its failure is told unless a stop or another attempt came meanwhile."""
        attempt = self._attempts = self._attempts + 1
        try:
            await work()
        except LecternError as error:
            if attempt == self._attempts:
                self._failed(error)
        except Exception:
            self._recorder.ended(LISTEN, FAILED)
            self._on_over("ready", phrase("notice.unreachable"))
            raise
        else:
            if attempt == self._attempts:
                self._timers.start("refresh", REFRESH_S, self._tick)
                self.save_or_receive()

    def _failed(self, error: LecternError) -> None:
        if isinstance(error, ConnectionRefused):
            self._refused(error.code)
        else:
            self._recorder.ended(LISTEN, FAILED, error.code)
            is_sound = isinstance(error, AudioError)
            self._on_over("ready", phrase_for_error(error) if is_sound else phrase("notice.unreachable"))

    def _refused(self, code: str) -> None:
        self._recorder.ended(LISTEN, FAILED, code)
        self._on_refused(code)

    def _joined(self, message: Message) -> None:
        self._session = completed(self._session, message)
        self._on_session(self._session)
        self._speaker.joined(message)
        self._speaker_changed()

    def _speaker_changed(self) -> None:
        playback = self.player.playback
        if playback is not None:
            playback.at_rest = self._speaker.at_rest or self._draining.active or self._saving
            self._speaker.came = self._speaker.came or playback.jitter.received > 0
        self._on_change()

    def _tick(self) -> None:
        self._timers.start("refresh", REFRESH_S, self._tick)
        self.player.poll()
        playback = self.player.playback
        if self.player.playing:
            self._recorder.ended(LISTEN, OK)
        if playback is not None:
            self.subscription.poll(playback, self._state(), self.player.audible, self.delay_ms)
        self._draining.poll()
        self._on_change()
