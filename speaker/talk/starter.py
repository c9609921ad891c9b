"""From a press of Start to a live talk, or to nothing at all."""

import asyncio
from collections.abc import Callable

from pylib.errors import Aborted, LecternError
from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult
from pylib.tasks import in_background
from speaker.ports import Account, Creator
from speaker.talk.record import TalkRecord
from speaker.talk.service import SpeakerService


class TalkStarter:
    """Creates a session and goes live in it; `new_service` makes the SpeakerService of a client."""

    def __init__(
        self, creator: Creator, account: Account, new_service: Callable[[RealtimeClient], SpeakerService]
    ) -> None:
        self._creator = creator
        self._account = account
        self._new_service = new_service
        self._going_live: asyncio.Task[str] | None = None

    async def begin(self, language: str, tier: str, device_id: str) -> tuple[SpeakerService, TalkRecord]:
        """Raises LecternError, Aborted after `cancel`; then no microphone is open, and soon no session."""
        result = await self._creator.create(language, tier)
        if not isinstance(result.client, RealtimeClient):
            raise _failure(result)
        service = self._new_service(result.client)
        self._going_live = asyncio.create_task(self._go_live(service, tier, device_id))
        try:
            user = await self._going_live
        except BaseException as error:
            # A session without a speaker helps nobody: it ends, and nobody waits for the server to hear it.
            in_background(service.abandon)()
            if isinstance(error, asyncio.CancelledError):
                raise Aborted("Starting was cancelled.")
            raise
        finally:
            self._going_live = None
        return service, TalkRecord(result.session_id, result.mode, tier, user=user)

    def cancel(self) -> None:
        """The person changed their mind, perhaps while the browser asks for the microphone."""
        self._creator.abort()
        if self._going_live is not None:
            self._going_live.cancel()

    async def _go_live(self, service: SpeakerService, tier: str, device_id: str) -> str:
        """Returns whose talk it is."""
        await service.start(tier, device_id)
        return await self._account.user_id()


def _failure(result: CreationResult) -> LecternError:
    if result.error_code == Aborted.default_code:
        return Aborted(result.error)
    return LecternError(result.error, code=result.error_code)
