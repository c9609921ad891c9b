"""Chromium, driven by Playwright as the end-to-end tests do; the engine the others stand beside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.e2e.conftest import ALLOWED_MICROPHONE, FAKE_MICROPHONE, FLAGS
from tools import chromium
from tools.errors import ToolError


class Chromium:
    """See Engine."""

    name = "chromium"
    microphone_hz: tuple[float, ...] = (400.0,)

    def missing(self) -> list[str]:
        try:
            chromium.find()
        except ToolError:
            return ["chromium"]
        return []

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator["ChromiumTab"]:
        flags = [*FLAGS, FAKE_MICROPHONE, ALLOWED_MICROPHONE]
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                folder / "profile", executable_path=chromium.find(), args=flags
            )
            try:
                browser = context.browser
                yield ChromiumTab(context.pages[0], browser.version if browser else "")
            finally:
                await context.close()


class ChromiumTab:
    """See Tab."""

    def __init__(self, page: Page, version: str) -> None:
        self.browser = f"Chromium {version}"
        self.console: list[str] = []
        self._page = page
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))

    async def open(self, url: str) -> None:
        await self._page.goto(url)

    async def run(self, expression: str) -> Any:
        return await self._page.evaluate(f"(async () => await ({expression}))()")

    async def click(self, test_id: str) -> None:
        await self._page.get_by_test_id(test_id).click()
