"""What makes listening comfortable: keys, lock screen, outputs, data; kept, and never a microphone."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from listener.preferences import RECORD
from tests.e2e.headless_talk import HeadlessTalk
from tests.e2e.looks import inspect
from tests.e2e.pages import READY, READY_MS, STATE_MS, Listener, Stage

DEVICE = Path(__file__).parent / "device.js"
OLD_IPHONE = "Object.defineProperty(Navigator.prototype, 'platform', {get: () => 'iPhone'});"
CLOSED_STORAGE = """Object.defineProperty(window, "localStorage",
    {get() { throw new DOMException("closed", "SecurityError"); }});"""
PHONE = {"width": 390, "height": 844}
SOUND_OF_ELEMENT = """async () => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(window.__device.played[0].srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (const end = performance.now() + 30000; loudest < 0.02 && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }
  await context.close();
  return loudest;
}"""
"""The greatest sample on its way to the <audio> element; half a minute holds more than any break."""
A_SECOND_WITHOUT_BYTES = """() => {
  const received = window.lectern.stats().bytesReceived;
  if (received !== window.received) [window.received, window.since] = [received, performance.now()];
  return performance.now() - window.since >= 1000;
}"""
"""What was on its way when the page asked for silence still arrives."""

CHANGED = "navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"
UNPLUGGED = f"navigator.mediaDevices.enumerateDevices = async () => []; {CHANGED}"
PLUGGED = f"delete navigator.mediaDevices.enumerateDevices; {CHANGED}"


def device(listener: Listener, what: str) -> Any:
    return listener.page.evaluate(f"window.__device.{what}")


def press(listener: Listener, *keys: str) -> None:
    """The keyboard is all there is; the focus must never be nowhere."""
    for key in keys:
        listener.page.keyboard.press(key)
        assert listener.page.evaluate("document.activeElement !== document.body"), key


def expect_focus(listener: Listener, test_id: str) -> None:
    expect(listener.see(test_id)).to_be_focused()


def test_a_talk_by_keyboard_alone_with_everything_as_one_likes_it_kept(
    stage: Stage, own_talk: HeadlessTalk
) -> None:
    listener, code = stage.listener(), own_talk.code
    listener.context.add_init_script(path=DEVICE)
    listen_by_keyboard(listener, f"{stage.url}/listener/", code)
    use_the_keys(listener)
    use_the_lock_screen(listener, code)
    save_data(listener)
    choose_screen_and_output(listener)
    find_everything_again(listener, f"{stage.url}/listener/", code)
    assert device(listener, "microphones") == 0


def listen_by_keyboard(listener: Listener, url: str, code: str) -> None:
    """The code as people type it; no mouse, no tap."""
    listener.open(f"{url}?creation=http")
    listener.see("session-code").focus()
    listener.page.keyboard.type(code.replace("-", " ").upper() + " m")
    press(listener, "Backspace", "Backspace", "Enter")
    expect(listener.see("listen")).to_be_visible()
    expect(listener.page).to_have_url(f"{url}?creation=http&s={code}")
    expect_focus(listener, "state")
    press(listener, "Tab")
    expect_focus(listener, "listen")
    press(listener, "Enter")
    listener.expect_state("live")
    listener.expect_speech()
    expect_focus(listener, "state")


def use_the_keys(listener: Listener) -> None:
    press(listener, "m")
    expect(listener.see("mute")).to_have_text("Unmute")
    listener.expect_silence()
    press(listener, "m", "ArrowDown", "ArrowDown")
    expect(listener.see("volume")).to_have_value("80")
    press(listener, "Control+m", "?")
    expect(listener.see("shortcuts")).to_be_visible()
    inspect(listener, "shortcuts", online=False)
    listener.see("key-mute").focus()
    press(listener, "Enter", "x")
    listener.expect_text("key-mute", "X")
    press(listener, "Escape")
    listener.expect_hidden("shortcuts")
    press(listener, "m", "x")
    expect(listener.see("mute")).to_have_text("Unmute")
    press(listener, "x")
    expect_focus(listener, "state")


def use_the_lock_screen(listener: Listener, code: str) -> None:
    """What the system would press is pressed here."""
    media = "navigator.mediaSession"
    assert listener.page.evaluate(f"[{media}.metadata.title, {media}.metadata.artist]") == ["Live talk", code]
    for action, state, playback in (("pause", "paused", "paused"), ("play", "live", "playing")):
        device(listener, f"handlers.{action}({{}})")
        listener.expect_state(state)
        assert listener.page.evaluate(f"{media}.playbackState") == playback
    device(listener, "handlers.stop({})")
    listener.expect_state("ready")
    assert listener.page.evaluate(f"{media}.playbackState") == "none"
    listener.click("listen")
    listener.expect_state("live")


def save_data(listener: Listener) -> None:
    """Muted, nothing comes in; unmuted, the talk is live again."""
    listener.page.locator("summary").click()
    listener.click("save-data")
    listener.click("mute")
    listener.expect_sentence("Nothing is received")
    listener.page.wait_for_function(A_SECOND_WITHOUT_BYTES, timeout=STATE_MS, polling=100)
    inspect(listener, "saving")
    listener.click("mute")
    listener.expect_state("live")
    listener.expect_speech()
    assert listener.stats()["framesLost"] == 0


def choose_screen_and_output(listener: Listener) -> None:
    listener.click("stay-awake")
    listener.page.wait_for_function("window.__device.wakeLocks === 1")
    assert device(listener, "microphones") == 0
    output = listener.see("output")
    output.select_option(index=1)
    listener.page.wait_for_function("window.__device.sinks.length === 1")
    chosen = output.input_value()
    assert device(listener, "sinks") == [chosen]
    inspect(listener, "settings")
    for change in (UNPLUGGED, PLUGGED):
        sinks = device(listener, "sinks.length")
        listener.page.evaluate(change)
        listener.page.wait_for_function(f"window.__device.sinks.length > {sinks}")
    assert device(listener, "sinks") == [chosen, "", chosen]
    expect(output).to_have_value(chosen)


def find_everything_again(listener: Listener, url: str, code: str) -> None:
    """At the next visit, and after Reset as at the first; the code is suggested when it is nearly right."""
    listener.open(url)
    expect(listener.see("volume")).to_have_value("80")
    for switch in ("stay-awake", "save-data"):
        expect(listener.see(switch)).to_have_attribute("aria-checked", "true")
    expect(listener.see("key-mute")).to_have_text("X")
    listener.see("session-code").fill(code[1:-1])
    listener.click("join")
    told = listener.page.get_by_role("status").filter(has=listener.see("suggestion"))
    expect(told).to_contain_text(code.replace("-", "\u2011"))
    inspect(listener, "suggestion")
    listener.click("suggestion")
    expect(listener.see("listen")).to_be_visible()
    listener.page.locator("summary").click()
    listener.click("reset")
    expect(listener.see("volume")).to_have_value("100")
    # What is kept is written a moment later, which a busy machine may draw out.
    listener.page.wait_for_function(f"!localStorage.getItem({RECORD!r})?.includes('mute')", timeout=STATE_MS)
    listener.page.reload()
    listener.page.wait_for_function(READY, timeout=READY_MS)
    expect(listener.see("key-mute")).to_have_text("M")
    expect(listener.see("listen")).to_be_visible()


def test_an_old_iphone_with_closed_storage_hears_and_waits_for_the_speaker(
    stage: Stage, own_talk: HeadlessTalk
) -> None:
    """Its sound goes through an <audio> element; that nothing can be kept is no trouble."""
    listener = stage.listener(viewport=PHONE)
    for script in (OLD_IPHONE, CLOSED_STORAGE):
        listener.context.add_init_script(script)
    listener.context.add_init_script(path=DEVICE)
    listener.hear(own_talk.link)
    assert device(listener, "played.length") == 1
    assert listener.page.evaluate(SOUND_OF_ELEMENT) >= 0.02
    expect(listener.see("silent-switch")).to_be_visible()
    played = listener.stats()["framesPlayed"]
    listener.wait_for_stat("framesPlayed", played + 50)
    listener.see("volume").fill("30")
    listener.picture("live")
    own_talk.leave()
    listener.expect_state("speaker-away")
    expect(listener.see("waiting")).to_be_visible()
    inspect(listener, "speaker-away")
    listener.click("pause")
    listener.expect_sentence("Paused.")
    assert device(listener, "microphones") == 0
