"""From a code to a talk."""

from typing import Any, Awaitable, Callable, NamedTuple

from listener.session_codes import mistakes, nearest, tidy
from pylib.errors import HttpError, LecternError
from pylib.protocol.plain import is_session_id, unknown_session
from pylib.session.error_texts import phrase_for_error
from pylib.ui.i18n import phrase

LookupResult = NamedTuple(
    "LookupResult", [("session", Any), ("outcome", str), ("notice", Any), ("suggestion", str)]
)
"""A session to listen to; or None, the outcome (a detail of the page's state), a Phrase or a near code."""


class TalkLookup:
    """Looks a talk up by its code. When look-ups overlap, the newest one's result counts.

    A code that leads nowhere is compared with `recent_codes`, of talks that this browser has found; the
    server is never asked what talks there are. On a site without the HTTP API only joining says whether
    there is a talk. `on_found` gets the code of a talk that can be heard.
    """

    def __init__(
        self,
        get_session: Callable[[str], Awaitable[Any]],
        recent_codes: Callable[[], "list[str]"],
        *,
        on_found: Callable[[str], None],
        has_http_api: bool = True,
    ) -> None:
        self._get_session = get_session
        self._recent_codes = recent_codes
        self._on_found = on_found
        self._has_http_api = has_http_api
        self._lookups = 0

    async def find(self, typed: str) -> "LookupResult | None":
        """The result for a code, however it was typed; None when another look-up was begun meanwhile."""
        self._lookups += 1
        lookup = self._lookups
        found = await self._look_up(tidy(typed))
        if lookup != self._lookups:
            return None
        if found.session is not None:
            self._on_found(found.session.session_id)
        return found

    async def _look_up(self, code: str) -> LookupResult:
        if not code:
            return LookupResult(None, "no-code", None, "")
        if not is_session_id(code):
            near = nearest(code, self._recent_codes())
            if not near or mistakes(code.replace("-", ""), near.replace("-", "")):
                return LookupResult(None, "not-found", None if near else phrase("notice.bad-code"), near)
            code = near
        try:
            session = await self._get_session(code) if self._has_http_api else unknown_session(code)
        except LecternError as error:
            return self._failed(code, error)
        ended = session.status == "ended"
        return LookupResult(None if ended else session, "ended" if ended else "", None, "")

    def _failed(self, code: str, error: LecternError) -> LookupResult:
        if isinstance(error, HttpError) and error.status_code in (400, 404):
            # The state itself says that there is no such talk.
            notice = None if error.status_code == 404 else phrase_for_error(error)
            near = nearest(code, self._recent_codes())
            return LookupResult(None, "not-found", None if near else notice, near)
        return LookupResult(None, "unreached", phrase_for_error(error), "")
