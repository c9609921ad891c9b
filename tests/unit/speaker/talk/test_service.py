"""SpeakerService against a server side that the test plays."""

import asyncio
from array import array
from typing import Any

import pytest

from pylib.audio.levels import SILENT_DB
from pylib.audio.pcm import PcmTwin
from pylib.errors import AudioError, RealtimeError
from pylib.protocol.frames import FLAG_SILENCE, HEADER_BYTES, KIND_PCM16, decode_header
from pylib.realtime.address import Address
from pylib.realtime.backoff import MAX_ATTEMPTS
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from speaker.sound.encoders import EncoderChoice
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.service import SpeakerService
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_clock import FakeClock
from tests.support.fake_socket import FakeConnector, FakeSocket

LOUD = array("f", [0.5] * 320)


async def no_opus() -> bool:
    return False


class ServiceHarness:
    """A speaker's service in a session, with the server in the test's hands."""

    def __init__(self, microphone: FakeMicrophone | None = None) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.microphone = microphone or FakeMicrophone()
        self.changes = 0
        self.client = RealtimeClient(
            self.connector,
            self.clock,
            Address("wss://talk.example/ws"),
            timing=SPEAKER_TIMING,
            random=lambda: 0.0,
        )
        encoders = EncoderChoice(no_opus, lambda *_: pytest.fail("there is no Opus here"))
        self.keeper = MicrophoneKeeper(self.microphone, self.clock)
        self.service = SpeakerService(self.client, self.keeper, encoders.new, self.clock, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    @property
    def socket(self) -> FakeSocket:
        return self.connector.last

    async def live(self, tier: str = "standard", **status: Any) -> "ServiceHarness":
        connecting = asyncio.create_task(self.client.connect("golden-eagle-427"))
        await self.clock.settle()
        self.socket.accept()
        self.socket.say({"type": "welcome", "timestamp": 0, "connectionId": "c-1"})
        await connecting
        starting = asyncio.create_task(self.service.start(tier, "desk"))
        await self.clock.settle()
        created_at = self.clock.now_ms() - 1000
        self.answer("getSessionStatus", "sessionStatus", createdAt=created_at, **status)
        await starting
        return self

    def answer(self, action: str, message_type: str, **fields: Any) -> None:
        request_id = self.socket.last(action)["requestId"]
        self.socket.say({"type": message_type, "timestamp": 0, "requestId": request_id, **fields})

    async def press(self, pressed: Any, action: str, answer: str) -> None:
        """Pause or mute, and the server's answer."""
        task = asyncio.create_task(pressed)
        await self.clock.settle()
        self.answer(action, answer)
        await task

    def speak(self) -> None:
        self.microphone.speak(LOUD, self.clock.now_ms())


async def test_going_live_opens_the_chosen_microphone_and_sends_timed_frames() -> None:
    stage = await ServiceHarness().live()
    stage.speak()
    assert stage.service.state == "live"
    assert (stage.microphone.device_id, stage.microphone.sample_rate, stage.microphone.voice) == (
        "desk",
        16_000,
        True,
    )
    frame = stage.socket.frames[0]
    header = decode_header(frame, len(frame))
    assert (header.kind, header.seq, header.capture_ms) == (KIND_PCM16, 0, 1000)
    assert stage.service.stats()["framesSent"] == 1


async def test_the_premium_tier_leaves_the_sound_alone() -> None:
    stage = await ServiceHarness().live("premium")
    assert not stage.microphone.voice


async def test_pause_tells_everybody_and_sends_nothing() -> None:
    stage = await ServiceHarness().live()
    await stage.press(stage.service.set_paused(True), "pauseBroadcast", "broadcastPaused")
    stage.speak()
    assert stage.service.state == "paused"
    assert stage.socket.frames == []
    await stage.press(stage.service.set_paused(False), "resumeBroadcast", "broadcastResumed")
    stage.speak()
    assert len(stage.socket.frames) == 1


async def test_mute_tells_everybody_and_sends_silence() -> None:
    stage = await ServiceHarness().live()
    await stage.press(stage.service.set_muted(True), "muteBroadcast", "broadcastMuted")
    stage.speak()
    assert stage.service.state == "muted"
    frame = stage.socket.frames[0]
    assert decode_header(frame, len(frame)).flags & FLAG_SILENCE
    assert not any(frame[HEADER_BYTES:])
    assert stage.service.pipeline.meter.shown_db > SILENT_DB
    await stage.press(stage.service.set_muted(False), "unmuteBroadcast", "broadcastUnmuted")
    assert stage.service.state == "live"


async def test_what_the_speaker_wants_counts_at_once_and_is_said_again_after_a_reconnect() -> None:
    stage = await ServiceHarness().live()
    stage.socket.drop()
    await stage.service.set_muted(True)
    assert (stage.service.state, stage.service.muted) == ("reconnecting", True)
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.socket.say({"type": "welcome", "timestamp": 0, "connectionId": "c-2"})
    assert stage.service.state == "muted"
    assert stage.socket.last("muteBroadcast")
    assert stage.socket.last("resumeBroadcast")


async def test_a_press_that_the_server_does_not_confirm_is_an_error() -> None:
    stage = await ServiceHarness().live()
    pressing = asyncio.create_task(stage.service.set_paused(True))
    await stage.clock.settle()
    request_id = stage.socket.last("pauseBroadcast")["requestId"]
    stage.socket.say(
        {"type": "error", "requestId": request_id, "code": "RATE_LIMIT_EXCEEDED", "message": "No."}
    )
    with pytest.raises(RealtimeError):
        await pressing
    assert stage.service.paused


@pytest.mark.parametrize("control", ["paused", "muted"])
async def test_a_talk_that_the_server_does_not_let_go_on_stays_silent_on_the_page_too(control: str) -> None:
    """Else the page says "live" while nothing is heard."""
    stage = await ServiceHarness().live()
    setattr(stage.service.pipeline, control, True)
    action = {"paused": "resumeBroadcast", "muted": "unmuteBroadcast"}[control]
    pressing = asyncio.create_task(getattr(stage.service, f"set_{control}")(False))
    await stage.clock.settle()
    assert not getattr(stage.service, control)
    request_id = stage.socket.last(action)["requestId"]
    stage.socket.say(
        {
            "type": "error",
            "requestId": request_id,
            "code": "RATE_LIMIT_EXCEEDED",
            "message": "",
            "retryAfter": 9,
        }
    )
    with pytest.raises(RealtimeError) as refused:
        await pressing
    assert refused.value.retry_after_s == 9
    assert getattr(stage.service, control)


async def test_a_press_that_the_connection_does_not_survive_is_said_again_later() -> None:
    stage = await ServiceHarness().live()
    pressing = asyncio.create_task(stage.service.set_paused(True))
    await stage.clock.settle()
    stage.socket.drop()
    await pressing
    assert stage.service.paused


async def test_paused_over_http_is_paused_here_too() -> None:
    stage = await ServiceHarness().live()
    stage.socket.say({"type": "broadcastPaused", "timestamp": 1, "sessionId": "x"})
    assert stage.service.state == "paused"
    stage.speak()
    assert stage.socket.frames == []
    stage.socket.say({"type": "broadcastResumed", "timestamp": 1, "sessionId": "x"})
    assert stage.service.state == "live"


async def test_after_giving_up_the_talk_is_still_there_and_can_be_tried_again() -> None:
    stage = await ServiceHarness().live()
    for _ in range(MAX_ATTEMPTS + 1):
        stage.socket.drop()
        await stage.clock.advance(3)
    assert (stage.service.state, stage.service.gave_up) == ("reconnecting", True)
    assert stage.microphone.is_open
    stage.service.retry_now()
    await stage.clock.settle()
    stage.socket.accept()
    assert (stage.service.state, stage.service.gave_up) == ("live", False)


async def test_a_talk_that_cannot_begin_leaves_nothing_behind() -> None:
    stage = await ServiceHarness().live()
    leaving = asyncio.create_task(stage.service.abandon())
    await stage.clock.settle()
    assert stage.socket.last("endSession")
    stage.socket.drop()
    await leaving
    assert not stage.microphone.is_open
    assert stage.clock.waiting() == 0


async def test_the_audience_is_told_on() -> None:
    stage = await ServiceHarness().live()
    stage.socket.say({"type": "sessionStatus", "timestamp": 1, "listenerCount": 4})
    assert stage.service.audience.listeners == 4


async def test_volume_acts_on_what_is_sent() -> None:
    stage = await ServiceHarness().live()
    stage.service.set_volume(0.0)
    stage.speak()
    assert not any(stage.socket.frames[0][HEADER_BYTES:])


async def test_a_lost_connection_is_told_and_sound_goes_on_afterwards() -> None:
    stage = await ServiceHarness().live()
    stage.socket.drop()
    assert stage.service.state == "reconnecting"
    stage.speak()
    await stage.clock.advance(0.1)
    stage.socket.accept()
    assert stage.service.state == "live"
    stage.speak()
    assert stage.socket.frames == []
    stage.socket.say({"type": "welcome", "connectionId": "c-2", "fromSeq": 0})
    assert [decode_header(frame, len(frame)).seq for frame in stage.socket.frames] == [0, 1]
    assert stage.service.stats()["framesDropped"] == 0


async def test_a_page_loaded_anew_counts_on_from_what_the_server_has_seen() -> None:
    stage = await ServiceHarness().live()
    stage.socket.say({"type": "welcome", "timestamp": 0, "connectionId": "c-2", "fromSeq": 250})
    stage.speak()
    frame = stage.socket.frames[0]
    assert decode_header(frame, len(frame)).seq == 250


async def test_ending_waits_for_the_server_and_lets_everything_go() -> None:
    stage = await ServiceHarness().live()
    ending = asyncio.create_task(stage.service.end())
    await stage.clock.settle()
    assert stage.socket.last("endSession")["sessionId"] == "golden-eagle-427"
    stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    await ending
    assert stage.service.state == "ended"
    assert not stage.microphone.is_open
    assert stage.socket.closed_by_client
    assert stage.clock.waiting() == 0


async def test_an_end_that_the_server_does_not_confirm_still_ends_here_and_says_so() -> None:
    stage = await ServiceHarness().live()
    ending = asyncio.create_task(stage.service.end())
    await stage.clock.settle()
    stage.socket.drop()
    with pytest.raises(RealtimeError):
        await ending
    assert stage.service.state == "ended"
    assert not stage.microphone.is_open


async def test_a_session_ended_elsewhere_ends_here_with_its_reason() -> None:
    stage = await ServiceHarness().live()
    stage.socket.say({"type": "sessionEnded", "timestamp": 1, "sessionId": "x", "reason": "expired"})
    assert stage.service.state == "ended"
    assert stage.service.close_reason == "expired"
    assert not stage.microphone.is_open


async def test_taken_over_by_another_tab_says_so_by_its_close_code() -> None:
    stage = await ServiceHarness().live()
    assert stage.service.close_code == 0
    stage.socket.drop(4001, "replaced")
    assert (stage.service.state, stage.service.close_code) == ("ended", 4001)


async def test_without_a_microphone_going_live_fails_with_its_sentence() -> None:
    refused = AudioError("The browser may not use the microphone.", code="MICROPHONE_DENIED")
    with pytest.raises(AudioError, match="may not use"):
        await ServiceHarness(FakeMicrophone(refused)).live()


async def test_opus_is_used_where_there_is_one_unless_pcm_is_asked_for() -> None:
    async def has_opus() -> bool:
        return True

    made: list[tuple[int, bool]] = []

    def new_opus(bitrate: int, voice: bool, on_packet: Any) -> Any:
        made.append((bitrate, voice))
        return PcmTwin(on_packet)

    from speaker.sound.encoders import TIERS

    await EncoderChoice(has_opus, new_opus).new(TIERS["premium"], lambda *_: None)
    assert made == [(96_000, False)]
    encoder = await EncoderChoice(has_opus, new_opus, asked_for="pcm").new(TIERS["standard"], lambda *_: None)
    assert encoder.kind == KIND_PCM16
    assert len(made) == 1
