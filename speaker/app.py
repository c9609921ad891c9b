"""What a speaker can do. Pure: it knows only ports."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pylib.errors import RealtimeError
from pylib.figures.speaker_recorder import SpeakerRecorder
from pylib.protocol import codes
from pylib.protocol.figures import END, START
from pylib.realtime.client import RealtimeClient
from pylib.session.error_texts import phrase_for_error
from pylib.tasks import in_background
from pylib.ui.i18n import Phrase, phrase
from speaker.action_runner import ActionRunner
from speaker.model import Model
from speaker.ports import SessionCreation, SpeakerAccount
from speaker.presenter import Presenter, VisitState
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound_panel import SoundPanel
from speaker.talk.record import FoundTalk, TalkRecord, TalkRecords
from speaker.talk.resumer import TalkResumer
from speaker.talk.service import SpeakerService
from speaker.talk.starter import TalkStarter
from speaker.talk.tracker import TalkTracker


class SpeakerApp:
    """One visit to the speaker page.

    `recorder` counts what the person asks for and how it goes.
    `new_service` makes the SpeakerService of a session, `link_to` the listeners' link of a
    session id, `show` draws a Model, and `was_touched` says whether the person did anything on this
    page yet: before that, some browsers let no sound through.
    """

    def __init__(
        self,
        *,
        account: SpeakerAccount,
        creation: SessionCreation,
        microphone: MicrophoneKeeper,
        recorder: SpeakerRecorder,
        sound_panel: SoundPanel,
        records: TalkRecords,
        tracker: TalkTracker,
        new_service: Callable[[RealtimeClient, Callable[[], None]], SpeakerService],
        link_to: Callable[[str], str],
        show: Callable[[Model], None],
        was_touched: Callable[[], bool],
    ) -> None:
        self._account = account
        self._microphone = microphone
        self._recorder = recorder
        self._sound_panel = sound_panel
        self._tracker = tracker

        def service_of(client: RealtimeClient) -> SpeakerService:
            return new_service(client, self.refresh)

        self._starter = TalkStarter(creation, account, service_of)
        self._resumer = TalkResumer(records, microphone, creation.new_client, service_of)
        self._action_runner = ActionRunner()
        self._visit = VisitState()
        self._presenter = Presenter(
            self._visit,
            action_runner=self._action_runner,
            resumer=self._resumer,
            microphone=microphone,
            sound_panel=sound_panel,
            tracker=tracker,
            link_to=link_to,
            show=show,
            was_touched=was_touched,
        )
        microphone.on_change = sound_panel.on_change = self.refresh

    @property
    def service(self) -> SpeakerService | None:
        """The talk's, also after its end; None before the first and while one is being opened."""
        return self._visit.service

    async def open(self, volume: float = 1.0) -> None:
        """The page was opened; `volume` is how strong the microphone is sent, 1 as it is."""
        self._sound_panel.volume = volume
        await self._guard(self._restore())

    async def sign_in(self, email: str, password: str) -> None:
        """On failure the form keeps what was typed."""
        await self._guard(self._sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget the account on this device; a talk under way goes on until it is ended."""
        self._account.dismiss()
        self._visit.signed_in = False
        self.leave()
        if not self.is_running:
            self._visit.service = None
            self._resumer.forget()
        self.refresh()
        # The page shows the sign-in form at once; the sign-in service may take long to answer.
        await self._guard(self._account.sign_out())

    async def start(self, language: str, tier: str, device_id: str) -> None:
        """Create a session, join it, go live; ignored while a talk is being opened or running."""
        if not self._visit.creating and not self.is_running:
            await self._open_talk(self._start(language, tier, device_id), "start")

    async def go_on(self) -> None:
        """Continue the talk that was found; its link and its listeners stay."""
        if self._resumer.found is not None and not self._visit.creating:
            await self._open_talk(self._rejoin(self._resumer.found.talk), "continue")

    async def open_again(self, talk: TalkRecord) -> None:
        """Continue a talk of this account that this browser did not know of."""
        user = await self._account.user_id()
        if not self._visit.creating and not self.is_running:
            self._resumer.found = FoundTalk(talk._replace(user=user), own=False)
            await self.go_on()

    def sign_in_ran_out(self, why: Phrase) -> None:
        """Something beside the talk found that the sign-in has run out."""
        self._action_runner.fail(why)
        self._visit.signed_in = False
        self.refresh()

    async def end_found(self) -> None:
        """End the talk that was found instead of continuing it."""
        found = self._resumer.found
        if found is not None and not self._visit.creating and not self._visit.ending:
            self._visit.ending = True
            try:
                self._recorder.use_mode(found.talk.mode)
                await self._guard(self._recorder.during(END, self._resumer.end(found.talk)))
            finally:
                self._visit.ending = False

    def skip_found(self) -> None:
        """Leave the talk that was found to another tab or device, and offer to start a new one here."""
        self._resumer.found = None
        self.refresh()

    @property
    def is_running(self) -> bool:
        """Whether there is a talk."""
        return self.service is not None and not self.service.is_over

    def cancel(self) -> None:
        """Stop opening a talk: no session is left behind."""
        self._starter.cancel()

    def toggle_pause(self) -> None:
        """Pause or continue, at once: a paused talk sends no sound."""
        if self.service is not None and self.is_running:
            self._tell(self.service.set_paused(not self.service.paused))
            self._microphone.pressed()

    def toggle_mute(self) -> None:
        """Mute or unmute, at once: a muted talk sends silence. Ignored while paused, when nothing is sent."""
        if self.service is not None and self.is_running and not self.service.paused:
            self._tell(self.service.set_muted(not self.service.muted))
            self._microphone.pressed()

    async def toggle_check(self, tier: str, device_id: str) -> None:
        """Begin or end the sound check, which tells before a talk how the speaker will be heard."""
        if self._sound_panel.checking:
            self._sound_panel.stop_check()
        elif not self.is_running:
            await self._guard(self._sound_panel.start_check(tier, device_id), "check-sound")

    async def choose_microphone(self, tier: str, device_id: str) -> None:
        """Switch the microphone in use; with none, check the chosen one, if the browser will not ask."""
        if self.is_running or self._sound_panel.checking:
            await self._guard(self._microphone.switch(device_id))
        elif self._microphone.is_allowed and not self._visit.creating:
            await self._guard(self._sound_panel.start_check(tier, device_id), "check-sound")

    async def choose_tier(self, tier: str, device_id: str) -> None:
        """Begin a running sound check anew: another kind of sound is captured in another way."""
        if self._sound_panel.checking:
            await self._guard(self._sound_panel.start_check(tier, device_id), "check-sound")

    async def add_places(self) -> None:
        """Let more people listen."""
        if self.service is not None and self.is_running:
            await self._guard(self.service.admit(maxListeners=self.service.audience.more_places))

    async def toggle_door(self) -> None:
        """Close the door to newcomers, or open it again; those who listen stay."""
        if self.service is not None and self.is_running:
            await self._guard(self.service.admit(doorClosed=not self.service.audience.door_closed))

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is."""
        self._sound_panel.set_volume(volume)

    def leave(self) -> None:
        """The page is left or the person signed out: a sound check ends, as it cannot be seen."""
        self._sound_panel.stop_check()

    def ask_to_end(self) -> None:
        """The first press of End asks whether to end the talk, the second takes the question back."""
        self._visit.confirming_end = not self._visit.confirming_end and not self._visit.ending
        self.refresh()

    async def end(self) -> None:
        """End the talk, once confirmed; pressed again while the server is told, it is ignored."""
        if self.service is None or not self._visit.confirming_end:
            return
        self._visit.confirming_end, self._visit.ending = False, True
        self.refresh()
        try:
            await self._guard(self._end(self.service))
        finally:
            self._visit.ending = False

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        if self.service is not None:
            self.service.network_changed(online)

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep or a call."""
        self._microphone.retry_now()
        if self.service is not None:
            self.service.page_seen()

    def try_again(self) -> None:
        """The person asks, after all attempts to reconnect were used up."""
        if self.service is not None:
            self.service.retry_now()

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        return self.service.stats() if self.service is not None else {"framesSent": 0}

    def refresh(self) -> None:
        """Draw what is true now."""
        self._presenter.refresh()

    async def _restore(self) -> None:
        self._visit.signed_in = await self._account.user_id() != ""
        await self._microphone.refresh()
        await self._find_talk()

    async def _sign_in(self, email: str, password: str) -> None:
        await self._account.sign_in(email, password)
        self._visit.signed_in = True
        if not self.is_running:
            self._visit.service = None  # another account must not read how the last talk ended
        await self._find_talk()

    async def _find_talk(self) -> None:
        if not self._visit.signed_in or self.is_running:
            return
        if await self._resumer.find(await self._account.user_id()):
            await self.go_on()

    async def _open_talk(self, action: Awaitable[None], pressed: str) -> None:
        """Start or continue a talk; when that fails, a sentence tells why."""
        self._visit.creating, self._visit.service = True, None
        self._visit.session_id = self._visit.mode = ""
        self._visit.confirming_end = False
        self.refresh()
        try:
            await self._guard(action, pressed)
        finally:
            self._visit.creating = False
            if not self.is_running:
                self._sound_panel.stop_check()
            self.refresh()

    async def _start(self, language: str, tier: str, device_id: str) -> None:
        starting = self._starter.begin(language, tier, device_id)
        service, talk = await self._recorder.during(START, starting)
        self._is_live(service, talk)

    async def _rejoin(self, talk: TalkRecord) -> None:
        self._recorder.use_mode(talk.mode)
        service = await self._resumer.go_on(talk)
        if service is None:
            self._action_runner.notice = phrase("notice.talk-over")
        else:
            self._is_live(service, talk._replace(lost=talk.lost + 1))

    def _is_live(self, service: SpeakerService, talk: TalkRecord) -> None:
        self._visit.session_id, self._visit.mode = talk.session_id, talk.mode
        self._visit.service = service
        self._sound_panel.follow(service)
        self._tracker.follow(service, talk)
        # Browsers name microphones only once they are allowed; the talk does not wait for the names.
        in_background(self._microphone.refresh)()

    async def _guard(self, action: Awaitable[None], pressed: str = "start") -> None:
        await self._action_runner.run(action, pressed)
        if self._action_runner.signed_out:
            self._visit.signed_in = False
        self.refresh()

    def _tell(self, telling: Coroutine[Any, Any, None]) -> None:
        """Tell the server in the background of what is true here already."""
        in_background(lambda: self._guard(telling))()

    async def _end(self, service: SpeakerService) -> None:
        try:
            await self._recorder.during(END, service.end())
        except RealtimeError as error:
            # The server was not told, and ends the session by itself when the speaker stays away.
            untold = error.code == codes.END_UNSUPPORTED
            self._action_runner.notice = phrase_for_error(error) if untold else phrase("notice.ended-unheard")
