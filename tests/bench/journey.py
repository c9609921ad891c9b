"""The main journey in figures: `make bench`.

Real Chromium, real server, speech for a microphone. Timings are distributions of this
machine; read them beside each other, not as promises.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.bench.main_thread import while_live
from tests.bench.start import seconds, speaker_starts
from tests.e2e.conftest import ALLOWED_MICROPHONE, FAKE_MICROPHONE, FLAGS, SOUND_WITHOUT_A_TAP
from tests.e2e.pages import Listener, Stage
from tests.e2e.servers import DevServer
from tests.e2e.sound import align, intelligibility, longest_gap_ms, write_microphone_file
from tools import chromium

PAGE_LOADS = 5
DELAY_SAMPLES = 200
SAMPLE_EVERY_MS = 100
SETTLE_MS = 5_000


def main() -> None:
    """Print the table."""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        with opened(playwright, Path(folder)) as (browser, server):
            table(page_starts(browser, server.url))
            table(sound(browser, server.url))
            table(while_live(browser, server.url))
        table(speaker_starts(playwright, Path(folder)))


def table(rows: Iterable[tuple[str, str]]) -> None:
    """Print them as they come."""
    for name, value in rows:
        print(f"{name:<58} {value}", flush=True)


@contextmanager
def opened(playwright: Playwright, folder: Path) -> Iterator[tuple[Browser, DevServer]]:
    """A browser and a server for one run."""
    speech = write_microphone_file(folder / "speech.wav")
    server = DevServer(folder / "data")
    server.start()
    arguments = [*FLAGS, FAKE_MICROPHONE, ALLOWED_MICROPHONE, SOUND_WITHOUT_A_TAP]
    arguments.append(f"--use-file-for-fake-audio-capture={speech}")
    browser = playwright.chromium.launch(executable_path=chromium.find(), args=arguments)
    try:
        yield browser, server
    finally:
        browser.close()
        server.stop()


def page_starts(browser: Browser, url: str) -> Iterator[tuple[str, str]]:
    """From navigation until the page can be used, cold (a fresh browser profile each time)."""
    pages = (
        ("listener page on MicroPython, usable after", "listener/"),
        ("listener page on Pyodide, usable after", "listener/pyodide.html"),
    )
    for name, path in pages:
        yield name, seconds([page_start(browser, f"{url}/{path}") for _ in range(PAGE_LOADS)])


def page_start(browser: Browser, url: str) -> float:
    """Seconds, once."""
    context = browser.new_context()
    visitor = Listener(context, Path(), "bench")
    started = time.monotonic()
    visitor.open(url)
    taken = time.monotonic() - started
    context.close()
    return taken


def sound(browser: Browser, url: str) -> Iterator[tuple[str, str]]:
    """Tap to sound, delay, intelligibility and gaps of one talk."""
    stage = Stage(browser, url, Path())
    speaker, listener = stage.speaker(), stage.listener()
    listener.open(speaker.go_live(f"{url}/speaker/"))
    tapped = time.monotonic()
    listener.click("listen")
    listener.expect_state("live")
    yield "tap to sound", f"{time.monotonic() - tapped:.2f} s"
    listener.page.wait_for_timeout(SETTLE_MS)
    late_ms = -listener.stats()["missingMs"]
    delays = sorted(sample_delay(listener) for _ in range(DELAY_SAMPLES))
    late_ms += listener.stats()["missingMs"]
    yield "capture to ear, median", f"{statistics.median(delays):.0f} ms"
    yield "capture to ear, p95", f"{delays[int(len(delays) * 0.95)]:.0f} ms"
    heard = listener.recording().after(1.0)
    yield "STOI against what was spoken", f"{intelligibility(align(heard)):.3f}"
    yield "longest gap", f"{longest_gap_ms(heard):.1f} ms"
    yield "sound late and bridged", f"{late_ms:.0f} ms in {DELAY_SAMPLES * SAMPLE_EVERY_MS / 1000:.0f} s"
    stats = listener.stats()
    yield (
        "frames received, lost, rings run dry",
        (f"{stats['framesReceived']:.0f}, {stats['framesLost']:.0f}, {stats['underruns']:.0f}"),
    )
    stage.close()


def sample_delay(listener: Listener) -> float:
    """Milliseconds now."""
    listener.page.wait_for_timeout(SAMPLE_EVERY_MS)
    return listener.stats()["delayMs"]


if __name__ == "__main__":
    main()
