"""Three sign-in services for one and the same client code: our dev pool, moto's Cognito, a scripted fake."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from moto.server import ThreadedMotoServer

from pylib.auth.cognito import CONTENT_TYPE, TARGET, CognitoClient
from pylib.ports import Clock, HttpTransport
from tests.support.aiohttp_ports import AiohttpTransport, SystemClock
from tests.support.fake_clock import FakeClock
from tests.support.fake_cognito import EMAIL, PASSWORD, FakeCognito
from tests.support.fake_http import FakeHttp
from tests.support.server import running_server

ISSUERS = "https://cognito-idp.us-east-1.amazonaws.com/"


class Pool(NamedTuple):
    """A user pool with one confirmed user, and how its administrator signs that user out."""

    client: CognitoClient
    email: str
    password: str
    sign_out_by_admin: Callable[[], Awaitable[None]]


class MotoPool(NamedTuple):
    """What moto made."""

    endpoint: str
    pool_id: str
    client_id: str
    http: aiohttp.ClientSession

    @property
    def issuer(self) -> str:
        return ISSUERS + self.pool_id

    @property
    def jwks_url(self) -> str:
        return f"{self.endpoint}/{self.pool_id}/.well-known/jwks.json"

    async def call(self, operation: str, **fields: Any) -> dict[str, Any]:
        """An administrator's call."""
        return await _call(self.http, self.endpoint, operation, UserPoolId=self.pool_id, **fields)

    async def add_user(self, email: str, temporary_password: str) -> None:
        """Somebody who must choose a new password before anything else."""
        await self.call("AdminCreateUser", Username=email, TemporaryPassword=temporary_password)

    async def confirm(self, email: str, password: str) -> None:
        """From now on this is the password, and nothing else has to be done first."""
        await self.call("AdminSetUserPassword", Username=email, Password=password, Permanent=True)


@asynccontextmanager
async def moto_pool() -> AsyncIterator[MotoPool]:
    """Moto's Cognito on a free port of this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        async with aiohttp.ClientSession() as http:
            made = await _call(http, endpoint, "CreateUserPool", PoolName="speakers")
            pool_id = made["UserPool"]["Id"]
            flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
            app = await _call(
                http,
                endpoint,
                "CreateUserPoolClient",
                UserPoolId=pool_id,
                ClientName="page",
                ExplicitAuthFlows=flows,
            )
            yield MotoPool(endpoint, pool_id, app["UserPoolClient"]["ClientId"], http)
    finally:
        server.stop()


async def _call(http: aiohttp.ClientSession, endpoint: str, operation: str, **fields: Any) -> dict[str, Any]:
    headers = {"X-Amz-Target": TARGET + operation, "Content-Type": CONTENT_TYPE}
    async with http.post(endpoint + "/", json=fields, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        body: dict[str, Any] = await answer.json(content_type=None)
        return body


@asynccontextmanager
async def _moto(_: Path) -> AsyncIterator[Pool]:
    async with moto_pool() as pool:
        email, password = "speaker@example.com", "Correct-horse-7"
        await pool.add_user(email, "Temporary-1")
        await pool.confirm(email, password)

        async def sign_out() -> None:
            await pool.call("AdminUserGlobalSignOut", Username=email)

        yield Pool(
            _client(AiohttpTransport(pool.http), pool.endpoint, pool.client_id), email, password, sign_out
        )


@asynccontextmanager
async def _dev(folder: Path) -> AsyncIterator[Pool]:
    async with running_server(folder) as server, aiohttp.ClientSession() as http:
        account = server.account
        client = _client(AiohttpTransport(http), server.url + account["cognitoEndpoint"], account["clientId"])

        async def sign_out() -> None:
            await server.pool.sign_out_everywhere(server.demo.subject)

        yield Pool(client, account["email"], account["password"], sign_out)


@asynccontextmanager
async def _fake(_: Path) -> AsyncIterator[Pool]:
    clock = FakeClock()
    fake = FakeCognito(clock, rotate=True)

    async def sign_out() -> None:
        fake.valid_refresh.clear()

    yield Pool(_client(FakeHttp(fake), "https://pool.example", "app", clock), EMAIL, PASSWORD, sign_out)


def _client(
    transport: HttpTransport, endpoint: str, client_id: str, clock: Clock | None = None
) -> CognitoClient:
    return CognitoClient(transport, clock or SystemClock(), endpoint, client_id)


POOLS: dict[str, Callable[[Path], AbstractAsyncContextManager[Pool]]] = {
    "dev": _dev,
    "moto": _moto,
    "fake": _fake,
}
