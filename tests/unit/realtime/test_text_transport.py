"""Portable: sound as text, and back."""

import json

from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    KIND_OPUS,
    KIND_PCM16,
    FrameHeader,
)
from pylib.realtime.base64 import decode
from pylib.realtime.state_machine import GATEWAY_TIMING, LISTENER_TIMING
from pylib.realtime.text_transport import TextConnector, connector_for, timing_for
from tests.support.fake_socket import FakeConnector
from tests.support.text_connection import CREATED_AT, TextConnection, payload

API_GATEWAY_FRAME_BYTES = 32 * 1024


def test_the_address_asks_for_text_and_the_rest_stays_as_it_is() -> None:
    connection = TextConnection()
    assert connection.server.url == "wss://talk.example/ws?transport=text"
    assert connection.server.subprotocols == ["lectern.v1"]
    connection.open("wss://talk.example/ws?sessionId=golden-eagle-427")
    assert connection.server.url == "wss://talk.example/ws?sessionId=golden-eagle-427&transport=text"


def test_messages_and_events_pass_both_ways() -> None:
    connection = TextConnection().welcomed()
    connection.socket.send_text('{"action": "heartbeat"}')
    connection.server.backlog = 7
    connection.server.say_bytes(b"binary all the same")
    connection.server.say_raw("nonsense")
    connection.server.drop(1001, "going away")
    assert connection.server.texts == [{"action": "heartbeat"}]
    assert [json.loads(text)["type"] for text in connection.texts[:-1]] == ["welcome", "sessionJoined"]
    assert connection.texts[-1] == "nonsense"
    assert [packet.size for packet in connection.packets] == [19]
    assert connection.events == ["lectern.v1", (1001, "going away")]
    assert connection.socket.buffered_bytes() == 7


# Sending


def test_five_frames_make_one_message_that_says_when_they_were_spoken() -> None:
    connection = TextConnection().welcomed()
    connection.send(40, 41, 42, 43)
    assert connection.server.texts == []
    connection.send(44)
    (message,) = connection.server.texts
    assert decode(message.pop("audioData")) == b"".join([payload(seq) for seq in range(40, 45)])
    assert message == {
        "action": "sendAudio",
        "timestamp": CREATED_AT + 800,
        "chunkId": "40",
        "duration": 100,
        "sampleRate": 16_000,
        "sequenceNumber": 40,
    }
    assert connection.server.frames == []


def test_a_message_stays_far_below_what_the_gateway_lets_through() -> None:
    connection = TextConnection().welcomed()
    connection.send(0, 1, 2, 3, 4)
    assert len(json.dumps(connection.server.texts[0])) < API_GATEWAY_FRAME_BYTES / 4


def test_a_hole_or_a_break_begins_a_new_message() -> None:
    connection = TextConnection().welcomed()
    connection.send(0, 1, 5, 6)
    connection.send(7, flags=FLAG_DISCONTINUITY)
    connection.send(8, 9, 10, 11)
    assert connection.chunks() == [(0, 40), (5, 40), (7, 100)]


def test_sound_and_messages_keep_their_order() -> None:
    connection = TextConnection().welcomed()
    connection.send(0, 1)
    connection.socket.send_text('{"action": "muteBroadcast"}')
    assert [text["action"] for text in connection.server.texts] == ["sendAudio", "muteBroadcast"]


def test_gathered_frames_are_sent_before_the_connection_is_closed() -> None:
    connection = TextConnection().welcomed()
    connection.send(0, 1, 2)
    connection.socket.close(1000, "")
    assert connection.chunks() == [(0, 60)]
    assert connection.server.closed_by_client


def test_opus_has_no_place_in_text() -> None:
    connection = TextConnection().welcomed()
    connection.send(0, 1, 2, 3, 4, kind=KIND_OPUS)
    assert connection.server.texts == []
    assert connection.server.frames == []


# Receiving


def test_an_audio_message_becomes_the_frame_it_was() -> None:
    connection = TextConnection().welcomed()
    connection.deliver_audio(70, payload(70))
    assert connection.headers() == [FrameHeader(KIND_PCM16, 0, 0, 70, 5000)]
    assert connection.sound() == payload(70)
    assert "audio" not in [json.loads(text)["type"] for text in connection.texts]


def test_a_longer_one_is_cut_into_frames_of_20_ms() -> None:
    connection = TextConnection().welcomed()
    pcm = payload(1) * 2 + payload(2)[:200]
    connection.deliver_audio(70, pcm)
    assert [(header.seq, header.capture_ms) for header in connection.headers()] == [
        (70, 5000),
        (71, 5020),
        (72, 5040),
    ]
    assert connection.sound() == pcm


def test_a_server_that_greets_numbers_frames_and_says_what_comes_twice() -> None:
    """The jitter buffer recognises a duplicate by its sequence number, so numbers must not be changed."""
    connection = TextConnection().welcomed()
    for number in (70, 72, 70):
        connection.deliver_audio(number, payload(number) * 2)
    assert connection.numbers() == [70, 71, 72, 73, 70, 71]


def test_a_new_connection_does_not_change_how_the_old_one_counts() -> None:
    """During a handover there are two sockets."""
    connection = TextConnection().welcomed()
    old = connection.server
    connection.open()
    old.say({"type": "audio", "audioData": "AAA=", "sampleRate": 16_000, "sequenceNumber": 300})
    assert connection.numbers() == [300]


def test_without_the_sessions_beginning_times_are_still_in_order() -> None:
    connection = TextConnection()
    connection.server.accept()
    connection.deliver_audio(0, payload(0), timestamp=CREATED_AT)
    connection.deliver_audio(1, payload(1), timestamp=CREATED_AT + 20)
    first, second = connection.headers()
    assert second.capture_ms - first.capture_ms == 20
    connection.server.say({"type": "sessionStatus", "timestamp": 0, "createdAt": CREATED_AT - 1})
    connection.deliver_audio(2, payload(2), timestamp=CREATED_AT + 40)
    assert connection.headers()[-1].capture_ms == 41


def test_a_capture_time_before_the_session_counts_as_its_beginning() -> None:
    connection = TextConnection().welcomed()
    connection.deliver_audio(0, payload(0), timestamp=CREATED_AT - 5)
    assert connection.headers()[0].capture_ms == 0


def test_sound_in_another_form_is_not_played() -> None:
    connection = TextConnection().welcomed()
    for changed in ({"sampleRate": 8000}, {"channels": 2}, {"format": "mp3"}):
        connection.deliver_audio(0, payload(0), **changed)
    assert connection.packets == []


def test_an_audio_message_without_sound_is_reported_as_a_malformed_frame() -> None:
    connection = TextConnection().welcomed()
    connection.deliver_audio(None, payload(0))
    connection.deliver_audio("x", payload(0))
    connection.deliver_audio(0, b"", audioData=5)
    connection.deliver_audio(0, b"", audioData="A")
    assert [packet.size for packet in connection.packets] == [0, 0, 0, 0]
    connection.deliver_audio(0, b"")
    connection.deliver_audio(0, b"x")
    assert len(connection.packets) == 4, "an empty chunk makes no frame"


def test_only_a_site_that_asks_for_text_gets_it() -> None:
    inner = FakeConnector()
    assert connector_for("binary", inner) is inner
    assert isinstance(connector_for("text", inner), TextConnector)
    assert timing_for("binary", LISTENER_TIMING) is LISTENER_TIMING
    assert timing_for("text", LISTENER_TIMING) is GATEWAY_TIMING
