"""One HTTP connection: how long a request may take to arrive, and what is answered to what is no HTTP.

aiohttp has one time limit for both an idle connection and a request head that trickles in, decodes bodies
before a handler has looked at the request, answers `Expect: 100-continue` for addresses that do not exist,
and quotes what it cannot parse, to the client and in the log. This class changes that and nothing else.
"""

import asyncio
import logging
import random
from functools import partial
from itertools import count
from typing import Any

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict, CIMultiDictProxy

from backend.attack_log import MALFORMED_HTTP, SLOW_REQUEST
from backend.doors import Doors
from backend.ports import Timer
from backend.problems import Problem, internal_error, problem_response
from backend.proxies import neighbourhood
from pylib.protocol import codes

LINGER_S = 2.0
"""How long the rest of a refused body is read and thrown away: a client that is cut off while it sends
never reads the answer."""

MAX_LINE_BYTES = 32 * 1024
"""Long enough that overlong session ids and tokens reach us, and are refused in our own words."""

MAX_AFTER_HEAD_BYTES = 2 * 1024 * 1024
"""What may follow a request's head, wanted or not, before the connection is cut."""

SLICE_BYTES = 4096
"""Parsed at once: chunks of one byte cost 200 times what they weigh, and others want their turn."""

MAX_DEPTH = 32
"""Slashes in a path. Our own have fewer, and aiohttp looks up each part of a path that it does not know."""

WORK_S = 10.0
"""An answer that takes longer, as one that its client does not read, may be cut for a newcomer."""

_numbers = count(1)

EXPECT = web.RequestKey("expect", str)
"""A request's Expect header."""

log = logging.getLogger("lectern.http")


class Connection(RequestHandler):
    """An HTTP connection; as a `doorkeeper.Guest` it gives way while it waits for a request.

    Attributes:
        number: no other connection of this process has it, also when this one is gone.
    """

    __slots__ = (
        "_after_head",
        "_doors",
        "_head_begun",
        "_head_timer",
        "_parses_soon",
        "_unparsed",
        "_work_since",
        "address",
        "number",
    )

    def __init__(self, doors: Doors, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self.address = ""
        self.number = next(_numbers)
        self._doors = doors
        self._head_timer: Timer | None = None
        self._head_begun = False
        self._after_head = 0
        self._work_since = 0.0
        self._unparsed = bytearray()
        self._parses_soon = False

    # As the transport's protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        # A proxy's connections carry the requests of many people.
        self.address = "" if self._doors.proxies.trusts(peer) else neighbourhood(peer)
        if self._doors.keeper.arrive(self):
            self._await_head()
        else:
            self._send_refusal(
                Problem(503, codes.SERVICE_UNAVAILABLE, "This server is full at the moment.", retry_after_s=5)
            )

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio wants to know; aiohttp says None
        """See asyncio.Protocol. What came before the end is parsed first, and crowds leave one by one."""
        if self.transport is not None:
            self._doors.turns.ask(self.address, partial(self._close_transport, self.transport))
        return True

    def _close_transport(self, transport: asyncio.Transport) -> None:
        """Close, even if the connection was taken over as a live one meanwhile: its end is told only once."""
        transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """See asyncio.Protocol."""
        self._doors.keeper.depart(self)
        self._stop_head_timer()
        self._unparsed.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. What has come is parsed in slices, each in a turn of its own."""
        self._unparsed += data
        self._parse_soon()
        if len(self._unparsed) >= SLICE_BYTES:
            self._pause_transport_reading()

    def _parse_soon(self) -> None:
        if not self._parses_soon:
            self._parses_soon = True
            self._doors.turns.ask(self.address, self._parse_slice)

    def _parse_slice(self) -> None:
        self._parses_soon = False
        if self.transport is None or self.transport.is_closing():
            return
        data = bytes(self._unparsed[:SLICE_BYTES])
        del self._unparsed[:SLICE_BYTES]
        self._parse(data)
        if not (self._reading_paused or self._buffer_paused):
            self._resume_transport_reading()

    def _resume_transport_reading(self) -> None:
        """See BaseProtocol: aiohttp can take more. What has come already is parsed before more is read."""
        if self._unparsed:
            self._parse_soon()
        elif not self._parses_soon:
            super()._resume_transport_reading()

    def _parse(self, data: bytes) -> None:
        idle, heads = self._is_idle, self._request_count
        super().data_received(data)
        if self._request_count > heads:
            self._stop_head_timer()
            self._head_begun = False
            self._after_head = 0
            self._work_since = self._doors.clock.monotonic_s()
        elif idle:
            # aiohttp asks with no data for what it has kept, which may be nothing.
            if data:
                self._head_begun = True
                self._await_head()
        else:
            self._after_head += len(data)
            if self._after_head > MAX_AFTER_HEAD_BYTES:
                self.force_close()

    # As a guest

    @property
    def seated(self) -> bool:
        """Never: a WebSocket is taken over by a protocol of its own."""
        return False

    def give_way(self) -> bool:
        """Close, unless a whole request is being answered."""
        current = self._current_request
        at_work = bool(self._messages) or (current is not None and current.content.is_eof())
        if at_work and self._doors.clock.monotonic_s() - self._work_since < WORK_S:
            return False
        self.force_close()
        return True

    @property
    def _is_idle(self) -> bool:
        return self._request_count == 0 or (self._waiter is not None and not self._waiter.done())

    # The time for a head

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self._doors.clock.call_later(self._doors.limits.head_s, self._head_is_late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._unparsed:
            # It has come, and waits for its turn.
            self._await_head()
        elif self._head_begun:
            self._doors.attacks.note(SLOW_REQUEST, self.address)
            self._send_refusal(Problem(408, codes.REQUEST_TIMEOUT, "The request took too long to arrive."))
        else:
            # A browser opens connections in advance; such a one has asked for nothing that could be answered.
            self.force_close()

    # Refusals past the middleware

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """See RequestHandler. That a client was cut off while it sent an unwanted body is no error."""
        if self.transport is not None:
            super().log_exception(*args, **kwargs)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no HTTP (400), or to an error that passed the middleware (500).

        Neither the answer nor the log quotes the request.
        """
        if status == 400:
            self._doors.attacks.note(MALFORMED_HTTP, self.address)
            problem = Problem(
                400, codes.VALIDATION_INVALID_PARAMETER, "This is no HTTP request that can be understood."
            )
        else:
            log.error("a request could not be answered", exc_info=exc)
            problem = internal_error()
        if request.writer.output_size > 0:
            raise ConnectionError
        return self._refusal(problem)

    def _refusal(self, problem: Problem) -> web.Response:
        self._doors.metrics.errors.labels("http", problem.code).inc()
        request_id = f"{random.getrandbits(128):032x}"
        response = problem_response(problem, request_id, self._doors.clock.now_ms())
        response.headers.update(
            {"X-Request-ID": request_id, "Server": "lectern", "X-Content-Type-Options": "nosniff"}
        )
        response.force_close()
        return response

    def _send_refusal(self, problem: Problem) -> None:
        """Answer without a request, and close."""
        answer = self._refusal(problem)
        body = answer.body if isinstance(answer.body, bytes) else b""
        answer.headers.update({"Content-Length": str(len(body)), "Connection": "close"})
        head = [
            f"HTTP/1.1 {answer.status} {answer.reason}",
            *(f"{k}: {v}" for k, v in answer.headers.items()),
        ]
        if self.transport is not None:
            self.transport.write("\r\n".join([*head, "", ""]).encode() + body)
        self.force_close()


class DoorServer(web.Server):
    """Makes a `Connection` for each client; otherwise the server that aiohttp has made for an app."""

    def __init__(self, made: web.Server, doors: Doors) -> None:
        super().__init__(
            partial(_handle_in_turn, made.request_handler, doors),
            request_factory=partial(_make_request, made.request_factory),
            loop=made._loop,
            **made._kwargs,
        )
        self._doors = doors

    def __call__(self) -> RequestHandler:
        """For `loop.create_server`."""
        return Connection(self._doors, self, loop=self._loop, **self._kwargs)


class DoorRunner(web.AppRunner):
    """Serves an app through connections of this kind."""

    def __init__(self, app: web.Application, doors: Doors, *, shutdown_timeout: float) -> None:
        super().__init__(
            app,
            # Requests are logged by the app itself: aiohttp's own log would show queries, and so tokens.
            access_log=None,
            handle_signals=False,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=doors.limits.keep_alive_s,
            lingering_time=LINGER_S,
            # A body is never unpacked: 261 KB may become 256 MiB, and the event loop would do it.
            auto_decompress=False,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
        )
        self._doors = doors

    async def _make_server(self) -> web.Server:
        return DoorServer(await super()._make_server(), self._doors)


async def _handle_in_turn(handle: Any, doors: Doors, request: web.BaseRequest) -> web.StreamResponse:
    """What aiohttp has made for an app to handle a request; of those that came together, one in a turn."""
    await doors.turn(request)
    response: web.StreamResponse = await handle(request)
    return response


def _make_request(  # noqa: PLR0917 - the positions are those of aiohttp's request_factory
    make: Any,
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    """A request whose Expect header aiohttp does not see: `read_body` answers it, once a body is wanted.

    Nor does it see a path that is too deep to be one of ours, and would take long to look up.
    """
    if message.url.raw_path.count("/") > MAX_DEPTH:
        message = message._replace(path="/...", url=message.url.with_path("/..."))
    expect = message.headers.get(hdrs.EXPECT)
    if expect is not None:
        headers = CIMultiDict(message.headers)
        headers.popall(hdrs.EXPECT)
        message = message._replace(headers=CIMultiDictProxy(headers))
    request: web.BaseRequest = make(message, payload, protocol, writer, task)
    if expect is not None:
        request[EXPECT] = expect
    return request
