"""Programs that a test starts: each in a process group of its own, ended by its id, its words in a file."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_S = 30.0
END_S = 10.0
POLL_S = 0.05
LAST_LINES = 40


class Program:
    """A running program. `log` holds what it printed."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **env},
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        return self.log.read_text(errors="replace").splitlines()

    async def said(self, pattern: str, timeout_s: float = START_S) -> re.Match[str]:
        """Wait for a line in which `pattern` is found."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for line in self.lines():
                if match := re.search(pattern, line):
                    return match
            assert self._process.poll() is None, f"ended at once: {self.lines()}"
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"{pattern!r} is not in {self.lines()}")

    async def answers(self, port: int, timeout_s: float = START_S) -> None:
        """Wait until it listens on a port of this machine."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert self._process.poll() is None, f"ended at once: {self.lines()}"
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"nothing answers on port {port}: {self.lines()}")

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """It does nothing until the block ends."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask the whole group to end, then end it: a browser's children must not outlive it."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, how)
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                return


@contextmanager
def running(command: Sequence[str], log: Path, env: Mapping[str, str]) -> Iterator[Program]:
    """The program, until the block ends; what it said last is for who reads why a test failed."""
    program = Program(command, log, env)
    try:
        yield program
    finally:
        program.stop()
        print(command[0], *program.lines()[-LAST_LINES:], sep="\n| ")
