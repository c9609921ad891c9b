"""The operators' page in Chromium: figures come while one looks, by mouse, keyboard and screen reader."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize, expect

from backend.settings import AdminSettings
from backend.version import VERSION
from tests.e2e.looks import AWKWARD, DESKTOP, LOOKS, PHONE
from tests.e2e.pages import Visitor
from tests.support.loop_thread import loop_thread
from tests.support.server import running_server
from tests.support.status_data import busy, empty, tripped
from tests.support.status_site import StatusSite, status_site

NARROW: ViewportSize = {"width": 320, "height": 640}
PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}
PLOTS = 11
EVIL = "<img src=x onerror=window.evil=1>"

SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll(".plot text")]
  .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
"""Pixels, after the drawings were scaled to their columns."""

OUTSIDE = """() => [...document.querySelectorAll(".plot svg")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
  }).map((text) => text.textContent);
})"""
"""Words that a drawing cuts off."""


@pytest.fixture
def site() -> Iterator[StatusSite]:
    with status_site() as serving:
        yield serving


@pytest.fixture
def operator(browser: Browser, artifacts: Path) -> Iterator[Visitor]:
    context = browser.new_context(viewport=DESKTOP)
    visitor = Visitor(context, artifacts, "status")
    yield visitor
    assert visitor.errors == []
    assert not [line for line in visitor.console if "unexpected " in line or "Traceback" in line]
    context.close()


def look(operator: Visitor, url: str) -> None:
    """Open the page and wait for its first figures."""
    operator.open(url)
    operator.wait_for_stat("polls", 1)


@contextmanager
def operators_socket(data: Path) -> Iterator[str]:
    """The true one; yields its address."""
    serving = running_server(data, admin=AdminSettings())
    with loop_thread() as beside:
        server = beside.run(serving.__aenter__())
        try:
            yield server.admin_url
        finally:
            beside.run(serving.__aexit__(None, None, None))


def open_tables(operator: Visitor) -> None:
    operator.page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


def test_it_is_whole_in_both_schemes_and_every_size(operator: Visitor, site: StatusSite) -> None:
    page = operator.page
    look(operator, f"{site.url}?range=24h")
    expect(operator.see("status-verdict")).to_contain_text("Stay at 10 %")
    expect(page.get_by_role("img", name=re.compile("."))).to_have_count(PLOTS)
    for opened in (False, True):
        if opened:
            open_tables(operator)
            expect(page.get_by_role("table")).to_have_count(PLOTS)
        for colours, options in LOOKS:
            page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            for size in (DESKTOP, PHONE, NARROW, PROJECTOR):
                page.set_viewport_size(size)
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
                assert page.evaluate(AWKWARD) == []
                assert page.evaluate(OUTSIDE) == []
                assert page.evaluate(SMALLEST_TEXT) >= 11
                operator.picture(f"{'tables' if opened else 'plots'}-{size['width']}-{colours}")
            found = Axe().run(page, options=options)
            assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", ["empty", "tripped"])
def test_other_conditions_are_whole_too(operator: Visitor, site: StatusSite, name: str) -> None:
    site.always({"empty": empty, "tripped": tripped}[name]())
    look(operator, site.url)
    for colours, options in LOOKS:
        operator.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        found = Axe().run(operator.page, options=options)
        assert found.violations_count == 0, found.generate_report()
        operator.picture(f"{name}-{colours}")
    expect(operator.see("guard")).to_be_visible(visible=name == "tripped")


def test_colours_of_the_persons_own_tell_the_ways_apart(operator: Visitor, site: StatusSite) -> None:
    operator.page.emulate_media(forced_colors="active")
    look(operator, site.url)
    operator.picture("forced-colours")
    dashes = "(look) => getComputedStyle(document.querySelector('.curve.' + look)).strokeDasharray"
    assert operator.page.evaluate(dashes, "http") == "none"
    assert operator.page.evaluate(dashes, "websocket") != "none"


def test_the_keyboard_reaches_ranges_and_tables(operator: Visitor, site: StatusSite) -> None:
    page = operator.page
    look(operator, site.url)
    reached = [focused(operator, "Tab") for _ in range(3)]
    assert reached == ["10 minutes", "24 hours", "30 days"]
    page.keyboard.press("Enter")
    expect(operator.see("range-30d")).to_have_attribute("aria-pressed", "true")
    expect(operator.see("plot-success")).to_have_attribute("aria-label", re.compile("last 30 days"))
    assert "range=30d" in page.url
    assert focused(operator, "Tab") == "Success rate in numbers"
    page.keyboard.press("Enter")
    expect(operator.see("table-success")).to_be_visible()
    assert focused(operator, "Tab") == "Table: Success rate"
    assert page.evaluate("document.activeElement.matches(':focus-visible')")


def focused(operator: Visitor, key: str) -> str:
    operator.page.keyboard.press(key)
    name: str = operator.page.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    return name


def test_new_figures_come_while_one_looks_and_what_was_opened_stays(
    operator: Visitor, site: StatusSite
) -> None:
    look(operator, site.url)
    summary = operator.page.get_by_text("Errors in numbers")
    summary.click()
    changed: dict[str, Any] = busy("10m")
    changed["modes"]["http"]["errors"] = {EVIL: 5}
    changed["live"]["talks"] = 8
    site.always(changed)
    operator.expect_text("talks", "8")
    table = operator.see("table-errors")
    expect(table).to_be_visible()
    expect(table.get_by_role("rowheader", name=EVIL)).to_be_visible()
    expect(operator.see("plot-errors").locator("text", has_text=EVIL)).to_have_count(1)
    assert operator.page.locator("img").count() == 0
    assert operator.page.evaluate("window.evil") is None
    assert operator.page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_failed_poll_is_told_and_the_figures_stay(operator: Visitor, site: StatusSite) -> None:
    look(operator, site.url)
    site.status = 503
    operator.expect_notice("The server answered with status 503.")
    expect(operator.see("state")).to_contain_text(" old.")
    expect(operator.see("talks")).to_have_text("7")
    operator.picture("stale")
    site.status = 200
    operator.expect_hidden("notice")


def test_the_true_server_serves_it(operator: Visitor, tmp_path: Path) -> None:
    with operators_socket(tmp_path) as url:
        look(operator, f"{url}/status")
        assert operator.page.url == f"{url}/status/"
        operator.expect_hidden("notice")
        operator.expect_text("version", VERSION)
        expect(operator.see("plot-success")).to_contain_text("Nothing yet: no talk was started")
        operator.click("range-30d")
        expect(operator.see("plot-success")).to_contain_text("in the last 30 days")
        operator.expect_hidden("notice")


def test_the_operators_password_goes_along(browser: Browser, artifacts: Path) -> None:
    with status_site("secret") as site:
        context = browser.new_context(http_credentials={"username": "operator", "password": "secret"})
        visitor = Visitor(context, artifacts, "status")
        look(visitor, site.url)
        expect(visitor.see("talks")).to_have_text("7")
        context.close()
