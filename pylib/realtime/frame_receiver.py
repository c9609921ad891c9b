"""The audio frames that a live connection receives, with their statistics."""

from typing import Any, Callable

from pylib.errors import FrameError
from pylib.ports import Packet
from pylib.protocol.frames import FLOOR, HEADER_BYTES, FrameHeader, decode_header


class FrameReceiver:
    """Decodes the header of each binary packet, counts, and calls `on_frame(header, payload)`.

    `last_seq` is the highest sequence number received, -1 before the first frame of an epoch.
    The counts are totals over all sockets of the connection.
    """

    def __init__(self) -> None:
        self.on_frame: Callable[[FrameHeader, Any], None] = lambda header, payload: None
        self.last_seq = -1
        self.packets = 0
        self.bytes = 0
        self.malformed = 0

    def packet_received(self, packet: Packet) -> None:
        """Hand on a frame of the floor. A frame of another channel, or no frame at all, is only counted."""
        self.packets += 1
        self.bytes += packet.size
        try:
            header = decode_header(packet.head(HEADER_BYTES), packet.size)
        except FrameError:
            self.malformed += 1
            return
        if header.channel != FLOOR:
            return
        self.last_seq = max(self.last_seq, header.seq)
        self.on_frame(header, packet.tail(HEADER_BYTES))

    def epoch_changed(self) -> None:
        """The speaker's frames are numbered from the beginning again."""
        self.last_seq = -1
