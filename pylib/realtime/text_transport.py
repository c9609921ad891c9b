"""Sound as text, for gateways that drop binary frames: a Connector around any other.

Its user sends and receives binary frames of kind 2 as over any other Connector. On the wire they are
`sendAudio` messages to the server and `audio` messages from it.

    send_bytes -> TextSocket: up to 100 ms of frames gathered -> sendAudio
    binary     <- TextEvents: cut into frames of 20 ms         <- audio
"""

import json
import logging
from binascii import b2a_base64
from typing import Any

from pylib.ports import Clock, Connector, Socket, SocketEvents
from pylib.protocol import message_types
from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    FLOOR,
    FRAME_MS,
    HEADER_BYTES,
    KIND_PCM16,
    PCM_SAMPLE_RATE,
    FrameHeader,
    decode_header,
    encode,
)
from pylib.protocol.handshake import TEXT, TRANSPORT
from pylib.protocol.pacing import SHORT_FRAMES, FramePacer
from pylib.protocol.plain import number
from pylib.realtime.base64 import decode
from pylib.realtime.state_machine import GATEWAY_TIMING, Timing

CHUNK_FRAMES = 5
"""100 ms: ten messages a second, each a seventh of what API Gateway lets through (32 KB)."""

FRAME_BYTES = PCM_SAMPLE_RATE * FRAME_MS // 1000 * 2

CARRY_CREATED_AT = (message_types.SESSION_JOINED, message_types.SESSION_CREATED, message_types.SESSION_STATUS)
"""The messages that carry `createdAt`."""

log = logging.getLogger("lectern.realtime")


class TextStream:
    """The state that outlives one socket. `created_at_ms` is 0 until a message from the server says it.

    An `older` server does not say it, so its user gives it; nor does that server know numbers of frames. It
    passes on chunks of any length: with a `clock` their frames are handed on at the speed of speech.
    """

    def __init__(self, created_at_ms: int = 0, *, older: bool = False, clock: "Clock | None" = None) -> None:
        self.created_at_ms = created_at_ms
        self.older = older
        self.clock = clock
        self.next_seq = 0
        self.chunks_sent = 0
        self._has_warned = False

    def warn_once(self, text: str) -> None:
        """Log the text at the first call only: its cause would be met ten times a second."""
        if not self._has_warned:
            log.warning(text)
        self._has_warned = True


class BytesPacket:
    """Packet over bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def head(self, count: int) -> bytes:
        """See Packet."""
        return self._data[:count]

    def tail(self, start: int) -> bytes:
        """See Packet."""
        return self._data[start:]


class TextEvents:
    """Turns `audio` messages into binary frames; all other events pass unchanged.

    A server that sends `welcome` numbers frames. An older server numbers chunks of any length, so the
    frames inside have no numbers of their own: they are counted here, across all sockets.
    """

    def __init__(self, events: SocketEvents, stream: TextStream) -> None:
        self._events = events
        self._stream = stream
        self._numbers_frames = False
        self._last_chunk = -1
        self._last_mark: Any = None
        self._pacer = None if stream.clock is None else FramePacer(stream.clock, events.binary)

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents."""
        self._events.opened(subprotocol)

    def text(self, text: str) -> None:
        """See SocketEvents."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            kind = ""  # the owner of these events logs a text that is no message
        if kind == message_types.AUDIO:
            self._receive_audio(message)
            return
        if kind == message_types.SESSION_ENDED and self._pacer is not None:
            self._pacer.flush()
        if kind == message_types.WELCOME:
            self._numbers_frames = True
        elif kind in CARRY_CREATED_AT and isinstance(message.get("createdAt"), (int, float)):
            self._stream.created_at_ms = int(message["createdAt"])
        self._events.text(text)

    def binary(self, packet: Any) -> None:
        """See SocketEvents."""
        self._events.binary(packet)

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents. What waits is handed on first."""
        if self._pacer is not None:
            self._pacer.flush()
        self._events.closed(code, reason)

    def _hand_on(self, packets: "list[BytesPacket]") -> None:
        pacer = self._pacer
        if pacer is not None and (len(packets) > SHORT_FRAMES or pacer.newest is not None):
            pacer.add(packets)
            return
        for packet in packets:
            self._events.binary(packet)

    def _receive_audio(self, message: "dict[str, Any]") -> None:
        try:
            pcm = decode(message["audioData"])
        except (ValueError, KeyError, TypeError, AttributeError):
            pcm = None
        told = number(message.get("sequenceNumber"))
        if pcm is None or (told is None and not self._stream.older):
            self._events.binary(BytesPacket(b""))  # counted with the other malformed frames
            return
        form = (
            str(message.get("format") or "pcm").lower(),
            number(message.get("sampleRate") or PCM_SAMPLE_RATE),
            number(message.get("channels") or 1),
        )
        if form != ("pcm", PCM_SAMPLE_RATE, 1):
            self._stream.warn_once("sound in a form that cannot be played: " + str(form))
            return
        starts = range(0, len(pcm) - 1, FRAME_BYTES)
        seq = self._first_seq(told, (message.get("chunkId"), message.get("timestamp")), len(starts))
        if seq < 0:
            return
        capture_ms = max(0, (number(message.get("timestamp")) or 0) - self._stream.created_at_ms)
        packets = []
        for index, start in enumerate(starts):
            header = FrameHeader(KIND_PCM16, FLOOR, 0, seq + index, capture_ms + index * FRAME_MS)
            packets.append(BytesPacket(encode(header, pcm[start : start + FRAME_BYTES])))
        self._hand_on(packets)

    def _first_seq(self, told: "int | None", mark: Any, frames: int) -> int:
        """The number of a chunk's first frame; -1 when an older server repeats a chunk.

        `told` is the chunk's number, None where the server does not count: the chunk follows the last then.
        `mark` is what else tells a chunk from another. A chunk missing from an older server's counting is
        assumed to have been as long as this one.
        """
        if self._numbers_frames and told is not None:
            return told
        last, self._last_chunk = self._last_chunk, self._last_chunk + 1 if told is None else told
        last_mark, self._last_mark = self._last_mark, mark
        if told == last and mark == last_mark:
            return -1
        missing = self._last_chunk - last - 1 if 0 <= last < self._last_chunk else 0
        seq = self._stream.next_seq + missing * frames
        self._stream.next_seq = seq + frames
        return seq


class TextSocket:
    """Gathers PCM frames into `sendAudio` messages. Frames of another kind are dropped."""

    def __init__(self, socket: Socket, stream: TextStream) -> None:
        self._socket = socket
        self._stream = stream
        self._first: FrameHeader | None = None
        self._payloads: list[bytes] = []

    def send_text(self, text: str) -> None:
        """See Socket. Frames gathered before the message are sent before it."""
        self._flush()
        self._socket.send_text(text)

    def send_bytes(self, data: bytes) -> None:
        """See Socket."""
        header = decode_header(data[:HEADER_BYTES], len(data))
        if header.kind != KIND_PCM16:
            return
        if self._first is not None and not self._continues(self._first, header):
            self._flush()
        if self._first is None:
            self._first = header
        self._payloads.append(data[HEADER_BYTES:])
        if len(self._payloads) == CHUNK_FRAMES:
            self._flush()

    def buffered_bytes(self) -> int:
        """See Socket."""
        return self._socket.buffered_bytes()

    def close(self, code: int, reason: str) -> None:
        """See Socket. Frames gathered so far are sent first."""
        self._flush()
        self._socket.close(code, reason)

    def _continues(self, first: FrameHeader, header: FrameHeader) -> bool:
        """Whether this frame follows the gathered ones without a gap, so that one message can carry all."""
        return header.seq == first.seq + len(self._payloads) and not header.flags & FLAG_DISCONTINUITY

    def _flush(self) -> None:
        first, self._first = self._first, None
        pcm, self._payloads = b"".join(self._payloads), []
        if first is None:
            return
        stream = self._stream
        message = {
            "action": message_types.SEND_AUDIO,
            "audioData": b2a_base64(pcm).decode().strip(),
            "timestamp": stream.created_at_ms + first.capture_ms,
            "chunkId": str(stream.chunks_sent if stream.older else first.seq),
            "duration": len(pcm) * 1000 // (2 * PCM_SAMPLE_RATE),
            "sampleRate": PCM_SAMPLE_RATE,
        }
        if not stream.older:
            message["sequenceNumber"] = first.seq
        stream.chunks_sent += 1
        self._socket.send_text(json.dumps(message))


class TextConnector:
    """Opens sockets of `inner` that carry text alone, for one RealtimeClient."""

    def __init__(self, inner: Connector, stream: "TextStream | None" = None) -> None:
        self._inner = inner
        self._stream = stream or TextStream()

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> TextSocket:
        """See Connector. The address asks the server to send no binary frames; an older one never does."""
        if not self._stream.older:
            url += ("&" if "?" in url else "?") + TRANSPORT + "=" + TEXT
        return TextSocket(self._inner.open(url, subprotocols, TextEvents(events, self._stream)), self._stream)


def connector_for(transport: str, connector: Connector) -> Connector:
    """The connector for a site whose config says `transport`, "binary" or "text"."""
    return TextConnector(connector) if transport == "text" else connector


def timing_for(transport: str, timing: Timing) -> Timing:
    """The timing for a site whose config says `transport`; `timing` is the one for binary frames."""
    return GATEWAY_TIMING if transport == "text" else timing
