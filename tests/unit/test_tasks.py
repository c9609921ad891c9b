"""Portable: what is started early, and waited for later."""

import asyncio

from pylib.errors import ConfigError
from pylib.tasks import begin
from tests.support.portable import async_raises


async def test_what_was_begun_goes_on_by_itself_and_its_result_is_there_when_asked_for() -> None:
    done: list[str] = []

    async def read() -> str:
        done.append("read")
        return "text"

    text = begin(read)
    await asyncio.sleep(0)
    assert done == ["read"]
    assert await text() == "text"


async def test_a_failure_waits_until_the_result_is_asked_for() -> None:
    reported: list[object] = []
    asyncio.get_event_loop().set_exception_handler(lambda _loop, context: reported.append(context))

    async def fail() -> str:
        raise ConfigError("It cannot be read.", code="CONFIG_UNREADABLE")

    text = begin(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not reported
    error = await async_raises(ConfigError, text())
    assert error.code == "CONFIG_UNREADABLE"
