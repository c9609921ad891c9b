"""Older clients that speak text only, mixed with binary ones."""

import base64
import json
from array import array

from pylib.protocol.frames import HEADER_BYTES, KIND_OPUS, KIND_PCM16, FrameHeader, encode
from tests.integration.backend.wire_client import WireClient, listener_of, new_session, speaker_of
from tests.support.server import RunningServer

PCM = array("h", range(-160, 160)).tobytes()


def frame(seq: int, kind: int, sound: bytes) -> bytes:
    return encode(FrameHeader(kind, 0, 0, seq, seq * 20), sound)


async def old_listener(server: RunningServer, session_id: str) -> WireClient:
    client = await WireClient.connect(server, session_id, protocols=())
    assert client.ws.protocol is None
    await client.expect("sessionJoined")
    return client


async def test_a_speaker_without_binary_frames_is_heard_by_all(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    async with (
        speaker,
        await listener_of(server, session_id) as new,
        await old_listener(server, session_id) as old,
    ):
        chunk = base64.b64encode(PCM * 3).decode()
        await speaker.send("sendAudio", audioData=chunk, timestamp=1, chunkId="c1", duration=60)
        heard = b"".join([(await new.expect_bytes())[HEADER_BYTES:] for _ in range(3)])
        assert heard == PCM * 3
        message = await old.expect("audio")
        assert base64.b64decode(message["audioData"]) == PCM * 3
        assert (message["format"], message["duration"], message["sequenceNumber"]) == ("pcm", 60, 0)


async def test_the_speaker_is_asked_for_pcm_while_somebody_needs_it(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as new:
        old = await old_listener(server, session_id)
        asked = await speaker.expect("audioFormatRequired")
        assert (asked["kind"], asked["required"]) == (KIND_PCM16, True)
        opus = frame(1, KIND_OPUS, b"opus")
        await speaker.send_bytes(opus)
        await speaker.send_bytes(frame(1, KIND_PCM16, PCM))
        await speaker.send_bytes(frame(2, KIND_OPUS, b"opus"))
        assert await new.expect_bytes() == opus
        assert await new.expect_bytes() == frame(2, KIND_OPUS, b"opus")
        assert base64.b64decode((await old.expect("audio"))["audioData"]) == PCM
        await old.close()
        released = await speaker.expect("audioFormatRequired")
        assert released["required"] is False


async def test_a_speaker_who_comes_in_later_is_told_right_after_the_welcome(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await old_listener(server, session_id), await speaker_of(server, session_id) as speaker:
        assert json.loads((await speaker.receive()).data)["type"] == "audioFormatRequired"


async def test_a_page_that_has_just_begun_is_told_again_when_it_asks_for_the_status(
    server: RunningServer,
) -> None:
    session_id = await new_session(server)
    async with await old_listener(server, session_id), await speaker_of(server, session_id) as speaker:
        await speaker.expect("audioFormatRequired")
        await speaker.send("getSessionStatus", requestId="q")
        await speaker.expect("sessionStatus", requestId="q")
        assert (await speaker.expect("audioFormatRequired"))["required"] is True


async def test_a_speaker_who_comes_back_learns_that_nobody_needs_pcm_any_more(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        resume = str(speaker.welcome["connectionId"])
    token = server.token("anna")
    async with await WireClient.connect(server, session_id, token=token, resume=resume) as speaker:
        assert (await speaker.expect("audioFormatRequired"))["required"] is False


async def test_a_client_may_ask_for_text(server: RunningServer) -> None:
    session_id = await new_session(server)
    ears = await listener_of(server, session_id, transport="text")
    async with ears, await speaker_of(server, session_id) as speaker:
        await speaker.send_bytes(frame(5, KIND_PCM16, PCM))
        assert (await ears.expect("audio"))["sequenceNumber"] == 5


async def test_sound_that_cannot_be_read_is_refused(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        for data in ("", "AAA", "not base64", "AA=="):
            await speaker.send("sendAudio", audioData=data, requestId="a")
            error = await speaker.expect("error", requestId="a")
            assert error["code"] == "VALIDATION_INVALID_PARAMETER"
