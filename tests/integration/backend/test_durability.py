"""kill -9 at random moments: whatever was answered 201, 200 or 204 is so after the restart."""

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.backend.api import CONFIG
from tests.support.server_process import ForkServer, fork_server, tokens_for

LONG = [pytest.mark.soak, pytest.mark.timeout(1800)]
USERS = ("anna", "ben", "cleo")


class Memory:
    """What the server has told its clients, and what it was asked and has not answered."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.known: dict[str, dict[str, Any]] = {}
        self.owner: dict[str, str] = {}
        self.asked: dict[str, list[dict[str, Any]]] = {}
        self.open_keys: list[tuple[str, str]] = []
        self.touched: set[str] = set()
        self.keys = 0

    def headers(self, user: str, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[user]}", **more}

    async def create(self, http: aiohttp.ClientSession, user: str, key: str) -> None:
        self.open_keys.append((user, key))
        headers = self.headers(user, **{"Idempotency-Key": key})
        async with http.post("/sessions", json=CONFIG, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            body = await answer.json()
        self.open_keys.remove((user, key))
        self.known.setdefault(body["sessionId"], {"status": "active", **CONFIG})
        self.owner[body["sessionId"]] = user
        self.touched.add(body["sessionId"])

    async def change(self, http: aiohttp.ClientSession, session_id: str, update: dict[str, str]) -> None:
        self.asked.setdefault(session_id, []).append(update)
        self.touched.add(session_id)
        url, headers = f"/sessions/{session_id}", self.headers(self.owner[session_id])
        if update == {"status": "ended"}:
            async with http.delete(url, headers=headers) as answer:
                assert answer.status == 204
        else:
            async with http.patch(url, json=update, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
        self.known[session_id] |= update
        self.asked[session_id].remove(update)

    async def check(self, http: aiohttp.ClientSession, *, everything: bool = False) -> None:
        """What was touched since the last check is so; of what was asked and not answered, either may be."""
        touched, self.touched = self.touched, set()
        for session_id in list(self.known) if everything else touched:
            known = self.known[session_id]
            async with http.get(f"/sessions/{session_id}") as answer:
                assert answer.status == 200, session_id
                body = await answer.json()
            found = {name: body[name] for name in known}
            possible = [known, *({**known, **update} for update in self.asked.pop(session_id, []))]
            assert found in possible, (session_id, found, possible)
            self.known[session_id] = found
        for user, key in list(self.open_keys):
            self.open_keys.remove((user, key))
            await self.create(http, user, key)

    async def count(self, http: aiohttp.ClientSession, user: str) -> int:
        total, query = 0, {"limit": "100"}
        while True:
            async with http.get("/sessions", params=query, headers=self.headers(user)) as answer:
                page = await answer.json()
            total += len(page["items"])
            if "nextCursor" not in page:
                return total
            query["cursor"] = page["nextCursor"]


async def _work(http: aiohttp.ClientSession, memory: Memory, dice: random.Random) -> None:
    """One client that goes on until the server dies."""
    while True:
        alive = [one for one, known in memory.known.items() if known["status"] != "ended"]
        idle = [one for one in alive if not memory.asked.get(one)]
        if idle and dice.random() < 0.6:
            update = dice.choice(
                ({"status": "paused"}, {"status": "active"}, {"qualityTier": "premium"}, {"status": "ended"})
            )
            await memory.change(http, dice.choice(idle), update)
        else:
            memory.keys += 1
            await memory.create(http, dice.choice(USERS), f"key-{memory.keys}")


async def _live_and_die(servers: ForkServer, memory: Memory, dice: random.Random) -> None:
    url = await servers.start()
    async with aiohttp.ClientSession(url) as http:
        await memory.check(http)
        work = [asyncio.create_task(_work(http, memory, dice)) for _ in range(4)]
        await asyncio.sleep(dice.random() * 0.04)
        servers.kill()
        results = await asyncio.gather(*work, return_exceptions=True)
        # A client ends only because its server died under it.
        assert all(isinstance(result, aiohttp.ClientError) for result in results), results


@pytest.mark.parametrize("kills", [50, pytest.param(1000, marks=LONG)])
async def test_nothing_acknowledged_is_lost(tmp_path: Path, kills: int) -> None:
    data_dir = tmp_path / "data"
    memory, dice = Memory(tokens_for(data_dir, *USERS)), random.Random(11)
    async with fork_server(data_dir) as servers:
        for _ in range(kills):
            await _live_and_die(servers, memory, dice)
        async with aiohttp.ClientSession(await servers.start()) as http:
            await memory.check(http, everything=True)
            counts = {user: await memory.count(http, user) for user in USERS}
        servers.kill()
    # One session for each key, however often its creation was cut off and sent again.
    assert sum(counts.values()) == memory.keys == len(memory.known)
    assert memory.keys > kills
