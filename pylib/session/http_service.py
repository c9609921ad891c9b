"""SessionHttpService: create, read, change and end sessions over HTTP.

The one layer that retries. Portable: runs on MicroPython, where the listener page uses
its reading side; how a body becomes a session is passed in.
"""

import json
import logging
from typing import Any, Awaitable, Callable, NamedTuple, Protocol

from pylib.errors import AuthError, HttpError, LecternError, TransportError
from pylib.ports import Clock, HttpResponse, HttpTransport, TextStore
from pylib.protocol import codes
from pylib.retry import RetryBudget, RetryPolicy, retry
from pylib.session.error_texts import text_for_answer
from pylib.session.idempotency import PendingCreation
from pylib.session.requests import ApiCall, percent_encode, query
from pylib.session.responses import json_object, refused, unanswered, unreadable

TIMEOUT_S = 10.0

NO_RETRIES = RetryPolicy(max_retries=0)

log = logging.getLogger("lectern.session")

SessionList = NamedTuple("SessionList", [("sessions", "list[Any]"), ("next_cursor", str)])
"""One page of a speaker's own sessions; `next_cursor` is empty on the last page."""


class TokenSource(Protocol):
    """Where id tokens come from; `auth.provider.TokenProvider` is one."""

    def id_token(self) -> Awaitable[str]:
        """A token that lives long enough for a request. Raises LecternError."""

    def refresh_after_401(self, old: str) -> Awaitable[str]:
        """A token in place of `old`, which the server refused. Raises LecternError."""


class SessionHttpService:
    """Session life cycle over the HTTP API. Every method raises HttpError, no other LecternError.

    Args:
        transport: Sends one request, once.
        clock: Time.
        base_url: The API's address; `/sessions` is added.
        decode_session: From a JSON object to a session; raises ValueError or LecternError.
        random: Draws from 0 up to 1, for jitter.
        new_id: Makes a UUID's text.
        store: Keeps the idempotency key of an unfinished creation over a reload of the tab.
        tokens: Gives the caller's id tokens; None on the listener page, which only reads.
        policy: When to retry.
        budget: How many retries the page may make in all.
        timeout_s: For one whole request: connect, headers and body.
        older: The server is the original system's. It takes no headers but two, and knows no idempotency
            keys: a creation whose answer is lost may have made a session, so it is not sent again.
        on_call: Called at the end of each call that may be tried again, with how often it was.
    """

    def __init__(
        self,
        transport: HttpTransport,
        clock: Clock,
        base_url: str,
        *,
        decode_session: Callable[[dict[str, Any]], Any],
        random: Callable[[], float],
        new_id: Callable[[], str],
        store: "TextStore | None" = None,
        tokens: "TokenSource | None" = None,
        policy: "RetryPolicy | None" = None,
        budget: "RetryBudget | None" = None,
        timeout_s: float = TIMEOUT_S,
        older: bool = False,
        on_call: Callable[[int], None] = lambda retries: None,
    ) -> None:
        self.retries = 0
        self._transport = transport
        self._clock = clock
        self._sessions_url = base_url.rstrip("/") + "/sessions"
        self._decode_session = decode_session
        self._random = random
        self._new_id = new_id
        self._pending = PendingCreation(store, clock, new_id) if store is not None and not older else None
        self._tokens = tokens
        self._policy = policy or RetryPolicy()
        self._budget = budget or RetryBudget(clock)
        self._timeout_s = timeout_s
        self._older = older
        self._on_call = on_call
        self._last_read: tuple[str, str, Any] = ("", "", None)

    async def create_session(self, config: "dict[str, Any]", *, correlation_id: str = "") -> Any:
        """Create a session from a SessionConfig body; a repeat after a failure makes no second session."""
        body = json.dumps(config)
        key = self._pending.key_for(body) if self._pending is not None else self._new_id()
        call = self._call(
            "POST", self._sessions_url, correlation_id, body=body, headers={"Idempotency-Key": key}
        )
        try:
            policy = NO_RETRIES if self._older else self._policy
            session = self._session(await self._answer(call, policy), call)
        except HttpError as error:
            if self._pending is not None and _nothing_was_made(error):
                self._pending.settle(key)
            raise
        if self._pending is not None:
            self._pending.settle(key)
        return session

    def forget_pending_creation(self) -> None:
        """Treat the next creation as a new user action, also when the last one has no known outcome."""
        if self._pending is not None:
            self._pending.forget()

    async def get_session(self, session_id: str, *, retrying: bool = True, correlation_id: str = "") -> Any:
        """Read a session. Sessions are public to read, so no token is sent.

        A second read of a session sends its ETag, and the answer is empty when nothing has changed.
        A caller that polls passes `retrying=False`, as its next poll is the retry.
        """
        url = self._session_url(session_id)
        read_url, etag, session = self._last_read
        headers = {"If-None-Match": etag} if etag and read_url == url else {}
        call = self._call("GET", url, correlation_id, needs_token=False, headers=headers)
        response = await self._answer(call, self._policy if retrying else NO_RETRIES)
        if response.status == 304 and headers:
            return session
        session = self._session(response, call)
        self._last_read = (url, response.headers.get("etag", ""), session)
        return session

    async def update_session(
        self, session_id: str, updates: "dict[str, Any]", *, if_match: str = "", correlation_id: str = ""
    ) -> Any:
        """Change a session by a SessionUpdateRequest body.

        With `if_match`, an ETag, it fails (412) when the session has changed since that ETag was read.
        """
        headers = {"If-Match": if_match} if if_match else {}
        url, body = self._session_url(session_id), json.dumps(updates)
        call = self._call("PATCH", url, correlation_id, body=body, headers=headers)
        return self._session(await self._answer(call), call)

    async def delete_session(self, session_id: str, *, correlation_id: str = "") -> None:
        """End a session. A 404 after a lost answer is success: the request whose answer was lost ended it."""
        call = self._call("DELETE", self._session_url(session_id), correlation_id)
        try:
            await self._answer(call)
        except HttpError as error:
            if error.status_code != 404 or call.lost_answers == 0:
                raise

    async def list_sessions(
        self, cursor: str = "", limit: int = 0, *, correlation_id: str = ""
    ) -> SessionList:
        """One page of the caller's own sessions, from `cursor` on; `limit` 0 is the usual number."""
        url = self._sessions_url + query({"cursor": cursor, "limit": limit or ""})
        call = self._call("GET", url, correlation_id)
        response = await self._answer(call)
        page = json_object(response) or {}
        items = page.get("items")
        if not isinstance(items, list):
            raise unreadable(response, call.request_id, call.correlation_id)
        sessions = [self._decode(item, response, call) for item in items]
        return SessionList(sessions, page.get("nextCursor") or "")

    def _call(self, method: str, url: str, correlation_id: str, **options: Any) -> ApiCall:
        """One user action; `options` are ApiCall's."""
        return ApiCall(method, url, self._new_id, correlation_id=correlation_id, older=self._older, **options)

    def _session_url(self, session_id: str) -> str:
        # A url parser drops "." and ".." even when encoded, and would address another resource.
        if session_id in ("", ".", ".."):
            code = codes.SESSION_INVALID_ID_FORMAT
            raise HttpError(text_for_answer(400, code), status_code=400, code=code)
        return self._sessions_url + "/" + percent_encode(session_id)

    async def _answer(self, call: ApiCall, policy: "RetryPolicy | None" = None) -> HttpResponse:
        """The first answer below 400, after as many tries as the policy allows."""

        def note(retry_number: int, delay_ms: float, error: LecternError) -> None:
            self.retries += 1
            call.lost_answers += 1
            log.warning(
                "%s retry %d in %d ms after %s, correlation %s",
                call.method, retry_number, delay_ms, error.code, call.correlation_id,
            )  # fmt: skip

        policy = policy or self._policy
        try:
            answer: HttpResponse = await retry(
                lambda: self._try_once(call),
                policy,
                self._clock,
                self._random,
                budget=self._budget,
                on_retry=note,
            )
        finally:
            if policy.max_retries:
                self._on_call(call.lost_answers)
        return answer

    async def _try_once(self, call: ApiCall) -> HttpResponse:
        """One try. After a 401 the token is refreshed and the request sent again, within this try."""
        try:
            response = await self._send_with_token(call)
        except TransportError as error:
            raise self._logged(unanswered(error, call.request_id, call.correlation_id), call)
        except AuthError as error:
            raise self._logged(
                HttpError(
                    error.message, status_code=401, code=error.code, correlation_id=call.correlation_id
                ),
                call,
            )
        if response.status >= 400:
            now_ms = self._clock.now_ms()
            raise self._logged(refused(response, call.request_id, call.correlation_id, now_ms), call)
        if call.method != "GET":
            log.info(
                "%s: %d, request %s, correlation %s",
                call.method, response.status, call.request_id, call.correlation_id,
            )  # fmt: skip
        return response

    async def _send_with_token(self, call: ApiCall) -> HttpResponse:
        if self._tokens is None or not call.needs_token:
            return await self._transport.send(call.request("", self._timeout_s))
        token = await self._tokens.id_token()
        response = await self._transport.send(call.request(token, self._timeout_s))
        if response.status == 401:
            token = await self._tokens.refresh_after_401(token)
            response = await self._transport.send(call.request(token, self._timeout_s))
        return response

    def _session(self, response: HttpResponse, call: ApiCall) -> Any:
        return self._decode(json_object(response), response, call)

    def _decode(self, body: Any, response: HttpResponse, call: ApiCall) -> Any:
        try:
            return self._decode_session(body)
        except (LecternError, ValueError, KeyError, TypeError):
            raise self._logged(unreadable(response, call.request_id, call.correlation_id), call)

    def _logged(self, error: HttpError, call: ApiCall) -> HttpError:
        log.info(
            "%s failed: %d %s, request %s, correlation %s",
            call.method, error.status_code, error.code, error.request_id, call.correlation_id,
        )  # fmt: skip
        return error


def _nothing_was_made(error: HttpError) -> bool:
    """Whether the error proves that the server created no session."""
    if error.status_code == 408 or error.code == codes.IDEMPOTENCY_IN_PROGRESS:
        return False
    return 400 <= error.status_code < 500
