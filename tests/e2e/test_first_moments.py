"""From the link to the first sound: nothing untrue is said, and Safari learns in time what it is for."""

from pathlib import Path
from typing import Any

from tests.e2e.pages import KEEP_SAID, Listener, Stage, Visitor

DEVICE = Path(__file__).parent / "device.js"
IOS_17_1 = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) Version/17.1.2 Mobile/15E148 Safari/604.1"
)
AUDIO_SESSION = """
const told = (window.__told = { types: [], contexts: [] });
const session = {
  get type() { return told.types.at(-1) ?? "auto"; },
  set type(type) { told.types.push(type); },
};
Object.defineProperty(Navigator.prototype, "audioSession", { get: () => session });
Object.defineProperty(Navigator.prototype, "platform", { get: () => "iPhone" });
const RealContext = window.AudioContext;
window.AudioContext = class AudioContext extends RealContext {
  constructor(...wishes) {
    told.contexts.push(session.type);
    super(...wishes);
  }
};"""
"""As an iPhone has it (Audio Session, W3C); what it was told when each sound context was made is kept."""

FROM_THE_START = f"""document.addEventListener("DOMContentLoaded", () => {{
  ({KEEP_SAID})();
  const form = document.querySelector("[data-testid=join-form]");
  window.__forms = 0;
  const count = () => (window.__forms += !form.hidden);
  new MutationObserver(count).observe(form, {{ attributeFilter: ["hidden"] }});
}});"""


def test_a_visit_by_link_flashes_nothing_untrue_and_only_the_listener_asks_for_playback(stage: Stage) -> None:
    speaker, listener, stranger = (
        stage.speaker(),
        stage.listener(user_agent=IOS_17_1),
        stage.silent_listener(),
    )
    for visitor in (speaker, listener):
        visitor.context.add_init_script(AUDIO_SESSION)
    for visitor in (listener, stranger):
        visitor.context.add_init_script(FROM_THE_START)
    listener.context.add_init_script(path=DEVICE)
    listener.open(speaker.go_live(f"{stage.url}/speaker/"))
    assert said(listener) == ["Looking for the talk …", "Ready when you are."]
    assert listener.page.evaluate("window.__forms") == 0
    listener.listen()
    assert told(listener) == {"types": ["playback"], "contexts": ["playback"]}
    assert listener.page.evaluate("window.__device.played.length") == 1, "this one needs the bridge as well"
    # Safari refuses the microphone to a page that asked for "playback".
    assert told(speaker)["types"] == []
    assert set(told(speaker)["contexts"]) == {"auto"}
    stranger.open(f"{stage.url}/listener/")
    assert said(stranger) == ["Type the code that the speaker shows, such as golden-eagle-427."]


def said(listener: Listener) -> list[str]:
    """What the state said since the page was there, each once, but for what stands in the HTML."""
    kept: list[str] = listener.page.evaluate("window.__said")
    words = dict.fromkeys(each.partition(": ")[2] for each in kept if not each.startswith("undefined"))
    return [each for each in words if each != "One moment …"]


def told(visitor: Visitor) -> Any:
    return visitor.page.evaluate("window.__told")
