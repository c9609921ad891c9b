"""Too large, too fast, too odd: refused as the protocol says, while the session goes on."""

import asyncio
import base64
import json
import random
from pathlib import Path

import aiohttp
import pytest

from tests.integration.backend.wire_client import WireClient, frame, listener_of, new_session, speaker_of
from tests.support.server import RunningServer, running_server

TOO_LARGE = (1009, "VALIDATION_MESSAGE_TOO_LARGE")


async def test_oversized_frames_close_the_speaker_not_the_session(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as ears:
        speaker = await speaker_of(server, session_id)
        await speaker.send_bytes(frame(0, bytes(4084)))
        assert len(await ears.expect_bytes()) == 4096
        await speaker.send_bytes(frame(1) + bytes(4096))
        assert await speaker.expect_close() == TOO_LARGE
        async with await speaker_of(server, session_id) as again:
            await again.send_bytes(frame(2))
            assert await ears.expect_bytes() == frame(2)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"action": "heartbeat", "x": "a" * 17_000}),
        json.dumps({"action": "sendAudio", "audioData": "A" * 131_072}),
        "a" * 17_000,
        "é" * 9_000,
        "a" * 900_000,
    ],
)
async def test_oversized_texts_close_the_connection(server: RunningServer, text: str) -> None:
    client = await WireClient.connect(server, await new_session(server), token=server.token("anna"))
    await client.ws.send_str(text)
    assert await client.expect_close() == TOO_LARGE


async def test_a_chunk_of_three_seconds_fits(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        await speaker.send("sendAudio", audioData=base64.b64encode(bytes(96_000)).decode(), chunkId=1)
        assert [int.from_bytes((await ears.expect_bytes())[4:8], "big") for _ in range(150)] == [*range(150)]


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x02" + bytes(20), b"\x01\x09" + bytes(20), bytes(range(190, 254))]
)
async def test_malformed_frames_are_refused_and_the_session_goes_on(
    server: RunningServer, data: bytes
) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        await speaker.send_bytes(b"\xff" + data)
        assert (await speaker.expect("error"))["code"] == "VALIDATION_INVALID_MESSAGE_FORMAT"
        await speaker.send_bytes(frame(1))
        assert await ears.expect_bytes() == frame(1)


ODD_TEXTS = [
    *("", "{", "[]", "null", "1", '"x"', "{}", "\u0000", "\U0001f3a4", "[" * 5000, '{"a":' * 2000),
    '{"action": null}',
    '{"action": "dance"}',
    '{"action": ["heartbeat"]}',
    '{"type": "welcome"}',
    '{"action": "joinSession"}',
    '{"action": "changeLanguage", "targetLanguage": "qq"}',
    '{"action": "playbackReport", "audible": 1}',
    '{"action": "heartbeat", "requestId": 5}',
    '{"action": "heartbeat", "requestId": "' + "r" * 65 + '"}',
    '{"action": "heartbeat", "timestamp": NaN}',
    '{"action": "heartbeat", "timestamp": 1e999}',
    '{"action": "heartbeat", "timestamp": "1"}',
    '{"action": "createSession", "qualityTier": "standard"}',
    '{"action": "sendAudio"}',
    '{"action": "sendAudio", "audioData": "!", "sampleRate": 16000}',
    '{"action": "sendAudio", "audioData": "AAAA", "sampleRate": 7999}',
]


async def test_odd_texts_are_answered_with_errors(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as ears:
        for seq, text in enumerate(ODD_TEXTS):
            async with await speaker_of(server, session_id) as speaker:
                await speaker.ws.send_str(text)
                error = await speaker.expect("error")
                assert error["code"].startswith(("VALIDATION_", "AUTH_", "SESSION_")), (text, error)
                assert error["message"]
                await speaker.send_bytes(frame(seq))
                assert await ears.expect_bytes() == frame(seq)


async def test_an_error_repeats_the_id_of_a_request_that_is_otherwise_wrong(server: RunningServer) -> None:
    async with await WireClient.connect(server) as client:
        await client.send("dance", requestId="r9")
        assert (await client.expect("error"))["requestId"] == "r9"


async def test_random_bytes_and_texts_never_break_the_server(server: RunningServer) -> None:
    dice = random.Random(7)
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as ears:
        for _ in range(20):
            async with await speaker_of(server, session_id) as speaker:
                for _ in range(10):
                    if dice.random() < 0.5:
                        await speaker.send_bytes(dice.randbytes(dice.randrange(200)))
                    else:
                        await speaker.ws.send_str(dice.randbytes(dice.randrange(200)).decode("latin-1"))
        async with await speaker_of(server, session_id) as speaker:
            await speaker.send_bytes(frame(77))
            while await ears.expect_bytes() != frame(77):
                pass


async def test_a_flood_of_control_is_warned_and_then_closed(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, flood_patience_s=0.3) as server,
        await WireClient.connect(server) as client,
    ):
        flood = asyncio.create_task(_flood(client, json.dumps({"action": "heartbeat"})))
        error = await client.expect("error")
        assert error["code"] == "RATE_LIMIT_EXCEEDED"
        assert error["retryAfter"] >= 1
        while (arrived := await client.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert (arrived.data, arrived.extra) == (4013, "RATE_LIMIT_EXCEEDED")
        flood.cancel()


async def _flood(client: WireClient, text: str) -> None:
    while not client.ws.closed:
        await client.ws.send_str(text)
        await asyncio.sleep(0.002)


async def test_a_burst_of_sound_beyond_the_limit_comes_late_and_whole(server: RunningServer) -> None:
    """A path that stood still for three seconds delivers all of them at once."""
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        for seq in range(150):
            await speaker.send_bytes(frame(seq))
        await speaker.send("muteBroadcast")
        assert [await ears.expect_bytes() for _ in range(150)] == [frame(seq) for seq in range(150)]
        await speaker.expect("broadcastMuted")


async def test_refused_sound_does_not_starve_the_control_messages_of_its_connection(
    server: RunningServer,
) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        for seq in range(400):
            await speaker.send_bytes(frame(seq)[:2] + b"\x01" + frame(seq)[3:])
        await speaker.send("muteBroadcast")
        await ears.expect("broadcastMuted")
        await speaker.send_bytes(frame(1))
        assert await ears.expect_bytes() == frame(1)


async def test_a_hall_may_join_at_once_from_one_address(server: RunningServer) -> None:
    session_id = await new_session(server)
    listeners = await asyncio.gather(*(listener_of(server, session_id) for _ in range(200)))
    assert server.hub.listener_count(session_id) == 200
    await asyncio.gather(*(listener.close() for listener in listeners))
