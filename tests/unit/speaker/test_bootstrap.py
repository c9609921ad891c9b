"""The whole page from its ports, as main.py builds it: from loading to what the window tells."""

import json
from typing import Any

import pytest

from pylib.config.app_config import parse_config
from pylib.errors import ConfigError
from pylib.ports import HttpResponse
from speaker.bootstrap import Server, SignIn, SpeakerPage, cognito_sign_in
from speaker.ports import ServerPorts
from tests.support.english import english
from tests.support.fake_browser import PackagesThere
from tests.support.fake_http import FakeHttp, uuids
from tests.support.fake_store import FakeStore
from tests.support.speaker_harness import CONFIG, SpeakerHarness

SAID = english("speaker")


class Loaded:
    """A page that was loaded from these ports, with no account signed in."""

    def __init__(self) -> None:
        self.stage = SpeakerHarness()
        self.http = FakeHttp(HttpResponse(404, {}, ""))
        self.packages = PackagesThere()

    def server_ports(self) -> ServerPorts:
        stage = self.stage
        return ServerPorts(
            transport=self.http,
            connector=stage.connector,
            clock=stage.clock,
            random=lambda: 0.0,
            new_id=uuids(),
            token_store=lambda _encryption_key: FakeStore(),
            local_store=stage.disk.shared,
            tab_store=stage.disk.tab,
            packages=self.packages,
        )

    async def load(self) -> SpeakerHarness:
        stage, server = self.stage, self.server_ports()
        await stage.clock.run(SpeakerPage(stage.page_ports()).open(server, stage.sound_ports()))
        return stage


async def test_a_page_that_was_loaded_asks_to_sign_in_and_loads_its_packages() -> None:
    loaded = Loaded()
    stage = await loaded.load()
    assert (stage.state, stage.page.texts["state"]) == ("idle", SAID.get("state.signed-out"))
    assert stage.sees("login-form")
    assert loaded.packages.begun
    assert loaded.http.requests == []
    assert stage.window.stats is not None
    assert stage.window.stats() == {"framesSent": 0}
    for event in ("online", "offline", "pagehide", "visible"):
        stage.window.happen(event)


async def test_a_page_without_its_config_says_so_and_loads_nothing_more() -> None:
    loaded = Loaded()
    loaded.stage.site.error = ConfigError("No file.", code="CONFIG_NOT_FOUND")
    stage = await loaded.load()
    assert (stage.state, stage.notice) == ("error", SAID.get("error.CONFIG_NOT_FOUND"))
    assert not stage.sees("login-form")
    assert not loaded.packages.begun


async def test_the_screen_stays_on_and_the_page_open_for_as_long_as_a_talk() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    assert (stage.screen.on, stage.browser.kept_open) == (True, [True])
    stage.screen.on = False
    stage.window.happen("visible")
    await stage.clock.settle()
    assert stage.screen.on
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    assert (stage.screen.on, stage.browser.kept_open) == (False, [True, False])


@pytest.mark.parametrize(
    ("settings", "has_list"),
    [({}, True), ({"http_api_url": ""}, False), ({"backend": "aws"}, False)],
)
def test_own_talks_are_listed_where_the_server_has_a_list(settings: dict[str, Any], has_list: bool) -> None:
    config = parse_config(json.dumps({**CONFIG, **settings}), "https://talk.example/")
    ports = Loaded().server_ports()
    sign_in = SignIn(*cognito_sign_in(config, ports))
    assert (Server(config, ports, sign_in).own_sessions() is not None) == has_list
