"""What a talk costs the pages' main threads while people use the controls: one minute of `make bench`."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.controls import use_controls
from tests.e2e.pages import Stage, Visitor
from tests.e2e.sound import longest_gap_ms

MINUTE_S = 60
LANGUAGE_S = 10
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
    missing_ms = [listener.stats()["missingMs"]]
    for second in range(MINUTE_S):
        use_controls(speaker, listener, second, LANGUAGE_S)
        listener.page.wait_for_timeout(1000)
        missing_ms.append(listener.stats()["missingMs"])
    for name, visitor in pages:
        tasks: list[float] = visitor.page.evaluate("window.__longTasks")
        longest = f", the longest {max(tasks):.0f} ms" if tasks else ""
        yield f"{name} page live, tasks over 50 ms in a minute", f"{len(tasks)}{longest}"
    gap_ms = longest_gap_ms(listener.recording().newest(MINUTE_S))
    worst_ms = max(later - earlier for earlier, later in itertools.pairwise(missing_ms))
    yield "longest gap meanwhile", f"{gap_ms:.1f} ms"
    yield (
        "sound late and bridged meanwhile",
        f"{missing_ms[-1] - missing_ms[0]:.0f} ms in the minute, at most {worst_ms:.0f} ms in a second",
    )
    stage.close()
