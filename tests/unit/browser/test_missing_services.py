"""The listener page's adapters on MicroPython, where a browser has names of services but not the services."""

import subprocess
from pathlib import Path

import pytest

from tests.support.import_graph import TOP
from tools.node import ensure_node

PROGRAM = """
import js
from pylib.browser.beacon import BrowserBeacon
from pylib.browser.languages import BrowserLanguages
from pylib.browser.loudspeaker import BrowserAudioOutput
from pylib.browser.media_session import BrowserMediaControls
from pylib.browser.outputs import BrowserOutputs, SoundRoute, this_device
from pylib.browser.wake_lock import BrowserScreen
from pylib.browser.web_storage import OF_THE_TAB, SHARED, WebStorage
from pylib.errors import AudioError

device = this_device()
print("device", device.platform == "", device.touch_points, device.has_audio_session)
route = SoundRoute(False)
route.prepare()
outputs = BrowserOutputs(route)
outputs.on_change(print)
print("outputs", outputs.can_ask(), await outputs.devices())
screen = BrowserScreen()
print("screen", screen.can_stay_on(), await screen.stay_on())
controls = BrowserMediaControls()
controls.on("play", print)
controls.set_metadata("a talk", "a speaker")
controls.set_state("playing")
for kind in (SHARED, OF_THE_TAB):
    store = WebStorage(kind)
    print("store", store.lasts, store.read("lectern.volume") == "")
    store.write("lectern.volume", "40")
    print("this page's", store.read("lectern.volume"))
beacon = BrowserBeacon()
print("unwanted", beacon.is_unwanted())
told = "${options.method} ${url} ${options.body} ${options.keepalive}"
js.globalThis.fetch = js.eval("async (url, options) => { globalThis.fetched = `" + told + "`; }")
beacon.send("/figures", "{}")
print(js.fetched)
languages = BrowserLanguages(store)
print("languages", languages.preferred(), languages.kept() == "")
try:
    await BrowserAudioOutput("", "", route).start(print, print)
except AudioError as error:
    print("loudspeaker", error.code)
"""

WITHOUT = [
    "device True 0 False",
    "outputs False []",
    "screen False True",
    "store False True",
    "this page's 40",
    "store False True",
    "this page's 40",
    "unwanted False",
    "POST /figures {} true",
    "languages [] True",
    "loudspeaker AUDIO_UNSUPPORTED",
]


STORES = """
import js
from pylib.browser.web_storage import OF_THE_TAB, SHARED, WebStorage

for kind in (SHARED, OF_THE_TAB):
    first, again = WebStorage(kind), WebStorage(kind)
    first.write("a", "1234567890")
    print(again.read("a"), again.read("b") == "")
    js.location.href = "http://localhost/choir/listener/"
    print(again.read("a"))
    first.write("a", "")
    print(again.read("a") == "", js.Reflect.get(js.window, kind).getItem("a"))
    first.write("a", "of a choir")
    js.location.href = "http://localhost/listener/"
    print(again.read("a"), first.lasts)
    first.write("a", "12345678901")
    print(again.read("a") == "", first.read("a"), (first.lasts, again.lasts))
    first.write("a", "short")
    print(again.read("a"), first.read("a"))
    first.write("a", "")
    print(js.Reflect.get(js.window, kind).getItem("a"))
"""

STORED = [
    "1234567890 True",
    "1234567890",
    "True 1234567890",
    "1234567890 True",
    "True 12345678901 (False, True)",
    "short short",
    "None",
]


def told_by(program: str, browser: str, folder: Path) -> list[str]:
    """What a program prints in such a browser, line by line."""
    file = folder / "program.py"
    file.write_text(program)
    script = TOP / "tests" / "support" / "missing_services.mjs"
    command = [ensure_node(), str(script), str(TOP), browser, str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


@pytest.mark.parametrize("kind", ["undefined", "null", "throw"])
def test_names_without_a_service_are_no_services(tmp_path: Path, kind: str) -> None:
    assert told_by(PROGRAM, kind, tmp_path) == WITHOUT


def test_what_is_written_is_read_at_once_and_what_has_no_room_leaves_nothing_untrue(tmp_path: Path) -> None:
    """Also by a site in a folder, which reads an earlier version's record until it has written its own."""
    assert told_by(STORES, "small", tmp_path) == 2 * STORED
