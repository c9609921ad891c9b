"""Portable: PCM16."""

from array import array

from pylib.audio.pcm import PcmEncoder, PcmTwin, to_pcm16
from pylib.protocol.frames import KIND_PCM16
from tests.support.pcm import from_pcm16


def test_samples_become_little_endian_integers() -> None:
    assert to_pcm16(array("f", [0.0, 1.0, -1.0])) == b"\x00\x00\xff\x7f\x01\x80"


def test_too_loud_is_clipped_not_wrapped() -> None:
    assert to_pcm16(array("f", [1.5, -3.0])) == to_pcm16(array("f", [1.0, -1.0]))


def test_there_and_back_is_within_one_step() -> None:
    samples = array("f", [i / 100 for i in range(-100, 101)])
    back = from_pcm16(to_pcm16(samples))
    assert len(back) == len(samples)
    assert max([abs(samples[i] - back[i]) for i in range(len(back))]) <= 1 / 32767


def test_an_odd_last_byte_is_ignored() -> None:
    assert len(from_pcm16(b"\x00\x00\x01")) == 1


def test_the_encoder_gives_a_packet_at_once() -> None:
    packets = []
    encoder = PcmEncoder(lambda payload, timestamp_us: packets.append((payload, timestamp_us)))
    encoder.encode(array("f", [0.0, 1.0]), 20_000)
    assert packets == [(b"\x00\x00\xff\x7f", 20_000)]
    assert encoder.kind == KIND_PCM16
    encoder.close()


def test_a_twin_makes_16_khz_of_the_blocks_that_opus_gets() -> None:
    packets = []
    twin = PcmTwin(lambda payload, timestamp_us: packets.append((payload, timestamp_us)))
    twin.encode(array("f", [0.5] * 960), 0)
    twin.encode(array("f", [0.5] * 960), 20_000)
    assert (twin.kind, twin.sample_rate) == (KIND_PCM16, 48_000)
    assert [(len(payload), timestamp_us) for payload, timestamp_us in packets] == [(640, 0), (640, 20_000)]
    assert all(abs(sample - 0.5) < 0.001 for sample in from_pcm16(packets[1][0]))
