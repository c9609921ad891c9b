"""The speaker page without a browser: app and view together on a fake page."""

import asyncio
from typing import Any

from pylib.errors import AudioError, InvalidCredentials, NetworkError
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.connection import SPEAKER_TIMING
from pylib.session.orchestrator import CreationResult
from speaker.app import SpeakerApp
from speaker.demo import DemoAccount
from speaker.encoders import EncoderChoice
from speaker.service import SpeakerService
from speaker.view import SpeakerView
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_clock import FakeClock
from tests.support.fake_page import FakePage
from tests.support.fake_socket import FakeConnector


class FakeAccount:
    def __init__(self) -> None:
        self.user = ""
        self.error: Exception | None = None

    async def user_id(self) -> str:
        return self.user

    async def sign_in(self, email: str, password: str) -> None:
        if self.error is not None:
            raise self.error
        self.user = email

    async def sign_out(self) -> None:
        self.user = ""


class FakeCreator:
    """Gives a client that is connected already, or the failure it was told to give."""

    def __init__(self, clock: FakeClock, connector: FakeConnector) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failure: CreationResult | None = None
        self.aborted = False
        self._clock = clock
        self._connector = connector

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        self.asked.append((source_language, quality_tier))
        if self.failure is not None:
            return self.failure
        address = Address("wss://talk.example/ws")
        client = RealtimeClient(
            self._connector, self._clock, address, timing=SPEAKER_TIMING, random=lambda: 0.0
        )
        connecting = asyncio.create_task(client.connect("golden-eagle-427"))
        await self._clock.settle()
        self._connector.last.accept()
        self._connector.last.say({"type": "welcome", "timestamp": 0})
        await connecting
        return CreationResult(True, "golden-eagle-427", client, "", "", "http", 12.0)

    def abort(self) -> None:
        self.aborted = True


class Stage:
    """A speaker page."""

    def __init__(self, microphone: FakeMicrophone | None = None) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.page = FakePage()
        self.account = FakeAccount()
        self.creator = FakeCreator(self.clock, self.connector)
        self.microphone = microphone or FakeMicrophone()
        self.copied: list[str] = []
        view = self.view = SpeakerView(self.page, self._copy)
        encoders = EncoderChoice(self._no_opus, lambda *_: None)  # type: ignore[arg-type]
        self.app = SpeakerApp(
            account=self.account,
            creator=self.creator,
            microphone=self.microphone,
            new_service=lambda client, changed: SpeakerService(
                client, self.microphone, encoders.new, changed
            ),
            link_to=lambda session_id: f"https://talk.example/listener/?s={session_id}",
            clock=self.clock,
            show=view.show,
            show_level=view.show_level,
            show_microphones=view.show_microphones,
        )
        view.bind(self.app)

    async def _no_opus(self) -> bool:
        return False

    async def _copy(self, text: str) -> None:
        self.copied.append(text)

    @property
    def state(self) -> str:
        return self.page.attributes["state data-state"]

    @property
    def notice(self) -> str:
        return self.page.texts["notice"] if self.page.visible["notice"] else ""

    def sees(self, name: str) -> bool:
        return self.page.visible[name]

    async def do(self, name: str, event: str = "click") -> None:
        self.page.do(name, event)
        await self.clock.settle()

    async def open(self) -> None:
        await self.app.open()
        await self.clock.settle()

    async def sign_in(self) -> None:
        await self.open()
        self.page.values.update({"login-email": " me@example.com ", "login-password": "secret"})
        await self.do("login-form", "submit")

    async def press(self, name: str, action: str, answer: str) -> None:
        """A press and the server's answer to it."""
        await self.do(name)
        await self.answer(action, answer)

    async def go_live(self) -> None:
        await self.sign_in()
        await self.do("start-form", "submit")
        await self.answer("getSessionStatus", "sessionStatus", createdAt=self.clock.now_ms())

    async def answer(self, action: str, message_type: str, **fields: Any) -> None:
        await self.clock.settle()
        request_id = self.connector.last.last(action)["requestId"]
        self.connector.last.say({"type": message_type, "timestamp": 0, "requestId": request_id, **fields})
        await self.clock.settle()


async def test_a_stranger_sees_the_sign_in_form_and_nothing_else() -> None:
    stage = Stage()
    await stage.open()
    assert stage.state == "idle"
    assert stage.page.visible["login-form"]
    assert not stage.page.visible["start-form"]
    assert stage.page.texts["state"] == "Sign in to speak."


async def test_somebody_signed_in_before_is_signed_in_still() -> None:
    stage = Stage()
    stage.account.user = "me"
    await stage.open()
    assert stage.page.visible["start-form"]
    assert not stage.page.visible["login-form"]


async def test_signing_in_leads_to_the_choices() -> None:
    stage = Stage()
    await stage.sign_in()
    assert stage.account.user == "me@example.com"
    assert stage.page.visible["start-form"]
    assert [value for value, _ in stage.page.choices["microphone"]] == ["", "built-in", "desk"]
    assert stage.page.choices["source-language"][0] == ("en", "English")


async def test_a_wrong_password_is_told_and_what_was_typed_stays() -> None:
    stage = Stage()
    stage.account.error = InvalidCredentials("E-mail and password do not match.")
    await stage.sign_in()
    assert stage.notice == "E-mail and password do not match."
    assert stage.page.visible["login-form"]
    assert stage.page.values["login-password"] == "secret"


async def test_an_unreachable_server_is_told() -> None:
    stage = Stage()
    stage.account.error = NetworkError("The server cannot be reached.")
    await stage.sign_in()
    assert stage.notice == "The server cannot be reached."
    assert stage.state == "error"
    assert stage.page.visible["login-form"]


async def test_start_goes_live_and_shows_link_code_and_mode() -> None:
    stage = Stage()
    await stage.go_live()
    assert stage.creator.asked == [("en", "standard")]
    assert stage.state == "live"
    assert stage.page.texts["session-id"] == "golden-eagle-427"
    assert stage.page.attributes["share-link href"] == "https://talk.example/listener/?s=golden-eagle-427"
    assert stage.page.attributes["qr src"].startswith("data:image/svg+xml")
    assert stage.page.attributes["creation-mode data-mode"] == "http"
    assert stage.page.visible["controls"]
    assert not stage.page.visible["start-form"]


async def test_a_second_press_of_start_changes_nothing() -> None:
    stage = Stage()
    await stage.go_live()
    await stage.do("start-form", "submit")
    assert len(stage.creator.asked) == 1


async def test_pause_and_mute_are_seen_and_said() -> None:
    stage = Stage()
    await stage.go_live()
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    assert (stage.state, stage.page.texts["mute"]) == ("muted", "Unmute")
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    assert (stage.state, stage.page.texts["pause"]) == ("paused", "Go on")
    assert "mute disabled" in stage.page.attributes
    await stage.press("pause", "resumeBroadcast", "broadcastResumed")
    await stage.press("mute", "unmuteBroadcast", "broadcastUnmuted")
    assert (stage.state, stage.page.texts["mute"]) == ("live", "Mute")


async def test_a_press_while_reconnecting_is_seen_at_once() -> None:
    stage = Stage()
    await stage.go_live()
    stage.connector.last.drop()
    await stage.do("mute")
    assert (stage.state, stage.page.texts["mute"]) == ("reconnecting", "Unmute")


async def test_an_opening_can_be_cancelled_and_nothing_is_said_of_it() -> None:
    stage = Stage()
    stage.creator.failure = CreationResult(False, "", None, "Starting was cancelled.", "ABORTED", "http", 1.0)
    await stage.sign_in()
    await stage.do("cancel")
    await stage.do("start-form", "submit")
    assert stage.creator.aborted
    assert (stage.state, stage.notice) == ("idle", "")


async def test_a_microphone_that_falls_silent_is_told_within_a_second_or_two() -> None:
    stage = Stage()
    await stage.go_live()
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.5)
    assert stage.notice == ""
    await stage.clock.advance(1.5)
    assert "gives no sound" in stage.notice
    assert stage.page.attributes["level value"] == "0.0"
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.2)
    assert stage.notice == ""


async def test_whatever_fails_while_going_live_leaves_a_sentence_and_no_session() -> None:
    stage = Stage(FakeMicrophone(RuntimeError("the browser's own trouble")))
    await stage.go_live()
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="x")
    assert stage.state == "error"
    assert "Something went wrong" in stage.notice
    assert stage.connector.last.closed_by_client


async def test_giving_up_offers_to_try_again() -> None:
    stage = Stage()
    await stage.go_live()
    for _ in range(11):
        stage.connector.last.drop()
        await stage.clock.advance(8.5)
    assert stage.state == "reconnecting"
    assert stage.sees("try-again")
    assert "Press Try again" in stage.notice
    await stage.do("try-again")
    stage.connector.last.accept()
    assert stage.state == "live"
    assert not stage.sees("try-again")


async def test_a_sign_in_that_ran_out_while_live_asks_for_a_new_one() -> None:
    stage = Stage()
    await stage.go_live()
    stage.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    assert stage.state == "ended"
    assert "sign in again" in stage.notice
    assert stage.sees("login-form")


async def test_a_talk_ended_by_the_server_says_why() -> None:
    stage = Stage()
    await stage.go_live()
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    assert "as long as a talk may last" in stage.notice


async def test_an_end_that_nobody_confirms_says_what_listeners_will_see() -> None:
    stage = Stage()
    await stage.go_live()
    stage.connector.last.drop()
    await stage.do("end")
    await stage.do("end-confirm")
    assert stage.state == "ended"
    assert "within two minutes" in stage.notice


async def test_the_audience_and_the_level_are_shown() -> None:
    stage = Stage()
    await stage.go_live()
    hearing = {"audible": 2, "medianEarDelayMs": 100}
    stage.connector.last.say(
        {"type": "sessionStatus", "timestamp": 1, "listenerCount": 3, "hearing": hearing}
    )
    assert stage.page.texts["listener-count"] == "3"
    assert stage.page.texts["hearing-count"] == "2"
    assert stage.page.texts["typical-delay"] == "0.1 s"
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.1)
    assert float(stage.page.attributes["level value"]) > 0.8


async def test_the_link_is_copied() -> None:
    stage = Stage()
    await stage.go_live()
    await stage.do("copy-link")
    assert stage.copied == ["https://talk.example/listener/?s=golden-eagle-427"]
    assert stage.page.texts["copy-link"] == "Copied"


async def test_end_asks_once_and_then_ends() -> None:
    stage = Stage()
    await stage.go_live()
    await stage.do("end")
    assert stage.sees("end-question")
    assert stage.page.focused == "end-confirm"
    assert stage.state == "live"
    await stage.do("end")
    assert not stage.sees("end-question")
    await stage.do("end")
    await stage.do("end-confirm")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert stage.state == "ended"
    assert stage.page.visible["start-form"]
    assert not stage.page.visible["controls"]


async def test_a_failed_creation_is_told_and_start_may_be_pressed_again() -> None:
    stage = Stage()
    stage.creator.failure = CreationResult(False, "", None, "Try later.", "HTTP_ERROR", "http", 1.0)
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert (stage.state, stage.notice) == ("error", "Try later.")
    assert stage.page.visible["start-form"]
    stage.creator.failure = None
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert (stage.state, stage.notice) == ("live", "")


async def test_a_sign_in_that_ran_out_leads_back_to_the_form() -> None:
    stage = Stage()
    stage.creator.failure = CreationResult(
        False, "", None, "Please sign in again.", "AUTH_SIGN_IN_REQUIRED", "http", 1.0
    )
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert stage.notice == "Please sign in again."
    assert stage.page.visible["login-form"]


async def test_without_a_microphone_the_session_is_ended_and_the_reason_told() -> None:
    denied = AudioError("The browser may not use the microphone.", code="MICROPHONE_DENIED")
    stage = Stage(FakeMicrophone(denied))
    await stage.go_live()
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="x")
    assert (stage.state, stage.notice) == ("error", "The browser may not use the microphone.")
    assert stage.page.visible["start-form"]


async def test_another_tab_taking_over_is_told() -> None:
    stage = Stage()
    await stage.go_live()
    stage.connector.last.drop(4001, "replaced")
    assert stage.state == "ended"
    assert "another tab" in stage.notice


async def test_signing_out_leads_back_to_the_form() -> None:
    stage = Stage()
    await stage.sign_in()
    await stage.do("sign-out")
    assert stage.account.user == ""
    assert stage.page.visible["login-form"]


async def test_the_demo_account_is_prefilled_only_where_there_is_one() -> None:
    stage = Stage()
    stage.page.values["login-email"] = "typed already"
    stage.view.prefill(DemoAccount())
    assert stage.page.values["login-email"] == "typed already"
    stage.view.prefill(DemoAccount("demo@example.com", "demo"))
    assert stage.page.values["login-email"] == "demo@example.com"


async def test_a_page_without_a_config_says_so() -> None:
    stage = Stage()
    stage.view.fail("This site's config file cannot be found.")
    assert (stage.state, stage.notice) == ("error", "This site's config file cannot be found.")


async def test_stats_are_plain_numbers_before_and_during() -> None:
    stage = Stage()
    assert stage.app.stats() == {"framesSent": 0}
    await stage.go_live()
    stage.app.network_back()
    assert all(isinstance(value, (int, float)) for value in stage.app.stats().values())
