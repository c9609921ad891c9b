"""Portable tests' text connection: its server side is played by the test."""

from array import array
from binascii import b2a_base64
from typing import Any

from pylib.audio.pcm import to_pcm16
from pylib.protocol.frames import (
    HEADER_BYTES,
    KIND_PCM16,
    FrameHeader,
    decode_header,
    encode,
)
from pylib.realtime.text_transport import TextConnector
from tests.support.fake_socket import FakeConnector, FakeSocket

CREATED_AT = 1_790_000_000_000


def payload(seq: int) -> bytes:
    """A frame's sound, different for each number."""
    return to_pcm16(array("f", [(seq % 100) / 100] * 320))


def base64_of(pcm: bytes) -> str:
    """In pieces that need no padding: MicroPython's binascii takes the square of the length."""
    pieces = [pcm[at : at + 960] for at in range(0, len(pcm), 960)]
    return "".join([b2a_base64(piece).decode().strip() for piece in pieces])


class TextConnection:
    """A text connection whose server side the test plays; it records what its owner receives."""

    def __init__(self) -> None:
        self.inner = FakeConnector()
        self.connector = TextConnector(self.inner)
        self.texts: list[str] = []
        self.events: list[Any] = []
        self.packets: list[Any] = []
        self.open()

    def open(self, url: str = "wss://talk.example/ws") -> None:
        self.socket = self.connector.open(url, ["lectern.v1"], self)

    @property
    def server(self) -> FakeSocket:
        return self.inner.last

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

    def deliver_audio(self, number: Any, pcm: bytes, **changed: Any) -> None:
        message = {
            "type": "audio",
            "audioData": base64_of(pcm),
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

    def welcomed(self) -> "TextConnection":
        """Welcome the client as a server that numbers frames and says when the session began."""
        self.server.accept()
        self.server.say({"type": "welcome", "timestamp": 0})
        self.server.say({"type": "sessionJoined", "timestamp": 0, "createdAt": CREATED_AT})
        return self
