"""The guard on a running server: what pages tell, the next page load, a restart, and clearing it."""

import json
from pathlib import Path
from typing import Any

import aiohttp

from backend.app import MINUTES
from backend.data_dir import CONFIG
from backend.rollout.overlay import Overlay
from backend.settings import AdminSettings
from pylib.config.app_config import parse_config
from pylib.config.rollout import BUCKETS, bucket, creation_mode
from pylib.protocol.figures import FAILED, HTTP, OK, START, WEBSOCKET, Action, SpeakerFigures, speaker_batch
from tests.support.server import RunningServer, running_server

USER = next(f"user-{number}" for number in range(100) if bucket(f"user-{number}") < BUCKETS // 2)
"""Somebody among the half of all users who create over HTTP."""


def write_config(data_dir: Path, **changes: Any) -> None:
    config = json.loads((data_dir / CONFIG).read_bytes())
    rollout = {"use_http_session_creation": True, "http_session_rollout_percent": 50, "rollout_guard": True}
    (data_dir / CONFIG).write_text(json.dumps({**config, **rollout, **changes}))


async def mode_of_the_next_page(server: RunningServer) -> str:
    """As the speaker page decides it."""
    async with server.http() as http:
        text = await (await http.get("/config.json")).text()
    return creation_mode(parse_config(text, f"{server.url}/"), USER).mode


async def tell_days(server: RunningServer, mode: str, outcome: str, days: int) -> None:
    """So many devices' first start of the day, each as its page tells it."""
    action = Action(START, outcome, "", 500.0 if outcome == OK else -1, 900.0 if outcome == OK else -1, True)
    batch = speaker_batch(SpeakerFigures(mode, [action], [], [0, 0, 0, 0], [0, 0]))
    for _ in range(days):
        async with server.http() as http:
            assert (await http.post("/figures", data=batch)).status == 204


async def status(server: RunningServer, span: str = "10m") -> dict[str, Any]:
    """What operators read; an answer for one span is kept for half a second."""
    async with aiohttp.ClientSession(server.admin_url) as operator:
        data: dict[str, Any] = await (await operator.get(f"/status/data?range={span}")).json()
        return data


async def test_the_next_page_load_is_in_the_other_mode_until_the_guard_is_cleared(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        data_dir = server.settings.data_dir
        write_config(data_dir)
        assert (await status(server))["rollout"]["percent"] == 50
        assert await mode_of_the_next_page(server) == HTTP
        written = (data_dir / CONFIG).read_bytes()
        await tell_days(server, WEBSOCKET, OK, 10)
        await tell_days(server, HTTP, FAILED, 10)
        assert await mode_of_the_next_page(server) == HTTP
        await server.app[MINUTES].minute()
        assert await mode_of_the_next_page(server) == WEBSOCKET
        assert (data_dir / CONFIG).read_bytes() == written
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        assert await mode_of_the_next_page(server) == WEBSOCKET
        told = await status(server)
        assert told["rollout"]["guard"]["sentence"] == told["verdict"]["why"]
        assert told["verdict"]["sentence"].endswith("because the rollout guard fell back.")
        Overlay(data_dir).clear()
        assert await mode_of_the_next_page(server) == HTTP
        await server.app[MINUTES].minute()
        assert (await status(server, "24h"))["rollout"]["guard"] == {
            "on": True,
            "trippedAt": None,
            "sentence": "",
        }
        assert await mode_of_the_next_page(server) == HTTP


async def test_what_is_judged_is_told_before_the_minute_is_over(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        write_config(server.settings.data_dir, rollout_guard=False)
        assert (await status(server))["verdict"]["sentence"].startswith("Stay at 50 %: nothing yet; about ")
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        await tell_days(server, WEBSOCKET, OK, 10)
        await tell_days(server, HTTP, FAILED, 10)
        told = await status(server)
        await server.app[MINUTES].minute()
        assert told["verdict"]["state"] == "http-worse"
        assert told["verdict"]["difference"]["high"] < 0
        assert told["rollout"]["guard"]["on"] is False
        assert await mode_of_the_next_page(server) == HTTP
