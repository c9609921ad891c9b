"""LegacySessionService on the real live client, against a small server that plays the older protocol."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from pylib.errors import ConnectionRefused, LecternError, RealtimeError, RequestFailed, RequestUnanswered
from pylib.ports import SocketEvents
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from pylib.session.legacy_service import LATE_ANSWER_S, LegacySessionService
from tests.support.fake_clock import FakeClock
from tests.support.fake_socket import FakeConnector, FakeSocket

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}

Say = Callable[[dict[str, Any]], None]


class LegacySocket(FakeSocket):
    """The server's end of one connection: says welcome, answers heartbeats, creates and ends."""

    def __init__(
        self, server: "LegacyServer", url: str, subprotocols: list[str], events: SocketEvents
    ) -> None:
        super().__init__(url, subprotocols, events)
        self.server = server
        self.made: list[str] = []
        server.clock.call_later(0, self.welcome)

    def welcome(self) -> None:
        if self.closed_by_client:
            return
        if self.server.refuse_with:
            self.drop(1008, self.server.refuse_with)
            return
        self.accept()
        self.say({"type": "welcome", "timestamp": 0, "connectionId": "c-1", "role": "speaker"})

    def send_text(self, text: str) -> None:
        super().send_text(text)
        message = self.texts[-1]
        if message["action"] == "heartbeat":
            self.say({"type": "heartbeatAck", "timestamp": message["timestamp"], "serverTime": 0})
        elif message["action"] == "createSession":
            self.server.create(self, message)
        elif message["action"] == "endSession":
            self.server.live -= {message["sessionId"]} if message.get("sessionId") else set(self.made)

    def answers(self) -> list[dict[str, Any]]:
        return [message for message in self.texts if message["action"] == "createSession"]


class LegacyServer(FakeConnector):
    """`behave(socket, message, say)` answers createSession; by default at once."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.live: set[str] = set()
        self.creations = 0
        self.refuse_with = ""
        self.behave: Callable[[LegacySocket, dict[str, Any], Say], None] = lambda socket, answer, say: say(
            answer
        )

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> FakeSocket:
        self.sockets.append(LegacySocket(self, url, subprotocols, events))
        return self.sockets[-1]

    def create(self, socket: LegacySocket, message: dict[str, Any]) -> None:
        self.creations += 1
        session_id = f"golden-eagle-{100 + self.creations}"
        self.live.add(session_id)
        socket.made.append(session_id)
        answer = {"type": "sessionCreated", "timestamp": 0, "sessionId": session_id}
        self.behave(socket, {**answer, "requestId": message["requestId"]}, socket.say)


class LegacyHarness:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.server = LegacyServer(self.clock)
        self.service = LegacySessionService(self._client, self.clock)

    def _client(self) -> RealtimeClient:
        address = Address("wss://talk.example/ws")
        return RealtimeClient(
            self.server, self.clock, address, timing=SPEAKER_TIMING, random=lambda: 0.0, token=self._token
        )

    async def _token(self) -> str:
        return "jwt"

    async def create(self) -> RealtimeClient:
        client: RealtimeClient = await self.clock.run(self.service.create_session(CONFIG), limit_s=60)
        return client

    async def fail(self, kind: type[LecternError]) -> LecternError:
        with pytest.raises(kind) as caught:
            await self.create()
        await self.clock.run(self.service.background.finished(), limit_s=60)
        return caught.value

    @property
    def socket(self) -> LegacySocket:
        socket = self.server.sockets[-1]
        assert isinstance(socket, LegacySocket)
        return socket


async def test_a_session_is_created_on_a_connection_without_a_session_id() -> None:
    stage = LegacyHarness()
    client = await stage.create()
    assert "sessionId" not in stage.socket.url
    (request,) = stage.socket.answers()
    assert (request["sourceLanguage"], request["qualityTier"]) == ("en", "standard")
    assert (client.session_id, client.state) == ("golden-eagle-101", "open")
    assert stage.server.live == {"golden-eagle-101"}
    await client.close()


async def test_a_reconnect_asks_for_the_session_instead_of_making_another() -> None:
    stage = LegacyHarness()
    client = await stage.create()
    stage.socket.drop(1006)
    await stage.clock.advance(2)
    assert "sessionId=golden-eagle-101" in stage.socket.url
    assert stage.server.creations == 1
    await client.close()


async def test_an_answer_to_another_request_is_not_taken() -> None:
    stage = LegacyHarness()

    def behave(socket: LegacySocket, answer: dict[str, Any], say: Say) -> None:
        say({**answer, "sessionId": "silver-fox-999", "requestId": "r99"})
        say({**answer, "sessionId": "silver-fox-998", "requestId": None})
        say(answer)

    stage.server.behave = behave
    client = await stage.create()
    assert client.session_id == "golden-eagle-101"
    await client.close()


async def test_a_refusal_is_told_with_its_code() -> None:
    stage = LegacyHarness()
    stage.server.behave = lambda socket, answer, say: say(
        {"type": "error", "code": "RATE_LIMIT_EXCEEDED", "message": "no", "requestId": answer["requestId"]}
    )
    assert (await stage.fail(RequestFailed)).code == "RATE_LIMIT_EXCEEDED"
    assert stage.socket.closed_by_client


async def test_a_connection_that_is_refused_is_told_with_its_code() -> None:
    stage = LegacyHarness()
    stage.server.refuse_with = "AUTH_TOKEN_INVALID"
    assert (await stage.fail(ConnectionRefused)).code == "AUTH_TOKEN_INVALID"


async def test_a_lost_answer_ends_what_was_made_and_leaves() -> None:
    stage = LegacyHarness()
    stage.server.behave = lambda socket, answer, say: None
    await stage.fail(RequestUnanswered)
    assert stage.server.creations == 1
    assert stage.server.live == set()
    assert stage.socket.closed_by_client


async def test_a_late_answer_is_ended_by_its_name() -> None:
    stage = LegacyHarness()

    def behave(socket: LegacySocket, answer: dict[str, Any], say: Say) -> None:
        stage.clock.call_later(10 + LATE_ANSWER_S / 2, lambda: say(answer))

    stage.server.behave = behave
    await stage.fail(RequestUnanswered)
    assert stage.socket.last("endSession")["sessionId"] == "golden-eagle-101"
    assert stage.socket.closed_by_client
    assert stage.clock.waiting() == 0


async def test_a_connection_lost_while_creating_is_left_and_nothing_is_asked_twice() -> None:
    stage = LegacyHarness()
    stage.server.behave = lambda socket, answer, say: socket.drop(1006)
    assert (await stage.fail(RealtimeError)).code == "NOT_CONNECTED"
    await stage.clock.advance(60)
    assert (stage.server.creations, len(stage.server.sockets)) == (1, 1)


async def test_cancelling_while_waiting_for_the_answer_ends_what_was_made() -> None:
    stage = LegacyHarness()
    stage.server.behave = lambda socket, answer, say: None
    task = asyncio.create_task(stage.service.create_session(CONFIG))
    await stage.clock.advance(1)
    assert stage.server.creations == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.clock.run(stage.service.background.finished())
    assert stage.server.live == set()
    assert stage.socket.closed_by_client


async def test_cancelling_while_connecting_leaves_at_once() -> None:
    stage = LegacyHarness()
    stage.server.clock = FakeClock()  # its welcome never comes
    task = asyncio.create_task(stage.service.create_session(CONFIG))
    await stage.clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.clock.run(stage.service.background.finished())
    assert stage.socket.closed_by_client
    assert stage.server.creations == 0


async def test_100_creations_with_30_percent_of_answers_lost_leave_only_the_sessions_people_hold() -> None:
    stage = LegacyHarness()
    chance = random.Random(20_240_229)
    stage.server.behave = lambda socket, answer, say: None if chance.random() < 0.3 else say(answer)
    held = []
    for _ in range(100):
        while True:
            try:
                client = await stage.create()
                break
            except RequestUnanswered:
                continue
        held.append(client.session_id)
        await client.close()
    await stage.clock.run(stage.service.background.finished())
    assert stage.server.creations > 120
    assert stage.server.live == set(held)
    assert all(
        len(socket.answers()) == 1 for socket in stage.server.sockets if isinstance(socket, LegacySocket)
    )
