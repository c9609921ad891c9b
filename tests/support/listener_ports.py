"""The listener page's ports as fakes, except those that are given. Portable."""

from typing import Any

from listener.bootstrap import ListenerPorts
from pylib.config.site_config import SiteConfig
from pylib.ui.ports import Device
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeMedia, FakeOutputs, FakeScreen
from tests.support.fake_http import FakeHttp, problem, uuids
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_site import FakeSite, FakeWindow
from tests.support.fake_socket import FakeConnector
from tests.support.fake_store import FakeTextStore
from tests.support.keys import FakeKeyboard

DESKTOP = Device("Linux x86_64", 0, False, "")
CONFIG = SiteConfig("wss://talk.example/ws", "https://talk.example/api", "binary", "lectern", True)
WITHOUT_HTTP_API = SiteConfig(CONFIG.websocket_url, "", "binary", "lectern", True)


def listener_ports(**given: Any) -> ListenerPorts:
    """New fakes, and in their place what is `given`, by a port's name."""
    ports: dict[str, Any] = {
        "site": FakeSite("listener", websocket_url=CONFIG.websocket_url, http_api_url=CONFIG.http_api_url),
        "window": FakeWindow(),
        "page": FakePage("listener"),
        "languages": FakeLanguages(),
        "keyboard": FakeKeyboard(),
        "media": FakeMedia(),
        "screen": FakeScreen(),
        "device": DESKTOP,
        "outputs": FakeOutputs(),
        "beacon": FakeBeacon(),
        "loudspeaker": FakeLoudspeaker(),
        "store": FakeTextStore(),
        "transport": FakeHttp(problem(404, "SESSION_NOT_FOUND")),
        "connector": FakeConnector(),
        "clock": FakeClock(),
        "random": lambda: 0.0,
        "new_id": uuids(),
    }
    ports.update(given)
    return ListenerPorts(**ports)
