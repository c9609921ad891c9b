"""No page asks anybody but its own site for anything, and each lives within its Content-Security-Policy."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import inspect
from tests.e2e.pages import READY_MS, Listener, Stage, Visitor, open_together

VIOLATION = re.compile(r"content security policy|refused to", re.IGNORECASE)
NOTE_VIOLATIONS = """window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
});"""
INLINE_SCRIPT = """() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = true";
  document.head.append(script);
}"""


def violations(visitor: Visitor) -> list[str]:
    seen: list[str] = visitor.page.evaluate("window.violations")
    return seen + [line for line in visitor.console if VIOLATION.search(line)]


def test_a_whole_journey_stays_on_its_site_and_within_its_policy(stage: Stage) -> None:
    visitor, speaker = stage.silent_listener(), stage.speaker()
    on_mpy, on_pyodide = stage.silent_listener(), stage.silent_listener()
    for everybody in stage.visitors:
        everybody.page.add_init_script(NOTE_VIOLATIONS)
    visitor.page.goto(stage.url)
    code = speaker.go_live(f"{stage.url}/speaker/").partition("?s=")[2]
    visitor.page.get_by_label("Code").fill(code)
    visitor.page.get_by_role("button", name="Listen").click()
    visitor.page.wait_for_url(f"{stage.url}/listener/?s={code}")
    visitor.expect_state("ready")
    pages = [f"{stage.url}/listener/{page}?s={code}" for page in ("", "pyodide.html")]
    open_together(*zip((on_mpy, on_pyodide), pages, strict=True))
    for listener in (on_mpy, on_pyodide):
        listener.listen()
    speaker.click("pause")
    speaker.click("pause")
    for listener in (on_mpy, on_pyodide):
        listener.expect_state("live")
        work_every_control(listener)
    speaker.click("copy-link")
    speaker.end()
    for everybody in stage.visitors:
        assert violations(everybody) == []
        assert everybody.requested
        assert stage.foreign_requests(everybody) == []


def work_every_control(listener: Listener) -> None:
    for control in ("mute", "mute", "pause", "pause"):
        listener.click(control)
    listener.see("volume").fill("30")
    listener.expect_state("live")


def test_a_request_elsewhere_and_a_violation_would_be_noticed(stage: Stage) -> None:
    visitor = stage.silent_listener()
    visitor.page.add_init_script(NOTE_VIOLATIONS)
    visitor.open(f"{stage.url}/listener/")
    assert violations(visitor) == []
    visitor.page.evaluate(INLINE_SCRIPT)
    assert any("script-src" in violation for violation in violations(visitor))
    assert visitor.page.evaluate("window.ran") is None
    elsewhere = stage.url.replace("127.0.0.1", "localhost")
    visitor.page.goto(f"{elsewhere}/")
    assert f"{elsewhere}/" in stage.foreign_requests(visitor)
    with pytest.raises(AssertionError, match="asked elsewhere"):
        stage.close()
    stage.visitors.clear()


def test_the_landing_page_leads_to_both_pages(stage: Stage) -> None:
    visitor = stage.silent_listener(viewport={"width": 320, "height": 640})
    visitor.page.goto(stage.url)
    inspect(visitor, "landing")
    visitor.page.get_by_label("Code").fill("quiet-river-000")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"{stage.url}/listener/?s=quiet-river-000")
    visitor.expect_state("not-found")
    visitor.page.goto(stage.url)
    visitor.page.get_by_role("link", name="Speak").click()
    visitor.page.wait_for_url(f"{stage.url}/speaker/")
    visitor.expect_state("idle", READY_MS)
    expect(visitor.see("login-submit")).to_be_visible()
