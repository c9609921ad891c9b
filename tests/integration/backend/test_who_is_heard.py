"""Only the owner's audio is fanned out, only from the newest connection, only into the owner's session."""

import base64
from pathlib import Path

from tests.integration.backend.wire_client import WireClient, frame, listener_of, new_session, speaker_of
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

CHUNK = base64.b64encode(bytes(640)).decode()


async def test_what_a_replaced_connection_still_sends_goes_nowhere(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as ears:
        old = await speaker_of(server, session_id)
        await old.send_bytes(frame(0))
        assert await ears.expect_bytes() == frame(0)
        async with await speaker_of(server, session_id) as new:
            # The old one has not read yet that it was replaced.
            await old.send_bytes(frame(1, b"from the old"))
            await old.send("sendAudio", audioData=CHUNK)
            await old.send("muteBroadcast")
            assert (await old.expect_close())[0] == 4001
            await new.send_bytes(frame(2))
            assert await ears.expect_bytes() == frame(2)
            await new.send("getSessionStatus", requestId="s1")
            assert (await new.expect("sessionStatus", requestId="s1"))["muted"] is False
        assert count_of(server.metrics, "lectern_audio_frames_received_total") == 2


async def test_what_a_listener_sends_is_heard_by_nobody(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with (
        await speaker_of(server, session_id) as speaker,
        await listener_of(server, session_id) as intruder,
        await listener_of(server, session_id) as ears,
    ):
        await intruder.send_bytes(frame(0, b"not the speaker"))
        assert (await intruder.expect("error"))["code"] == "AUTH_UNAUTHORIZED"
        await intruder.send("sendAudio", audioData=CHUNK, requestId="a1")
        assert (await intruder.expect("error", requestId="a1"))["code"] == "AUTH_UNAUTHORIZED"
        await speaker.send_bytes(frame(0))
        assert await ears.expect_bytes() == frame(0)
        assert await intruder.expect_bytes() == frame(0)


async def test_each_speaker_is_heard_in_the_own_session_only(server: RunningServer) -> None:
    """Two owners, and a second session of the same owner."""
    owners = ("anna", "ben", "anna")
    sessions = [await new_session(server, owner) for owner in owners]
    speakers = [await speaker_of(server, *one) for one in zip(sessions, owners, strict=True)]
    ears = [await listener_of(server, session_id) for session_id in sessions]
    for seq, speaker in enumerate(speakers):
        await speaker.send_bytes(frame(seq))
    for seq, one in enumerate(ears):
        assert await one.expect_bytes() == frame(seq)
    for seq, speaker in enumerate(speakers):
        await speaker.send_bytes(frame(10 + seq))
    for seq, one in enumerate(ears):
        assert await one.expect_bytes() == frame(10 + seq)
    for client in (*speakers, *ears):
        await client.close()


async def test_a_stranger_with_a_token_neither_speaks_nor_replaces_the_speaker(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        stranger = await WireClient.connect(server, session_id, token=server.token("eve"))
        await stranger.send_bytes(frame(0, b"from eve"))
        assert await stranger.expect_close() == (1008, "AUTH_UNAUTHORIZED")
        await speaker.send_bytes(frame(0))
        assert await ears.expect_bytes() == frame(0)


async def test_in_a_full_session_a_listener_gets_its_own_place_back_and_nobody_else_does(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path, max_listeners=2) as server:
        session_id = await new_session(server)
        first, second = [await listener_of(server, session_id) for _ in range(2)]
        back = await listener_of(server, session_id, resume=first.welcome["connectionId"], lastSeq="0")
        for resume in (first.welcome["connectionId"], "unknown", ""):
            refused = await WireClient.connect(server, session_id, resume=resume)
            assert await refused.expect_close() == (1008, "SESSION_MAX_LISTENERS_REACHED")
        assert server.hub.listener_count(session_id) == 2
        for client in (first, second, back):
            await client.close()


async def test_pcm_beside_opus_does_not_use_up_the_allowance_of_opus(tmp_path: Path) -> None:
    async with running_server(tmp_path, audio_burst=20, audio_per_s=0.001) as server:
        session_id = await new_session(server)
        ears = await listener_of(server, session_id)
        async with ears, await speaker_of(server, session_id) as speaker:
            for seq in range(20):
                await speaker.send_bytes(frame(seq))
                await speaker.send_bytes(b"\x01\x02" + frame(seq)[2:])
            assert [await ears.expect_bytes() for _ in range(20)] == [frame(seq) for seq in range(20)]
            assert count_of(server.metrics, "lectern_audio_frames_received_total") == 40
            # The frame that is too much is heard, and those after it wait: here for a quarter of an hour.
            for seq in range(20, 23):
                await speaker.send_bytes(frame(seq))
            assert await ears.expect_bytes() == frame(20)
            async with server.http() as http:
                await http.get("/health")
            assert count_of(server.metrics, "lectern_audio_frames_received_total") == 41
            # Cut, as the answer to a close would wait behind the frames.
            await speaker.http.close()
