"""`python -m tests.engines.speech_packets` makes tests/data/speech.opus-packets, with libopus."""

from speaker.sound.encoders import TIERS
from tests.engines.journeys import speech_at
from tests.engines.opus import SAMPLE_RATE, LibOpusEncoder
from tests.support.speech_packets import write_packets


def main() -> None:
    """Encode at the rate of the standard tier."""
    packets: list[bytes] = []
    encoder = LibOpusEncoder(lambda packet, _timestamp_us: packets.append(packet), TIERS["standard"].bitrate)
    for block in speech_at(SAMPLE_RATE):
        encoder.encode(block, 0)
    encoder.close()
    write_packets(packets)


if __name__ == "__main__":
    main()
