"""One engine after the other, against the true server in this process.

An engine that is not installed is skipped, with its name in the reason.
"""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.engines import opus
from tests.engines.chromium import Chromium
from tests.engines.engine import Engine, Tab
from tests.engines.firefox import Firefox
from tests.engines.webkit import WebKit
from tests.support.headless_pages import People
from tests.support.server import RunningServer, running_server

ENGINES: list[Engine] = [Chromium(), Firefox(), WebKit()]


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each of the three that is here."""
    chosen: Engine = request.param
    missing = chosen.missing()
    if missing:
        pytest.skip(f"{chosen.name} is not installed: {', '.join(missing)} not found")
    return chosen


@pytest.fixture
async def tab(engine: Engine) -> AsyncIterator[Tab]:
    """A browser of the test's own, with an empty profile."""
    with tempfile.TemporaryDirectory(prefix="lectern-", ignore_cleanup_errors=True) as folder:
        async with engine.start(Path(folder)) as opened:
            yield opened
            print(opened.browser, *opened.console, sep="\n")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(tmp_path) as serving:
        yield serving


@pytest.fixture
async def people(server: RunningServer) -> AsyncIterator[People]:
    """The other end of the line; they speak real Opus."""
    if opus.find_libopus() is None:
        pytest.skip("libopus is not installed")
    async with aiohttp.ClientSession() as http:
        gathered = People(server, http)
        gathered.new_opus = opus.LibOpusEncoder
        yield gathered
        gathered.leave()
