"""The true server, in this process, on a free port.

async with running_server(tmp_path, grace_s=0.2) as server:
    async with server.http() as http:
        await http.get("/health")
"""

import dataclasses
import functools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from backend.app import DOORS, HUB, METRICS, OPERATORS, POOL, create_app
from backend.data_dir import CLIENT_ID, SIGNING_KEY, load_account, make_once, new_signing_key
from backend.identity.dev_pool import DevPool
from backend.live.hub import Hub
from backend.metrics import Metrics
from backend.ports import Account
from backend.serving import start, stop
from backend.settings import Limits, Settings

HOST = "127.0.0.1"
_LIMIT_NAMES = {field.name for field in dataclasses.fields(Limits)}


@dataclasses.dataclass(frozen=True)
class RunningServer:
    """A server that listens. `url` and `ws_url` end without a slash; `account` is GET /dev/account."""

    url: str
    ws_url: str
    account: dict[str, str]
    app: web.Application
    settings: Settings

    @property
    def pool(self) -> DevPool:
        return self.app[POOL]

    @property
    def hub(self) -> Hub:
        return self.app[HUB]

    @property
    def metrics(self) -> Metrics:
        return self.app[METRICS]

    @property
    def admin_url(self) -> str:
        """Where operators look, if `admin=AdminSettings()` was asked for."""
        return self.app[OPERATORS].url

    def sockets(self) -> dict[str, float]:
        """Open connections by where they are."""
        return {where: count for (where,), count in self.app[DOORS].keeper.count().items()}

    @property
    def demo(self) -> Account:
        return load_account(self.settings.data_dir)

    def token(self, subject: str = "") -> str:
        """A fresh id token: the demo account's, or anybody else's."""
        account = self.demo._replace(subject=subject or self.demo.subject)
        token: str = self.pool.tokens(account, int(time.time()))["IdToken"]
        return token

    def forge(self, **claims: Any) -> str:
        """A token signed with the right key but with these claims changed; None leaves a claim out."""
        now = int(time.time())
        good = {"sub": "somebody", "iss": self.pool.issuer, "aud": CLIENT_ID, "token_use": "id"}
        wanted = {**good, "iat": now, "exp": now + 600, **claims}
        return self.pool.sign({name: value for name, value in wanted.items() if value is not None})

    def http(self, subject: str | None = None) -> aiohttp.ClientSession:
        """A client for paths of this server, signed in as `subject` ("" is the demo account)."""
        headers = {} if subject is None else {"Authorization": f"Bearer {self.token(subject)}"}
        return aiohttp.ClientSession(self.url, headers=headers)


@asynccontextmanager
async def running_server(data_dir: Path, **settings: Any) -> AsyncIterator[RunningServer]:
    """Serve until the block ends.

    Names of `Limits` (grace_s, max_listeners, ...) and of `Settings` may be given alike;
    `make_app=partial(create_app, storage=...)` gives the server other ports.
    """
    make_app: Callable[[Settings], web.Application] = settings.pop("make_app", create_app)
    limits = {name: settings.pop(name) for name in _LIMIT_NAMES & settings.keys()}
    # Tests close many connections; none of them should wait long for a client that is gone.
    limits = {"close_wait_s": 0.5, "status_every_s": 0.05, "pcm_release_s": 0.1, **limits}
    _share_signing_key(data_dir / "data")
    made = Settings(data_dir=data_dir / "data", limits=Limits(**limits), **settings)
    runner = await start(made, HOST, 0, make_app)
    try:
        host, port = runner.addresses[0][:2]
        app = runner.app
        account = _account(made) if made.dev else {}
        yield RunningServer(f"http://{host}:{port}", f"ws://{host}:{port}/ws", account, app, made)
    finally:
        await stop(runner)


def _share_signing_key(data_dir: Path) -> None:
    """Making an RSA key takes longer than most tests: one is enough for all servers of a test run."""
    data_dir.mkdir(parents=True, exist_ok=True)
    make_once(data_dir / SIGNING_KEY, shared_signing_key())


@functools.cache
def shared_signing_key() -> bytes:
    return new_signing_key()


def _account(settings: Settings) -> dict[str, str]:
    account = load_account(settings.data_dir)
    return {
        "email": account.email,
        "password": account.password,
        "clientId": CLIENT_ID,
        "cognitoEndpoint": "/cognito/",
    }
