"""The listener page's adapters on MicroPython, where a browser has names of services but not the services."""

import subprocess
from pathlib import Path

import pytest

from tests.support.import_graph import TOP
from tools.node import ensure_node

PROGRAM = """
from pylib.browser.languages import BrowserLanguages
from pylib.browser.local_store import LocalStore
from pylib.browser.loudspeaker import BrowserAudioOutput
from pylib.browser.media_session import BrowserMediaControls
from pylib.browser.outputs import BrowserOutputs, SoundRoute, this_device
from pylib.browser.wake_lock import BrowserScreen
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
languages = BrowserLanguages()
print("languages", languages.preferred(), languages.kept() == "")
store = LocalStore()
try:
    await store.get("lectern.volume")
except OSError:
    print("store", store.lasts)
try:
    await BrowserAudioOutput("", "", route).start(print, print)
except AudioError as error:
    print("loudspeaker", error.code)
"""

WITHOUT = [
    "device True 0 False",
    "outputs False []",
    "screen False True",
    "languages [] True",
    "store False",
    "loudspeaker AUDIO_UNSUPPORTED",
]


@pytest.mark.parametrize("kind", ["undefined", "null", "throw"])
def test_names_without_a_service_are_no_services(tmp_path: Path, kind: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    script = TOP / "tests" / "support" / "missing_services.mjs"
    command = [ensure_node(), str(script), str(TOP), kind, str(program)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.splitlines() == WITHOUT
