"""WebDriver BiDi (w3.org/TR/webdriver-bidi): a browser over a WebSocket; as much as the journeys need."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

ANSWER_S = 240.0
"""Firefox stands still for half a minute, up to five times in a row, while its sound device sleeps."""


class BidiError(Exception):
    """The browser refused a command, in its own words."""


class Bidi:
    """A BiDi session. `browser` is its name and version; `console` collects the log entries of all pages."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.browser = ""
        self.console: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its result.

        Raises:
            BidiError: it was refused.
            TimeoutError: there was no answer within ANSWER_S.
        """
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(ANSWER_S):
            return await answer

    async def begin(self) -> None:
        """Open the session and listen to the consoles."""
        told = (await self.command("session.new", capabilities={}))["capabilities"]
        self.browser = f"{told['browserName']} {told['browserVersion']}"
        await self.command("session.subscribe", events=["log.entryAdded"])

    async def read(self) -> None:
        """Hand answers to those who wait for them, until the socket is closed."""
        async for message in self._socket:
            told = json.loads(message.data)
            if told["type"] == "event":
                self._note(told)
            elif told["type"] == "success":
                self._answers.pop(told["id"]).set_result(told["result"])
            else:
                error = BidiError(f"{told['error']}: {told['message']}")
                self._answers.pop(told["id"]).set_exception(error)

    def _note(self, event: dict[str, Any]) -> None:
        if event["method"] == "log.entryAdded":
            entry = event["params"]
            self.console.append(f"{entry['level']}: {entry['text']}")


@asynccontextmanager
async def bidi_session(url: str) -> AsyncIterator[Bidi]:
    """A session with the browser that listens at this WebSocket address."""
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=0) as socket:
        bidi = Bidi(socket)
        reading = asyncio.create_task(bidi.read())
        try:
            await bidi.begin()
            yield bidi
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
