"""From a code to a talk."""

from typing import Any, Awaitable, Callable, NamedTuple

from listener.session_codes import meant, mistakes, tidy
from pylib.errors import HttpError, LecternError
from pylib.protocol.plain import is_session_id, unknown_session
from pylib.session.error_texts import phrase_for
from pylib.ui.i18n import phrase

LookupResult = NamedTuple(
    "LookupResult", [("session", Any), ("outcome", str), ("notice", Any), ("suggestion", str)]
)
"""A session to listen to, or None and why not: a state, and a Phrase or the code that may be meant."""


class TalkLookup:
    """Looks a talk up by its code. The last question counts, not the last answer.

    A code that leads nowhere is compared with those `seen` in this browser; the server is never
    asked what talks there are. On a site without the HTTP API only joining tells more than the code.
    `on_found` is told the code of a talk that can be heard.
    """

    def __init__(
        self,
        get_session: Callable[[str], Awaitable[Any]],
        seen: Callable[[], "list[str]"],
        *,
        on_found: Callable[[str], None],
        has_http_api: bool = True,
    ) -> None:
        self._get_session = get_session
        self._seen = seen
        self._on_found = on_found
        self._has_http_api = has_http_api
        self._question = 0

    async def find(self, typed: str) -> "LookupResult | None":
        """What is known of this code, however it was typed; None when another was asked for meanwhile."""
        self._question += 1
        question = self._question
        found = await self._answer(tidy(typed))
        if question != self._question:
            return None
        if found.session is not None:
            self._on_found(found.session.session_id)
        return found

    async def _answer(self, code: str) -> LookupResult:
        if not code:
            return LookupResult(None, "no-code", None, "")
        if not is_session_id(code):
            near = meant(code, self._seen())
            if not near or mistakes(code.replace("-", ""), near.replace("-", "")):
                return LookupResult(None, "not-found", None if near else phrase("notice.bad-code"), near)
            code = near
        try:
            session = await self._get_session(code) if self._has_http_api else unknown_session(code)
        except LecternError as error:
            return self._missed(code, error)
        ended = session.status == "ended"
        return LookupResult(None if ended else session, "ended" if ended else "", None, "")

    def _missed(self, code: str, error: LecternError) -> LookupResult:
        if isinstance(error, HttpError) and error.status_code in (400, 404):
            # That there is no such talk, the state says already.
            notice = None if error.status_code == 404 else phrase_for(error)
            near = meant(code, self._seen())
            return LookupResult(None, "not-found", None if near else notice, near)
        return LookupResult(None, "unreached", phrase_for(error), "")
