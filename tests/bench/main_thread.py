"""What a talk costs the pages' main threads while people use the controls: one minute of `make bench`."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.pages import Listener, Speaker, Stage, Visitor
from tests.e2e.sound import longest_gap_ms

MINUTE_S = 60
SETTLE_MS = 5_000
COUNT_LONG_TASKS = """() => {
  window.__longTasks = [];
  const note = (list) => list.getEntries().forEach(({ duration }) => window.__longTasks.push(duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
}"""
"""What browsers call long is a task of more than 50 ms (W3C Long Tasks API)."""


def while_live(browser: Browser, url: str) -> Iterator[tuple[str, str]]:
    """Long tasks of both pages, and whether the sound went on, while the controls are used each second."""
    stage = Stage(browser, url, Path())
    speaker, listener = stage.speaker(), stage.listener()
    listener.hear(speaker.go_live(f"{url}/speaker/"))
    listener.page.wait_for_timeout(SETTLE_MS)
    pages: tuple[tuple[str, Visitor], ...] = (("speaker", speaker), ("listener", listener))
    for _, visitor in pages:
        visitor.page.evaluate(COUNT_LONG_TASKS)
    for second in range(MINUTE_S):
        use_controls(speaker, listener, second)
        listener.page.wait_for_timeout(1000)
    for name, visitor in pages:
        tasks: list[float] = visitor.page.evaluate("window.__longTasks")
        longest = f", the longest {max(tasks):.0f} ms" if tasks else ""
        yield f"{name} page live, tasks over 50 ms in a minute", f"{len(tasks)}{longest}"
    gap_ms = longest_gap_ms(listener.recording().newest(MINUTE_S))
    yield "longest gap meanwhile", f"{gap_ms:.1f} ms"
    stage.close()


def use_controls(speaker: Speaker, listener: Listener, second: int) -> None:
    """Volumes each second, another language each ten."""
    speaker.see("input-volume").fill(str(100 + second % 3 * 10))
    listener.see("volume").fill(str(70 + second % 3 * 10))
    if second % 10 == 9:
        for visitor in (speaker, listener):
            visitor.see("interface-language").select_option(("de", "ar", "en")[second // 10 % 3])
