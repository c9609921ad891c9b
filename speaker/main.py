"""The speaker page starts here: chooses the browser's adapters, and nothing else."""

import random

from pylib.browser.beacon import BrowserBeacon
from pylib.browser.clock import BrowserClock
from pylib.browser.console import log_to_console
from pylib.browser.dom import DomPage
from pylib.browser.fetch import FetchTransport
from pylib.browser.keyboard import BrowserKeyboard
from pylib.browser.languages import BrowserLanguages
from pylib.browser.lazy_packages import LazyPackages
from pylib.browser.locks import BrowserTalkLock, web_locks
from pylib.browser.microphone import BrowserAudioInput
from pylib.browser.opus_encoder import OpusEncoder, can_encode_opus
from pylib.browser.site import BrowserSite
from pylib.browser.storage import EncryptedStore
from pylib.browser.visit import BrowserVisit
from pylib.browser.wake_lock import BrowserScreen
from pylib.browser.web_storage import OF_THE_TAB, SHARED, WebStorage
from pylib.browser.websocket import BrowserConnector
from pylib.browser.window import BrowserWindow, random_id
from pylib.tasks import in_background
from speaker.bootstrap import SpeakerPage
from speaker.ports import PagePorts, ServerPorts, SoundPorts

log_to_console()

window = BrowserWindow()
clock = BrowserClock()
transport = FetchTransport()
site = BrowserSite(window, transport)
local_store, tab_store = WebStorage(SHARED), WebStorage(OF_THE_TAB)

page_ports = PagePorts(
    page=DomPage(),
    languages=BrowserLanguages(local_store),
    keyboard=BrowserKeyboard(),
    browser=BrowserVisit(),
    window=window,
    site=site,
    screen=BrowserScreen(),
    beacon=BrowserBeacon(),
    local_store=local_store,
    tab_store=tab_store,
    talk_lock=BrowserTalkLock(),
    clock=clock,
    code_packages=lambda came: LazyPackages(["segno"], ["segno"], came),
)
server_ports = ServerPorts(
    transport=transport,
    connector=BrowserConnector(),
    clock=clock,
    random=random.random,
    new_id=random_id,
    token_store=EncryptedStore,
    local_store=local_store,
    tab_store=tab_store,
    packages=LazyPackages(["pydantic"], ["pydantic_core", "pydantic", "pylib.protocol.sessions"]),
    exclusive=web_locks(),
)
sound_ports = SoundPorts(
    audio_input=BrowserAudioInput(site.url("pylib/browser/worklets/capture-worklet.js"), clock),
    clock=clock,
    can_encode_opus=can_encode_opus,
    new_opus=OpusEncoder,
    asked_for=window.parameter("audio"),
)

page = SpeakerPage(page_ports)
in_background(lambda: page.open(server_ports, sound_ports))()
