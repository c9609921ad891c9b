"""What a speaker can do, and what the page should show. Pure: it knows only ports."""

import logging
from typing import Awaitable, Callable, NamedTuple, Protocol

from pylib.errors import Aborted, AuthError, LecternError, RealtimeError
from pylib.ports import AudioInput, Clock, Microphone
from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult
from pylib.session.sentences import BY_CODE
from speaker import texts
from speaker.service import Audience, SpeakerService

log = logging.getLogger("lectern.speaker")

REFRESH_S = 0.1
SIGN_IN_CODES = ("AUTH_SIGN_IN_REQUIRED", "AUTH_TOKEN_EXPIRED", "AUTH_TOKEN_INVALID", "AUTH_MISSING_TOKEN")
REPLACED_CODE = 4001
SILENT_REFRESHES = 10
"""A microphone that delivers nothing for so many redraws (one second) is gone."""


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


class Model(NamedTuple):
    """All that the page shows."""

    state: str
    sentence: str
    notice: str = ""
    signed_in: bool = False
    session_id: str = ""
    link: str = ""
    mode: str = ""
    paused: bool = False
    muted: bool = False
    confirming_end: bool = False
    gave_up: bool = False
    audience: Audience = Audience()


class SpeakerApp:
    """One visit to the speaker page.

    `new_service` makes the SpeakerService of a session, `link_to` the listeners' link of a
    session id; `show` draws a Model and `show_level` the meter.
    """

    def __init__(
        self,
        *,
        account: Account,
        creator: Creator,
        microphone: AudioInput,
        new_service: Callable[[RealtimeClient, Callable[[], None]], SpeakerService],
        link_to: Callable[[str], str],
        clock: Clock,
        show: Callable[[Model], None],
        show_level: Callable[[float], None],
        show_microphones: Callable[[list[Microphone]], None],
    ) -> None:
        self.service: SpeakerService | None = None
        self._account = account
        self._creator = creator
        self._microphone = microphone
        self._new_service = new_service
        self._link_to = link_to
        self._clock = clock
        self._show = show
        self._show_level = show_level
        self._show_microphones = show_microphones
        self._signed_in = False
        self._creating = False
        self._failed = False
        self._notice = ""
        self._session_id = ""
        self._mode = ""
        self._confirming_end = False
        self._blocks = 0
        self._silent_refreshes = 0

    async def open(self) -> None:
        """The page was opened."""
        await self._guard(self._restore())

    async def sign_in(self, email: str, password: str) -> None:
        """What was typed stays typed when it fails."""
        await self._guard(self._sign_in(email, password))

    async def sign_out(self) -> None:
        """Forget who is there; a talk under way goes on until it is ended."""
        self._signed_in = False
        if self.service is not None and self.service.state == "ended":
            self.service = None
        self.refresh()
        # What is forgotten here is seen at once; telling the sign-in service may take its time.
        await self._guard(self._account.sign_out())

    async def start(self, language: str, tier: str, device_id: str) -> None:
        """The one button: create the session, join it, go live."""
        if self._creating or (self.service is not None and self.service.state != "ended"):
            return
        self._creating, self.service = True, None
        self._session_id = self._mode = ""
        self.refresh()
        try:
            await self._guard(self._start(language, tier, device_id))
        finally:
            self._creating = False
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
        """The page came back to the front, perhaps after a long sleep."""
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
                sentence=texts.STATES["signed-out" if wants_sign_in else state],
                notice=self._notice or self._closing_notice(),
                signed_in=self._signed_in,
                session_id=self._session_id,
                link=self._link_to(self._session_id) if self._session_id else "",
                mode=self._mode,
                paused=service is not None and service.paused,
                muted=service is not None and service.muted,
                confirming_end=self._confirming_end,
                gave_up=service is not None and service.gave_up,
                audience=service.audience if service is not None else Audience(),
            )
        )

    async def _restore(self) -> None:
        self._signed_in = await self._account.user_id() != ""
        self._show_microphones(await self._microphone.microphones())

    async def _sign_in(self, email: str, password: str) -> None:
        await self._account.sign_in(email, password)
        self._signed_in = True

    async def _start(self, language: str, tier: str, device_id: str) -> None:
        result = await self._creator.create(language, tier)
        if not isinstance(result.client, RealtimeClient):
            changed_mind = result.error_code == Aborted.default_code
            self._failed, self._notice = not changed_mind, "" if changed_mind else result.error
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
        self._show_microphones(await self._microphone.microphones())
        self._meter()

    async def _guard(self, action: Awaitable[None]) -> None:
        """Run an action; an error becomes the sentence on the page."""
        self._notice, self._failed = "", False
        try:
            await action
        except AuthError as error:
            self._signed_in = False
            self._notice = error.message
        except LecternError as error:
            log.warning("failed: %s", error.code)
            self._failed, self._notice = True, error.message
        except Exception:
            log.exception("unexpected")
            self._failed, self._notice = True, texts.UNEXPECTED
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
            self._notice = texts.ENDED_UNHEARD

    def _closing_notice(self) -> str:
        """Why the talk is over, or why nobody hears it, when that was not asked for here."""
        service = self.service
        if service is None:
            return ""
        if service.gave_up:
            return texts.GAVE_UP
        if service.close_code == REPLACED_CODE:
            return texts.REPLACED
        if service.state == "ended":
            return texts.ENDINGS.get(service.close_reason, BY_CODE.get(service.close_reason, ""))
        return texts.NO_SOUND if self._silent_refreshes >= SILENT_REFRESHES else ""

    def _meter(self) -> None:
        """Draw the level ten times a second for as long as there is a session."""
        service = self.service
        if service is None or service.state == "ended":
            self._show_level(0.0)
            return
        was_silent = self._silent_refreshes >= SILENT_REFRESHES
        self._silent_refreshes = 0 if service.blocks != self._blocks else self._silent_refreshes + 1
        self._blocks = service.blocks
        silent = self._silent_refreshes >= SILENT_REFRESHES
        self._show_level(0.0 if silent else service.level)
        if silent != was_silent:
            self.refresh()
        self._clock.call_later(REFRESH_S, self._meter)
