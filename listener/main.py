"""The listener page's composition root: chooses the adapters and connects the parts."""

import random

from listener.app import ListenerApp
from listener.ios import needs_bridge, obeys_silent_switch
from listener.lookup import TalkLookup
from listener.model import Model
from listener.own_language import OwnLanguage
from listener.preferences import ListenerPreferences
from listener.session_codes import tidy
from listener.view import ListenerView
from pylib.browser.clock import BrowserClock
from pylib.browser.dom import BrowserLanguages, DomPage, Window, random_id
from pylib.browser.fetch import FetchTransport
from pylib.browser.keyboard import BrowserKeyboard
from pylib.browser.local_store import LocalStore
from pylib.browser.loudspeaker import BrowserAudioOutput
from pylib.browser.media_session import BrowserMediaControls
from pylib.browser.outputs import BrowserOutputs, SoundRoute, this_device
from pylib.browser.site import Site
from pylib.browser.wake_lock import BrowserScreen
from pylib.browser.websocket import BrowserConnector
from pylib.config.site_config import SiteConfig, read_site_config
from pylib.errors import ConfigError
from pylib.protocol.plain import decode_session
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import LISTENER_TIMING
from pylib.realtime.text_transport import carried, paced
from pylib.session.http_service import SessionHttpService
from pylib.session.status_poller import StatusPoller
from pylib.tasks import begin, in_background
from pylib.ui.i18n import InterfaceLanguage

window = Window()
page = DomPage()
clock = BrowserClock()
transport = FetchTransport()
site = Site(window, transport)
languages = BrowserLanguages()
device = this_device()
route = SoundRoute(needs_bridge(device))
view = ListenerView(page, languages)
own_language = OwnLanguage()


def show(model: Model) -> None:
    """Everything that shows what is true shows it."""
    view.show(model)
    preferences.show(model)


interface = InterfaceLanguage(page, languages, site.catalog_text)
preferences = ListenerPreferences(
    page,
    store=LocalStore(),
    outputs=BrowserOutputs(route),
    media=BrowserMediaControls(),
    screen=BrowserScreen(),
    keyboard=BrowserKeyboard(),
    forget_language=in_background(interface.forget),
)
interface.subscribe(view.set_texts, preferences.set_texts, own_language.set_texts)


def build(config: SiteConfig) -> ListenerApp:
    """Everything below the page, for one config."""
    sessions = SessionHttpService(
        transport,
        clock,
        config.http_api_url,
        decode_session=decode_session,
        random=random.random,
        new_id=random_id,
    )
    has_http_api = config.http_api_url != ""
    finder = TalkLookup(
        sessions.get_session,
        preferences.seen.codes,
        on_found=lambda code: window.keep_parameter("s", code),
        has_http_api=has_http_api,
    )
    poller = StatusPoller(
        lambda session_id: sessions.get_session(session_id, retrying=False), clock, random.random
    )
    address = Address(config.websocket_url)
    return ListenerApp(
        find=finder.find,
        poller=poller if has_http_api else None,
        new_client=lambda: own_language.told_by(
            RealtimeClient(
                carried(config.transport, BrowserConnector()),
                clock,
                address,
                timing=paced(config.transport, LISTENER_TIMING),
                random=random.random,
            )
        ),
        output=BrowserAudioOutput(
            site.url("pylib/browser/worklets/"),
            site.url("runtime/opus/opus-decoder.min.js"),
            route,
        ),
        clock=clock,
        show=show,
    )


async def main() -> None:
    """Read sentences, config and preferences, all at once; show the page."""
    config_text = begin(site.config_text)
    kept = begin(preferences.load)
    try:
        await interface.open(window.parameter("lang"))
        config = read_site_config(await config_text(), site.root)
    except ConfigError as error:
        view.fail(error)
        return
    await kept()
    app = build(config)
    view.bind(app)
    preferences.bind(app)
    page.show("silent-switch", obeys_silent_switch(device))
    code = tidy(window.parameter("s"))
    view.prefill(code)
    await app.open(code)
    window.on("online", lambda: app.network_changed(True))
    window.on("offline", lambda: app.network_changed(False))
    window.on_visible(app.page_seen)
    window.on_visible(preferences.page_seen)
    window.publish(app.stats)


in_background(main)()
