"""The listener page's composition root: chooses the adapters, and nothing else."""

import random

from listener.bootstrap import ListenerPage, ListenerPorts
from listener.ios import needs_bridge
from pylib.browser.beacon import BrowserBeacon
from pylib.browser.clock import BrowserClock
from pylib.browser.dom import DomPage
from pylib.browser.fetch import FetchTransport
from pylib.browser.keyboard import BrowserKeyboard
from pylib.browser.languages import BrowserLanguages
from pylib.browser.loudspeaker import BrowserAudioOutput
from pylib.browser.media_session import BrowserMediaControls
from pylib.browser.outputs import BrowserOutputs, SoundRoute, this_device
from pylib.browser.site import BrowserSite
from pylib.browser.wake_lock import BrowserScreen
from pylib.browser.web_storage import SHARED, WebStorage
from pylib.browser.websocket import BrowserConnector
from pylib.browser.window import BrowserWindow, random_id
from pylib.tasks import in_background

window = BrowserWindow()
transport = FetchTransport()
site = BrowserSite(window, transport)
device = this_device()
store = WebStorage(SHARED)
route = SoundRoute(needs_bridge(device))
worklets_url, decoder_url = "pylib/browser/worklets/", "runtime/opus/opus-decoder.min.js"

page = ListenerPage(
    ListenerPorts(
        site=site,
        window=window,
        page=DomPage(),
        languages=BrowserLanguages(store),
        keyboard=BrowserKeyboard(),
        media=BrowserMediaControls(),
        screen=BrowserScreen(),
        device=device,
        outputs=BrowserOutputs(route),
        loudspeaker=BrowserAudioOutput(site.url(worklets_url), site.url(decoder_url), route),
        store=store,
        beacon=BrowserBeacon(),
        transport=transport,
        connector=BrowserConnector(),
        clock=BrowserClock(),
        random=random.random,
        new_id=random_id,
    )
)
in_background(page.open)()
