"""The programs behind the pages, as people start them: a server, a static host, a server soon full."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.loop_thread import loop_thread
from tests.support.server import running_server

TOP = Path(__file__).resolve().parents[2]
END_S = 20


def free_port() -> int:
    """A port on which no program listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class DevServer:
    """dev_server.py as a person starts it; `start` after `kill` keeps the port and the data.

    `top` is the repository, or a copy of it.
    """

    def __init__(self, data: Path, *arguments: str, top: Path = TOP) -> None:
        self.url = self.admin_url = ""
        self.data = data
        self._top = top
        self._arguments = arguments
        self._port = str(free_port())
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            str(self._top / "dev_server.py"),
            "--port",
            self._port,
            "--data",
            str(self.data),
            # Not the port after it, which may be another server's.
            "--admin",
            "127.0.0.1:0",
        ]
        self._process = subprocess.Popen(
            [*command, *self._arguments], stdout=subprocess.PIPE, text=True, cwd=self._top
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("Speak:"):
                self.url = line.split()[1].removesuffix("/speaker/")
            elif line.startswith("Status:"):
                self.admin_url = line.split()[1].removesuffix("/status")
                return
        raise AssertionError("dev_server.py ended without serving")

    def kill(self) -> None:
        """As a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def config(self) -> dict[str, Any]:
        """The site's config file."""
        read: dict[str, Any] = json.loads((self.data / "config.json").read_text())
        return read

    def configure(self, **settings: object) -> None:
        """Edit the site's config file, as an operator does."""
        (self.data / "config.json").write_text(json.dumps({**self.config(), **settings}))

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.communicate(timeout=END_S)
            self._process = None


@contextmanager
def static_host(folder: Path, port: int) -> Iterator[str]:
    """A host that knows nginx's stock types only (tests/support/stock_host.py); yields its address."""
    command = [sys.executable, "-m", "tests.support.stock_host", str(port), str(folder)]
    process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(END_S)


@contextmanager
def limited_server(data: Path, **limits: Any) -> Iterator[str]:
    """The true server with other limits, in a thread of this process; yields its address."""
    serving = running_server(data, **limits)
    with loop_thread() as beside:
        server = beside.run(serving.__aenter__())
        try:
            yield server.url
        finally:
            beside.run(serving.__aexit__(None, None, None))


def _wait_for_port(port: int) -> None:
    """Until a program answers there; each refused attempt takes next to no time, so give it many."""
    pause = threading.Event()
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.05)
    raise AssertionError(f"nothing answers on port {port}")
