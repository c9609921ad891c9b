import asyncio

import pytest
from aiohttp import EofStream, WSMsgType
from aiohttp.http import WebSocketError

from backend.ws.reader import (
    ANONYMOUS,
    MESSAGE_BYTES,
    READ_AHEAD_BYTES,
    SIGNED_IN,
    SLICE_BYTES,
    ConnectionReader,
    FloodError,
)
from tests.support.flooder import BINARY, CONTINUED, FLOODS, PING, TEXT, client_frame
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport

MESSAGE = client_frame(BINARY, bytes(1000))
PATIENCE_S = 5.0
BURST = ANONYMOUS.burst_bytes


class FloodedTransport(FakeTransport):
    """Knows whether it was told to stop reading, and insists that it is not told so when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def pause_reading(self) -> None:
        assert not self.closing
        self.told.append("pause")

    def resume_reading(self) -> None:
        assert not self.closing
        self.told.append("resume")


class SlowMachine(ServerClock):
    """Half a millisecond has passed each time that it is asked."""

    asked = 0

    def monotonic_s(self) -> float:
        self.asked += 1
        return self.asked / 2000


class Line:
    """A reader, what it handed out, and a clock that the test moves."""

    def __init__(self) -> None:
        self.clock = ServerClock()
        self.transport = FloodedTransport()
        self.reader = ConnectionReader(self.transport, self.clock, PATIENCE_S)
        self.messages: list[WSMsgType] = []
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while True:
            self.messages.append((await self.reader.receive()).type)

    async def come(self, data: bytes) -> None:
        self.reader.data_received(data)
        await self.settle()

    async def settle(self) -> None:
        """Let it do all that it may do now."""
        for _ in range(2 * READ_AHEAD_BYTES // SLICE_BYTES + 2000):
            await asyncio.sleep(0)


async def test_reading_stops_while_too_much_waits_and_goes_on_afterwards() -> None:
    transport = FloodedTransport()
    line = ConnectionReader(transport, ServerClock(), PATIENCE_S)
    line.limit(SIGNED_IN)
    enough = READ_AHEAD_BYTES // len(MESSAGE) + 1
    line.data_received(MESSAGE * enough)
    assert transport.told == ["pause"]
    assert line.has_unread()
    for _ in range(enough):
        assert len((await line.receive()).data) == 1000
    assert transport.told == ["pause", "resume"]
    assert not line.has_unread()


async def test_what_arrived_before_the_end_is_still_handed_out() -> None:
    transport = FloodedTransport()
    line = ConnectionReader(transport, ServerClock(), PATIENCE_S)
    line.data_received(MESSAGE * 100)
    transport.closing = True
    line.connection_lost(None)
    for _ in range(100):
        await line.receive()
    with pytest.raises(EofStream):
        await line.receive()
    assert line.lost.done()


async def test_whoever_waits_for_a_message_learns_of_the_end() -> None:
    line = ConnectionReader(FakeTransport(), ServerClock(), PATIENCE_S)
    waiting = asyncio.create_task(line.receive())
    await asyncio.sleep(0)
    line.connection_lost(ConnectionResetError())
    with pytest.raises(EofStream):
        await waiting


async def test_the_end_is_told_at_once_and_once() -> None:
    """In the next moment the descriptor may be another connection's."""
    line = ConnectionReader(FakeTransport(), ServerClock(), PATIENCE_S)
    told: list[bool] = []
    line.on_lost = lambda: told.append(line.lost.done())
    line.connection_lost(None)
    line.connection_lost(None)
    assert told == [False]


@pytest.mark.parametrize("kind", FLOODS)
async def test_of_every_flood_no_more_is_parsed_than_the_allowance(kind: str) -> None:
    first, again = FLOODS[kind]
    line = Line()
    await line.come(first + again * (2 * READ_AHEAD_BYTES // len(again) + 1))
    assert len(line.messages) <= BURST / MESSAGE_BYTES + 1
    assert line.reader.has_unread()
    assert not line.reading.done()
    handed_out = len(line.messages)
    await line.clock.advance(0.5)
    await line.settle()
    assert len(line.messages) - handed_out <= ANONYMOUS.bytes_per_s / MESSAGE_BYTES
    line.reader.connection_lost(None)
    line.reading.cancel()


@pytest.mark.parametrize("kind", FLOODS)
async def test_every_flood_that_goes_on_is_told_as_one(kind: str) -> None:
    first, again = FLOODS[kind]
    line = Line()
    lump = again * (READ_AHEAD_BYTES // len(again) + 1)
    await line.come(first)
    seconds = 0.0
    while not line.reading.done() and seconds < 3 * PATIENCE_S:
        if len(line.reader._unparsed) < READ_AHEAD_BYTES:
            line.reader.data_received(lump)
        await line.clock.advance(0.1)
        await asyncio.sleep(0)
        seconds += 0.1
    if kind == "fragments":
        # These are over before they are a flood: they make one message that is too long.
        assert isinstance(line.reading.exception(), WebSocketError)
    else:
        assert isinstance(line.reading.exception(), FloodError)
        assert seconds >= PATIENCE_S


async def test_a_lump_comes_late_and_whole() -> None:
    line = Line()
    await line.come(MESSAGE * 150)
    assert 0 < len(line.messages) < 150
    while len(line.messages) < 150:
        await line.clock.advance(0.1)
        await asyncio.sleep(0)
        assert not line.reading.done()
    line.reading.cancel()


async def test_much_that_waits_lets_other_connections_have_their_turn() -> None:
    """Time is what counts: a slice that takes long ends the turn."""
    line = ConnectionReader(FakeTransport(), SlowMachine(), PATIENCE_S)
    line.limit(SIGNED_IN)
    line.data_received(client_frame(TEXT, b"{}") * 300)
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    for _ in range(300):
        await line.receive()
    assert others >= 100
    beside.cancel()


@pytest.mark.parametrize("interleaved", [b"", client_frame(PING)])
async def test_an_anonymous_socket_keeps_16_kib_of_unfinished_fragments_and_no_more(
    interleaved: bytes,
) -> None:
    line = ConnectionReader(FakeTransport(), ServerClock(), PATIENCE_S)
    part = client_frame(CONTINUED, bytes(1000), final=0) + interleaved
    line.data_received(client_frame(TEXT, b"", final=0) + part * 16)
    line.data_received(client_frame(CONTINUED, bytes(384)))
    assert len(await _next_text(line)) == 16 * 1024
    line.data_received(client_frame(TEXT, b"", final=0) + part * 17)
    with pytest.raises(WebSocketError, match="exceeds limit"):
        await _next_text(line)


async def _next_text(line: ConnectionReader) -> str:
    while (message := await line.receive()).type is not WSMsgType.TEXT:
        pass
    return str(message.data)


async def test_after_it_has_been_given_up_nothing_is_kept() -> None:
    line = Line()
    await line.come(FLOODS["empty pings"][1] * 20_000)
    line.reader.discard()
    line.reader.data_received(MESSAGE)
    assert not line.reader._unparsed
    assert line.transport.told == ["pause", "resume"]
    line.reading.cancel()


async def test_a_closed_connection_is_not_read_slowly_but_no_more() -> None:
    line = ConnectionReader(FakeTransport(), ServerClock(), PATIENCE_S)
    line.data_received(FLOODS["empty pings"][1] * 10_000)
    handed_out = 0
    try:
        while True:
            await line.receive(patient=False)
            handed_out += 1
    except FloodError:
        assert 100 < handed_out < 1000
