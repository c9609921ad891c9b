"""What a stranger sends becomes no label without end, no traceback, and no secret in the log."""

import io
import json
import logging
from collections.abc import Iterator
from typing import NoReturn

import pytest

from backend.attack_log import KINDS, AttackLog
from backend.http.connection import MAX_AFTER_HEAD_BYTES
from backend.identity.pool_keys import FetchedKeys
from backend.live.room import GAVE_WAY
from backend.logs import QuietHandler, log_loop_trouble, set_up_logs
from backend.metrics import Metrics
from backend.problems import Problem
from backend.repeats import TELL_EVERY_S
from tests.integration.backend.api import problem
from tests.integration.backend.raw_http import post, raw_connection
from tests.integration.backend.wire_client import WireClient, new_session, speaker_of, until
from tests.support.counts import count_of
from tests.support.server import RunningServer
from tests.support.server_clock import ServerClock

MAIL, WORD = "anna.b@example.org", "correct-horse-9"
SENTENCE = "This is no HTTP request that can be understood."


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logs("INFO", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_close_codes_of_a_clients_own_make_one_label(server: RunningServer) -> None:
    codes = (1000, 4008, 3000, 3999, 4321, 4999, 1014)
    for code in codes:
        async with await WireClient.connect(server) as client:
            await client.expect("welcome")
            await client.ws.close(code=code)
    name = "lectern_ws_disconnections_total"
    await until(lambda: count_of(server.metrics, name, reason="other") == 6)
    assert count_of(server.metrics, name, reason="left") == 1
    assert b"4321" not in server.metrics.render()


async def test_methods_that_nobody_knows_make_one_label(server: RunningServer) -> None:
    async with server.http() as http:
        for method in ("PROPFIND", "MKCOL", "LOCK", "SUBSCRIBE", "PURGE"):
            assert await problem(await http.request(method, "/health")) == (405, "METHOD_NOT_ALLOWED")
    rendered = server.metrics.render().decode()
    assert 'method="other"' in rendered
    assert "PROPFIND" not in rendered


@pytest.mark.parametrize(
    "nonsense",
    [
        f'{{"USERNAME": "{MAIL}", "PASSWORD": "{WORD}"}}\r\n\r\n',
        f"GET /?password={WORD} HTTP/9.9\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization {MAIL}:{WORD}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nX: {MAIL}\0{WORD}\r\n\r\n",
        f"POST /cognito/ HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{WORD}",
        f"GET /{WORD * 3000} HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_what_is_no_http_is_answered_by_us_and_quoted_nowhere(
    server: RunningServer, logged: io.StringIO, nonsense: str
) -> None:
    async with raw_connection(server) as raw:
        raw.send(nonsense)
        answer = await raw.answer()
        assert answer.status == 400
        assert answer.problem["detail"] == SENTENCE
        assert answer.headers["server"] == "lectern"
        for secret in (MAIL, WORD):
            assert secret.encode() not in answer.body
            assert secret not in logged.getvalue()
        assert await raw.is_closed()
    [line] = logged.getvalue().splitlines()
    assert json.loads(line)["kind"] == "malformed-http"


async def test_what_breaks_inside_quotes_no_request(
    server: RunningServer, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries put what they choke on into their exceptions."""

    async def choke(_: object, username: str, password: str) -> None:
        try:
            json.loads("{}")[username]
        except KeyError as error:
            raise ValueError(f"cannot read {password!r} of {username}") from error

    monkeypatch.setattr("backend.identity.dev_pool.DevPool.sign_in", choke)
    async with server.http() as http:
        parameters = {"USERNAME": MAIL, "PASSWORD": WORD}
        fields = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": server.account["clientId"]}
        target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}
        answer = await http.post("/cognito/", json={**fields, "AuthParameters": parameters}, headers=target)
        assert await problem(answer) == (500, "INTERNAL_SERVER_ERROR")
        await http.get(f"/nowhere?email={MAIL}&password={WORD}", headers={"Authorization": f"Basic {WORD}"})
    text = logged.getvalue()
    assert "ValueError" in text
    assert "choke" in text
    assert MAIL not in text
    assert WORD not in text


async def test_a_client_that_leaves_in_mid_body_is_no_error(
    server: RunningServer, logged: io.StringIO
) -> None:
    async with raw_connection(server) as raw:
        raw.send("POST /cognito/ HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n")
        raw.send("X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n\r\n{")
    status = 'lectern_http_requests_total{method="POST",route="/cognito/",status="400"} 1.0'
    await until(lambda: status in server.metrics.render().decode())
    assert "exception" not in logged.getvalue()


async def test_a_client_that_is_cut_off_while_it_sends_on_is_no_error(
    server: RunningServer, logged: io.StringIO
) -> None:
    """Seen: each refused body of more than MAX_AFTER_HEAD_BYTES left a traceback."""
    async with raw_connection(server) as raw:
        raw.send(post("/sessions", "Transfer-Encoding: chunked"))
        raw.send((f"{0xFFFF:x}\r\n" + "a" * 0xFFFF + "\r\n") * (MAX_AFTER_HEAD_BYTES // 0xFFFF + 2))
        assert await raw.is_closed()
    await until(lambda: '"outcome": "refused"' in logged.getvalue())
    assert "exception" not in logged.getvalue()


async def test_an_endless_path_is_not_looked_up_and_not_logged(
    server: RunningServer, logged: io.StringIO
) -> None:
    """Seen: aiohttp looks up each part of a path, 110 ms for 30,000 slashes."""
    logging.getLogger("lectern.http").setLevel("DEBUG")
    async with raw_connection(server) as raw:
        raw.send(f"GET {'/' * 30_000} HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await raw.answer()).problem["code"] == "NOT_FOUND"
    await until(lambda: "/..." in logged.getvalue())
    logging.getLogger("lectern.http").setLevel("NOTSET")
    assert len(logged.getvalue()) < 1000


def test_trouble_of_the_loop_quotes_no_bytes(logged: io.StringIO) -> None:
    message = f"Exception in callback Connection.data_received(b'{WORD}')"
    log_loop_trouble(None, {"message": message, "exception": ValueError(WORD)})  # type: ignore[arg-type]
    [line] = logged.getvalue().splitlines()
    assert "Exception in callback" in line
    assert "ValueError" in line
    assert WORD not in line


def test_an_attack_leaves_one_line_a_minute_for_each_kind_and_no_address(logged: io.StringIO) -> None:
    """A thousand of each kind in each of three minutes, and the counts at the end of them."""
    now = 0.0
    logging.getLogger().handlers[:] = [QuietHandler(logged, lambda: now)]
    metrics = Metrics()
    attacks = AttackLog(metrics)
    for _ in range(3):
        for _ in range(1000):
            for kind in KINDS:
                attacks.note(kind, "203.0.113.9")
        now += TELL_EVERY_S
    logging.getLogger().handlers[0].close()
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert len(lines) == 4 * len(KINDS)
    assert "203.0.113.9" not in logged.getvalue()
    for kind, sentence in KINDS.items():
        ours = [line for line in lines if line["kind"] == kind]
        assert [line.get("count") for line in ours] == [None, 999, 1000, 1000]
        assert {(line["message"], line["level"]) for line in ours} == {(sentence, "warning")}
        assert count_of(metrics, "lectern_attacks_total", kind=kind) == 3000


def test_at_debug_an_attack_is_told_with_its_address(logged: io.StringIO) -> None:
    logging.getLogger().setLevel("DEBUG")
    AttackLog(Metrics()).note("http-flood", "203.0.113.9")
    assert [json.loads(line).get("address") for line in logged.getvalue().splitlines()] == [
        None,
        "203.0.113.9",
    ]


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [(4013, "RATE_LIMIT_EXCEEDED", "message-flood"), (4008, GAVE_WAY, "places-taken")],
)
async def test_a_connection_that_is_cut_for_what_it_did_is_noted(
    server: RunningServer, logged: io.StringIO, code: int, reason: str, kind: str
) -> None:
    async with await WireClient.connect(server) as client:
        [peer] = server.hub._people
        peer.close(code, reason)
        await client.expect_close()
    await until(lambda: count_of(server.metrics, "lectern_attacks_total", kind=kind) == 1)
    assert KINDS[kind] in logged.getvalue()


def counted(logged: io.StringIO) -> list[tuple[str, int | None]]:
    """All lines with what they stand for, once the log is closed."""
    logging.getLogger().handlers[0].close()
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    return [(line["message"], line.get("count")) for line in lines]


async def test_connections_that_are_refused_are_one_line_a_minute_for_each_code(
    server: RunningServer, logged: io.StringIO
) -> None:
    for _ in range(20):
        for session_id, token in (("golden-eagle-100", None), ("golden-eagle-100", "no-token")):
            async with await WireClient.connect(server, session_id, token=token) as client:
                await client.expect_close()
    said = "connection refused"
    assert sorted(counted(logged), key=str) == sorted([(said, None), (said, 19)] * 2, key=str)


async def test_a_database_that_is_gone_is_told_and_then_counted(
    server: RunningServer, logged: io.StringIO
) -> None:
    (server.settings.data_dir / "lectern.sqlite3").rename(server.settings.data_dir / "elsewhere")
    async with server.http("anna") as anna, server.http() as nobody:
        for _ in range(30):
            assert (await anna.get("/sessions")).status == 503
            assert (await nobody.get("/sessions/golden-eagle-100")).status == 503
    away = "the database cannot be used"
    assert [line for line in counted(logged) if line[0] == away] == [(away, None), (away, 59)]


async def test_keys_that_cannot_be_had_are_told_and_then_counted(logged: io.StringIO) -> None:
    async def away() -> NoReturn:
        raise OSError

    clock = ServerClock()
    keys = FetchedKeys(away, refetch_every_s=10, keys_valid_s=3600, clock=clock)
    for _ in range(30):
        with pytest.raises(Problem):
            await keys.find("a")
        await clock.advance(2)
    away_line = "the user pool's keys could not be fetched"
    assert counted(logged) == [(away_line, None), (away_line, 29)]


async def test_sound_that_breaks_inside_at_each_frame_is_told_and_then_counted(
    server: RunningServer, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty frames a second, each with a traceback, would fill a disk within a day."""

    def broken(*_: object) -> NoReturn:
        raise ValueError("broken")

    session_id = await new_session(server)
    monkeypatch.setattr("backend.live.channel.Channel.publish_text", broken)
    async with await speaker_of(server, session_id) as speaker:
        for _ in range(40):
            await speaker.send("sendAudio", audioData="AAAA")
            assert (await speaker.expect("error"))["code"] == "INTERNAL_SERVER_ERROR"
    broke = "a message could not be handled"
    assert [line for line in counted(logged) if line[0] == broke] == [(broke, None), (broke, 39)]
