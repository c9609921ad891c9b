from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.contract.stack import Stack, loaded
from tests.support.server import RunningServer, running_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(tmp_path) as running:
        yield running


@pytest.fixture
async def stack(server: RunningServer) -> AsyncIterator[Stack]:
    """A loaded page with the demo account signed in."""
    async with loaded(server) as page:
        yield page
