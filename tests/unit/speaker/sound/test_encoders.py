"""An encoder that the browser has, but that gives no packets, gives way to PCM."""

from array import array
from collections.abc import Callable

from pylib.protocol.frames import KIND_OPUS, KIND_PCM16
from speaker.sound.encoders import FIRST_PATIENCE, LATER_PATIENCE, FallbackEncoder

BLOCK = array("f", [0.1] * 960)


class SilentOpus:
    """Takes blocks, and answers those whose numbers are below `answered`."""

    kind = KIND_OPUS
    sample_rate = 48_000

    def __init__(self, on_packet: Callable[[bytes, int], None], answered: int) -> None:
        self.closed = False
        self._on_packet = on_packet
        self._answered = answered

    def encode(self, _samples: object, timestamp_us: int) -> None:
        if timestamp_us < self._answered:
            self._on_packet(b"opus", timestamp_us)

    def restart(self) -> None:
        """See AudioEncoder."""

    def close(self) -> None:
        self.closed = True


def encode(answered: int, blocks: int) -> tuple[FallbackEncoder, SilentOpus, list[tuple[int, int]]]:
    """Encode so many blocks, of which Opus answers the first; also returns the packets' sizes and numbers."""
    made: list[SilentOpus] = []
    packets: list[tuple[int, int]] = []

    def new_opus(on_packet: Callable[[bytes, int], None]) -> SilentOpus:
        made.append(SilentOpus(on_packet, answered))
        return made[0]

    encoder = FallbackEncoder(new_opus, lambda payload, number: packets.append((len(payload), number)))
    for number in range(blocks):
        encoder.encode(BLOCK, number)
    return encoder, made[0], packets


def test_an_encoder_that_never_answers_gives_way_to_pcm_within_a_second() -> None:
    encoder, opus, packets = encode(answered=0, blocks=FIRST_PATIENCE + 2)
    assert (encoder.kind, opus.closed) == (KIND_PCM16, True)
    assert packets == [(640, FIRST_PATIENCE), (640, FIRST_PATIENCE + 1)]


def test_an_encoder_that_answers_stays() -> None:
    encoder, opus, packets = encode(answered=1000, blocks=1000)
    assert (encoder.kind, opus.closed) == (KIND_OPUS, False)
    assert len(packets) == 1000


def test_an_encoder_that_stops_answering_is_given_more_time() -> None:
    encoder, _, packets = encode(answered=1, blocks=LATER_PATIENCE + 1)
    assert (encoder.kind, len(packets)) == (KIND_OPUS, 1)
    encoder.encode(BLOCK, LATER_PATIENCE + 1)
    assert (encoder.kind, len(packets)) == (KIND_PCM16, 2)
