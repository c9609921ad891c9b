"""What the speaker page says is what a reload at that very moment would find: record first, then the page."""

import json

import pytest

from pylib.protocol.frames import HEADER_BYTES
from speaker.talk.record import RECORD
from tests.support.fake_store import FakeTextStore
from tests.support.speaker_harness import SpeakerHarness


def kept(store: FakeTextStore) -> str:
    """The state in which a page would find the talk in this store."""
    if not store.read(RECORD):
        return "ended"
    talk = json.loads(store.read(RECORD))
    if talk["paused"]:
        return "paused"
    return "muted" if talk["muted"] else "live"


async def watched() -> tuple[SpeakerHarness, list[tuple[str, str, str]]]:
    """A live talk; the list gets each state that its page says, with what tab and browser have then."""
    stage = SpeakerHarness()
    await stage.go_live()
    said: list[tuple[str, str, str]] = []
    draw = stage.page.attribute

    def told(name: str, attribute: str, value: str | None) -> None:
        draw(name, attribute, value)
        if (name, attribute) == ("state", "data-state"):
            said.append((value or "", kept(stage.disk.tab), kept(stage.disk.shared)))

    stage.page.attribute = told  # type: ignore[method-assign]
    return stage, said


@pytest.mark.parametrize("by", ["the speaker", "the server"])
async def test_no_state_is_said_before_a_reload_would_find_it(by: str) -> None:
    stage, said = await watched()
    for name, action, state in (
        ("mute", "muteBroadcast", "broadcastMuted"),
        ("mute", "unmuteBroadcast", "broadcastUnmuted"),
        ("pause", "pauseBroadcast", "broadcastPaused"),
        ("pause", "resumeBroadcast", "broadcastResumed"),
    ):
        if by == "the speaker":
            await stage.press(name, action, state)
        else:
            stage.connector.last.say({"type": state, "timestamp": 1})
    if by == "the speaker":
        await stage.do("end")
        await stage.do("end-confirm")
        await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    else:
        stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    assert said[-1][0] == "ended"
    assert {state for state, _, _ in said} == {"live", "muted", "paused", "ended"}
    assert [told for told in said if len(set(told)) > 1] == []


@pytest.mark.parametrize(("key", "state"), [("m", "muted"), ("p", "paused")])
async def test_a_key_acts_within_its_press_on_sound_record_and_page(key: str, state: str) -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.hear(0.5)
    stage.keyboard.press(key)
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    assert not any(any(frame[HEADER_BYTES:]) for frame in stage.connector.last.frames[1:])
    assert (stage.state, kept(stage.disk.tab), kept(stage.disk.shared)) == (state, state, state)


async def test_muting_acts_on_the_sound_before_anything_is_kept() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    service = stage.app.service
    assert service is not None
    at_writing: list[bool] = []
    write = stage.disk.tab.write

    def watched_write(name: str, text: str) -> None:
        at_writing.append(service.muted)
        write(name, text)

    stage.disk.tab.write = watched_write  # type: ignore[method-assign]
    stage.keyboard.press("m")
    assert at_writing == [True]


async def test_another_microphone_and_a_lost_connection_are_kept_as_soon_as_they_are_known() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.page.set_value("microphone", "desk")
    await stage.do("microphone", "change")
    assert json.loads(stage.disk.tab.read(RECORD))["device"] == "desk"
    stage.connector.last.drop()
    await stage.clock.advance(0.1)
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    await stage.clock.settle()
    assert json.loads(stage.disk.tab.read(RECORD))["lost"] == 1


async def test_sound_alone_does_not_have_the_record_written() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    before = stage.disk.tab.read(RECORD)
    await stage.hear(0.5, 5)
    stage.app.refresh()
    assert stage.disk.tab.read(RECORD) == before
