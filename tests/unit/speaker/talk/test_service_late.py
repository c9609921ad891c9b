"""Sound captured while the connection is lost is sent late, once, in order; presses after it count."""

import asyncio

from pylib.protocol.frames import HEADER_BYTES, decode_header
from tests.support.fake_socket import FakeSocket
from tests.unit.speaker.talk.test_service import ServiceHarness


def seqs(socket: FakeSocket) -> list[int]:
    return [decode_header(frame[:HEADER_BYTES], len(frame)).seq for frame in socket.frames]


async def speak_for(stage: ServiceHarness, frames: int) -> None:
    for _ in range(frames):
        stage.speak()
        await stage.clock.advance(0.02)


async def test_what_was_said_while_the_connection_was_lost_is_sent_late() -> None:
    stage = await ServiceHarness().live()
    stage.socket.say({"type": "heartbeatAck", "id": 1, "serverTime": 1})
    await speak_for(stage, 10)
    stage.socket.drop()
    await speak_for(stage, 20)
    assert stage.service.stats()["framesWaiting"] == 20
    stage.socket.accept()
    assert stage.socket.frames == []
    # Of ten frames that left, the server has seen eight: two were lost with the connection.
    stage.socket.say({"type": "welcome", "connectionId": "c-2", "fromSeq": 8})
    await speak_for(stage, 10)
    assert seqs(stage.socket) == list(range(8, 40))
    assert stage.service.stats()["framesWaiting"] == 0


async def test_a_server_that_was_restarted_gets_nothing_that_had_left() -> None:
    stage = await ServiceHarness().live()
    await speak_for(stage, 10)
    stage.socket.drop()
    await speak_for(stage, 20)
    stage.socket.accept()
    stage.socket.say({"type": "welcome", "connectionId": "c-2", "fromSeq": 0, "epoch": 77})
    await speak_for(stage, 1)
    assert seqs(stage.socket) == list(range(10, 31))


async def test_who_was_welcomed_before_there_was_a_room_knows_it_again_by_the_status() -> None:
    stage = await ServiceHarness().live(epoch=77)
    await speak_for(stage, 10)
    stage.socket.drop()
    await speak_for(stage, 20)
    stage.socket.accept()
    stage.socket.say({"type": "welcome", "connectionId": "c-2", "fromSeq": 8, "epoch": 77})
    await speak_for(stage, 1)
    assert seqs(stage.socket) == list(range(8, 31))


async def test_pausing_takes_back_what_has_not_left() -> None:
    stage = await ServiceHarness().live()
    stage.socket.drop()
    await speak_for(stage, 20)
    await stage.service.set_paused(True)
    await stage.service.set_paused(False)
    stage.socket.accept()
    stage.socket.say({"type": "welcome", "connectionId": "c-2", "fromSeq": 0})
    await speak_for(stage, 2)
    assert seqs(stage.socket) == [20, 21]


async def test_a_press_right_after_a_reconnect_is_not_undone_by_the_answers_to_what_was_said_again() -> None:
    stage = await ServiceHarness().live()
    stage.socket.drop()
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.socket.say({"type": "welcome", "timestamp": 1, "fromSeq": 0})
    said_again = stage.socket.last("unmuteBroadcast")
    muting = asyncio.create_task(stage.service.set_muted(True))
    await stage.clock.settle()
    stage.socket.say({"type": "broadcastUnmuted", "timestamp": 2, "requestId": said_again["requestId"]})
    assert stage.service.muted
    stage.answer("muteBroadcast", "broadcastMuted")
    await muting
    assert stage.service.state == "muted"
