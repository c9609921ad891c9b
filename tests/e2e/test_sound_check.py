"""The sound check before a talk, and what is said of the sound during it, in a real browser."""

from playwright.sync_api import ViewportSize, expect

from tests.e2e.looks import inspect
from tests.e2e.pages import STATE_MS, Speaker, Stage

COUNT_OPENINGS = """
    const media = navigator.mediaDevices;
    const real = media.getUserMedia.bind(media);
    window.openings = 0;
    media.getUserMedia = (wishes) => { window.openings += 1; return real(wishes); };
"""
LOUDEST = """() => {
    const meter = document.querySelector("[data-testid=level]");
    window.loudest = Math.max(window.loudest || 0, meter.value);
    return window.loudest;
}"""

PHONE: ViewportSize = {"width": 390, "height": 844}


def signed_in(stage: Stage) -> Speaker:
    speaker = stage.speaker()
    speaker.page.set_viewport_size(PHONE)
    speaker.page.add_init_script(COUNT_OPENINGS)
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    return speaker


def expect_advice(speaker: Speaker, words: str) -> None:
    expect(speaker.see("sound-advice")).to_contain_text(words, timeout=STATE_MS)


def test_who_checks_the_sound_is_heard_well_and_goes_live_with_the_same_microphone(stage: Stage) -> None:
    speaker = signed_in(stage)
    inspect(speaker, "idle")
    speaker.page.locator("summary[data-text=preferences]").click()
    inspect(speaker, "preferences")
    speaker.page.locator("summary[data-text=preferences]").click()
    speaker.click("check-sound")
    expect_advice(speaker, "Say something")
    expect(speaker.see("device")).to_contain_text("In use: ")
    speaker.picture("asked")
    expect_advice(speaker, "We hear you well.")
    speaker.page.wait_for_function(f"({LOUDEST})() > 0.4", timeout=STATE_MS)
    inspect(speaker, "sound-check")
    link = speaker.start()
    listener = stage.listener()
    listener.hear(link)
    listener.expect_speech()
    expect(speaker.see("sound-advice")).to_be_empty()
    speaker.picture("live")
    assert speaker.page.evaluate("window.openings") == 1
    speaker.end()
    expect(speaker.see("sound")).to_be_hidden()


def test_who_talks_while_muted_is_told_and_nobody_hears_it(stage: Stage) -> None:
    speaker = signed_in(stage)
    speaker.page.emulate_media(color_scheme="dark")
    link = speaker.start()
    listener = stage.listener()
    listener.hear(link)
    listener.expect_speech()
    speaker.click("mute")
    expect_advice(speaker, "You are muted, nobody hears you.")
    listener.expect_silence()
    expect_advice(speaker, "You are muted, nobody hears you.")
    inspect(speaker, "talking-while-muted")
    speaker.click("mute")
    expect(speaker.see("sound-advice")).to_be_empty()
    listener.expect_speech()
    speaker.see("input-volume").fill("10")
    speaker.expect_text("volume-text", "10%")
    speaker.picture("volume")
    speaker.end()
