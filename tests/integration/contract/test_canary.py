"""A canary token goes through a whole journey and is then looked for everywhere it must not be."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from pylib.errors import HttpError
from pylib.ports import HttpResponse
from pylib.realtime.client import RealtimeClient
from tests.integration.backend.wire_client import WireClient
from tests.integration.contract.stack import MODES, Stack, loaded
from tests.support.server import running_server

SHORTEST_PART = 16


class Everything(logging.Formatter):
    """A record with all it carries, and without the net that the server's own format is."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.getMessage()} {vars(record)}"


class LogFile:
    """What all loggers of this process say, at every level: the page's, the server's, the libraries'."""

    def __init__(self, path: Path) -> None:
        self._handler = logging.FileHandler(path)
        self._handler.setFormatter(Everything())
        self._root = logging.getLogger()

    def __enter__(self) -> None:
        self._before = (self._root.level, list(self._root.handlers))
        self._root.setLevel(logging.DEBUG)
        self._root.addHandler(self._handler)

    def __exit__(self, *_: object) -> None:
        level, self._root.handlers[:] = self._before
        self._root.setLevel(level)
        self._handler.close()


def parts_of(tokens: set[str]) -> set[str]:
    """Every token, and of each JWT its payload and signature alone (all share one head)."""
    parts = {part for token in tokens for part in (token, *token.split(".")[1:])}
    return {part for part in parts if len(part) >= SHORTEST_PART}


def given_out(page: Stack) -> set[str]:
    """All tokens that the sign-in service has given out so far."""
    found: set[str] = set()
    for exchange in page.transport.exchanges:
        result = _body(exchange.response).get("AuthenticationResult", {})
        found |= {result[name] for name in ("IdToken", "AccessToken", "RefreshToken") if name in result}
    return found


def _body(response: HttpResponse) -> dict[str, Any]:
    body = json.loads(response.body or "{}")
    return body if isinstance(body, dict) else {}


async def journey(page: Stack) -> str:
    """Sign in, create, be heard, refresh, change, fail, end, sign out; returns the session id."""
    await page.sign_in()
    result = await page.creator.create("en", "standard")
    assert isinstance(result.client, RealtimeClient), result.error
    listener = await WireClient.connect(page.server, result.session_id)
    await listener.expect("sessionJoined")
    await page.age(3400)
    await page.sessions.update_session(result.session_id, {"status": "paused"})
    with pytest.raises(HttpError):
        await page.sessions.update_session("golden-eagle-427", {"status": "paused"})
    with pytest.raises(HttpError):
        await page.sessions.update_session(result.session_id, {"status": "nonsense"})
    await result.client.request("getSessionStatus", {}, "sessionStatus")
    result.client.send("pauseBroadcast")
    result.client.send("nonsense", {"token": "x"})
    await page.sessions.delete_session(result.session_id)
    assert await listener.expect_close() == (1000, "ended")
    await page.account.sign_out()
    return result.session_id


def where_found(secrets: set[str], places: dict[str, str]) -> list[str]:
    return [name for name, text in places.items() if any(secret in text for secret in secrets)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("socket_auth", ["subprotocol", "query"])
async def test_a_canary_token_is_in_no_log_url_answer_or_storage(
    tmp_path: Path, mode: str, socket_auth: str
) -> None:
    log = tmp_path / "everything.log"

    def operator(page: Stack) -> None:
        page.configure(socket_auth=socket_auth)

    with LogFile(log):
        async with (
            running_server(tmp_path, rotate_refresh_tokens=True) as server,
            loaded(server, signed_in=False, override=mode, before_load=operator) as page,
        ):
            session_id = await journey(page)
            tokens = given_out(page)
            metrics = server.metrics.render().decode()
    assert len(tokens) == 6, "a sign-in and a refresh, three tokens each"
    assert session_id in log.read_text(), "the log tells of the session, so it was really kept"
    places = {
        "log": log.read_text(),
        "metrics": metrics,
        "HTTP urls": " ".join(one.request.url for one in page.transport.exchanges),
        "HTTP answers": " ".join(
            one.response.body for one in page.transport.exchanges if "X-Amz-Target" not in one.request.headers
        ),
        "messages": " ".join(page.connector.texts),
        "the device's storage after signing out": " ".join(page.kept.texts.values()),
    }
    for file in (tmp_path / "data").rglob("*"):
        places[file.name] = file.read_bytes().decode("latin-1")
    assert where_found(parts_of(tokens), places) == []
    urls = [URL(url) for url in page.connector.urls]
    in_address = [url.query["token"] for url in urls if "token" in url.query]
    assert (in_address != []) == (socket_auth == "query"), "the address only where the operator asks for it"


async def test_the_canary_would_be_found(tmp_path: Path) -> None:
    """The search itself works: a log that does hold the token is caught, in whole or in part."""
    async with running_server(tmp_path) as server, loaded(server) as page:
        tokens = given_out(page)
        token = await page.tokens.id_token()
        assert where_found(parts_of(tokens), {"log": f"GET /ws?token={token}"}) == ["log"]
        assert where_found(parts_of(tokens), {"log": token.split(".")[2]}) == ["log"]
        assert where_found(parts_of(tokens), {"device": " ".join(page.kept.texts.values())}) == ["device"]
