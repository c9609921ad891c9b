"""What a listener can do, and what the page should show. Pure: it knows only ports. Portable."""

from typing import Any, Awaitable, Callable

from listener.listening import Listening
from listener.lookup import LookupResult
from listener.model import Model
from listener.page_state import REFUSALS, PageState, page_state
from listener.watchdogs import SessionWatch
from pylib.figures.recorder import Recorder
from pylib.ports import AudioOutput, Clock
from pylib.realtime.client import RealtimeClient
from pylib.session.status_poller import StatusPoller
from pylib.tasks import in_background
from pylib.ui.i18n import Phrase, phrase


class ListenerApp:
    """One visit to the listener page.

    `find` looks a talk up by its code and `poller` watches one (None on a site without the HTTP API),
    `new_client` makes a live client, `show` draws a Model. `hears_of_end`: the live connection tells when
    a talk ends, so that nothing else need be asked while it lasts.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], "Awaitable[LookupResult | None]"],
        poller: "StatusPoller | None",
        new_client: Callable[[], RealtimeClient],
        output: AudioOutput,
        clock: Clock,
        recorder: Recorder,
        show: Callable[[Model], None],
        hears_of_end: bool = True,
    ) -> None:
        self.session: Any = None
        self._find = find
        self._listening = Listening(
            new_client,
            output,
            clock,
            recorder,
            state=lambda: self.state,
            on_change=self.refresh,
            on_session=self._joined,
            on_refused=self._refused,
            on_over=self._stop,
            hears_of_end=hears_of_end,
        )
        self._player, self._subscription = self._listening.player, self._listening.subscription
        self._watch = SessionWatch(poller, self._listening.polled, lambda _error: self._gone())
        self._show = show
        self._outcome = "looking"
        self._suggestion = self._code = ""
        self._notice: Phrase | None = None

    async def open(self, code: str) -> None:
        """The page was opened with a link, or a code was typed."""
        self.session, self._code = None, code
        self._settle("looking", None)
        found = await self._find(code)
        if found is None:
            return
        self.session = found.session
        if self.session is not None:
            self._listening.found(self.session)
        self._settle(found.outcome, found.notice, found.suggestion)

    async def listen(self) -> None:
        """The big button."""
        if self.session is None or self._page_state().started:
            return
        self.stop()  # an earlier tap whose sound is still blocked gives way to this one
        self._outcome, self._notice = "", None
        await self._listening.start(self.session)

    def stop(self) -> None:
        """Nothing is heard or received any more, until Listen is tapped again."""
        if self._listening.tapped:
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
        self._listening.save_or_receive()

    def set_volume(self, volume: float) -> None:
        """0 to 1; moving the slider ends a mute."""
        self._player.volume.set(volume)
        self._listening.save_or_receive()

    def change_volume(self, percent: int) -> None:
        """Louder, or below zero quieter."""
        self.set_volume((self._player.volume.percent + percent) / 100)

    def save_data(self, saves: bool) -> None:
        """Whether nothing is to be received while muted."""
        self._listening.save_data(saves)

    def set_language(self, language: str) -> None:
        """The page's language (ISO 639-1), which the speaker sees counted among the listeners'."""
        self._subscription.set_language(language)

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network; a talk that was out of reach is looked up again."""
        self._subscription.network_changed(online)
        if online and self._outcome == "unreached":
            in_background(lambda: self.open(self._code))()

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep."""
        self._subscription.suspect()
        self._player.page_seen()

    @property
    def state(self) -> str:
        """The word for `data-state`."""
        return self._page_state().word

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        return self._listening.stats()

    def refresh(self) -> None:
        """Draw what is true now."""
        self._watch_session()
        delay_ms = self._listening.delay_ms
        self._show(
            Model(
                self._page_state(),
                self._notice,
                self.session.session_id if self.session else "",
                self.session.source_language if self.session else "",
                round(delay_ms, -2) if delay_ms >= 0 else -1.0,
                self._player.paused,
                self._player.behind,
                self._player.volume.muted,
                self._player.volume.percent,
                self._suggestion,
                round(self._subscription.data_bytes / 1e6, 1),
            )
        )

    def _page_state(self) -> PageState:
        return page_state(self._listening.facts(self._outcome, self.session is not None))

    def _watch_session(self) -> None:
        """Before the tap, and while the connection is lost or blocked, only polling tells of a talk's end."""
        waiting = self.session is not None and not self._outcome and not self._listening.is_informed
        self._watch.watch(self.session.session_id if waiting else "")

    def _gone(self) -> None:
        """The HTTP API knows no such talk; one that was heard until now has ended."""
        if self._listening.subscription.joined:
            self._listening.end()
        else:
            self._stop("not-found", None)

    def _joined(self, session: Any) -> None:
        self.session = session

    def _refused(self, code: str) -> None:
        """The server closed the connection for good, or it was given up."""
        if not self._outcome:
            outcome = REFUSALS.get(code, "ready")
            self._stop(outcome, phrase("notice.gave-up") if outcome == "ready" else None)

    def _stop(self, outcome: str, notice: "Phrase | None") -> None:
        """Sound and connection end; the page keeps the session so that Listen works again."""
        self._listening.stop()
        self._settle(outcome, notice)

    def _settle(self, outcome: str, notice: "Phrase | None", suggestion: str = "") -> None:
        self._outcome, self._notice, self._suggestion = outcome, notice, suggestion
        self.refresh()
