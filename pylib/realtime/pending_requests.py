"""Requests over a socket: each waits for the one answer that repeats its request id."""

import asyncio
from typing import Any, Callable

from pylib.errors import LecternError, RequestFailed, RequestUnanswered
from pylib.ports import Clock
from pylib.protocol import message_types
from pylib.protocol.plain import number


class PendingRequest:
    """One request that was sent and has no answer yet."""

    def __init__(self, expect: str, message: "dict[str, Any] | None" = None, number: int = 0) -> None:
        self.expect = expect
        self.number = number
        self.message: dict[str, Any] = message or {}
        self.answer: dict[str, Any] = {}
        self.error: LecternError | None = None
        self._done = asyncio.Event()

    def succeed(self, message: dict[str, Any]) -> None:
        """Make `wait` return this answer. Later outcomes are ignored."""
        if not self._done.is_set():
            self.answer = message
            self._done.set()

    def fail(self, error: LecternError) -> None:
        """Make `wait` raise this error. Later outcomes are ignored."""
        if not self._done.is_set():
            self.error = error
            self._done.set()

    async def wait(self, clock: Clock, timeout_s: float) -> dict[str, Any]:
        """Return the answer. Raises the error given to `fail`, RequestUnanswered after `timeout_s`."""
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
    """All requests of one client that have no answer yet, by request id."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._by_id: dict[str, PendingRequest] = {}
        self._count = 0
        self._random = random

    def add(self, action: str, fields: dict[str, Any], expect: str, request_id: str = "") -> PendingRequest:
        """Register a request. The caller sends its `message`; the answer's type is `expect`.

        Without a `request_id` it gets one that no other has: logs find the request by it.
        """
        self._count += 1
        request_id = request_id or f"r{self._count}-{int(self._random() * 16**8):08x}"
        pending = PendingRequest(expect, dict(fields, action=action, requestId=request_id), self._count)
        self._by_id[request_id] = pending
        return pending

    def remove(self, pending: PendingRequest) -> None:
        """The caller has stopped waiting; an answer that comes later is ignored."""
        self._by_id.pop(pending.message["requestId"], None)

    def unanswered(self) -> list[dict[str, Any]]:
        """The messages of all requests without an answer, oldest first."""
        return [pending.message for pending in sorted(self._by_id.values(), key=_number)]

    def resolve(self, message: dict[str, Any]) -> None:
        """Hand a message from the server to the request that it answers, if it answers one."""
        pending = self._by_id.get(message.get("requestId", ""))
        if pending is None:
            return
        if message["type"] == pending.expect:
            pending.succeed(message)
        elif message["type"] == message_types.ERROR:
            text = message.get("message", "The server refused this.")
            wait_s = number(message.get("retryAfter"))
            pending.fail(RequestFailed(text, code=message.get("code", ""), retry_after_s=wait_s))

    def fail_all(self, error: LecternError) -> None:
        """The connection is lost, so no request on it will be answered."""
        for pending in list(self._by_id.values()):
            pending.fail(error)


def _number(pending: PendingRequest) -> int:
    return pending.number
