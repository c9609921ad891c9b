"""The main job, on the wire: a speaker speaks, listeners hear, in both creation modes."""

from pathlib import Path

import pytest

from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from tests.integration.backend.wire_client import WireClient
from tests.support.server import running_server


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_a_frame_reaches_a_listener(tmp_path: Path, mode: str) -> None:
    async with running_server(tmp_path) as server, server.http("") as http:
        if mode == "http":
            answer = await http.post("/sessions", json={"sourceLanguage": "en", "qualityTier": "standard"})
            assert answer.status == 201
            session_id = (await answer.json())["sessionId"]
            speaker = await WireClient.connect(server, session_id, token=server.token())
        else:
            speaker = await WireClient.connect(server, token=server.token())
            await speaker.send("createSession", sourceLanguage="en", qualityTier="standard", requestId="r1")
            created = await speaker.expect("sessionCreated")
            assert created["requestId"] == "r1"
            session_id = created["sessionId"]
        listener = await WireClient.connect(server, session_id)
        joined = await listener.expect("sessionJoined")
        assert joined["listenerCount"] == 1
        frame = encode(FrameHeader(KIND_OPUS, 0, 0, 7, 140), b"sound")
        await speaker.send_bytes(frame)
        assert await listener.expect_bytes() == frame
        await speaker.send("endSession", sessionId=session_id, reason="done")
        assert (await listener.expect("sessionEnded"))["reason"] == "done"
        assert await listener.expect_close() == (1000, "done")
        assert await speaker.expect_close() == (1000, "done")
