"""The speaker page without a browser: what a person prefers is there at the next visit; shortcuts."""

from speaker.view.preferences import RECORD
from tests.support.fake_store import FakeTextStore
from tests.support.speaker_harness import Disk, SpeakerHarness

CHOICES = {"source-language": "de", "quality-tier": "premium", "microphone": "desk"}


async def chosen() -> SpeakerHarness:
    """A page on which every preference was chosen."""
    stage = SpeakerHarness()
    await stage.sign_in()
    for name, value in CHOICES.items():
        stage.page.set_value(name, value)
        await stage.do(name, "change")
    stage.page.set_value("input-volume", "150")
    await stage.do("input-volume", "input")
    stage.keyboard.press("?")
    await stage.do("key-mute")
    stage.keyboard.press("x")
    await stage.clock.settle()
    return stage


async def test_choices_are_there_at_the_next_visit() -> None:
    stage = SpeakerHarness(disk=(await chosen()).disk)
    await stage.open()
    values = stage.page.values
    assert {name: values[name] for name in CHOICES} == CHOICES
    assert values["input-volume"] == "150"
    assert stage.page.attributes["mute data-key"] == "X"


async def test_what_is_kept_of_the_volume_acts_from_the_first_block() -> None:
    stage = SpeakerHarness(disk=(await chosen()).disk)
    await stage.open()
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert stage.app.service is not None
    assert stage.app.service.pipeline.volume == 1.5


async def test_everything_can_be_forgotten() -> None:
    stage = await chosen()
    await stage.do("forget")
    assert RECORD not in stage.disk.shared.records
    values = stage.page.values
    assert [values[name] for name in CHOICES] == ["en", "standard", ""]
    assert values["input-volume"] == "100"
    assert stage.page.attributes["mute data-key"] == "M"
    assert stage.page.texts["forget-told"] == "Everything is as it was at first."


class ClosedStore(FakeTextStore):
    """A store that the browser does not let the page use."""

    def write(self, name: str, text: str) -> None:
        self.lasts = False


async def test_without_storage_everything_works_and_nothing_is_said() -> None:
    disk = Disk()
    disk.shared = disk.tab = ClosedStore()
    stage = SpeakerHarness(disk=disk)
    await stage.go_live()
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    await stage.clock.advance(0.5)
    assert (stage.state, stage.notice) == ("muted", "")
    stage.page.set_value("input-volume", "150")
    await stage.do("input-volume", "input")
    await stage.do("forget")
    assert stage.page.values["input-volume"] == "100"


async def test_keys_mute_and_pause_during_a_talk_and_do_nothing_before_or_after() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.keyboard.press("m")
    await stage.clock.settle()
    assert stage.state == "idle"
    stage = SpeakerHarness()
    await stage.go_live()
    stage.keyboard.press("m")
    await stage.answer("muteBroadcast", "broadcastMuted")
    assert stage.state == "muted"
    stage.keyboard.press("p")
    await stage.answer("pauseBroadcast", "broadcastPaused")
    assert stage.state == "paused"
    sent = len(stage.connector.last.texts)
    stage.keyboard.press("m")
    await stage.clock.settle()
    assert len(stage.connector.last.texts) == sent
    stage.keyboard.press("m", typing=True)
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    stage.keyboard.press("p")
    await stage.clock.settle()
    assert stage.state == "ended"


async def test_the_keys_are_shown_where_they_act_and_listed_by_the_question_mark() -> None:
    stage = SpeakerHarness()
    await stage.open()
    shown = {
        name: stage.page.attributes[name + " aria-keyshortcuts"] for name in ("mute", "pause", "show-qr")
    }
    assert shown == {"mute": "m", "pause": "p", "show-qr": "q"}
    stage.keyboard.press("?")
    assert stage.page.opened == ["shortcuts"]
