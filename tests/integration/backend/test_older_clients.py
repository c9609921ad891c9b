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


async def test_an_odd_but_plain_wish_makes_a_talk(server: RunningServer) -> None:
    async with await older(server) as speaker:
        await speaker.ws.send_json({"type": "createSession", "sourceLanguage": "en-US", "qualityTier": None})
        created = await speaker.expect("sessionCreated")
        assert (created["sourceLanguage"], created["qualityTier"]) == ("en", "standard")


async def test_our_own_clients_are_still_told_what_is_wrong(server: RunningServer) -> None:
    async with await WireClient.connect(server, token=server.token("anna")) as client:
        await client.send("createSession", sourceLanguage="en", qualityTier=None)
        assert (await client.expect("error"))["code"] == "VALIDATION_INVALID_QUALITY_TIER"


@pytest.mark.parametrize("seconds", [3.072, 4.096])
async def test_chunks_of_up_to_four_seconds_are_heard(server: RunningServer, seconds: float) -> None:
    session_id = await new_session(server)
    speaker = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    async with speaker, await WireClient.connect(server, session_id, protocols=()) as old:
        await old.expect("sessionJoined")
        pcm = bytes(range(1, 129)) * round(seconds * 250)
        await speaker.send("sendAudio", audioData=base64.b64encode(pcm).decode(), chunkId="c1")
        await speaker.send("endSession")
        heard = b""
        while len(heard) < len(pcm):
            heard += base64.b64decode((await old.expect("audio"))["audioData"])
        assert heard[: len(pcm)] == pcm


async def test_pieces_that_are_too_long_are_told_before_the_close(server: RunningServer) -> None:
    """Without a code that it stops at, the client would come back and send such a piece again, for ever."""
    session_id = await new_session(server)
    client = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    await client.send("sendAudio", audioData="A" * 200_000)
    error = await client.expect("error")
    assert (error["code"], error["details"]["code"]) == ("INVALID_PARAMETERS", "VALIDATION_MESSAGE_TOO_LARGE")
    assert await client.expect_close() == (1009, "VALIDATION_MESSAGE_TOO_LARGE")


async def test_a_refused_connection_is_told_why_before_the_close(server: RunningServer) -> None:
    """Close 1008 alone reads as a sign-in that is over."""
    for session_id, code in (("golden-eagle-427", "SESSION_NOT_FOUND"), ("x", "SESSION_INVALID_ID_FORMAT")):
        client = await WireClient.connect(server, session_id, protocols=())
        error = await client.expect("error")
        assert (error["code"], error["message"][-1]) == (code, ".")
        assert await client.expect_close() == (1008, code)


async def test_what_is_said_while_muted_is_not_heard_whatever_the_client_sends(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    async with speaker, await listener_of(server, session_id) as page:
        secret, word = (base64.b64encode(bytes([value]) * 3200).decode() for value in (1, 2))
        await speaker.send("muteBroadcast")
        await speaker.send("sendAudio", audioData=secret)
        await speaker.send("unmuteBroadcast")
        await speaker.send("sendAudio", audioData=word)
        heard = [set((await page.expect_bytes())[HEADER_BYTES:]) for _ in range(10)]
        assert heard == [{0}] * 5 + [{2}] * 5


async def test_binary_samples_are_ignored_as_by_their_gateway(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker = await WireClient.connect(server, session_id, token_query=server.token("anna"), protocols=())
    async with speaker:
        for size in (1, 640, 65_536):
            await speaker.send_bytes(bytes(size))
        await speaker.answered()


async def test_a_listener_who_refreshes_keeps_the_language(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await older(server, None) as fresh:
        await fresh.send("refreshConnection", sessionId=session_id.upper(), targetLanguage="es-MX")
        assert (await fresh.expect("sessionJoined"))["targetLanguage"] == "es"
        assert (await fresh.expect("connectionRefreshComplete"))["sessionId"] == session_id
