import asyncio
import struct

import pytest
from aiohttp import EofStream

from backend.ws.reader import QUEUE_BYTES, ConnectionReader
from tests.unit.backend.live.fake_transport import FakeTransport

MESSAGE = struct.pack(">BBH", 0x82, 0x80 | 126, 1000) + bytes(4) + bytes(1000)
ENOUGH = 2 * QUEUE_BYTES // 1000 + 1


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


async def test_reading_stops_while_too_much_waits_and_goes_on_afterwards() -> None:
    transport = FloodedTransport()
    line = ConnectionReader(transport)
    line.data_received(MESSAGE * ENOUGH)
    assert transport.told == ["pause"]
    for _ in range(ENOUGH):
        assert len((await line.receive()).data) == 1000
    assert transport.told == ["pause", "resume"]


async def test_what_arrived_before_the_end_is_still_handed_out() -> None:
    transport = FloodedTransport()
    line = ConnectionReader(transport)
    line.data_received(MESSAGE * ENOUGH)
    transport.closing = True
    line.connection_lost(None)
    for _ in range(ENOUGH):
        await line.receive()
    with pytest.raises(EofStream):
        await line.receive()
    assert line.lost.done()


async def test_whoever_waits_for_a_message_learns_of_the_end() -> None:
    line = ConnectionReader(FakeTransport())
    waiting = asyncio.create_task(line.receive())
    await asyncio.sleep(0)
    line.connection_lost(ConnectionResetError())
    with pytest.raises(EofStream):
        await waiting


async def test_the_end_is_told_at_once_and_once() -> None:
    """In the next moment the descriptor may be another connection's."""
    line = ConnectionReader(FakeTransport())
    told: list[bool] = []
    line.on_lost = lambda: told.append(line.lost.done())
    line.connection_lost(None)
    line.connection_lost(None)
    assert told == [False]
