"""What a speaker can do, and what the page should show. Pure: it knows only ports."""

import logging
from typing import Awaitable, Callable, Protocol

from pylib.errors import Aborted, AuthError, LecternError, RealtimeError
from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult
from pylib.session.sentences import phrase_for, told
from pylib.texts import Phrase, phrase
from speaker.microphone import MicrophoneKeeper
from speaker.model import Model, closing_notice
from speaker.service import Audience, SpeakerService
from speaker.sound import SoundDesk

log = logging.getLogger("lectern.speaker")

SIGN_IN_CODES = ("AUTH_SIGN_IN_REQUIRED", "AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_MISSING_TOKEN")


class Account(Protocol):
    """Who is signed in."""

    async def user_id(self) -> str:
        """Empty when nobody is signed in."""

    async def sign_in(self, email: str, password: str) -> None:
        """Raises AuthError or HttpError."""

    async def sign_out(self) -> None:
        """Forget the tokens."""


class Creator(Protocol):
    """SessionCreationOrchestrator, as far as the page needs it."""

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it."""

    def abort(self) -> None:
        """Leave nothing behind."""


class SpeakerApp:
    """One visit to the speaker page.

    `new_service` makes the SpeakerService of a session, `link_to` the listeners' link of a
    session id, and `show` draws a Model.
    """

    def __init__(
        self,
        *,
        account: Account,
        creator: Creator,
        microphone: MicrophoneKeeper,
        sound: SoundDesk,
        new_service: Callable[[RealtimeClient, Callable[[], None]], SpeakerService],
        link_to: Callable[[str], str],
        show: Callable[[Model], None],
    ) -> None:
        self.service: SpeakerService | None = None
        self._account = account
        self._creator = creator
        self._microphone = microphone
        self._sound = sound
        self._new_service = new_service
        self._link_to = link_to
        self._show = show
        self._signed_in = False
        self._creating = False
        self._failed = False
        self._notice: Phrase | None = None
        self._session_id = ""
        self._mode = ""
        self._confirming_end = False
        microphone.on_change = sound.on_change = self.refresh

    async def open(self) -> None:
        """The page was opened."""
        await self._guard(self._restore())

    async def sign_in(self, email: str, password: str) -> None:
        """What was typed stays typed when it fails."""
        await self._guard(self._sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget who is there; a talk under way goes on until it is ended."""
        self._signed_in = False
        self.leave()
        if self.service is not None and self.service.state == "ended":
            self.service = None
        self.refresh()
        # What is forgotten here is seen at once; telling the sign-in service may take its time.
        await self._guard(self._account.sign_out())

    async def start(self, language: str, tier: str, device_id: str) -> None:
        """The one button: create the session, join it, go live."""
        if self._creating or self._is_running():
            return
        self._creating, self.service = True, None
        self._session_id = self._mode = ""
        self.refresh()
        try:
            await self._guard(self._start(language, tier, device_id))
        finally:
            self._creating = False
            if not self._is_running():
                self._sound.stop_check()
            self.refresh()

    def cancel(self) -> None:
        """Changed my mind while the talk was being opened: nothing is left behind."""
        self._creator.abort()

    async def toggle_pause(self) -> None:
        """Nobody hears, nothing is sent."""
        if self.service is not None:
            await self._guard(self.service.set_paused(not self.service.paused))

    async def toggle_mute(self) -> None:
        """Nobody hears, the line stays open."""
        if self.service is not None:
            await self._guard(self.service.set_muted(not self.service.muted))

    async def toggle_check(self, tier: str, device_id: str) -> None:
        """Hear, before a talk, how one will be heard; once more ends that."""
        if self._sound.checking:
            self._sound.stop_check()
        elif not self._is_running():
            await self._guard(self._sound.start_check(tier, device_id))

    async def choose_microphone(self, tier: str, device_id: str) -> None:
        """Another microphone, while it is in use; else it is tried, if no browser will ask the person."""
        if self._is_running() or self._sound.checking:
            await self._guard(self._microphone.switch(device_id))
        elif self._microphone.is_allowed and not self._creating:
            await self._guard(self._sound.start_check(tier, device_id))

    async def choose_tier(self, tier: str, device_id: str) -> None:
        """The sound check under way is for another kind of sound, which is captured in another way."""
        if self._sound.checking:
            await self._guard(self._sound.start_check(tier, device_id))

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is."""
        self._sound.set_volume(volume)

    def leave(self) -> None:
        """Nobody looks at a sound check any more."""
        self._sound.stop_check()

    def ask_to_end(self) -> None:
        """First press of End: ask. Pressed again it takes the question back."""
        self._confirming_end = not self._confirming_end
        self.refresh()

    async def end(self) -> None:
        """The answer was yes."""
        self._confirming_end = False
        if self.service is not None:
            await self._guard(self._end(self.service))
        self.refresh()

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
        service = self.service
        if service is not None and service.close_reason in SIGN_IN_CODES:
            self._signed_in = False
        state = self._state()
        wants_sign_in = state == "idle" and not self._signed_in
        self._show(
            Model(
                state=state,
                detail="signed-out" if wants_sign_in else self._live_or_unheard(state),
                notice=self._current_notice(),
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
            )
        )

    async def _restore(self) -> None:
        self._signed_in = await self._account.user_id() != ""
        await self._microphone.refresh()

    async def _sign_in(self, email: str, password: str) -> None:
        await self._account.sign_in(email, password)
        self._signed_in = True

    async def _start(self, language: str, tier: str, device_id: str) -> None:
        result = await self._creator.create(language, tier)
        if not isinstance(result.client, RealtimeClient):
            changed_mind = result.error_code == Aborted.default_code
            self._failed = not changed_mind
            self._notice = None if changed_mind else told(result.error_code, result.error)
            self._signed_in = result.error_code not in SIGN_IN_CODES
            return
        self._session_id, self._mode = result.session_id, result.mode
        service = self._new_service(result.client, self.refresh)
        try:
            await service.start(tier, device_id)
        except BaseException:
            # A session without a speaker helps nobody: it ends, and Start may be pressed again.
            await service.abandon()
            self._session_id = ""
            raise
        self.service = service
        self._sound.follow(service)
        await self._microphone.refresh()

    async def _guard(self, action: Awaitable[None]) -> None:
        """Run an action; an error becomes the sentence on the page."""
        self._notice, self._failed = None, False
        try:
            await action
        except AuthError as error:
            self._signed_in = False
            self._notice = phrase_for(error)
        except LecternError as error:
            log.warning("failed: %s", error.code)
            self._failed, self._notice = True, phrase_for(error)
        except Exception:
            log.exception("unexpected")
            self._failed, self._notice = True, phrase("notice.unexpected")
        self.refresh()

    def _state(self) -> str:
        if self._creating:
            return "creating"
        if self.service is not None:
            return self.service.state
        return "error" if self._failed else "idle"

    async def _end(self, service: SpeakerService) -> None:
        try:
            await service.end()
        except RealtimeError:
            # It is over here; the server ends it by itself when nobody comes back.
            self._notice = phrase("notice.ended-unheard")

    def _is_running(self) -> bool:
        return self.service is not None and self.service.state != "ended"

    def _live_or_unheard(self, state: str) -> str:
        return "unheard" if state == "live" and self._microphone.trouble else state

    def _current_notice(self) -> Phrase | None:
        """The one sentence that matters most: what a person must do, before what went wrong earlier."""
        service, microphone = self.service, self._microphone
        if service is not None and service.gave_up:
            return closing_notice(service)
        if microphone.trouble:
            return phrase(microphone.trouble)
        said = self._notice or (closing_notice(service) if service is not None else None)
        if said is None and microphone.notice:
            return phrase(microphone.notice, microphone=microphone.label)
        return said
