"""Portable: sound as text, and back."""

import json
from array import array
from binascii import b2a_base64
from typing import Any

from pylib.audio.pcm import to_pcm16
from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    HEADER_BYTES,
    KIND_OPUS,
    KIND_PCM16,
    FrameHeader,
    decode_header,
    encode,
)
from pylib.realtime.base64 import decode
from pylib.realtime.state_machine import GATEWAY_TIMING, LISTENER_TIMING
from pylib.realtime.text_transport import TextConnector, connector_for, timing_for
from tests.support.fake_socket import FakeConnector, FakeSocket

CREATED_AT = 1_790_000_000_000
API_GATEWAY_FRAME_BYTES = 32 * 1024


def payload(seq: int) -> bytes:
    """A frame's sound, different for each number."""
    return to_pcm16(array("f", [(seq % 100) / 100] * 320))


class Line:
    """A text connection whose server side the test plays; it keeps what its owner hears."""

    def __init__(self) -> None:
        self.outside = FakeConnector()
        self.connector = TextConnector(self.outside)
        self.texts: list[str] = []
        self.events: list[Any] = []
        self.packets: list[Any] = []
        self.open()

    def open(self, url: str = "wss://talk.example/ws") -> None:
        self.socket = self.connector.open(url, ["lectern.v1"], self)

    @property
    def server(self) -> FakeSocket:
        return self.outside.last

    def opened(self, subprotocol: str) -> None:
        self.events.append(subprotocol)

    def text(self, text: str) -> None:
        self.texts.append(text)

    def binary(self, packet: Any) -> None:
        self.packets.append(packet)

    def closed(self, code: int, reason: str) -> None:
        self.events.append((code, reason))

    def headers(self) -> "list[FrameHeader]":
        return [decode_header(packet.head(HEADER_BYTES), packet.size) for packet in self.packets]

    def numbers(self) -> "list[int]":
        return [header.seq for header in self.headers()]

    def sound(self) -> bytes:
        return b"".join([packet.tail(HEADER_BYTES) for packet in self.packets])

    def send(self, *numbers: int, flags: int = 0, kind: int = KIND_PCM16) -> None:
        for seq in numbers:
            self.socket.send_bytes(encode(FrameHeader(kind, 0, flags, seq, seq * 20), payload(seq)))

    def chunks(self) -> "list[tuple[int, float]]":
        """Of each sendAudio so far: the first number and how many milliseconds."""
        return [(text["sequenceNumber"], text["duration"]) for text in self.server.texts]

    def hear(self, number: Any, pcm: bytes, **changed: Any) -> None:
        message = {
            "type": "audio",
            "audioData": b2a_base64(pcm).decode().strip(),
            "format": "pcm",
            "sampleRate": 16_000,
            "channels": 1,
            "sequenceNumber": number,
            "chunkId": str(number),
            "duration": len(pcm) // 32,
            "timestamp": CREATED_AT + 5000,
        }
        message.update(changed)
        self.server.say(message)

    def greeted(self) -> "Line":
        """By a server that numbers frames and tells when the session began."""
        self.server.accept()
        self.server.say({"type": "welcome", "timestamp": 0})
        self.server.say({"type": "sessionJoined", "timestamp": 0, "createdAt": CREATED_AT})
        return self


def test_the_address_asks_for_text_and_the_rest_stays_as_it_is() -> None:
    line = Line()
    assert line.server.url == "wss://talk.example/ws?transport=text"
    assert line.server.subprotocols == ["lectern.v1"]
    line.open("wss://talk.example/ws?sessionId=golden-eagle-427")
    assert line.server.url == "wss://talk.example/ws?sessionId=golden-eagle-427&transport=text"


def test_messages_and_events_pass_both_ways() -> None:
    line = Line().greeted()
    line.socket.send_text('{"action": "heartbeat"}')
    line.server.backlog = 7
    line.server.say_bytes(b"binary all the same")
    line.server.say_raw("nonsense")
    line.server.drop(1001, "going away")
    assert line.server.texts == [{"action": "heartbeat"}]
    assert [json.loads(text)["type"] for text in line.texts[:-1]] == ["welcome", "sessionJoined"]
    assert line.texts[-1] == "nonsense"
    assert [packet.size for packet in line.packets] == [19]
    assert line.events == ["lectern.v1", (1001, "going away")]
    assert line.socket.buffered_bytes() == 7


# What is said


def test_five_frames_make_one_message_that_says_when_they_were_spoken() -> None:
    line = Line().greeted()
    line.send(40, 41, 42, 43)
    assert line.server.texts == []
    line.send(44)
    (message,) = line.server.texts
    assert decode(message.pop("audioData")) == b"".join([payload(seq) for seq in range(40, 45)])
    assert message == {
        "action": "sendAudio",
        "timestamp": CREATED_AT + 800,
        "chunkId": "40",
        "duration": 100,
        "sampleRate": 16_000,
        "sequenceNumber": 40,
    }
    assert line.server.frames == []


def test_a_message_stays_far_below_what_the_gateway_lets_through() -> None:
    line = Line().greeted()
    line.send(0, 1, 2, 3, 4)
    assert len(json.dumps(line.server.texts[0])) < API_GATEWAY_FRAME_BYTES / 4


def test_a_hole_or_a_break_begins_a_new_message() -> None:
    line = Line().greeted()
    line.send(0, 1, 5, 6)
    line.send(7, flags=FLAG_DISCONTINUITY)
    line.send(8, 9, 10, 11)
    assert line.chunks() == [(0, 40), (5, 40), (7, 100)]


def test_sound_and_messages_keep_their_order() -> None:
    line = Line().greeted()
    line.send(0, 1)
    line.socket.send_text('{"action": "muteBroadcast"}')
    assert [text["action"] for text in line.server.texts] == ["sendAudio", "muteBroadcast"]


def test_what_was_gathered_still_goes_when_the_connection_is_left() -> None:
    line = Line().greeted()
    line.send(0, 1, 2)
    line.socket.close(1000, "")
    assert line.chunks() == [(0, 60)]
    assert line.server.closed_by_client


def test_opus_has_no_place_in_text() -> None:
    line = Line().greeted()
    line.send(0, 1, 2, 3, 4, kind=KIND_OPUS)
    assert line.server.texts == []
    assert line.server.frames == []


# What is heard


def test_an_audio_message_becomes_the_frame_it_was() -> None:
    line = Line().greeted()
    line.hear(70, payload(70))
    assert line.headers() == [FrameHeader(KIND_PCM16, 0, 0, 70, 5000)]
    assert line.sound() == payload(70)
    assert "audio" not in [json.loads(text)["type"] for text in line.texts]


def test_a_longer_one_is_cut_into_frames_of_20_ms() -> None:
    line = Line().greeted()
    pcm = payload(1) * 2 + payload(2)[:200]
    line.hear(70, pcm)
    assert [(header.seq, header.capture_ms) for header in line.headers()] == [
        (70, 5000),
        (71, 5020),
        (72, 5040),
    ]
    assert line.sound() == pcm


def test_a_server_that_greets_numbers_frames_and_says_what_comes_twice() -> None:
    """The jitter buffer knows doubles by their numbers, so they must stay what they are."""
    line = Line().greeted()
    for number in (70, 72, 70):
        line.hear(number, payload(number) * 2)
    assert line.numbers() == [70, 71, 72, 73, 70, 71]


def test_an_older_server_numbers_chunks_and_frames_are_counted_on() -> None:
    line = Line()
    line.server.accept()
    line.hear(8, payload(8) * 15)
    line.hear(9, payload(9) * 3)
    assert line.numbers() == list(range(18))
    line.hear(9, payload(9) * 3)
    assert len(line.packets) == 18, "the same chunk again"
    line.hear(12, payload(12) * 2)
    assert line.numbers()[18:] == [22, 23], "two chunks of two frames are missing"
    line.hear(0, payload(0))
    assert line.numbers()[20:] == [24], "the speaker began anew"


def test_an_older_servers_frames_are_counted_on_across_connections() -> None:
    line = Line()
    line.server.accept()
    line.hear(8, payload(8) * 2)
    line.open()
    line.server.accept()
    line.hear(8, payload(8) * 2)
    assert line.numbers() == [0, 1, 2, 3]


def test_a_new_connection_does_not_change_how_the_old_one_counts() -> None:
    """During a handover both are there."""
    line = Line().greeted()
    old = line.server
    line.open()
    old.say({"type": "audio", "audioData": "AAA=", "sampleRate": 16_000, "sequenceNumber": 300})
    assert line.numbers() == [300]


def test_without_the_sessions_beginning_times_are_still_in_order() -> None:
    line = Line()
    line.server.accept()
    line.hear(0, payload(0), timestamp=CREATED_AT)
    line.hear(1, payload(1), timestamp=CREATED_AT + 20)
    first, second = line.headers()
    assert second.capture_ms - first.capture_ms == 20
    line.server.say({"type": "sessionStatus", "timestamp": 0, "createdAt": CREATED_AT - 1})
    line.hear(2, payload(2), timestamp=CREATED_AT + 40)
    assert line.headers()[-1].capture_ms == 41


def test_a_capture_time_before_the_session_counts_as_its_beginning() -> None:
    line = Line().greeted()
    line.hear(0, payload(0), timestamp=CREATED_AT - 5)
    assert line.headers()[0].capture_ms == 0


def test_sound_in_another_form_is_not_played() -> None:
    line = Line().greeted()
    for changed in ({"sampleRate": 8000}, {"channels": 2}, {"format": "mp3"}):
        line.hear(0, payload(0), **changed)
    assert line.packets == []


def test_what_is_no_sound_is_handed_on_as_a_malformed_frame() -> None:
    line = Line().greeted()
    line.hear(None, payload(0))
    line.hear("x", payload(0))
    line.hear(0, b"", audioData=5)
    line.hear(0, b"", audioData="A")
    assert [packet.size for packet in line.packets] == [0, 0, 0, 0]
    line.hear(0, b"")
    line.hear(0, b"x")
    assert len(line.packets) == 4, "nothing to hear is nothing"


def test_only_a_site_that_asks_for_text_gets_it() -> None:
    inner = FakeConnector()
    assert connector_for("binary", inner) is inner
    assert isinstance(connector_for("text", inner), TextConnector)
    assert timing_for("binary", LISTENER_TIMING) is LISTENER_TIMING
    assert timing_for("text", LISTENER_TIMING) is GATEWAY_TIMING
