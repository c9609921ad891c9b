"""The listener page's composition root: chooses the adapters and connects the parts."""

import asyncio
import random

from listener.app import ListenerApp
from listener.codes import tidy
from listener.finding import TalkFinder
from listener.view import ListenerView
from pylib.browser.clock import BrowserClock
from pylib.browser.dom import BrowserLanguages, DomPage, Window, random_id
from pylib.browser.fetch import FetchTransport
from pylib.browser.playback import BrowserAudioOutput
from pylib.browser.site import Site
from pylib.browser.websocket import BrowserConnector
from pylib.errors import ConfigError
from pylib.protocol.plain import decode_session
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.connection import LISTENER_TIMING
from pylib.realtime.text_transport import carried, paced
from pylib.session.http_service import SessionHttpService
from pylib.session.status_poller import StatusPoller
from pylib.site_config import SiteConfig, read_site_config
from pylib.tasks import in_background
from pylib.texts import Interface

window = Window()
page = DomPage()
clock = BrowserClock()
transport = FetchTransport()
site = Site(window, transport)
languages = BrowserLanguages()
view = ListenerView(page, languages)
interface = Interface(page, languages, site.catalog_text, view.speak)


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
    address = Address(config.websocket_url)
    return ListenerApp(
        has_http_api=config.http_api_url != "",
        find=TalkFinder(sessions.get_session, list, has_http_api=config.http_api_url != "").find,
        poller=StatusPoller(
            lambda session_id: sessions.get_session(session_id, retrying=False), clock, random.random
        ),
        new_client=lambda: RealtimeClient(
            carried(config.transport, BrowserConnector()),
            clock,
            address,
            timing=paced(config.transport, LISTENER_TIMING),
            random=random.random,
        ),
        output=BrowserAudioOutput(site.url("pylib/browser/worklets/playback-worklet.js")),
        clock=clock,
        show=view.show,
    )


async def main() -> None:
    """Read sentences and config, both at once; show the page."""
    config_text = asyncio.create_task(site.config_text())
    try:
        await interface.open(window.parameter("lang"))
        config = read_site_config(await config_text, site.root)
    except ConfigError as error:
        view.fail(error)
        return
    app = build(config)
    view.bind(app)
    code = tidy(window.parameter("s"))
    view.prefill(code)
    await app.open(code)
    window.on("online", lambda: app.network_changed(True))
    window.on("offline", lambda: app.network_changed(False))
    window.on_visible(app.page_seen)
    window.publish(app.stats)


in_background(main)()
