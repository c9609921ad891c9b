"""Real Chromium against the real server in a process of its own; the fake microphone speaks."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.pages import Stage
from tests.e2e.sound import write_microphone_file
from tools import chromium

TOP = Path(__file__).resolve().parents[2]
ARTIFACTS = TOP / "test-results"

FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it, as in a container
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class DevServer:
    """dev_server.py as a person starts it; `restart` keeps the port and the data."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.url = ""
        self._data = data
        self._arguments = arguments
        self._port = str(free_port())
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            str(TOP / "dev_server.py"),
            "--port",
            self._port,
            "--data",
            str(self._data),
        ]
        self._process = subprocess.Popen(
            [*command, *self._arguments], stdout=subprocess.PIPE, text=True, cwd=TOP
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("Speak:"):
                self.url = line.split()[1].removesuffix("/speaker/")
                return
        raise AssertionError("dev_server.py ended without serving")

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def configure(self, **settings: object) -> None:
        """Edit the site's config file, as an operator does."""
        path = self._data / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.communicate(timeout=20)
            self._process = None


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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose microphone repeats tests/data/speech.wav."""
    speech = write_microphone_file(tmp_path_factory.mktemp("microphone") / "speech.wav")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={speech}"],
            env={**os.environ, "LANG": "en_US.UTF-8"},
        )
        yield launched
        launched.close()


@pytest.fixture
def stage(browser: Browser, server: DevServer, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Speakers and listeners on the shared server; checks afterwards that no page left its site."""
    opened = Stage(browser, server.url, ARTIFACTS / request.node.name.replace("/", "-"))
    yield opened
    opened.close()


@pytest.fixture
def own_stage(browser: Browser, own_server: DevServer, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The same on a server of the test's own."""
    opened = Stage(browser, own_server.url, ARTIFACTS / request.node.name.replace("/", "-"))
    yield opened
    opened.close()
