"""A live connection outlives its token: a fresh one is asked for, it is logged, and nothing is cut."""

from typing import Any

import pytest

from backend.live.peer import Peer
from backend.live.room import Room
from backend.settings import Limits
from backend.ws.participant import Participant
from backend.ws.token_watch import ASK_BEFORE_S, TokenWatch
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import room

HOUR_S = 3600.0


class Speaker:
    """A speaker whose token lasts so many seconds more."""

    def __init__(self, lasts_s: float, **fields: Any) -> None:
        self.clock = ServerClock()
        self.transport = FakeTransport()
        self.room: Room = room(self.clock)
        peer = Peer(self.transport, limits=Limits(), clock=self.clock, **fields)
        # None of the parts that are left out is asked for anything.
        participant = Participant(peer, None, None, None, self.clock, address="")  # type: ignore[arg-type]
        participant.room = self.room
        self.expires_ms = self.clock.now_ms() + round(lasts_s * 1000)
        self.watch = TokenWatch(participant, self.expires_ms, self.clock)

    @property
    def asked(self) -> int:
        return self.transport.kinds().count("connectionRefreshRequired")


async def test_a_fresh_one_is_asked_for_when_there_is_still_time() -> None:
    speaker = Speaker(HOUR_S)
    await speaker.clock.advance(HOUR_S - ASK_BEFORE_S - 1)
    assert speaker.asked == 0
    await speaker.clock.advance(1)
    assert speaker.asked == 1
    left_ms = speaker.transport.messages()[0]["refreshBy"] - speaker.room.server_ms
    assert left_ms == ASK_BEFORE_S * 1000
    speaker.watch.end()
    await speaker.clock.advance(HOUR_S)
    assert speaker.asked == 1, "the successor has a watch of its own"


async def test_a_token_that_runs_out_cuts_nothing_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    speaker = Speaker(HOUR_S)
    await speaker.clock.advance(HOUR_S - 1)
    assert caplog.messages == []
    await speaker.clock.advance(3 * HOUR_S)
    assert caplog.messages == ["a live connection has outlived its token"]
    assert speaker.transport.closes() == []
    assert not speaker.transport.closing
    assert 100 < speaker.asked < 200, "once a minute"


async def test_an_older_client_is_not_asked() -> None:
    speaker = Speaker(60, is_older=True, text_only=True)
    await speaker.clock.advance(HOUR_S)
    assert speaker.asked == 0
    assert speaker.transport.closes() == []


@pytest.mark.parametrize(("lasts_s", "asked"), [(-60, 1), (0, 1), (0.5, 2), (2, 3)])
async def test_a_token_that_hardly_lasts_is_no_storm(lasts_s: float, asked: int) -> None:
    speaker = Speaker(lasts_s)
    await speaker.clock.advance(70)
    assert speaker.asked == asked


async def test_a_token_for_ever_is_asked_for_once_a_week() -> None:
    speaker = Speaker(1e12)
    await speaker.clock.advance(15 * 24 * HOUR_S)
    assert speaker.asked == 2


async def test_setting_the_clock_asks_for_nothing() -> None:
    speaker = Speaker(HOUR_S)
    speaker.clock.jump(10 * HOUR_S)
    await speaker.clock.advance(60)
    assert speaker.asked == 0
