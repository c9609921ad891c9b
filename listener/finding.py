"""From a code to a talk."""

from typing import Any, Awaitable, Callable, NamedTuple

from pylib.errors import HttpError, LecternError
from pylib.protocol.plain import is_session_id, unknown_session
from pylib.session.sentences import phrase_for
from pylib.texts import phrase

Found = NamedTuple("Found", [("session", Any), ("state", str), ("notice", Any)])
"""A session to listen to, or None and why not: a state and a Phrase or None."""


class TalkFinder:
    """Looks a talk up by its code. The last question counts, not the last answer.

    On a site without the HTTP API only joining will tell more than the code.
    """

    def __init__(self, get_session: Callable[[str], Awaitable[Any]], has_http_api: bool) -> None:
        self._get_session = get_session
        self._has_http_api = has_http_api
        self._question = 0

    async def find(self, code: str) -> "Found | None":
        """What is known of this code; None when another was asked for meanwhile."""
        self._question += 1
        question = self._question
        found = await self._answer(code)
        return found if question == self._question else None

    async def _answer(self, code: str) -> Found:
        if not code:
            return Found(None, "no-code", None)
        if not is_session_id(code):
            return Found(None, "not-found", phrase("notice.bad-code"))
        try:
            session = await self._get_session(code) if self._has_http_api else unknown_session(code)
        except LecternError as error:
            gone = isinstance(error, HttpError) and error.status_code in (400, 404)
            return Found(None, "not-found" if gone else "unreached", phrase_for(error))
        ended = session.status == "ended"
        return Found(None if ended else session, "ended" if ended else "", None)
