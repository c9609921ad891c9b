from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.ports import Storage
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import KINDS, make_storage


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock()


@pytest.fixture(params=KINDS)
async def storage(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ServerClock
) -> AsyncIterator[Storage]:
    made = make_storage(request.param, tmp_path, clock)
    await made.open()
    yield made
    await made.close()
