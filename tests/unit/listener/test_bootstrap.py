"""Portable: the listener page as it opens: address, config, sentences and preferences, then the look-up."""

import json
from typing import Any

from listener.bootstrap import ListenerPage
from pylib.errors import ConfigError
from pylib.ui.ports import Device
from tests.support.fake_http import FakeHttp, lost
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_site import FakeSite, FakeWindow
from tests.support.fake_store import FakeTextStore
from tests.support.listener_harness import CODE, SessionApi
from tests.support.listener_ports import CONFIG, listener_ports

OLD_IPHONE = Device("iPhone", 5, False, "")
RECORD = "lectern.listener"


async def opened(**given: Any) -> Any:
    """The ports, all fakes, of a page that has opened."""
    ports: Any = listener_ports(**given)
    await ports.clock.run(ListenerPage(ports).open())
    return ports


def state(ports: Any) -> Any:
    return ports.page.attributes["state data-state"]


async def test_a_visit_by_link_leads_to_the_talk_in_the_language_it_asks_for() -> None:
    window = FakeWindow(s="Golden Eagle 427", lang="ar")
    ports = await opened(window=window, transport=SessionApi())
    assert state(ports) == "ready"
    assert (ports.page.values["session-code"], window.written) == (CODE, [("s", CODE)])
    assert ports.page.language == ("ar", "rtl")
    assert window.stats is not None
    assert window.stats() == {"framesReceived": 0}


async def test_the_language_the_page_opened_in_is_told_when_it_joins() -> None:
    ports = await opened(window=FakeWindow(s=CODE), languages=FakeLanguages("ar-EG"), transport=SessionApi())
    ports.page.do("listen")
    await ports.clock.settle()
    assert ports.connector.last.url.endswith("&targetLanguage=ar")


async def test_a_site_without_a_config_says_so_and_offers_nothing() -> None:
    site = FakeSite("listener")
    site.error = ConfigError("No file.", code="CONFIG_NOT_FOUND")
    ports = await opened(site=site)
    assert (state(ports), ports.page.visible["notice"], ports.window.stats) == ("error", True, None)
    site = FakeSite("listener", websocket_url="")
    ports = await opened(site=site)
    assert "websocket_url" in ports.page.texts["notice"]


async def test_what_was_kept_counts_from_the_first_moment() -> None:
    store = FakeTextStore({RECORD: json.dumps({"volume": 40})})
    ports = await opened(store=store)
    assert (ports.loudspeaker.volume, ports.page.values["volume"]) == (0.4, "40")


async def test_the_silent_switch_is_named_on_the_iphones_that_obey_it_alone() -> None:
    for given, shown in (({"device": OLD_IPHONE}, True), ({}, False)):
        ports = await opened(**given)
        assert ports.page.visible["silent-switch"] is shown


async def test_the_devices_network_and_the_page_coming_back_reach_the_app() -> None:
    ports = await opened(window=FakeWindow(s=CODE), transport=FakeHttp(lost()))
    requests = ports.transport.requests
    ports.window.happen("offline")
    await ports.clock.settle()
    asked = len(requests)
    ports.window.happen("online")
    ports.window.happen("visible")
    await ports.clock.settle()
    assert len(requests) == asked + 1


async def test_a_site_that_carries_sound_as_text_asks_the_server_for_it() -> None:
    site = FakeSite("listener", websocket_url=CONFIG.websocket_url, transport="text")
    ports = await opened(site=site, window=FakeWindow(s=CODE))
    ports.page.do("listen")
    await ports.clock.settle()
    assert ports.connector.last.url.endswith("&transport=text")
