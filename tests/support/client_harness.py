"""A live client whose server side the test plays. Portable."""

import asyncio
from typing import Any

from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import LISTENER_TIMING
from tests.support.fake_clock import FakeClock
from tests.support.fake_socket import FakeConnector, FakeSocket

WELCOME = {"type": "welcome", "timestamp": 0, "connectionId": "c-1", "role": "speaker"}


class ClientHarness:
    """A client, its clock, and the server side of its sockets."""

    def __init__(self, token: str = "jwt", timing: Any = LISTENER_TIMING) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.states: list[str] = []
        self.connects: list[tuple[bool, bool, int]] = []
        self.token_error: Exception | None = None
        self._jwt = token
        self.client = RealtimeClient(
            self.connector,
            self.clock,
            Address("wss://talk.example/ws"),
            timing=timing,
            random=lambda: 0.0,
            token=self._token if token else None,
            on_connect=lambda named, ok, ms: self.connects.append((named, ok, round(ms))),
        )
        self.client.on_state = self.states.append

    async def _token(self) -> str:
        if self.token_error is not None:
            raise self.token_error
        return self._jwt

    @property
    def socket(self) -> FakeSocket:
        return self.connector.last

    async def connect(self, session_id: str = "golden-eagle-427") -> Any:
        task = asyncio.create_task(self.client.connect(session_id))
        await self.clock.settle()
        await self.answer()
        return await task

    async def answer(self, **fields: Any) -> None:
        """The server accepts the newest socket."""
        self.socket.accept()
        self.socket.say(dict(WELCOME, **fields))
        await self.clock.settle()
