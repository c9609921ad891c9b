"""The list of the account's own talks: read when it is opened, page by page, and what can be done to one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from pylib.errors import HttpError, LecternError
from pylib.figures.speaker_recorder import SpeakerRecorder
from pylib.protocol.figures import END
from pylib.session.error_texts import phrase_for_error
from pylib.session.http_service import SessionList
from pylib.ui.i18n import Phrase, phrase
from speaker.model import SIGN_IN_CODES
from speaker.talks.own_talk import OwnTalk

PAGE_SIZE = 5
"""How many talks are read at once: the newest few are what a speaker looks for."""

MOST_AT_ONCE = 100
"""More than this no server answers at once."""

log = logging.getLogger("lectern.speaker")


class OwnSessions(Protocol):
    """The account's sessions on the server; every method raises HttpError."""

    async def list_sessions(self, cursor: str = "", limit: int = 0) -> SessionList:
        """One page of them, as OwnTalk, the newest first."""

    async def delete_session(self, session_id: str) -> None:
        """End one."""


class ListedTalks(NamedTuple):
    """What the list shows. `asking` is the talk that may be ended; `told` what came of the last press."""

    talks: tuple[OwnTalk, ...] = ()
    cursor: str = ""
    is_read: bool = False
    busy: bool = False
    asking: str = ""
    told: Phrase | None = None


class TalkList:
    """Does one thing at a time: pressed meanwhile, More does nothing, and an end that was confirmed waits.

    `recorder` counts how ending goes.

    `on_change` is called when the list looks different, `on_signed_out` with the reason when the sign-in has
    run out.
    """

    def __init__(
        self,
        sessions: OwnSessions,
        recorder: SpeakerRecorder,
        on_change: Callable[[], None],
        on_signed_out: Callable[[Phrase], None],
    ) -> None:
        self.listed = ListedTalks()
        self._sessions = sessions
        self._recorder = recorder
        self._on_change = on_change
        self._on_signed_out = on_signed_out
        self._visit = 0
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Read the newest talks."""
        await self._run(lambda: self._read("", PAGE_SIZE))

    async def more(self) -> None:
        """Read the talks before those that are shown."""
        if self.listed.cursor:
            await self._run(lambda: self._read(self.listed.cursor, PAGE_SIZE))

    def ask_to_end(self, session_id: str) -> None:
        """Ask whether to end this talk; an empty id takes the question back."""
        self._set(asking=session_id, told=None)

    async def end(self) -> None:
        """End the talk that was asked about."""
        session_id = self.listed.asking
        if session_id:
            self._set(asking="")
            await self._run(lambda: self._end(session_id), waits=True)

    def close(self) -> None:
        """Forget all: the list is hidden, or the account signed out. What is under way comes to nothing."""
        self._visit += 1
        self._turn = asyncio.Lock()
        self.listed = ListedTalks()
        self._on_change()

    async def _read(self, cursor: str, size: int) -> ListedTalks:
        page = await self._sessions.list_sessions(cursor, limit=size)
        before = self.listed if cursor else ListedTalks()
        talks = (*before.talks, *page.sessions)
        return ListedTalks(talks, page.next_cursor, is_read=True, asking=before.asking)

    async def _end(self, session_id: str) -> ListedTalks:
        try:
            await self._recorder.during(END, self._sessions.delete_session(session_id))
        except HttpError as error:
            if error.status_code in (403, 404, 409):
                # The list was out of date.
                return (await self._read_again())._replace(told=phrase_for_error(error))
            raise
        return (await self._read_again())._replace(told=phrase("talks.was-ended"))

    async def _read_again(self) -> ListedTalks:
        return await self._read("", min(max(PAGE_SIZE, len(self.listed.talks)), MOST_AT_ONCE))

    async def _run(self, action: Callable[[], Awaitable[ListedTalks]], *, waits: bool = False) -> None:
        """Show what the action gives, or why it failed, unless the list was closed meanwhile."""
        if self._turn.locked() and not waits:
            return
        visit = self._visit
        async with self._turn:
            self._set(busy=True, told=None)
            try:
                listed = await action()
            except LecternError as error:
                log.warning("the talks could not be read or changed: %s", error.code)
                listed = self.listed._replace(busy=False, told=phrase_for_error(error))
                if error.code in SIGN_IN_CODES and visit == self._visit:
                    self._on_signed_out(phrase_for_error(error))
            if visit == self._visit:
                self.listed = listed
                self._on_change()

    def _set(self, **changes: object) -> None:
        self.listed = self.listed._replace(**changes)  # type: ignore[arg-type]
        self._on_change()
