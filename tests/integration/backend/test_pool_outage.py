"""A user pool whose keys cannot be had: good tokens are put off, never accused, and a talk goes on."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from backend.identity import jwks, pool_keys
from backend.settings import TokenSettings
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.wire_client import WireClient
from tests.integration.contract.stack import Connector, until
from tests.support.aiohttp_ports import SystemClock
from tests.support.server import RunningServer, running_server
from tests.unit.backend.identity.test_token_verifier import ISSUER, JWKS, KEY, OTHER, public, token

Answer = Callable[[], web.StreamResponse]


def good() -> web.StreamResponse:
    return web.json_response(JWKS)


def redirected() -> web.StreamResponse:
    raise web.HTTPFound("/elsewhere")


BAD: dict[str, Answer] = {
    "a portal's page": lambda: web.Response(
        text="<html>Welcome to our Wi-Fi</html>", content_type="text/html"
    ),
    "a redirect to other keys": redirected,
    "an error": lambda: web.Response(status=502),
    "no keys": lambda: web.json_response({"keys": []}),
    "nested without end": lambda: web.Response(body=b"[" * 100_000),
    "more than a pool has": lambda: web.Response(
        body=b" " * (jwks.MAX_BYTES + 1) + json.dumps(JWKS).encode()
    ),
    "a bomb": lambda: web.Response(
        body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}
    ),
    "no text": lambda: web.Response(body=b"\xff\xfe\x00"),
}


class KeyServer:
    """Where a pool publishes its keys. `answer` makes each answer; None never answers."""

    def __init__(self) -> None:
        self.answer: Answer | None = good
        self.asked = 0
        self.url = ""

    async def handle(self, _: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.answer is None:
            await asyncio.Event().wait()
            raise AssertionError
        return self.answer()

    async def elsewhere(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [public(OTHER, "one")]})


@pytest.fixture
async def keys(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KeyServer]:
    monkeypatch.setattr(pool_keys, "NEW_KEY_PATIENCE_S", 0.1)
    monkeypatch.setattr(pool_keys, "HOLD_OFF_S", 0.1)
    monkeypatch.setattr(jwks, "FETCH_TIMEOUT_S", 0.3)
    made, app = KeyServer(), web.Application()
    app.router.add_get("/keys", made.handle)
    app.router.add_get("/elsewhere", made.elsewhere)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    yield made
    await runner.cleanup()


@asynccontextmanager
async def server_of(keys: KeyServer, folder: Path, **tokens: float) -> AsyncIterator[RunningServer]:
    pool = TokenSettings(issuer=ISSUER, audience="app", jwks_url=keys.url, **tokens)
    async with running_server(folder, dev=False, tokens=pool) as server:
        yield server


@pytest.mark.parametrize("name", BAD)
async def test_keys_that_cannot_be_had_are_an_outage_and_over_at_once(
    keys: KeyServer, tmp_path: Path, name: str
) -> None:
    keys.answer = BAD[name]
    async with server_of(keys, tmp_path) as server, server.http() as http:
        signed_in = {"Authorization": f"Bearer {token()}"}
        answer = await http.post("/sessions", json=CONFIG, headers=signed_in)
        assert await problem(answer) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "2"
        for session_id in (None, "golden-eagle-427"):
            client = await WireClient.connect(server, session_id, token=token())
            assert await client.expect_close() == (1013, "SERVICE_UNAVAILABLE")
        forged = await http.get("/sessions", headers={"Authorization": "Bearer words"})
        assert await problem(forged) == (401, "AUTH_TOKEN_INVALID")
        keys.answer = good
        await asyncio.sleep(0.11)
        assert (await http.get("/sessions", headers=signed_in)).status == 200


async def test_old_keys_go_on_while_the_pool_hangs(keys: KeyServer, tmp_path: Path) -> None:
    async with server_of(keys, tmp_path, keys_valid_s=0) as server, server.http() as http:
        signed_in = {"Authorization": f"Bearer {token()}"}
        assert (await http.get("/sessions", headers=signed_in)).status == 200
        keys.answer = None
        for _ in range(20):
            assert (await http.get("/sessions", headers=signed_in)).status == 200
        new = {"Authorization": f"Bearer {token(OTHER, kid='two')}"}
        assert (await http.get("/sessions", headers=new)).status == 503
        keys.answer = lambda: web.json_response({"keys": [public(KEY, "one"), public(OTHER, "two")]})

        async def is_known() -> bool:
            return (await http.get("/sessions", headers=new)).status == 200

        await until(is_known)


async def test_a_talk_outlives_an_outage_of_the_keys(keys: KeyServer, tmp_path: Path) -> None:
    """The speaker's server starts anew while the pool is away: the page reconnects and never says sign in."""
    async with server_of(keys, tmp_path) as server, server.http() as http:
        http.headers["Authorization"] = f"Bearer {token()}"
        session_id = (await create(http))["sessionId"]
    keys.answer = None
    async with server_of(keys, tmp_path) as server, server.http() as http:

        async def id_token() -> str:
            return token()

        client = RealtimeClient(
            Connector(http),
            SystemClock(),
            Address(server.ws_url),
            timing=SPEAKER_TIMING,
            random=lambda: 0.0,
            token=id_token,
        )
        connecting = asyncio.create_task(client.connect(session_id))
        await until(lambda: client.reconnects >= 2)
        assert (client.close_code, client.close_reason) == (1013, "SERVICE_UNAVAILABLE")
        keys.answer = good
        assert (await connecting)["role"] == "speaker"
        await client.close()
