"""The whole page from its ports, as main.py builds it: from loading to what the window tells."""

from pylib.errors import ConfigError
from pylib.ports import HttpResponse
from speaker.bootstrap import SpeakerPage
from speaker.ports import ServerPorts
from tests.support.english import english
from tests.support.fake_browser import PackagesThere
from tests.support.fake_http import FakeHttp, uuids
from tests.support.fake_store import FakeStore
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


class Loaded:
    """A page that was loaded from these ports, with no account signed in."""

    def __init__(self) -> None:
        self.stage = SpeakerHarness()
        self.http = FakeHttp(HttpResponse(404, {}, ""))
        self.packages = PackagesThere()

    async def load(self) -> SpeakerHarness:
        stage = self.stage
        server = ServerPorts(
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
