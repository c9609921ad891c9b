"""What a journey needs of a browser, whichever engine it runs on."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

POLL_S = 0.1
WAIT_S = 120.0
"""Pyodide in WebKit, on a machine that does much else, takes a minute to start."""

SEEN = """(async () => ({
  state: document.querySelector('[data-testid=state]')?.dataset,
  notice: document.querySelector('[data-testid=notice]')?.textContent,
  stats: await window.lectern?.stats(),
}))()"""
"""What a page tells of itself, for who reads why a journey came to nothing."""


class Tab(Protocol):
    """One page, under automation.

    `browser` is the name and version that the browser gave; `console` is what the page printed, in
    the engine's own words.
    """

    @property
    def browser(self) -> str: ...

    @property
    def console(self) -> list[str]: ...

    async def open(self, url: str) -> None: ...

    async def run(self, expression: str) -> Any:
        """The value of a JavaScript expression (a promise is waited for); JSON only."""

    async def click(self, test_id: str) -> None:
        """As a person does: browsers give sound to pages that were touched."""


class Engine(Protocol):
    """A browser that may be installed here. `microphone_hz` are the tones of its fake microphone."""

    name: str
    microphone_hz: tuple[float, ...]

    def missing(self) -> list[str]:
        """Which of the programs it takes are not installed."""

    def start(self, folder: Path) -> AbstractAsyncContextManager[Tab]:
        """Start it with a profile in `folder`; all it started ends with the block."""


async def until(tab: Tab, condition: str, timeout_s: float = WAIT_S) -> None:
    """Wait until a JavaScript expression is true."""
    deadline = time.monotonic() + timeout_s
    while not await tab.run(f"Boolean({condition})"):
        assert time.monotonic() < deadline, f"never: {condition}; {await tab.run(SEEN)}; {tab.console}"
        await asyncio.sleep(POLL_S)
