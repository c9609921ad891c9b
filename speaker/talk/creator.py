"""Builds the orchestrator for whoever is signed in: the flag is decided for each user."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from pylib.auth.account import CognitoAccount
from pylib.config.app_config import AppConfig
from pylib.config.rollout import creation_mode
from pylib.errors import Aborted
from pylib.ports import Clock
from pylib.realtime.client import RealtimeClient
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.models import config_body
from pylib.session.orchestrator import CreationResult, SessionCreationOrchestrator


class SessionCreator:
    """Creates sessions in the mode that the config, the user and the page's address ask for.

    `packages` waits for the Python packages that this takes; a page may be used before they are there.
    """

    def __init__(
        self,
        config: AppConfig,
        account: CognitoAccount,
        clock: Clock,
        *,
        override: str,
        http_service: SessionHttpService,
        new_client: Callable[[], RealtimeClient],
        packages: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._config = config
        self._account = account
        self._clock = clock
        self._override = override
        self._http_service = http_service
        self.new_client = new_client
        self._packages = packages
        self._waiting: asyncio.Task[None] | None = None
        self._aborted = False
        self._orchestrator: SessionCreationOrchestrator | None = None

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it.

        Raises HttpError 400 for a language or tier there is not, NetworkError when the packages do not come.
        """
        self._aborted = False
        mode = creation_mode(self._config, await self._account.user_id(), self._override)
        if not await self._packages_came():
            return CreationResult(False, "", None, "", Aborted.default_code, mode.mode, 0.0)
        body = config_body(source_language, quality_tier)
        self._orchestrator = SessionCreationOrchestrator(
            mode,
            self._clock,
            new_http_service=lambda: self._http_service,
            new_legacy_service=lambda: LegacySessionService(self.new_client, self._clock),
            new_client=self.new_client,
        )
        return await self._orchestrator.create(body)

    def abort(self) -> None:
        """The person changed their mind."""
        self._aborted = True
        if self._waiting is not None:
            self._waiting.cancel()
        if self._orchestrator is not None:
            self._orchestrator.abort()

    async def _packages_came(self) -> bool:
        """Wait for them; False when the person changed their mind first."""
        self._waiting = asyncio.create_task(self._packages())
        try:
            await self._waiting
        except asyncio.CancelledError:
            if not self._aborted:
                raise
        finally:
            self._waiting = None
        return not self._aborted
