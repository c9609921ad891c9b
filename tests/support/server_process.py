"""Servers in processes of their own, to be killed: `async with fork_server(folder) as servers`."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.clock import SystemClock
from backend.data_dir import COGNITO_PATH, POOL_ID, SIGNING_KEY, load_account, load_signing_key, make_once
from backend.identity.accounts import OneAccount
from backend.identity.dev_pool import DevPool
from tests.support.fork_server import HOST
from tests.support.memory_storage import MemoryRefreshTokens
from tests.support.server import shared_signing_key

TOP = Path(__file__).parents[2]
BIRTH_S = 30


class ForkServer:
    """The process that starts servers, and the one server that runs now."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = 0

    async def start(self) -> str:
        """Start a server; returns its url."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), BIRTH_S)
        born = json.loads(line)
        self.pid = born["pid"]
        return f"http://{HOST}:{born['port']}"

    def kill(self) -> None:
        """Kill the server that runs now, if one does."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0


@asynccontextmanager
async def fork_server(data_dir: Path) -> AsyncIterator[ForkServer]:
    """Servers over one data folder, one at a time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.fork_server",
        str(data_dir),
        cwd=TOP,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    servers = ForkServer(process)
    try:
        yield servers
    finally:
        servers.kill()
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), BIRTH_S)


def tokens_for(data_dir: Path, *users: str) -> dict[str, str]:
    """Make the data folder of a server to come, and an id token for each of its users."""
    data_dir.mkdir(mode=0o700)
    make_once(data_dir / SIGNING_KEY, shared_signing_key())
    issuer = f"http://localhost{COGNITO_PATH}{POOL_ID}"
    demo, clock = load_account(data_dir), SystemClock()
    pool = DevPool(
        OneAccount(demo),
        MemoryRefreshTokens(),
        load_signing_key(data_dir),
        issuer=issuer,
        id_token_s=3600,
        clock=clock,
    )
    return {user: pool.tokens(demo._replace(subject=user), int(time.time()))["IdToken"] for user in users}
