"""Portable. The whole page with fakes: polls, ranges, a hidden page, and answers that do not come."""

from typing import Any

from backend.status_page.bootstrap import StatusPage, StatusPorts
from backend.status_page.view import PANELS
from pylib.ports import HttpRequest, HttpResponse
from tests.support.fake_clock import FakeClock
from tests.support.fake_drawing import FakeDrawing, rows
from tests.support.fake_http import FakeHttp, HangingHttp, answer, lost, too_slow
from tests.support.fake_page import FakePage
from tests.support.fake_site import FakeWindow
from tests.support.status_data import busy, empty, tripped

FOLDER = "backend/status_page"


class Visit:
    """The page on fakes; `answers` are what the server says, the last one again and again."""

    def __init__(self, *answers: Any, http: Any = None, **parameters: str) -> None:
        self.clock = FakeClock()
        self.page = FakePage(FOLDER)
        self.drawing = FakeDrawing(FOLDER)
        self.window = FakeWindow(**parameters)
        self.http = http or FakeHttp(*answers)
        ports = StatusPorts(self.window, self.page, self.drawing, self.http, self.clock)
        self.visit = StatusPage(ports)

    async def open(self) -> "Visit":
        self.visit.open()
        await self.settle()
        return self

    async def settle(self) -> None:
        for _ in range(3):
            await self.clock.settle()

    async def advance(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        await self.settle()

    def is_shown(self, name: str) -> bool:
        return self.page.visible[name]

    def asked(self) -> "list[str]":
        return [request.url for request in self.http.requests]


def by_range(request: HttpRequest) -> HttpResponse:
    return answer(200, busy(request.url.partition("range=")[2]))


async def test_the_answer_stands_at_the_top() -> None:
    visit = await Visit(by_range).open()
    texts = visit.page.texts
    assert texts["status-verdict"].startswith("Stay at 10 %")
    assert texts["verdict-state"] == "Too few to tell"
    assert texts["verdict-advice"].startswith("Look again")
    assert texts["verdict-difference"] == "+0.6 points (\u22122.8 to +4.0)"
    assert texts["verdict-median"] == "\u2212330 ms (\u2212410 ms to \u2212220 ms)"
    assert texts["rollout"] == "10 % of users by HTTP, since 2026-11-21 23:40:00 UTC"
    assert texts["state"] == "Figures of 2026-11-30 23:40:00 UTC."
    assert visit.page.attributes["verdict data-verdict"] == "too-few"
    assert visit.page.visible["start-note"] is False


async def test_every_plot_has_its_label_and_its_table() -> None:
    visit = await Visit(by_range).open()
    for plot, table, _ in PANELS:
        assert visit.page.attributes[plot + " aria-label"]
        assert visit.drawing.drawn[plot]
        assert len(rows(visit.drawing.drawn[table])) > 1, table


async def test_the_server_tells_of_itself() -> None:
    visit = await Visit(by_range).open()
    texts = visit.page.texts
    assert (texts["talks"], texts["listeners"], texts["hearing"]) == ("7", "1,284", "1,240")
    assert (texts["memory"], texts["lag"], texts["uptime"]) == ("143 MB", "0.3 / 4.2 ms", "3 days 4 hours")
    assert texts["version"] == "0.1.0"


async def test_figures_are_asked_for_every_five_seconds_and_only_what_changed_is_drawn() -> None:
    visit = await Visit(answer(200, busy("10m"))).open()
    await visit.advance(5)
    changed = busy("10m")
    changed["modes"]["http"]["errors"]["ABORTED"] = 2
    visit.http.answers = [answer(200, changed)]
    await visit.advance(5)
    assert visit.asked() == ["data?range=10m"] * 3
    assert visit.drawing.count["plot-errors"] == 2
    assert visit.drawing.count["plot-latency"] == 1
    assert ["ABORTED", "2", "0"] in rows(visit.drawing.drawn["table-errors"])


async def test_a_hidden_page_asks_nothing_and_asks_at_once_when_it_is_back() -> None:
    visit = await Visit(by_range).open()
    visit.window.visible = False
    await visit.advance(600)
    assert len(visit.asked()) == 1
    visit.window.visible = True
    visit.window.happen("visible")
    await visit.settle()
    assert len(visit.asked()) == 2
    await visit.advance(5)
    assert len(visit.asked()) == 3


async def test_a_range_is_chosen_kept_and_asked_for_at_once() -> None:
    visit = await Visit(by_range, range="24h").open()
    assert visit.page.attributes["range-24h aria-pressed"] == "true"
    visit.page.do("range-30d")
    assert visit.page.attributes["range-30d aria-pressed"] == "true"
    assert visit.page.attributes["range-24h aria-pressed"] == "false"
    await visit.settle()
    assert visit.asked() == ["data?range=24h", "data?range=30d"]
    assert visit.window.written == [("range", "30d")]
    assert "the last 30 days" in visit.page.attributes["plot-success aria-label"]
    await visit.advance(5)
    assert len(visit.asked()) == 3  # one round of polls, not two


async def test_an_unknown_range_in_the_address_is_the_first_one() -> None:
    visit = await Visit(by_range, range="<b>").open()
    assert visit.asked() == ["data?range=10m"]


async def test_a_late_answer_to_an_earlier_question_is_dropped() -> None:
    slow = HangingHttp(by_range)
    visit = await Visit(http=slow, range="24h").open()
    visit.page.do("range-10m")
    await visit.settle()
    slow.release()
    await visit.settle()
    assert visit.asked() == ["data?range=24h", "data?range=10m"]
    assert "the last 10 minutes" in visit.page.attributes["plot-success aria-label"]
    assert visit.visit.app.stats() == {"polls": 1}


async def test_a_failed_poll_says_so_and_keeps_the_figures_with_their_age() -> None:
    visit = await Visit(answer(200, busy("10m")), lost(), lost(), answer(200, busy("10m"))).open()
    await visit.advance(5)
    page = visit.page
    assert visit.is_shown("notice")
    assert page.texts["notice"] == "The server does not answer. These figures stay until it does."
    assert page.texts["state"] == "Figures of 2026-11-30 23:40:00 UTC, 5 seconds old."
    assert page.attributes["state data-state"] == "stale"
    assert page.texts["talks"] == "7"
    await visit.advance(5)
    assert page.texts["state"].endswith(", 10 seconds old.")
    await visit.advance(5)
    assert not visit.is_shown("notice")
    assert page.attributes["state data-state"] == "current"
    assert page.texts["state"].endswith("UTC.")


async def test_each_failure_has_its_sentence() -> None:
    for failure, sentence in (
        (too_slow(), "The server took longer than 10 seconds to answer."),
        (answer(401), "The server wants the operator's token: load this page again."),
        (answer(503, "busy"), "The server answered with status 503."),
        (answer(200, "<html>"), "The server's answer is not one that this page knows: load the page again."),
    ):
        visit = await Visit(failure).open()
        assert visit.page.texts["notice"] == sentence + " It is asked again every 5 seconds."
        assert visit.page.texts["state"] == "No figures have come yet."
        await visit.advance(5)
        assert len(visit.asked()) == 2


async def test_a_guard_that_fell_back_is_told() -> None:
    visit = await Visit(answer(200, tripped())).open()
    page = visit.page
    assert page.visible["guard"] is True
    assert page.texts["guard-when"] == "2026-11-30 23:22:00 UTC, 18 minutes ago"
    assert page.texts["guard-sentence"].startswith("HTTP was worse")
    assert page.texts["guard-state"] == "has fallen back"
    assert page.texts["rollout"].startswith("nobody by HTTP: the guard says so")


async def test_a_new_server_has_nothing_yet_and_says_so() -> None:
    visit = await Visit(answer(200, empty())).open()
    page = visit.page
    assert page.visible["guard"] is False
    assert page.texts["rollout"] == "unknown: this server serves no config"
    assert page.texts["verdict-difference"] == "\u2013"
    assert page.texts["lag"] == "\u2013 / \u2013 ms"
    assert page.attributes["plot-ear aria-label"].startswith("Nothing yet: ")
