"""Portable: the listener page without a browser, app and view together on a fake page."""

import asyncio
from array import array
from typing import Any

from listener.app import ListenerApp
from listener.view import ListenerView
from pylib.audio.pcm import to_pcm16
from pylib.errors import AudioError, HttpError
from pylib.protocol.frames import KIND_PCM16, FrameHeader, encode
from pylib.protocol.plain import SessionRecord
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.connection import LISTENER_TIMING
from pylib.session.status_poller import StatusPoller
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_clock import FakeClock
from tests.support.fake_page import FakePage
from tests.support.fake_socket import FakeConnector, FakeSocket
from tests.support.portable import async_raises

CODE = "golden-eagle-427"
CREATED_MS = 1_699_999_990_000


class Stage:
    """A listener page, with the server and the audio clock in the test's hands."""

    def __init__(self, loudspeaker: "FakeLoudspeaker | None" = None) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.page = FakePage()
        self.loudspeaker = loudspeaker or FakeLoudspeaker()
        self.status = "active"
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.seq = 0
        view = self.view = ListenerView(self.page)
        self.app = ListenerApp(
            get_session=self._get_session,
            poller=StatusPoller(self._get_session, self.clock, lambda: 0.5),
            new_client=self._new_client,
            output=self.loudspeaker,
            clock=self.clock,
            show=view.show,
        )
        view.bind(self.app)

    async def _get_session(self, session_id: str) -> SessionRecord:
        self.asked.append(session_id)
        if self.error is not None:
            raise self.error
        return SessionRecord(session_id, "en", "standard", self.status, 0, CREATED_MS)

    def _new_client(self) -> RealtimeClient:
        address = Address("wss://talk.example/ws")
        return RealtimeClient(self.connector, self.clock, address, timing=LISTENER_TIMING, random=lambda: 0.0)

    @property
    def socket(self) -> FakeSocket:
        return self.connector.last

    @property
    def state(self) -> str:
        return self.page.attributes["state data-state"]

    @property
    def notice(self) -> str:
        return self.page.texts["notice"] if self.page.visible["notice"] else ""

    async def do(self, name: str, event: str = "click") -> None:
        self.page.do(name, event)
        await self.clock.settle()

    def say(self, message_type: str, **fields: Any) -> None:
        self.socket.say(dict(fields, type=message_type, timestamp=1))

    async def join(self) -> "Stage":
        await self.app.open(CODE)
        await self.do("listen")
        self.socket.accept()
        self.say("welcome", connectionId="c-1")
        self.say("sessionJoined", sessionId=CODE, status="active")
        await self.clock.settle()
        return self

    async def hear(self, frames: int = 5) -> None:
        """Frames arrive, the audio clock plays them, the page looks again."""
        for _ in range(frames):
            capture_ms = int(self.clock.now_ms() - CREATED_MS)
            header = FrameHeader(KIND_PCM16, 0, 0, self.seq, capture_ms)
            self.socket.say_bytes(encode(header, to_pcm16(array("f", [0.5] * 320))))
            self.seq += 1
            await self.clock.advance(0.02)
            self.loudspeaker.run(20)
        self.app.refresh()


async def test_a_link_leads_to_one_big_button() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    assert stage.state == "ready"
    assert stage.page.visible["listen"]
    assert not stage.page.visible["join-form"]
    assert not stage.page.visible["controls"]


async def test_without_a_link_the_page_asks_for_the_code_and_nothing_of_the_server() -> None:
    stage = Stage()
    await stage.app.open("")
    assert (stage.state, stage.notice) == ("ready", "")
    assert stage.page.visible["join-form"]
    assert "Type the code" in stage.page.texts["state"]
    assert stage.asked == []


async def test_a_malformed_code_is_told_without_asking_the_server() -> None:
    stage = Stage()
    for code in ("golden", "../etc/passwd", "golden-eagle-4270", "GOLDEN-eagle-427"):
        await stage.app.open(code)
        assert "two words and three digits" in stage.notice, code
    assert stage.asked == []


async def test_a_typed_code_joins() -> None:
    stage = Stage()
    await stage.app.open("")
    stage.page.values["session-code"] = " Golden-Eagle-427 "
    await stage.do("join-form", "submit")
    assert stage.asked == [CODE]
    assert stage.state == "ready"
    assert stage.page.visible["listen"]


async def test_an_unknown_session_says_so_and_offers_the_code_box() -> None:
    stage = Stage()
    stage.error = HttpError("There is no session with this code.", status_code=404, code="SESSION_NOT_FOUND")
    await stage.app.open(CODE)
    assert stage.state == "not-found"
    assert stage.page.visible["join-form"]
    assert stage.page.texts["state"].startswith("There is no talk with this code")


async def test_an_ended_session_says_so_and_offers_the_code_box() -> None:
    stage = Stage()
    stage.status = "ended"
    await stage.app.open(CODE)
    assert stage.state == "ended"
    assert stage.page.visible["join-form"]


async def test_an_unreachable_server_is_told_and_can_be_tried_again() -> None:
    stage = Stage()
    stage.error = HttpError("The server cannot be reached.", status_code=0)
    await stage.app.open(CODE)
    assert stage.notice == "The server cannot be reached."
    assert stage.page.visible["join-form"]
    stage.error = None
    stage.page.values["session-code"] = CODE
    await stage.do("join-form", "submit")
    assert (stage.state, stage.notice) == ("ready", "")


async def test_one_tap_leads_to_sound() -> None:
    stage = await Stage().join()
    assert stage.state == "buffering"
    await stage.hear()
    assert stage.state == "live"
    assert max(stage.loudspeaker.heard) > 0.4
    assert stage.page.texts["delay"] in ("under 0.1 s", "0.1 s")
    assert stage.page.visible["controls"]
    assert not stage.page.visible["listen"]


async def test_blocked_sound_shows_the_button_again() -> None:
    stage = Stage(FakeLoudspeaker(AudioError("Tap Listen once more.", code="SOUND_BLOCKED")))
    await stage.app.open(CODE)
    await stage.do("listen")
    assert (stage.state, stage.notice) == ("blocked", "")
    assert "Tap Listen once more" in stage.page.texts["state"]
    assert stage.page.visible["listen"]
    assert stage.connector.sockets == []


async def test_what_the_speaker_does_is_seen() -> None:
    stage = await Stage().join()
    await stage.hear()
    for message, state, words in (
        ("broadcastPaused", "paused", "break"),
        ("broadcastResumed", "live", "live"),
        ("broadcastMuted", "live", "microphone is off"),
        ("broadcastUnmuted", "live", "live"),
        ("speakerAway", "speaker-away", "coming back"),
        ("speakerBack", "live", "live"),
    ):
        stage.say(message)
        assert stage.state == state, message
        assert words in stage.page.texts["state"], message


async def test_a_break_is_still_a_break_after_the_speakers_connection_blinked() -> None:
    stage = await Stage().join()
    for sequence, words in (
        (("broadcastPaused", "speakerAway", "speakerBack"), "break"),
        (("broadcastResumed", "broadcastMuted", "broadcastPaused", "broadcastResumed"), "microphone is off"),
        (("speakerBack",), "microphone is off"),
        (("speakerAway", "broadcastUnmuted"), "coming back"),
    ):
        for message in sequence:
            stage.say(message)
        assert words in stage.page.texts["state"], sequence


async def test_the_last_question_counts_not_the_last_answer() -> None:
    stage = Stage()
    slow = asyncio.Event()

    async def get_session(session_id: str) -> Any:
        if session_id == "old-code-111":
            await slow.wait()
        return await stage._get_session(session_id)

    stage.app._get_session = get_session
    first = asyncio.create_task(stage.app.open("old-code-111"))
    await stage.clock.settle()
    assert (stage.state, stage.page.texts["state"]) == ("connecting", "Looking for the talk …")
    await stage.app.open("new-code-222")
    slow.set()
    await first
    assert stage.app.session.session_id == "new-code-222"


async def test_sound_that_cannot_be_started_says_so_and_leaves_the_button() -> None:
    stage = Stage(FakeLoudspeaker(RuntimeError("worklet not loaded")))
    await stage.app.open(CODE)
    await async_raises(RuntimeError, stage.app.listen())
    assert stage.state == "ready"
    assert "cannot be reached" in stage.notice
    assert stage.page.visible["listen"]


async def test_an_audio_clock_that_stands_still_is_not_called_live() -> None:
    stage = await Stage().join()
    await stage.hear()
    assert stage.state == "live"
    await stage.clock.advance(2.5)
    assert stage.state == "buffering"
    assert stage.socket.last("playbackReport")["audible"] is False


async def test_a_site_without_the_http_api_learns_by_joining() -> None:
    stage = Stage()
    stage.app._get_session = None
    stage.app._watch._poller = None
    await stage.app.open(CODE)
    assert stage.state == "ready"
    await stage.do("listen")
    stage.socket.accept()
    stage.say("welcome", connectionId="c-1")
    await stage.hear()
    assert (stage.state, stage.page.texts["delay"]) == ("live", "-")
    stage.say("sessionJoined", sessionId=CODE, status="active", sourceLanguage="de", createdAt=CREATED_MS)
    await stage.hear()
    assert stage.page.texts["delay"] in ("under 0.1 s", "0.1 s")
    assert stage.page.choices["language"] == [("de", "Original (de)")]


async def test_joining_a_paused_session_says_so() -> None:
    stage = Stage()
    stage.status = "paused"
    await stage.app.open(CODE)
    assert stage.state == "ready"
    await stage.do("listen")
    stage.socket.accept()
    stage.say("welcome", connectionId="c-1")
    stage.say("sessionJoined", sessionId=CODE, status="paused")
    await stage.clock.settle()
    assert stage.state == "paused"
    stage.say("sessionJoined", sessionId=CODE, status="active")
    assert stage.state == "buffering"


async def test_the_end_is_told_and_everything_let_go() -> None:
    stage = await Stage().join()
    await stage.hear()
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert stage.state == "ended"
    assert stage.page.visible["join-form"]
    assert not stage.loudspeaker.is_open
    assert stage.clock.waiting() == 0


async def test_a_talk_that_ends_before_the_tap_is_noticed() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    stage.status = "paused"
    await stage.clock.advance(60)
    assert stage.state == "ready"
    stage.status = "ended"
    await stage.clock.advance(60)
    assert stage.state == "ended"
    assert stage.clock.waiting() == 0


async def test_a_talk_that_ends_while_the_connection_is_lost_is_noticed() -> None:
    stage = await Stage().join()
    asked = len(stage.asked)
    await stage.clock.advance(20)
    assert len(stage.asked) == asked, "a live connection needs no polling"
    stage.status = "ended"
    for _ in range(3):
        stage.socket.drop()
        await stage.clock.advance(8)
    assert stage.state == "ended"


async def test_a_talk_that_is_gone_for_good_is_noticed() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    stage.error = HttpError("There is no session with this code.", status_code=404)
    await stage.clock.advance(60)
    assert stage.state == "not-found"


async def test_a_full_session_says_so_and_may_be_tried_again() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.drop(1008, "SESSION_MAX_LISTENERS_REACHED")
    await stage.clock.settle()
    assert stage.state == "full"
    assert stage.page.visible["listen"]
    await stage.do("listen")
    assert len(stage.connector.sockets) == 2


async def test_a_session_that_vanished_before_the_tap_is_told() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.drop(1008, "SESSION_NOT_FOUND")
    await stage.clock.settle()
    assert stage.state == "not-found"


async def test_a_server_out_of_reach_at_the_tap_is_told() -> None:
    stage = Stage()
    await stage.app.open(CODE)
    await stage.do("listen")
    await stage.clock.advance(30)
    assert stage.state == "ready"
    assert "cannot be reached" in stage.notice
    assert stage.page.visible["listen"]


async def test_a_lost_connection_is_told_and_comes_back_by_itself() -> None:
    stage = await Stage().join()
    await stage.hear()
    stage.socket.drop()
    assert stage.state == "reconnecting"
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2")
    await stage.hear()
    assert stage.state == "live"
    assert stage.app.stats()["reconnects"] == 1


async def test_after_a_restart_of_the_server_a_talk_counted_anew_is_heard() -> None:
    stage = await Stage().join()
    stage.seq = 900
    await stage.hear()
    stage.socket.drop()
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2", epoch=2)
    stage.seq = 0
    played = stage.app.stats()["framesPlayed"]
    await stage.hear()
    assert stage.app.stats()["framesPlayed"] > played
    assert stage.state == "live"


async def test_a_connection_given_up_offers_the_button() -> None:
    stage = await Stage().join()
    for _ in range(11):
        stage.socket.drop()
        await stage.clock.advance(8)
    assert stage.state == "ready"
    assert "Tap Listen" in stage.notice


async def test_pause_is_silent_and_go_on_is_live_again() -> None:
    stage = await Stage().join()
    await stage.hear()
    await stage.do("pause")
    assert (stage.state, stage.page.texts["pause"]) == ("paused", "Go on")
    played = stage.app.stats()["framesPlayed"]
    await stage.hear()
    assert stage.app.stats()["framesPlayed"] == played
    await stage.do("pause")
    await stage.hear()
    assert stage.state == "live"


async def test_mute_and_volume_act_on_the_loudspeaker() -> None:
    stage = await Stage().join()
    stage.page.values["volume"] = "50"
    await stage.do("volume", "input")
    assert stage.loudspeaker.volume == 0.5
    await stage.do("mute")
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.0, "Unmute")
    await stage.do("mute")
    assert stage.loudspeaker.volume == 0.5
    await stage.do("mute")
    stage.page.values["volume"] = "80"
    await stage.do("volume", "input")
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.8, "Mute")


async def test_the_server_learns_what_is_heard_every_two_seconds() -> None:
    stage = await Stage().join()
    await stage.hear(110)
    report = stage.socket.last("playbackReport")
    assert report["audible"] is True
    assert report["state"] == "live"
    assert report["lastSeq"] > 0
    assert report["gaps"] == 0
    await stage.do("mute")
    await stage.hear(110)
    assert stage.socket.last("playbackReport")["audible"] is False


async def test_news_of_the_network_ends_the_wait() -> None:
    stage = await Stage().join()
    for _ in range(3):
        stage.socket.drop()
        await stage.clock.advance(0.01)
    waiting = len(stage.connector.sockets)
    stage.app.network_back()
    await stage.clock.settle()
    assert len(stage.connector.sockets) == waiting + 1


async def test_stats_are_plain_numbers_before_and_during() -> None:
    stage = Stage()
    assert stage.app.stats() == {"framesReceived": 0}
    await stage.join()
    await stage.hear()
    stats = stage.app.stats()
    assert stats["framesReceived"] == 5
    for name in ("gaps", "bufferMs", "delayMs"):
        assert stats[name] >= 0, name
    assert all(isinstance(value, (int, float)) for value in stats.values())


async def test_a_page_without_a_config_says_so() -> None:
    stage = Stage()
    stage.view.fail("This site's config file cannot be found.")
    assert (stage.state, stage.notice) == ("error", "This site's config file cannot be found.")
