"""docs/logs.md, followed on a real server process: from what the page's console says to the row."""

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from backend.settings import Settings
from tests.integration.contract.stack import MODES, Stack, loaded
from tests.support.import_graph import TOP
from tests.support.server import RunningServer

STARTED = re.compile(r"session (\S+) is live, correlation (\S+)")
PAUSED = re.compile(r"pauseBroadcast, correlation (\S+)")
BIRTH_S = 30

_, THE_LOG, THE_ROW, THE_SESSION = (
    textwrap.dedent(block)
    for block in re.findall(r"```sh\n(.*?)```", (TOP / "docs" / "logs.md").read_text("utf-8"), re.DOTALL)
)
SERVE = "python dev_server.py --data talks 2> talks.log"


@asynccontextmanager
async def server_process(folder: Path) -> AsyncIterator[RunningServer]:
    """The document's first step, on a port that is free."""
    with (folder / "talks.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, TOP / "dev_server.py", "--data", "talks", "--port", "0"),
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        greeting = (await asyncio.wait_for(process.stdout.readline(), BIRTH_S)).decode()
        url = greeting.split()[-1].removesuffix("/speaker/")
        async with aiohttp.ClientSession(url) as http:
            account = await (await http.get("/dev/account")).json()
        settings = Settings(data_dir=folder / "talks")
        no_app = cast(web.Application, None)
        yield RunningServer(url, url.replace("http", "ws") + "/ws", account, no_app, settings)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), BIRTH_S)


def run(block: str, folder: Path, **variables: str) -> str:
    """What a block of the document prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **variables, "PATH": path}
    done = subprocess.run(
        ["bash", "-euc", block], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def actions(printed: str) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in printed.splitlines()]
    return [(line["action"], line["outcome"]) for line in lines]


async def talk(page: Stack) -> None:
    """Start, pause, end."""
    result = await page.creator.create("en", "standard")
    assert result.client is not None
    await result.client.request("pauseBroadcast", {}, "broadcastPaused")
    await result.client.request("endSession", {}, "sessionEnded")


def test_the_first_step_is_the_command_that_is_tried() -> None:
    assert SERVE in (TOP / "docs" / "logs.md").read_text("utf-8")


async def test_one_action_is_followed_from_the_console_to_the_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lectern")
    async with server_process(tmp_path) as server:
        for mode in MODES:
            caplog.clear()
            async with loaded(
                server,
                before_load=lambda stack, mode=mode: stack.configure(  # type: ignore[misc]
                    use_http_session_creation=mode == "http"
                ),
            ) as page:
                await talk(page)
                await page.close()
            console = "\n".join(caplog.messages)
            [(session, correlation_id)] = STARTED.findall(console)
            [pause_id] = PAUSED.findall(console)

            told = actions(await asyncio.to_thread(run, THE_LOG, tmp_path, ID=correlation_id))
            assert sorted(told) == [("come", "ok"), ("create", "ok")]
            paused = await asyncio.to_thread(run, THE_LOG, tmp_path, ID=pause_id)
            assert actions(paused) == [("pause", "ok")]
            row = await asyncio.to_thread(run, THE_ROW, tmp_path, ID=correlation_id)
            assert row.split()[:4] == [session, mode, "ended", "ended"]
            since = await asyncio.to_thread(run, THE_SESSION, tmp_path, SESSION=session)
            assert sorted(actions(since)) == [
                ("come", "ok"),
                ("create", "ok"),
                ("end", "ok"),
                ("pause", "ok"),
            ]
    log = (tmp_path / "talks.log").read_text()
    for secret in (server.account["email"], server.account["password"], "127.0.0.1", "eyJ"):
        assert secret not in log
