"""WebKitGTK: its MiniBrowser on a screen that nobody sees, driven by classic WebDriver over HTTP."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.servers import free_port
from tests.engines.devices import screen, sound_device
from tests.engines.programs import running

MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
FLAGS = [
    "--automation",
    "--private",
    "--enable-write-console-messages-to-stdout=true",
    "--enable-mock-capture-devices=true",  # the microphone gives a tone
    "--features=-MockCaptureDevicesPrompt",  # and everybody may use it
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key under which WebDriver hands out elements (w3.org/TR/webdriver2, Elements)."""

ANSWER = aiohttp.ClientTimeout(total=60)


class WebDriverError(Exception):
    """The driver refused a command, in its own words."""


class WebKit:
    """See Engine."""

    name = "webkit"
    microphone_hz: tuple[float, ...] = (150.0, 500.0, 1500.0)
    """A hum, and a short bop and bip each second: which of them is the strongest depends on the moment."""

    def missing(self) -> list[str]:
        missing = [name for name in ("WebKitWebDriver", "Xvfb", "pulseaudio") if shutil.which(name) is None]
        return missing if _mini_browser() else [*missing, "MiniBrowser"]

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator["WebKitTab"]:
        port = free_port()
        async with sound_device(folder) as (_, sound), screen(folder) as display:
            env = {**sound, **display, "XDG_DATA_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
            with running(["WebKitWebDriver", f"--port={port}"], folder / "driver.log", env) as driver:
                await driver.answers(port)
                async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=ANSWER) as http:
                    tab = WebKitTab(http, folder)
                    await tab.begin()
                    try:
                        yield tab
                    finally:
                        await tab.end()


class WebKitTab:
    """See Tab."""

    def __init__(self, http: aiohttp.ClientSession, folder: Path) -> None:
        self._http = http
        self._log = folder / "console.log"
        self._binary = folder / "browser"
        self._session = ""
        self.browser = ""

    @property
    def console(self) -> list[str]:
        lines = self._log.read_text(errors="replace").splitlines()
        return [line.removeprefix("CONSOLE ") for line in lines if line.startswith("CONSOLE ")]

    async def begin(self) -> None:
        """The driver silences the browsers it starts, so it gets one that prints into a file."""
        self._binary.write_text(f'#!/bin/sh\nexec {_mini_browser()} "$@" > {self._log} 2>&1\n')
        self._binary.chmod(0o700)
        options = {"binary": str(self._binary), "args": FLAGS}
        asked = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        answer = await self._call("POST", "/session", capabilities=asked)
        self._session = f"/session/{answer['sessionId']}"
        told = answer["capabilities"]
        self.browser = f"{told['browserName']} {told['browserVersion']}"

    async def end(self) -> None:
        await self._call("DELETE", self._session)

    async def open(self, url: str) -> None:
        await self._call("POST", f"{self._session}/url", url=url)

    async def run(self, expression: str) -> Any:
        script = f"return (async () => JSON.stringify(await ({expression})))()"
        answer = await self._call("POST", f"{self._session}/execute/sync", script=script, args=[])
        return None if answer is None else json.loads(answer)

    async def click(self, test_id: str) -> None:
        selector = f'[data-testid="{test_id}"]'
        found = await self._call("POST", f"{self._session}/element", using="css selector", value=selector)
        await self._call("POST", f"{self._session}/element/{found[ELEMENT]}/click")

    async def _call(self, method: str, path: str, **body: Any) -> Any:
        async with self._http.request(method, path, json=body if method == "POST" else None) as response:
            value = (await response.json())["value"]
            if response.status != 200:
                raise WebDriverError(f"{value['error']}: {value['message']}")
            return value


def _mini_browser() -> str:
    return next((str(path) for path in Path("/").glob(MINI_BROWSERS[1:])), "")
