"""Portable: batches leave in time, when the page is hidden or left, and never against a person's will."""

from pylib.config.site_config import SiteConfig
from pylib.figures.recorder import Recorder
from pylib.figures.sender import EVERY_S, SOON_S, FiguresSender, figures_url
from pylib.protocol.figures import FAILED, LISTEN, OK
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_clock import FakeClock
from tests.support.fake_site import FakeWindow

URL = "https://talk.example/figures"


class Stage:
    """A sender over fakes; `late` is what its random numbers are."""

    def __init__(self, unwanted: bool = False, url: str = URL, late: float = 0.0) -> None:
        self.clock, self.window, self.beacon = FakeClock(), FakeWindow(), FakeBeacon(unwanted)
        self.recorder = Recorder(self.clock)
        self.sender = FiguresSender(self.recorder, self.beacon, self.clock, lambda: late, url)
        self.sender.follow(self.window)
        self.sender.allow(True)

    def listen(self, outcome: str) -> None:
        self.recorder.pressed(LISTEN)
        self.recorder.ended(LISTEN, outcome)


def test_where_batches_go() -> None:
    for websocket_url, http_api_url, url in (
        ("wss://live.example:8443/ws?x=1", "", "https://live.example:8443/figures"),
        ("ws://localhost:8000/ws", "", "http://localhost:8000/figures"),
        ("wss://live.example?x=1", "", "https://live.example/figures"),
        ("wss://live.example/ws", "https://api.example/prod", "https://api.example/prod/figures"),
        ("wss://live.example/ws", "https://api.example/", "https://api.example/figures"),
    ):
        assert figures_url(SiteConfig(websocket_url, http_api_url, "binary", "lectern", True)) == url
        assert figures_url(SiteConfig(websocket_url, http_api_url, "binary", "lectern", False)) == ""
        assert figures_url(SiteConfig(websocket_url, http_api_url, "text", "aws", True)) == ""


async def test_what_was_counted_leaves_about_a_minute_later_in_one_batch() -> None:
    stage = Stage()
    stage.recorder.called(0)
    await stage.clock.advance(EVERY_S / 2 - 1)
    stage.recorder.called(2)
    assert stage.beacon.sent == []
    await stage.clock.advance(1)
    ((url, batch),) = stage.beacon.sent
    assert (url, batch["retries"]) == (URL, [1, 0, 1, 0])
    await stage.clock.advance(10 * EVERY_S)
    assert len(stage.beacon.sent) == 1


async def test_pages_that_begin_at_one_moment_do_not_send_at_one_moment() -> None:
    for late in (0.0, 0.5, 0.99):
        stage = Stage(late=late)
        stage.recorder.called(0)
        await stage.clock.advance(EVERY_S * (0.5 + late) - 0.01)
        assert stage.beacon.sent == []
        await stage.clock.advance(0.02)
        assert len(stage.beacon.sent) == 1


async def test_what_went_well_is_told_soon_and_a_failure_once_the_server_may_be_back() -> None:
    stage = Stage()
    stage.listen(FAILED)
    await stage.clock.advance(SOON_S)
    assert stage.beacon.sent == []
    stage.listen(OK)
    stage.listen(OK)
    await stage.clock.advance(SOON_S)
    assert [row[1] for row in stage.beacon.actions()] == [FAILED, OK, OK]
    assert len(stage.beacon.sent) == 1


def test_a_page_that_is_hidden_sends_at_once_and_one_that_is_left_says_what_was_not_done() -> None:
    stage = Stage()
    stage.recorder.pressed(LISTEN)
    stage.recorder.called(0)
    stage.window.happen("hidden")
    assert [batch["actions"] for _, batch in stage.beacon.sent] == [[]]
    stage.window.happen("pagehide")
    stage.window.happen("hidden")
    assert [row[:2] for row in stage.beacon.actions()] == [[LISTEN, "aborted"]]
    assert stage.clock.waiting() == 0


async def test_nothing_is_sent_where_browser_site_or_person_do_not_want_it() -> None:
    stages = [Stage(unwanted=True), Stage(url=""), Stage()]
    stages[2].sender.allow(False)
    for stage in stages:
        stage.listen(OK)
        stage.recorder.connected(True, True, 1.0)
        stage.window.happen("hidden")
        await stage.clock.advance(10 * EVERY_S)
        assert stage.beacon.sent == []
    offered = [(stage.sender.offers_choice, stage.sender.refused) for stage in stages]
    assert offered == [(False, True), (False, False), (True, False)]
