"""Real Chromium against the real server in a process of its own; the fake microphone speaks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.e2e.headless_talk import HeadlessTalk, headless_talk
from tests.e2e.pages import STATE_MS, Stage
from tests.e2e.servers import TOP, DevServer, free_port
from tests.e2e.sound import write_microphone_file
from tools import chromium

ARTIFACTS = TOP / "test-results"

STRANGER = "lectern.test"
"""A host name of this machine that browsers do not trust as they trust localhost."""

ALLOWED_MICROPHONE = "--use-fake-ui-for-media-stream"
FAKE_MICROPHONE = "--use-fake-device-for-media-stream"
SOUND_WITHOUT_A_TAP = "--autoplay-policy=no-user-gesture-required"

FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it, as in a container
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # The last two give each window a second page, for the address bar, that takes a core while ours starts.
    "--disable-features=Translate,OptimizationHints,MediaRouter,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1",
]

Launch = Callable[..., Browser]

# Playwright's own patience is 5 s, which a busy machine needs now and then for a single click.
expect.set_options(timeout=STATE_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """One server for all tests that do it no harm."""
    running = DevServer(tmp_path_factory.mktemp("server") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[DevServer]:
    """A server that a test may kill or reconfigure."""
    running = DevServer(tmp_path / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def site_port() -> int:
    """Where a published site will be served."""
    return free_port()


@pytest.fixture
def backend(tmp_path: Path, site_port: int) -> Iterator[DevServer]:
    """A server for pages that live elsewhere, on `site_port`."""
    running = DevServer(tmp_path / "data", "--origin", f"http://127.0.0.1:{site_port}")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launch(playwright: Playwright) -> Launch:
    """Start Chromium with more flags; the fixture or test that calls this closes it."""

    def start(*flags: str) -> Browser:
        return playwright.chromium.launch(
            executable_path=chromium.find(),
            args=[*FLAGS, *flags],
            env={**os.environ, "LANG": "en_US.UTF-8"},
        )

    return start


@pytest.fixture(scope="session")
def microphone_flags(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A microphone that repeats tests/data/speech.wav and that pages may use."""
    speech = write_microphone_file(tmp_path_factory.mktemp("microphone") / "speech.wav")
    return [FAKE_MICROPHONE, ALLOWED_MICROPHONE, f"--use-file-for-fake-audio-capture={speech}"]


@pytest.fixture(scope="session")
def browser(launch: Launch, microphone_flags: list[str]) -> Iterator[Browser]:
    launched = launch(*microphone_flags, SOUND_WITHOUT_A_TAP)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def talk(server: DevServer) -> Iterator[str]:
    """The link of a talk that goes on while the tests of one module listen to it."""
    with headless_talk(server.url) as going_on:
        yield going_on.link


@pytest.fixture
def own_talk(server: DevServer) -> Iterator[HeadlessTalk]:
    """A talk that a test may end."""
    with headless_talk(server.url) as going_on:
        yield going_on


@pytest.fixture
def artifacts(request: pytest.FixtureRequest) -> Path:
    """Where this test leaves its pictures."""
    name: str = request.node.name
    return ARTIFACTS / name.replace("/", "-")


@pytest.fixture
def stage(browser: Browser, server: DevServer, artifacts: Path) -> Iterator[Stage]:
    """Speakers and listeners on the shared server; checks afterwards that no page left its site."""
    opened = Stage(browser, server.url, artifacts)
    yield opened
    opened.close()


@pytest.fixture
def own_stage(browser: Browser, own_server: DevServer, artifacts: Path) -> Iterator[Stage]:
    """Speakers and listeners on a server of the test's own; checks afterwards as `stage` does."""
    opened = Stage(browser, own_server.url, artifacts)
    yield opened
    opened.close()
