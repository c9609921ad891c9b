"""From a press of Start to a live talk, or to nothing at all: one task, which Cancel cancels.

It waits for the page's packages, creates the session, connects, opens the microphone and is live. Each
step that is cancelled, or fails, cleans up what it began.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pylib.config.app_config import AppConfig
from pylib.config.rollout import creation_mode
from pylib.config.site_config import AWS
from pylib.errors import Aborted, LecternError
from pylib.ports import Clock
from pylib.realtime.client import RealtimeClient
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.models import config_body
from pylib.session.orchestrator import CreationResult, SessionCreationOrchestrator
from pylib.tasks import in_background
from speaker.ports import SessionCreation, SpeakerAccount
from speaker.talk.record import TalkRecord
from speaker.talk.service import SpeakerService


class SessionCreator:
    """Creates sessions in the mode that the config, the signed-in user and the page's address ask for.

    `packages` waits for the Python packages that creating takes; a page may be used before they are there.
    `on_mode` is told the mode before each creation, `on_created` is called once there is a session.
    """

    def __init__(
        self,
        config: AppConfig,
        account: SpeakerAccount,
        clock: Clock,
        *,
        override: str,
        http_service: SessionHttpService,
        new_client: Callable[[], RealtimeClient],
        new_id: Callable[[], str],
        packages: Callable[[], Coroutine[Any, Any, None]],
        on_mode: Callable[[str], None] = lambda mode: None,
        on_created: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._account = account
        self._clock = clock
        self._override = override
        self._http_service = http_service
        self.new_client = new_client
        self._new_id = new_id
        self._packages = packages
        self._on_mode = on_mode
        self._on_created = on_created

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it; cancelled, it leaves no session behind.

        Raises HttpError 400 for a language or tier there is not, NetworkError when the packages do not come.
        """
        mode = creation_mode(self._config, await self._account.user_id(), self._override)
        self._on_mode(mode.mode)
        await self._packages()
        orchestrator = SessionCreationOrchestrator(
            mode,
            self._clock,
            new_http_service=lambda: self._http_service,
            new_legacy_service=lambda: LegacySessionService(self.new_client, self._clock),
            new_client=self.new_client,
            new_id=self._new_id,
            falls_back=self._config.backend == AWS,
            on_created=self._on_created,
        )
        return await orchestrator.create(config_body(source_language, quality_tier))


class TalkStarter:
    """Creates a session and goes live in it; `new_service` makes the SpeakerService of a client."""

    def __init__(
        self,
        creation: SessionCreation,
        account: SpeakerAccount,
        new_service: Callable[[RealtimeClient], SpeakerService],
    ) -> None:
        self._creation = creation
        self._account = account
        self._new_service = new_service
        self._starting: asyncio.Task[Any] | None = None
        self._cancelled = False

    async def begin(self, language: str, tier: str, device_id: str) -> tuple[SpeakerService, TalkRecord]:
        """Raises LecternError, Aborted after `cancel`; then no microphone is open, and soon no session."""
        # The caller's own task: with a task between, a talk could be live already when its caller has yet to
        # hear of it, and a Cancel of that moment would be lost.
        starting = self._starting = asyncio.current_task()
        self._cancelled = False
        try:
            return await self._go_live(language, tier, device_id)
        except (asyncio.CancelledError, LecternError) as error:
            if not self._cancelled:
                raise
            raise Aborted("Starting was cancelled.") from error
        finally:
            self._starting = None
            if starting is not None and self._cancelled:
                starting.uncancel()

    def cancel(self) -> None:
        """The person changed their mind, perhaps while the browser asks for the microphone."""
        # A second cancellation would cut short how the first one cleans up.
        if self._starting is not None and not self._cancelled:
            self._cancelled = True
            self._starting.cancel()

    async def _go_live(self, language: str, tier: str, device_id: str) -> tuple[SpeakerService, TalkRecord]:
        result = await self._creation.create(language, tier)
        if not isinstance(result.client, RealtimeClient):
            raise LecternError(result.error, code=result.error_code, retry_after_s=result.retry_after_s)
        service = self._new_service(result.client)
        try:
            await service.start(tier, device_id)
            user = await self._account.user_id()
        except BaseException:
            # A session without a speaker helps no listener: it ends, and the page does not wait for that.
            in_background(service.abandon)()
            raise
        return service, TalkRecord(result.session_id, result.mode, tier, user=user)
