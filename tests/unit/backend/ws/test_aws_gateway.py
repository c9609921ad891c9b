"""API Gateway, played: what it does to one connection."""

import pytest
from aiohttp import WSMessage, WSMsgType

from backend.live.peer import Peer
from backend.settings import GatewayTimes, Limits
from backend.ws.aws_gateway import MAX_FRAME_BYTES, AwsGateway
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport

MINUTE_S = 60.0


class GatewayHarness:
    """One connection behind the gateway, with the time in the test's hands."""

    def __init__(self, times: GatewayTimes | None = None) -> None:
        self.clock = ServerClock()
        self.transport = FakeTransport()
        self.peer = Peer(self.transport, limits=Limits(), clock=self.clock)
        self.gateway = AwsGateway(self.peer, times or GatewayTimes(), self.clock)

    def says(self, text: str = "{}") -> bool:
        return self.gateway.lets_through(WSMessage(WSMsgType.TEXT, text, None))

    async def talk(self, minutes: int) -> None:
        """Say something each minute."""
        for _ in range(minutes):
            self.says()
            await self.clock.advance(MINUTE_S)

    @property
    def closes(self) -> list[int]:
        return self.transport.closes()


async def test_binary_messages_get_lost() -> None:
    stage = GatewayHarness()
    assert not stage.gateway.lets_through(WSMessage(WSMsgType.BINARY, b"sound", None))
    assert stage.says()
    assert stage.closes == []


@pytest.mark.parametrize(("character", "count"), [("x", MAX_FRAME_BYTES), ("é", MAX_FRAME_BYTES // 2)])
async def test_a_message_over_32_kilobytes_closes_the_connection(character: str, count: int) -> None:
    stage = GatewayHarness()
    assert stage.says(character * count)
    assert stage.closes == []
    assert not stage.says(character * count + "x")
    assert stage.closes == [1009]


async def test_ten_silent_minutes_close_the_connection_whatever_the_sockets_say() -> None:
    stage = GatewayHarness()
    await stage.clock.advance(9 * MINUTE_S)
    assert stage.says()
    await stage.clock.advance(9 * MINUTE_S)
    for kind in (WSMsgType.PING, WSMsgType.PONG):
        assert stage.gateway.lets_through(WSMessage(kind, b"", None))
    assert not stage.gateway.lets_through(WSMessage(WSMsgType.BINARY, b"sound", None))
    assert stage.closes == []
    await stage.clock.advance(1 * MINUTE_S)
    assert stage.closes == [1001]


async def test_after_100_minutes_a_fresh_connection_is_asked_for_once_and_after_2_hours_it_is_over() -> None:
    stage = GatewayHarness()
    await stage.talk(minutes=99)
    assert stage.transport.kinds() == []
    await stage.talk(minutes=20)
    (asked,) = stage.transport.messages()
    assert asked["type"] == "connectionRefreshRequired"
    assert asked["refreshBy"] - asked["timestamp"] == 20 * MINUTE_S * 1000
    assert stage.closes == []
    await stage.talk(minutes=1)
    assert stage.closes == [1001]


async def test_its_clock_can_run_faster() -> None:
    times = GatewayTimes().faster(1200)
    assert (times.idle_s, times.refresh_s, times.age_s) == (0.5, 5, 6)
    stage = GatewayHarness(times)
    await stage.clock.advance(0.5)
    assert stage.closes == [1001]


async def test_nothing_happens_to_a_connection_that_has_ended() -> None:
    stage = GatewayHarness()
    stage.says()
    stage.gateway.end()
    await stage.clock.advance(3 * 3600)
    assert (stage.closes, stage.transport.kinds(), stage.clock.waiting()) == ([], [], 0)
