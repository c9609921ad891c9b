"""Refresh tokens over the wire: as a real pool gives them, and rotating by an option of the server."""

from pathlib import Path

import aiohttp
import pytest

from pylib.auth.claims import read_claims
from tests.integration.backend.test_dev_server import dev_server, free_port
from tests.integration.backend.test_identity import refresh, sign_in
from tests.integration.contract.stack import loaded
from tests.support.server import running_server


async def test_an_older_client_refreshes_with_its_first_token_for_ever(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http() as http:
        first = (await sign_in(http))["RefreshToken"]
        for _ in range(3):
            status, body = await refresh(http, first)
            assert status == 200
            assert body["AuthenticationResult"].keys() == {"IdToken", "AccessToken", "ExpiresIn", "TokenType"}


async def test_an_option_lets_refresh_tokens_rotate(tmp_path: Path) -> None:
    port = free_port()
    async with (
        dev_server(tmp_path / "data", port, "--rotate-refresh-tokens"),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        first = (await sign_in(http))["RefreshToken"]
        status, body = await refresh(http, first)
        assert status == 200
        assert body["AuthenticationResult"]["RefreshToken"] not in ("", first)


@pytest.mark.parametrize("rotating", [False, True])
async def test_our_page_stays_signed_in_either_way(tmp_path: Path, rotating: bool) -> None:
    async with running_server(tmp_path, rotate_refresh_tokens=rotating) as server, loaded(server) as page:
        user = await page.account.user_id()
        for _ in range(3):
            await page.age(3601)
            assert read_claims(await page.tokens.id_token()).sub == user
        assert page.tokens.refreshes == 3
