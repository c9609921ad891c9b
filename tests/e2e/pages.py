"""The two pages as people use them: by their roles and test ids, nothing else."""

import json
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.sound import Heard, from_browser

RECORDER = Path(__file__).parent / "recorder.js"
V = TypeVar("V", bound="Visitor")
READY = "window.lectern && window.lectern.ready"
READY_MS = 90_000
STATE_MS = 40_000
"""A wait that passes costs nothing, so both are several times what a machine at half its speed needs."""

FAILED = ("unexpected ", "Traceback")
"""What Python writes to the console about an error that no `except` caught."""

SILENCE = 1e-4
"""Root mean square of sound that is too soft to be heard: -80 dB."""

SPEECH = 5e-3

HIDDEN = """() => {
  Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
}"""

KEEP_SAID = """() => {
  window.__said = [];
  const keep = () => {
    for (const said of document.querySelectorAll("[data-testid=state], [data-testid=notice]"))
      window.__said.push(`${said.dataset.state}: ${said.textContent}`);
  };
  new MutationObserver(keep).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributeFilter: ["data-state"],
  });
}"""


class Visitor:
    """Somebody with one page open in a browser of their own."""

    def __init__(self, context: BrowserContext, artifacts: Path, name: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.requested: list[str] = []
        self.console: list[str] = []
        self.errors: list[str] = []
        self._artifacts = artifacts
        self._name = name
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("websocket", lambda socket: self.requested.append(socket.url))
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, url: str) -> None:
        self.page.goto(url)
        self.expect_ready()

    def expect_ready(self) -> None:
        """The page can be used."""
        self.page.wait_for_function(READY, timeout=READY_MS)

    def see(self, test_id: str) -> Any:
        """The element; use with playwright's expect."""
        return self.page.get_by_test_id(test_id)

    def click(self, test_id: str) -> None:
        self.see(test_id).click()

    def expect_state(self, state: str, timeout_ms: int = STATE_MS) -> None:
        expect(self.see("state")).to_have_attribute("data-state", state, timeout=timeout_ms)

    def expect_sentence(self, words: str) -> None:
        """What the state says to people."""
        expect(self.see("state")).to_contain_text(words, timeout=STATE_MS)

    def expect_text(self, test_id: str, text: str) -> None:
        expect(self.see(test_id)).to_have_text(text, timeout=STATE_MS)

    def expect_hidden(self, test_id: str) -> None:
        expect(self.see(test_id)).to_be_hidden(timeout=STATE_MS)

    def expect_notice(self, words: str) -> None:
        expect(self.see("notice")).to_contain_text(words, timeout=STATE_MS)

    def keep_said(self) -> None:
        """From now on the page keeps what its state and its notice say, however briefly they do."""
        self.page.evaluate(KEEP_SAID)

    def expect_said(self, words: str) -> None:
        """The page has said so, or does, since `keep_said`; a state begins with its name and a colon."""
        self.page.wait_for_function(
            "(words) => window.__said.some((said) => said.includes(words))", arg=words, timeout=STATE_MS
        )

    def stats(self) -> dict[str, float]:
        collected: dict[str, float] = self.page.evaluate("window.lectern.stats()")
        return collected

    def wait_for_stat(self, name: str, at_least: float) -> None:
        self.page.wait_for_function(
            f"window.lectern.stats().{name} >= {at_least}", timeout=STATE_MS, polling=100
        )

    def tell_figures(self) -> None:
        """The page is hidden for a moment: it sends what it has counted, and no timer waits for that."""
        self.page.evaluate(HIDDEN)

    def picture(self, moment: str) -> None:
        """A screenshot among the artifacts."""
        self._artifacts.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._artifacts / f"{self._name}-{moment}.png", full_page=True)


class Speaker(Visitor):
    """Somebody about to speak."""

    def sign_in(self) -> None:
        self.click("login-submit")
        expect(self.see("start")).to_be_visible(timeout=STATE_MS)

    def sign_in_by_hand(self, data: Path) -> None:
        """Where no demo account fills the form in: with the account of a server's data folder."""
        account = json.loads((data / "account.json").read_text())
        self.see("login-email").fill(account["email"])
        self.see("login-password").fill(account["password"])
        self.sign_in()

    def start(self) -> str:
        """Press Start; returns the link for listeners."""
        self.click("start")
        self.expect_state("live")
        return str(self.see("share-link").get_attribute("href"))

    def go_live(self, url: str) -> str:
        self.open(url)
        self.sign_in()
        return self.start()

    def poster_line(self, language: str) -> Any:
        """What the poster says in this language; use with playwright's expect."""
        return self.see("poster").locator(f"p[lang={language}]")

    def end(self) -> None:
        self.click("end")
        self.click("end-confirm")
        self.expect_state("ended")


class Listener(Visitor):
    """Somebody with a phone."""

    def hear(self, link: str) -> None:
        """Open the link, tap Listen, wait for sound."""
        self.open(link)
        self.listen()

    def listen(self) -> None:
        self.click("listen")
        self.expect_state("live")

    def expect_silence(self, seconds: float = 0.5) -> None:
        """Wait until nothing more reaches the ears, for this long."""
        self._wait_for_loudness(f"< {SILENCE}", seconds)

    def expect_speech(self, seconds: float = 1.0) -> None:
        """Wait until speech reaches the ears again."""
        self._wait_for_loudness(f"> {SPEECH}", seconds)

    def loudness(self, seconds: float) -> float:
        """Of the newest sound: root mean square."""
        return float(self.page.evaluate(f"window.__loudness({seconds})"))

    def recording(self) -> Heard:
        """All sound that reached AudioContext.destination so far."""
        return from_browser(self.page.evaluate("window.__takeSound()"))

    def _wait_for_loudness(self, condition: str, seconds: float) -> None:
        self.page.wait_for_function(
            f"(window.__loudness({seconds}) ?? NaN) {condition}", timeout=STATE_MS, polling=100
        )


def open_together(*visits: tuple[Visitor, str]) -> None:
    """Each opens its page; all load at the same time."""
    for visitor, url in visits:
        visitor.page.goto(url, wait_until="commit")
    for visitor, _ in visits:
        visitor.expect_ready()


class Stage:
    """Opens visitors and, at the end, asks what they did."""

    def __init__(self, browser: Browser, url: str, artifacts: Path) -> None:
        self.url = url
        self.hosts = {urlsplit(url).netloc}
        self.visitors: list[Visitor] = []
        self._browser = browser
        self._artifacts = artifacts

    def speaker(self, browser: Browser | None = None, **options: Any) -> Speaker:
        """A speaker, in the usual browser or in one with other flags."""
        number = sum(isinstance(visitor, Speaker) for visitor in self.visitors) + 1
        name = "speaker" if number == 1 else f"speaker-{number}"
        return self._add(Speaker(self._context(browser, **options), self._artifacts, name))

    def listener(self, browser: Browser | None = None, **options: Any) -> Listener:
        """A listener whose sound is recorded; the recorder's worklet needs the CSP bypassed."""
        context = self._context(browser, bypass_csp=True, **options)
        context.add_init_script(path=RECORDER)
        return self._add(Listener(context, self._artifacts, f"listener-{len(self.visitors)}"))

    def silent_listener(self, **options: Any) -> Listener:
        """A listener under the full Content-Security-Policy, not recorded."""
        return self._add(
            Listener(self._context(**options), self._artifacts, f"listener-{len(self.visitors)}")
        )

    def tab_beside(self, speaker: Speaker) -> Speaker:
        """Another tab of the same browser."""
        return self._add(Speaker(speaker.context, self._artifacts, f"speaker-{len(self.visitors)}"))

    def close(self) -> None:
        """Nobody may have asked another origin for anything, and no page may have failed in silence."""
        try:
            for visitor in self.visitors:
                foreign = self.foreign_requests(visitor)
                assert not foreign, f"a page asked elsewhere: {foreign}"
                assert not visitor.errors, visitor.errors
                failed = [line for line in visitor.console if any(word in line for word in FAILED)]
                assert not failed, failed
        finally:
            for visitor in self.visitors:
                visitor.context.close()

    def foreign_requests(self, visitor: Visitor) -> list[str]:
        """What this visitor's pages asked from others than their own site."""
        return [url for url in visitor.requested if not self._is_own(url)]

    def _is_own(self, url: str) -> bool:
        return urlsplit(url).scheme in ("blob", "data") or urlsplit(url).netloc in self.hosts

    def _context(self, browser: Browser | None = None, **options: Any) -> BrowserContext:
        context = (browser or self._browser).new_context(**options)
        context.set_default_timeout(READY_MS)
        return context

    def _add(self, visitor: V) -> V:
        self.visitors.append(visitor)
        return visitor
