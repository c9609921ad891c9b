"""The ports on CPython, over aiohttp: the true client stack without a browser."""

import asyncio
import time
from typing import Any

import aiohttp

from pylib.errors import NetworkError, RequestTimeout
from pylib.ports import HttpRequest, HttpResponse, SocketEvents
from pylib.realtime.text_transport import BytesPacket

STARTED_MS = time.time_ns() / 1_000_000 - time.monotonic() * 1000


class SystemClock:
    """Clock, by the machine."""

    def now_ms(self) -> float:
        return time.time_ns() / 1_000_000

    def steady_ms(self) -> float:
        return STARTED_MS + self.monotonic_s() * 1000

    def monotonic_s(self) -> float:
        return time.monotonic()

    def call_later(self, delay_s: float, callback: Any) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, callback)

    async def sleep(self, delay_s: float) -> None:
        await asyncio.sleep(delay_s)


class AiohttpTransport:
    """HttpTransport over a client session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, request: HttpRequest) -> HttpResponse:
        timeout = aiohttp.ClientTimeout(total=request.timeout_s)
        try:
            async with self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body or None,
                timeout=timeout,
                allow_redirects=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return HttpResponse(response.status, headers, await response.text())
        except TimeoutError as error:
            raise RequestTimeout("This site took too long to answer. Please try again.") from error
        except aiohttp.ClientError as error:
            raise NetworkError("This site cannot be reached.") from error


class AiohttpSocket:
    """Socket whose sends are queued, as a browser's are."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, subprotocols: list[str], events: SocketEvents
    ) -> None:
        self._session = session
        self._events = events
        self._outgoing: asyncio.Queue[str | bytes | tuple[int, str]] = asyncio.Queue()
        self._closing = False
        self._task = asyncio.create_task(self._live(url, subprotocols))

    def send_text(self, text: str) -> None:
        self._outgoing.put_nowait(text)

    def send_bytes(self, data: bytes) -> None:
        self._outgoing.put_nowait(data)

    def buffered_bytes(self) -> int:
        return 0

    def close(self, code: int, reason: str) -> None:
        self._closing = True
        self._outgoing.put_nowait((code, reason))

    async def _live(self, url: str, subprotocols: list[str]) -> None:
        try:
            async with self._session.ws_connect(url, protocols=subprotocols, max_msg_size=0) as socket:
                self._tell_opened(socket.protocol or "")
                sender = asyncio.create_task(self._send(socket))
                reason = await self._receive(socket)
                sender.cancel()
                self._tell_closed(socket.close_code or 1006, reason)
        except aiohttp.ClientError:
            self._tell_closed(1006, "")

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            item = await self._outgoing.get()
            if isinstance(item, str):
                await socket.send_str(item)
            elif isinstance(item, bytes):
                await socket.send_bytes(item)
            else:
                await socket.close(code=item[0], message=item[1].encode())

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        while True:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT and not self._closing:
                self._events.text(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY and not self._closing:
                self._events.binary(BytesPacket(message.data))
            elif message.type is aiohttp.WSMsgType.CLOSE:
                return str(message.extra or "")
            elif message.type in (
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
                aiohttp.WSMsgType.ERROR,
            ):
                return ""

    def _tell_opened(self, subprotocol: str) -> None:
        if not self._closing:
            self._events.opened(subprotocol)

    def _tell_closed(self, code: int, reason: str) -> None:
        if not self._closing:
            self._events.closed(code, reason)


class AiohttpConnector:
    """Connector over a client session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.sockets: list[AiohttpSocket] = []

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> AiohttpSocket:
        socket = AiohttpSocket(self._session, url, subprotocols, events)
        self.sockets.append(socket)
        return socket


class MemoryStore:
    """KeyValueStore for the life of a test."""

    def __init__(self) -> None:
        self.lasts = True
        self.texts: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.texts.get(key)

    async def set(self, key: str, value: str) -> None:
        self.texts[key] = value

    async def delete(self, key: str) -> None:
        self.texts.pop(key, None)
