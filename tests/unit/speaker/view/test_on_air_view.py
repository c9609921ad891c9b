"""The speaker page without a browser: banner, length, audience, summary, and the link in all its forms."""

import sys

import pytest

from pylib.ui.i18n import LANGUAGES
from speaker.view.on_air_view import clock_face
from tests.support.speaker_harness import SpeakerHarness


async def live() -> SpeakerHarness:
    stage = SpeakerHarness()
    await stage.go_live()
    return stage


def banner(stage: SpeakerHarness) -> tuple[str, str]:
    return stage.page.texts["air"], stage.page.attributes["banner data-look"]


async def test_the_banner_tells_in_one_word_whether_anybody_hears() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    assert not stage.sees("air")
    stage = await live()
    assert banner(stage) == ("ON AIR", "good")
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    assert banner(stage) == ("MUTED", "calm")
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    assert banner(stage) == ("PAUSED", "calm")
    stage.connector.last.drop()
    assert banner(stage) == ("RECONNECTING", "warn")
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})


async def test_a_microphone_in_trouble_is_not_on_air() -> None:
    stage = await live()
    stage.microphone.trouble("muted")
    assert (stage.state, banner(stage)) == ("live", ("NOT HEARD", "urgent"))


async def test_the_length_ticks_and_stops_with_the_talk() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms() - 64_000)
    assert stage.page.texts["length"] == "1:04"
    await stage.clock.advance(1)
    assert stage.page.texts["length"] == "1:05"
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    await stage.clock.advance(3)
    assert stage.page.texts["length"] == "1:05"
    assert not stage.sees("length-line")


async def test_setting_the_devices_clock_changes_no_length() -> None:
    stage = await live()
    stage.clock.jump(-3600)
    await stage.clock.advance(2)
    assert stage.page.texts["length"] == "0:02"


@pytest.mark.parametrize(("seconds", "face"), [(0, "0:00"), (59.9, "0:59"), (245, "4:05"), (3845, "1:04:05")])
def test_seconds_are_shown_as_on_a_clock(seconds: float, face: str) -> None:
    assert clock_face(seconds) == face


async def test_how_it_went_is_told_after_the_end_until_another_talk_begins() -> None:
    stage = await live()
    assert not stage.sees("summary")
    stage.connector.last.say({"type": "sessionStatus", "timestamp": 1, "listenerCount": 7})
    stage.connector.last.say({"type": "sessionStatus", "timestamp": 2, "listenerCount": 3})
    await stage.hear(0.5, 50)
    stage.connector.last.drop()
    await stage.clock.advance(1)
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0, "fromSeq": 50})
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    await stage.clock.settle()
    texts = stage.page.texts
    told = [texts["summary-" + name] for name in ("length", "listeners", "lost", "sent")]
    assert stage.sees("summary")
    assert told == ["0:02", "7", "1", "0:01"]
    assert texts["start"] == "Start another talk"
    await stage.do("start-form", "submit")
    assert not stage.sees("summary")


async def test_languages_are_named_when_the_server_tells_them() -> None:
    stage = await live()
    assert stage.page.texts["audience-languages"] == ""
    stage.connector.last.say(
        {
            "type": "sessionStatus",
            "timestamp": 1,
            "listenerCount": 3,
            "languageDistribution": {"es": 2, "de": 1},
        }
    )
    assert stage.page.texts["audience-languages"] == "de in en: 1 · es in en: 2"


async def test_numbers_that_an_older_server_does_not_tell_are_not_shown_as_none() -> None:
    stage = await live()
    for told, audience, hearing in (
        ({}, False, False),
        ({"listenerCount": 3}, True, False),
        ({"listenerCount": 3, "hearing": {"audible": 2}}, True, True),
    ):
        stage.connector.last.say({"type": "sessionStatus", "timestamp": 1, **told})
        assert (stage.sees("audience"), stage.sees("hearing-line")) == (audience, hearing)


async def test_a_talk_that_goes_on_before_segno_is_there_has_its_code_as_soon_as_it_is() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "segno", None)
        stage = await live()
        assert stage.page.texts["session-id"] == "golden-eagle-427"
        assert "qr src" not in stage.page.attributes
    stage.share.draw_code()
    assert stage.page.attributes["qr src"].startswith("data:image/svg+xml")


async def test_the_code_fills_the_screen_and_goes_with_its_talk() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.keyboard.press("q")
    assert stage.page.opened == []
    stage = await live()
    await stage.do("show-qr")
    assert stage.page.opened == ["qr-dialog"]
    assert stage.page.texts["qr-code"] == stage.page.texts["session-id"] == "golden-eagle-427"
    assert stage.page.attributes["qr-large src"] == stage.page.attributes["qr src"]
    await stage.do("qr-close")
    assert stage.page.opened == []
    stage.keyboard.press("q")
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    await stage.clock.settle()
    assert stage.page.opened == []


def poster_lines(stage: SpeakerHarness) -> dict[str, str]:
    """By language, from top to bottom."""
    return stage.page.paragraphs["poster-above"] | stage.page.paragraphs["poster-below"]


async def test_the_poster_says_what_to_do_in_every_language_there_is() -> None:
    stage = await live()
    await stage.do("print-poster")
    assert stage.browser.printed == 1
    lines = poster_lines(stage)
    assert tuple(lines) == LANGUAGES
    assert lines["en"] == "Scan to listen"
    assert len(set(lines.values())) == len(LANGUAGES)
    assert all(lines.values())
    assert stage.page.texts["poster-link"].endswith("/listener/?s=golden-eagle-427")


async def test_the_share_sheet_is_offered_where_there_is_one() -> None:
    stage = await live()
    assert stage.sees("share")
    await stage.do("share")
    assert stage.browser.shared == [("Listen live", "https://talk.example/listener/?s=golden-eagle-427")]


async def test_without_a_share_sheet_there_is_no_button_for_one() -> None:
    stage = SpeakerHarness()
    stage.browser.has_share_sheet = False
    stage.view.bind(stage.app)
    assert not stage.sees("share")


async def test_a_language_that_cannot_be_had_now_is_left_out_of_the_poster() -> None:
    stage = await live()
    stage.site.missing_languages = ("fr", "ar")
    await stage.do("print-poster")
    assert stage.browser.printed == 1
    assert [language for language in LANGUAGES if language not in poster_lines(stage)] == ["fr", "ar"]


async def test_while_the_code_fills_the_screen_trouble_is_told_there_too() -> None:
    stage = await live()
    await stage.do("show-qr")
    assert stage.page.texts["qr-trouble"] == ""
    stage.microphone.trouble("muted")
    assert stage.page.texts["qr-trouble"] == stage.notice != ""
    stage.microphone.trouble("unmuted")
    assert stage.page.texts["qr-trouble"] == ""
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    assert stage.page.texts["qr-trouble"] == "Your microphone is off. Nobody hears you."


async def test_a_loss_is_told_at_once_and_everything_else_in_its_turn() -> None:
    stage = await live()
    assert stage.page.attributes["state aria-live"] == "polite"
    stage.connector.last.drop()
    assert stage.page.attributes["state aria-live"] == "assertive"


async def test_after_the_end_no_key_shows_the_code_of_a_talk_that_is_over() -> None:
    stage = await live()
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    await stage.clock.settle()
    stage.keyboard.press("q")
    assert stage.page.opened == []
    assert not stage.page.visible["poster"]
