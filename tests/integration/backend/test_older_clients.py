"""Clients of the original system, without `lectern.v1`: what they send, and what they can understand."""

import base64
import itertools
from typing import Any

import pytest

from pylib.protocol.client_messages import OlderControlState
from pylib.protocol.frames import HEADER_BYTES
from tests.integration.backend.wire_client import WireClient, listener_of, new_session
from tests.support.older_speaker import chunks_of
from tests.support.server import RunningServer

STOPS_AT = ("INVALID_PARAMETERS", "UNAUTHORIZED")
"""The two codes after which the original's client does not ask again."""

IGNORED = OlderControlState.model_fields["action"].annotation.__args__  # type: ignore[union-attr]


async def older(server: RunningServer, subject: str | None = "anna") -> WireClient:
    token = None if subject is None else server.token(subject)
    client = await WireClient.connect(server, token_query=token, protocols=())
    assert client.ws.protocol is None
    return client


async def test_a_session_without_a_quality_tier_is_standard(server: RunningServer) -> None:
    async with await older(server) as speaker:
        await speaker.send("createSession", sourceLanguage="en")
        assert (await speaker.expect("sessionCreated"))["qualityTier"] == "standard"


async def test_what_older_clients_tell_of_their_controls_is_ignored_without_an_error(
    server: RunningServer,
) -> None:
    """A volume slider sends twenty a second."""
    async with await older(server) as speaker:
        for action, volume in itertools.product(IGNORED, range(40)):
            await speaker.send(action, sessionId="golden-eagle-427", volume=volume, state={"isMuted": False})
        await speaker.send("heartbeat", id=1)
        assert (await speaker.expect("welcome"))["role"] == "speaker"
        assert (await speaker.expect("heartbeatAck"))["id"] == 1


@pytest.mark.parametrize(
    ("action", "fields", "code", "precise"),
    [
        ("createSession", {"sourceLanguage": "xx"}, "INVALID_PARAMETERS", "VALIDATION_INVALID_LANGUAGE"),
        (
            "createSession",
            {"sourceLanguage": "en", "qualityTier": "gold"},
            "INVALID_PARAMETERS",
            "VALIDATION_INVALID_QUALITY_TIER",
        ),
        ("createSession", {}, "INVALID_PARAMETERS", "VALIDATION_MISSING_PARAMETER"),
        ("somethingElse", {}, "INVALID_PARAMETERS", "VALIDATION_INVALID_MESSAGE_FORMAT"),
        ("pauseBroadcast", {}, "UNAUTHORIZED", "AUTH_UNAUTHORIZED"),
        ("joinSession", {"sessionId": "golden-eagle-427"}, "SESSION_NOT_FOUND", "SESSION_NOT_FOUND"),
    ],
)
async def test_a_refusal_has_a_code_that_older_clients_stop_at_and_a_sentence(
    server: RunningServer, action: str, fields: dict[str, Any], code: str, precise: str
) -> None:
    async with await older(server) as client:
        await client.send(action, **fields)
        error = await client.expect("error")
        assert (error["code"], error["details"]["code"]) == (code, precise)
        assert error["message"].endswith(".")
        assert not any(name in error["message"] for name in ("sourceLanguage", "qualityTier", "action"))


async def test_creating_without_a_token_is_final_too(server: RunningServer) -> None:
    async with await older(server, None) as client:
        await client.send("createSession", sourceLanguage="en", qualityTier="standard")
        error = await client.expect("error")
        assert error["code"] in STOPS_AT
        assert error["message"] == "You are not signed in. Please sign in, then try again."


async def test_other_clients_are_told_the_codes_of_the_contract(server: RunningServer) -> None:
    async with await WireClient.connect(server, token=server.token("anna")) as client:
        await client.send("createSession", sourceLanguage="xx")
        assert (await client.expect("error"))["code"] == "VALIDATION_INVALID_LANGUAGE"


async def test_a_session_that_ends_in_mid_chunk_is_heard_to_its_last_word(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    async with (
        speaker,
        await listener_of(server, session_id) as page,
        await WireClient.connect(server, session_id, protocols=()) as old,
    ):
        await old.expect("sessionJoined")
        pcm = bytes(range(200)) * 80
        await speaker.send("sendAudio", audioData=chunks_of(pcm, 3.0)[0].audio_data, chunkId="c1")
        await speaker.send("endSession", sessionId=session_id, reason="Speaker ended session")
        message = await old.expect("audio")
        assert base64.b64decode(message["audioData"]) == pcm
        assert (message["duration"], message["chunkId"]) == (500, "0")
        heard = b"".join([(await page.expect_bytes())[HEADER_BYTES:] for _ in range(25)])
        assert heard == pcm
        for client in (page, old, speaker):
            await client.expect("sessionEnded")
            assert (await client.expect_close())[0] == 1000
