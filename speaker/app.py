"""What a speaker can do, and what the page should show. Pure: it knows only ports."""

from typing import Awaitable, Callable

from pylib.errors import RealtimeError
from pylib.realtime.client import RealtimeClient
from pylib.tasks import in_background
from pylib.ui.i18n import phrase
from speaker.action_runner import ActionRunner
from speaker.model import SIGN_IN_CODES, Model, detail_of, notice_now
from speaker.ports import SessionCreation, SpeakerAccount
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound.sound_panel import SoundPanel
from speaker.talk.audience import Audience
from speaker.talk.record import TalkRecord, TalkRecords
from speaker.talk.resumer import TalkResumer
from speaker.talk.service import SpeakerService
from speaker.talk.starter import TalkStarter
from speaker.talk.tracker import TalkTracker


class SpeakerApp:
    """One visit to the speaker page.

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
        sound: SoundPanel,
        memory: TalkRecords,
        watch: TalkTracker,
        new_service: Callable[[RealtimeClient, Callable[[], None]], SpeakerService],
        link_to: Callable[[str], str],
        show: Callable[[Model], None],
        was_touched: Callable[[], bool],
    ) -> None:
        self.service: SpeakerService | None = None
        self._account = account
        self._microphone = microphone
        self._sound = sound
        self._tracker = watch
        self._link_to = link_to
        self._show = show
        self._was_touched = was_touched

        def service_of(client: RealtimeClient) -> SpeakerService:
            return new_service(client, self.refresh)

        self._starter = TalkStarter(creation, account, service_of)
        self._resumer = TalkResumer(memory, microphone, creation.new_client, service_of)
        self._runner = ActionRunner()
        self._signed_in = False
        self._creating = False
        self._session_id = ""
        self._mode = ""
        self._confirming_end = self._ending = False
        microphone.on_change = sound.on_change = self.refresh

    async def open(self, volume: float = 1.0) -> None:
        """The page was opened; `volume` is how strong the microphone is sent, 1 as it is."""
        self._sound.volume = volume
        await self._guard(self._restore())

    async def sign_in(self, email: str, password: str) -> None:
        """What was typed stays typed when it fails."""
        await self._guard(self._sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget who is there; a talk under way goes on until it is ended."""
        self._signed_in = False
        self.leave()
        if not self.is_running:
            self.service = None
            self._resumer.forget()
        self.refresh()
        # What is forgotten here is seen at once; telling the sign-in service may take its time.
        await self._guard(self._account.sign_out())

    async def start(self, language: str, tier: str, device_id: str) -> None:
        """The one button: create the session, join it, go live."""
        if not self._creating and not self.is_running:
            await self._open_talk(self._start(language, tier, device_id), "start")

    async def go_on(self) -> None:
        """Continue the talk that was found: same link, same listeners."""
        if self._resumer.found is not None and not self._creating:
            await self._open_talk(self._rejoin(self._resumer.found.talk), "continue")

    async def end_found(self) -> None:
        """The talk that was found is not wanted any more."""
        found = self._resumer.found
        if found is not None and not self._creating and not self._ending:
            self._ending = True
            try:
                await self._guard(self._resumer.end(found.talk))
            finally:
                self._ending = False

    def skip_found(self) -> None:
        """The talk that was found may go on elsewhere; here another is wanted."""
        self._resumer.found = None
        self.refresh()

    @property
    def is_running(self) -> bool:
        """Whether there is a talk."""
        return self.service is not None and self.service.state != "ended"

    def cancel(self) -> None:
        """Changed my mind while the talk was being opened: nothing is left behind."""
        self._starter.cancel()

    async def toggle_pause(self) -> None:
        """Nobody hears, nothing is sent."""
        if self.service is not None and self.is_running:
            self._microphone.pressed()
            await self._guard(self.service.set_paused(not self.service.paused))

    async def toggle_mute(self) -> None:
        """Nobody hears, the line stays open."""
        if self.service is not None and self.is_running and not self.service.paused:
            self._microphone.pressed()
            await self._guard(self.service.set_muted(not self.service.muted))

    async def toggle_check(self, tier: str, device_id: str) -> None:
        """Hear, before a talk, how one will be heard; once more ends that."""
        if self._sound.checking:
            self._sound.stop_check()
        elif not self.is_running:
            await self._guard(self._sound.start_check(tier, device_id), "check-sound")

    async def choose_microphone(self, tier: str, device_id: str) -> None:
        """Another microphone, while it is in use; else it is tried, if no browser will ask the person."""
        if self.is_running or self._sound.checking:
            await self._guard(self._microphone.switch(device_id))
        elif self._microphone.is_allowed and not self._creating:
            await self._guard(self._sound.start_check(tier, device_id), "check-sound")

    async def choose_tier(self, tier: str, device_id: str) -> None:
        """The sound check under way is for another kind of sound, which is captured in another way."""
        if self._sound.checking:
            await self._guard(self._sound.start_check(tier, device_id), "check-sound")

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is."""
        self._sound.set_volume(volume)

    def leave(self) -> None:
        """Nobody looks at a sound check any more."""
        self._sound.stop_check()

    def ask_to_end(self) -> None:
        """First press of End: ask. Pressed again it takes the question back."""
        self._confirming_end = not self._confirming_end and not self._ending
        self.refresh()

    async def end(self) -> None:
        """The answer was yes; given again while the server is asked, it counts once."""
        if self.service is None or not self._confirming_end:
            return
        self._confirming_end, self._ending = False, True
        self.refresh()
        try:
            await self._guard(self._end(self.service))
        finally:
            self._ending = False

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
        service, found = self.service, self._resumer.found
        if service is not None and service.close_reason in SIGN_IN_CODES:
            self._signed_in = False
        self._tracker.observe(self._microphone.using)
        state, touched = self._state(), self._was_touched()
        self._show(
            Model(
                state=state,
                detail=detail_of(state, self._microphone, self._signed_in, found is not None, touched),
                notice=notice_now(service, self._microphone, self._runner.notice, touched),
                pressed=self._runner.pressed,
                signed_in=self._signed_in,
                session_id=self._session_id,
                link=self._link_to(self._session_id) if self._session_id else "",
                mode=self._mode,
                paused=service is not None and service.paused,
                muted=service is not None and service.muted,
                confirming_end=self._confirming_end,
                gave_up=service is not None and service.gave_up,
                audience=service.audience if service is not None else Audience(),
                microphones=self._microphone.listed,
                microphone=self._microphone.using,
                microphone_label=self._microphone.label,
                checking=self._sound.checking,
                advice=self._sound.advice,
                volume=self._sound.volume,
                found="" if found is None else found.talk.session_id,
                summary=self._tracker.summary if state == "ended" else None,
            )
        )

    async def _restore(self) -> None:
        self._signed_in = await self._account.user_id() != ""
        await self._microphone.refresh()
        await self._find_talk()

    async def _sign_in(self, email: str, password: str) -> None:
        await self._account.sign_in(email, password)
        self._signed_in = True
        if not self.is_running:
            self.service = None  # how it ended is the business of who held it
        await self._find_talk()

    async def _find_talk(self) -> None:
        if not self._signed_in or self.is_running:
            return
        if await self._resumer.find(await self._account.user_id()):
            await self.go_on()

    async def _open_talk(self, opening: Awaitable[None], pressed: str) -> None:
        """From a button to going live, or to a sentence that says why not."""
        self._creating, self.service = True, None
        self._session_id = self._mode = ""
        self._confirming_end = False
        self.refresh()
        try:
            await self._guard(opening, pressed)
        finally:
            self._creating = False
            if not self.is_running:
                self._sound.stop_check()
            self.refresh()

    async def _start(self, language: str, tier: str, device_id: str) -> None:
        service, talk = await self._starter.begin(language, tier, device_id)
        self._is_live(service, talk)

    async def _rejoin(self, talk: TalkRecord) -> None:
        service = await self._resumer.go_on(talk)
        if service is None:
            self._runner.notice = phrase("notice.talk-over")
        else:
            self._is_live(service, talk._replace(lost=talk.lost + 1))

    def _is_live(self, service: SpeakerService, talk: TalkRecord) -> None:
        self._session_id, self._mode = talk.session_id, talk.mode
        self.service = service
        self._sound.follow(service)
        self._tracker.follow(service, talk)
        # Once they are allowed, microphones have names; the talk does not wait for them.
        in_background(self._microphone.refresh)()

    async def _guard(self, action: Awaitable[None], pressed: str = "start") -> None:
        await self._runner.run(action, pressed)
        if self._runner.signed_out:
            self._signed_in = False
        self.refresh()

    def _state(self) -> str:
        if self._creating:
            return "creating"
        if self.service is not None:
            return self.service.state
        return "error" if self._runner.failed else "idle"

    async def _end(self, service: SpeakerService) -> None:
        try:
            await service.end()
        except RealtimeError:
            # It is over here; the server ends it by itself when nobody comes back.
            self._runner.notice = phrase("notice.ended-unheard")
