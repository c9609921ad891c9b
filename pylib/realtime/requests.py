"""Requests over a socket: each waits for the one answer that repeats its id."""

import asyncio
from typing import Any

from pylib.errors import LecternError, RequestFailed, RequestUnanswered
from pylib.ports import Clock


class PendingRequest:
    """One question under way."""

    def __init__(self, expect: str) -> None:
        self.expect = expect
        self.answer: dict[str, Any] = {}
        self.error: LecternError | None = None
        self._done = asyncio.Event()

    def succeed(self, message: dict[str, Any]) -> None:
        """Hand the answer to whoever waits. The first outcome counts."""
        if not self._done.is_set():
            self.answer = message
            self._done.set()

    def fail(self, error: LecternError) -> None:
        """Hand an error to whoever waits. The first outcome counts."""
        if not self._done.is_set():
            self.error = error
            self._done.set()

    async def wait(self, clock: Clock, timeout_s: float) -> dict[str, Any]:
        """The answer. Raises what `fail` was given, RequestUnanswered after `timeout_s`."""
        timer = clock.call_later(timeout_s, self._time_out)
        try:
            await self._done.wait()
        finally:
            timer.cancel()
        if self.error is not None:
            raise self.error
        return self.answer

    def _time_out(self) -> None:
        self.fail(RequestUnanswered("The server did not answer in time. Please try again."))


class PendingRequests:
    """All questions under way on one client, by request id."""

    def __init__(self) -> None:
        self._by_id: dict[str, PendingRequest] = {}
        self._count = 0

    def add(self, expect: str) -> tuple[str, PendingRequest]:
        """A new request id, and the place where its answer of type `expect` will arrive."""
        self._count += 1
        request_id = "r" + str(self._count)
        pending = PendingRequest(expect)
        self._by_id[request_id] = pending
        return request_id, pending

    def remove(self, request_id: str) -> None:
        """Nobody waits for this any more; a late answer is ignored."""
        self._by_id.pop(request_id, None)

    def resolve(self, message: dict[str, Any]) -> None:
        """Deliver a message to the request it answers, if it answers one."""
        pending = self._by_id.get(message.get("requestId", ""))
        if pending is None:
            return
        if message["type"] == pending.expect:
            pending.succeed(message)
        elif message["type"] == "error":
            text = message.get("message", "The server refused this.")
            pending.fail(RequestFailed(text, code=message.get("code", "")))

    def fail_all(self, error: LecternError) -> None:
        """The connection is gone: nobody will be answered."""
        for pending in list(self._by_id.values()):
            pending.fail(error)
