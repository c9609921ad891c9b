from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.backend.api import SECRET_TEXT
from tests.support.server import RunningServer, running_server
from tests.unit.backend.http.test_static_files import SECRET, SERVED


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(tmp_path) as running:
        yield running


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[RunningServer]:
    root = tmp_path / "site"
    for name in SERVED:
        _write(root / name, f"content of {name}\n" * 50)
    for name in SECRET:
        _write(root / name, SECRET_TEXT)
    async with running_server(tmp_path, site_root=root, connect_origins=("https://pool.example",)) as server:
        yield server


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
