"""The microphone goes away during a talk: the page says so, gets it back, and the room hears again."""

from playwright.sync_api import expect

from tests.e2e.looks import inspect
from tests.e2e.pages import STATE_MS, Speaker, Stage

KEEP_STREAMS = """
    const media = navigator.mediaDevices;
    const [real, list] = [media.getUserMedia.bind(media), media.enumerateDevices.bind(media)];
    window.streams = [];
    window.away = false;
    window.taken = "";  // the device id that another program has
    media.getUserMedia = async (wishes) => {
        if (wishes.audio.deviceId?.exact === window.taken) throw new DOMException("Busy", "NotReadableError");
        if (window.away) throw new DOMException("Requested device not found", "NotFoundError");
        if (window.hesitates) await new Promise((resolve) => { window.sayYes = resolve; });
        const stream = await real(wishes);
        window.streams.push(stream);
        return stream;
    };
    window.contexts = [];
    window.AudioContext = class extends AudioContext {
        constructor(...options) { super(...options); window.contexts.push(this); }
    };
    // Slow, so that what a dead track still gives would be noticed.
    media.enumerateDevices = async () => {
        if (window.away) await new Promise((resolve) => setTimeout(resolve, 1000));
        return list();
    };
"""
TELL_TRACK = """(event) => {
    const track = window.streams.at(-1).getAudioTracks()[0];
    if (event === "ended") track.stop();  // stop() fires no event
    track.dispatchEvent(new Event(event));
}"""
OPEN_TRACKS = """() => window.streams.flatMap((stream) => stream.getTracks())
    .filter((track) => track.readyState === "live").length"""

CLOCKS = "window.contexts.map((context) => context.state).join(' ')"


def live_with_streams_kept(stage: Stage) -> tuple[Speaker, str]:
    speaker = stage.speaker()
    speaker.page.add_init_script(KEEP_STREAMS)
    return speaker, speaker.go_live(f"{stage.url}/speaker/")


def expect_live(speaker: Speaker) -> None:
    speaker.expect_hidden("notice")
    speaker.expect_sentence("You are live.")


def test_a_microphone_that_went_away_was_muted_or_held_is_said_and_heard_again(stage: Stage) -> None:
    speaker, link = live_with_streams_kept(stage)
    listener = stage.listener()
    listener.hear(link)
    listener.expect_speech()
    speaker.page.evaluate("window.away = true")
    speaker.page.evaluate(TELL_TRACK, "ended")
    speaker.expect_notice("Your microphone is gone.")
    speaker.expect_sentence("Nobody hears you at the moment.")
    speaker.expect_state("live")
    listener.expect_silence()
    inspect(speaker, "unheard")
    speaker.page.evaluate(
        "window.away = false; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"
    )
    expect_live(speaker)
    listener.expect_speech()
    speaker.page.evaluate(TELL_TRACK, "mute")
    speaker.expect_notice("has switched the microphone off")
    speaker.picture("muted-by-the-system")
    speaker.page.evaluate(TELL_TRACK, "unmute")
    expect_live(speaker)
    speaker.keep_said()
    speaker.page.evaluate("window.contexts.at(-1).suspend()")
    speaker.expect_said("has taken the sound")
    speaker.picture("held")
    expect_live(speaker)
    listener.expect_speech()
    assert speaker.page.evaluate(CLOCKS).endswith("closed running")
    speaker.end()
    assert speaker.page.evaluate(OPEN_TRACKS) == 0
    # Devices are listed all the while; the events of a closed track are ignored.
    speaker.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    speaker.page.evaluate(TELL_TRACK, "mute")
    speaker.expect_hidden("notice")


def test_a_yes_that_comes_after_cancel_opens_no_microphone(stage: Stage) -> None:
    speaker = stage.speaker()
    speaker.page.add_init_script(KEEP_STREAMS)
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.page.evaluate("window.hesitates = true")
    speaker.click("start")
    speaker.page.wait_for_function("!!window.sayYes", timeout=STATE_MS)
    speaker.expect_state("creating")
    speaker.click("cancel")
    speaker.expect_state("idle")
    speaker.expect_hidden("notice")
    speaker.page.evaluate("window.hesitates = false; window.sayYes()")
    speaker.page.wait_for_function("window.streams.length === 1", timeout=STATE_MS)
    speaker.page.wait_for_function(f"({OPEN_TRACKS})() === 0", timeout=STATE_MS)
    speaker.start()
    assert speaker.page.evaluate(OPEN_TRACKS) == 1
    speaker.end()


def test_another_microphone_is_chosen_while_live(stage: Stage) -> None:
    """One that cannot be opened first: the one before goes on."""
    speaker, link = live_with_streams_kept(stage)
    listener = stage.listener()
    listener.hear(link)
    listener.expect_speech()
    options = speaker.see("microphone").locator("option")
    expect(options.nth(2)).to_be_attached()
    values = [option.get_attribute("value") for option in options.all()]
    first, second = [value for value in values if value][:2]
    speaker.see("microphone").select_option(first)
    # The stream before is closed by then, so what is sent from then on comes from the new one.
    speaker.page.wait_for_function("window.streams.length === 2")
    speaker.wait_for_stat("framesSent", speaker.stats()["framesSent"] + 10)
    expect_live(speaker)
    speaker.page.evaluate("(taken) => { window.taken = taken; }", second)
    speaker.see("microphone").select_option(second)
    speaker.expect_notice("That microphone could not be opened.")
    expect(speaker.see("microphone")).to_have_value(first)
    listener.expect_speech()
    speaker.picture("not-switched")
    speaker.page.evaluate("window.taken = ''")
    speaker.see("microphone").select_option(second)
    expect_live(speaker)
    expect(speaker.see("microphone")).to_have_value(second)
    listener.expect_speech()
    speaker.picture("switched")
    assert speaker.page.evaluate(OPEN_TRACKS) == 1
    speaker.end()
    assert speaker.page.evaluate(OPEN_TRACKS) == 0
