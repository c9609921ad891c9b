"""SpeakerService beside listeners who cannot hear Opus."""

from array import array
from typing import Any

from pylib.audio.pcm import PcmEncoder
from pylib.protocol.frames import HEADER_BYTES, KIND_OPUS, KIND_PCM16, decode_header
from speaker.sound.encoders import TIERS, EncoderChoice
from speaker.talk.pcm_twin import WEAK_S
from speaker.talk.service import SpeakerService
from tests.unit.speaker.talk.test_service import ServiceHarness


class OpusStandIn(PcmEncoder):
    """An encoder whose packets (kind 1, Opus) come at once, from blocks at 48 kHz."""

    kind = KIND_OPUS
    sample_rate = 48_000

    def encode(self, samples: Any, timestamp_us: int) -> None:
        self._on_packet(b"opus", timestamp_us)


BLOCK = array("f", [0.5] * 960)
"""20 ms at 48 kHz."""


async def opus_stage() -> ServiceHarness:
    """A speaker whose browser encodes Opus."""

    async def can() -> bool:
        return True

    stage = ServiceHarness()
    encoders = EncoderChoice(can, lambda _bitrate, _voice, on_packet: OpusStandIn(on_packet))
    stage.service = SpeakerService(stage.client, stage.keeper, encoders.new, stage.clock, lambda: None)
    return await stage.live()


def kinds(stage: ServiceHarness) -> list[tuple[int, int]]:
    headers = [decode_header(frame, len(frame)) for frame in stage.socket.frames]
    return [(header.kind, header.seq) for header in headers]


def speak_opus(stage: ServiceHarness) -> None:
    stage.microphone.speak(BLOCK[:], stage.clock.now_ms())


def ask_for_pcm(stage: ServiceHarness, **fields: Any) -> None:
    stage.socket.say({"type": "audioFormatRequired", "timestamp": 0, **fields})


async def test_somebody_who_cannot_hear_opus_gets_pcm_beside_it_until_they_leave() -> None:
    stage = await opus_stage()
    speak_opus(stage)
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    speak_opus(stage)
    ask_for_pcm(stage, kind=KIND_PCM16, required=False)
    speak_opus(stage)
    one, two = KIND_OPUS, KIND_PCM16
    assert sorted(kinds(stage)) == [(one, 0), (one, 1), (one, 2), (two, 1)]


async def test_an_unknown_format_is_not_sent() -> None:
    stage = await opus_stage()
    ask_for_pcm(stage, kind=9, required=True)
    speak_opus(stage)
    assert kinds(stage) == [(KIND_OPUS, 0)]


async def test_a_new_connection_changes_nothing_until_the_server_says_what_is_needed() -> None:
    """A frame captured between the welcome and the next message must reach every listener."""
    stage = await opus_stage()
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    stage.socket.say({"type": "welcome", "timestamp": 0, "connectionId": "c-2"})
    speak_opus(stage)
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    speak_opus(stage)
    ask_for_pcm(stage, kind=KIND_PCM16, required=False)
    speak_opus(stage)
    opus, pcm = [(KIND_OPUS, seq) for seq in (0, 1, 2)], [(KIND_PCM16, seq) for seq in (0, 1)]
    assert sorted(kinds(stage)) == opus + pcm


async def test_a_need_that_is_told_again_does_not_begin_anew() -> None:
    stage = await opus_stage()
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    speak_opus(stage)
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    speak_opus(stage)
    frames = [frame[HEADER_BYTES:] for frame in stage.socket.frames if frame[1] == KIND_PCM16]
    first = array("h", frames[1][:2])[0]
    assert first > 16_000, "the low-pass still knows the block before"


async def test_on_a_path_too_weak_for_pcm_the_twin_is_refused_and_opus_goes_on() -> None:
    stage = await opus_stage()
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    speak_opus(stage)
    stage.socket.backlog = 100_000
    await speak_for(stage, WEAK_S + 0.1)
    refusals = [message for message in stage.socket.texts if message["action"] == "refuseAudioFormat"]
    assert [message["kind"] for message in refusals] == [KIND_PCM16]
    assert not stage.service.pipeline.has_twin
    before = len(stage.socket.frames)
    stage.socket.backlog = 0
    await speak_for(stage, 60)
    sent = kinds(stage)[before:]
    assert {kind for kind, _ in sent} == {KIND_OPUS}
    assert [seq for _, seq in sent] == list(range(1, sent[-1][1] + 1))


async def test_a_path_that_stands_still_for_a_moment_is_not_too_weak() -> None:
    stage = await opus_stage()
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    for backlog in (100_000, 0, 100_000, 0):
        stage.socket.backlog = backlog
        await speak_for(stage, WEAK_S - 0.2)
    assert stage.service.pipeline.has_twin


async def test_one_who_refused_sends_pcm_when_asked_again() -> None:
    stage = await opus_stage()
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    stage.socket.backlog = 100_000
    await speak_for(stage, WEAK_S + 0.1)
    stage.socket.backlog = 0
    ask_for_pcm(stage, kind=KIND_PCM16, required=True)
    assert stage.service.pipeline.has_twin


async def speak_for(stage: ServiceHarness, seconds: float) -> None:
    """On a connection that lives: the server answers heartbeats."""
    socket, told = stage.socket, len(stage.socket.texts)
    for _ in range(round(seconds / 0.02)):
        speak_opus(stage)
        await stage.clock.advance(0.02)
        for message in socket.texts[told:]:
            if message["action"] == "heartbeat":
                socket.say({"type": "heartbeatAck", "serverTime": stage.clock.now_ms(), **message})
        told = len(socket.texts)
    assert stage.socket is socket


async def test_sound_that_travels_as_text_is_pcm_whatever_the_browser_can_encode() -> None:
    async def can() -> bool:
        return True

    choice = EncoderChoice(can, lambda _bitrate, _voice, on_packet: OpusStandIn(on_packet), transport="text")
    encoder = await choice.new(TIERS["standard"], lambda _payload, _timestamp_us: None)
    assert (encoder.kind, encoder.sample_rate) == (KIND_PCM16, 16_000)
