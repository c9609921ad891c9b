"""Start pressed before the page has all its packages: the talk begins when they come, or never."""

import asyncio
from typing import Any, cast

import pytest

from pylib.config.app_config import AppConfig
from pylib.errors import NetworkError
from pylib.realtime.client import RealtimeClient
from speaker.talk.starter import SessionCreator
from tests.support.creation_harness import CreationHarness
from tests.support.fake_http import uuids
from tests.support.speaker_harness import FakeAccount

CONFIG = AppConfig(
    websocket_url="wss://talk.example/ws",
    http_api_url="https://api.example",
    region="eu-central-1",
    user_pool_id="eu-central-1_AbCdEfGhI",
    client_id="38t8057tbi0o6873qt441kuo3n",
    encryption_key="a-text-of-our-own-with-32-characters-or-more",
)


class Page:
    """A creator whose packages come when the test says so."""

    def __init__(self) -> None:
        self.stage = CreationHarness("http")
        self.packages = asyncio.Event()
        self.offline = False
        self.told: list[str] = []
        self.creator = SessionCreator(
            CONFIG,
            FakeAccount(),
            self.stage.clock,
            override="http",
            http_service=self.stage.http_service(),
            new_client=lambda: cast(RealtimeClient, self.stage.client()),
            new_id=uuids(),
            packages=self._arrive,
            on_mode=self.told.append,
            on_created=lambda: self.told.append("created"),
        )

    async def press_start(self) -> "asyncio.Task[Any]":
        task = asyncio.create_task(self.creator.create("en", "standard"))
        await self.stage.clock.settle()
        return task

    async def _arrive(self) -> None:
        if self.offline:
            raise NetworkError("no network")
        await self.packages.wait()


async def test_start_waits_for_the_packages_and_then_creates_one_session() -> None:
    page = Page()
    creating = await page.press_start()
    assert not creating.done()
    assert page.stage.server.sessions == {}
    assert page.told == ["http"]
    page.packages.set()
    result = await page.stage.clock.run(creating)
    assert result.success
    assert list(page.stage.server.sessions) == [result.session_id]
    assert page.told == ["http", "created"]


async def test_who_cancels_while_the_packages_come_waits_no_longer_and_makes_no_session() -> None:
    page = Page()
    creating = await page.press_start()
    creating.cancel()
    await page.stage.clock.settle()
    assert creating.cancelled()
    page.packages.set()
    await page.stage.clock.settle()
    assert page.stage.http.requests == []


async def test_packages_that_do_not_come_are_told_and_the_next_start_tries_again() -> None:
    page = Page()
    page.offline = True
    with pytest.raises(NetworkError):
        await page.stage.clock.run(await page.press_start())
    page.offline = False
    page.packages.set()
    assert (await page.stage.clock.run(await page.press_start())).success
