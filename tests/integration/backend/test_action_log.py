"""What speakers do leaves a line each, from the id of a click to the row; what repeats is counted."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.action_log import TOLD_PER_MINUTE
from backend.app import SERVICE
from backend.logs import set_up_logs
from backend.ports import StoreUnavailable
from backend.sessions.store import SqliteSessionStore
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.wire_client import WireClient, speaker_of, until
from tests.support.server import RunningServer, running_server


class Lines:
    """What the log holds."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [line for line in self.all if line["logger"] == "lectern.actions"]

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(line["action"], line["outcome"], line["code"]) for line in self.actions]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    made = Lines()
    set_up_logs("INFO", made.stream)
    yield made
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_over_http_each_action_is_a_line_with_the_ids_of_its_request(
    server: RunningServer, lines: Lines
) -> None:
    async with server.http("anna") as http:
        ids = {"X-Request-ID": "r1", "X-Correlation-ID": "c1", "Idempotency-Key": "k"}
        session_id = (await create(http, **ids))["sessionId"]
        await create(http, **ids)
        url = f"/sessions/{session_id}"
        for changes in (
            {"status": "paused"},
            {"status": "active"},
            {"status": "active"},
            {"doorClosed": True},
        ):
            await http.patch(url, json=changes)
        await http.patch(url, json={"status": "asleep"})
        await http.delete(url)
        await http.delete(url)
    assert lines.outcomes() == [
        ("create", "ok", ""),
        ("create", "replayed", ""),
        ("pause", "ok", ""),
        ("resume", "ok", ""),
        ("resume", "unchanged", ""),
        ("change", "ok", ""),
        ("change", "refused", "VALIDATION_INVALID_PARAMETER"),
        ("end", "ok", ""),
        ("end", "unchanged", ""),
    ]
    first = lines.actions[0]
    assert (first["requestId"], first["correlationId"]) == ("r1", "c1")
    assert (first["sessionId"], first["mode"]) == (session_id, "http")
    assert first["milliseconds"] >= 0
    told = [line for line in lines.actions if line["outcome"] != "refused"]
    assert {line["sessionId"] for line in told} == {session_id}
    row = await server.app[SERVICE].find(session_id)
    assert row.correlation_id == "c1"


async def test_over_the_websocket_the_id_of_the_message_is_that_of_the_action(
    server: RunningServer, lines: Lines
) -> None:
    async with await WireClient.connect(server, token=server.token("anna")) as speaker:
        await speaker.send("createSession", requestId="c7", **CONFIG)
        session_id = (await speaker.expect("sessionCreated"))["sessionId"]
        await speaker.send("createSession", requestId="c8", **CONFIG)
        await speaker.expect("sessionCreated")
        await speaker.send("muteBroadcast", requestId="m1")
        await speaker.expect("broadcastMuted")
        await speaker.send("muteBroadcast", requestId="m2")
        await speaker.send("pauseBroadcast", requestId="p1")
        await speaker.expect("broadcastPaused")
        await speaker.send("setAdmission", requestId="s1", maxListeners=10**6)
        await speaker.expect("error")
        await speaker.send("createSession", requestId="x1", sourceLanguage="qq")
        await speaker.expect("error")
        await speaker.send("endSession", requestId="e1")
        await speaker.expect("sessionEnded")
    assert [(line["action"], line["outcome"], line["correlationId"]) for line in lines.actions] == [
        ("come", "ok", "c7"),
        ("create", "ok", "c7"),
        ("create", "replayed", "c8"),
        ("mute", "ok", "m1"),
        ("mute", "unchanged", "m2"),
        ("pause", "ok", "p1"),
        ("change", "refused", "s1"),
        ("create", "refused", "x1"),
        ("end", "ok", "e1"),
    ]
    assert {(line["sessionId"], line["mode"]) for line in lines.actions if line["correlationId"] != "x1"} == {
        (session_id, "websocket")
    }
    assert (await server.app[SERVICE].find(session_id)).correlation_id == "c7"


async def test_an_id_that_is_none_of_ours_is_replaced(server: RunningServer, lines: Lines) -> None:
    async with await WireClient.connect(server, token=server.token("anna")) as speaker:
        await speaker.send("createSession", requestId="anna at 203.0.113.9", **CONFIG)
        session_id = (await speaker.expect("sessionCreated"))["sessionId"]
    row = await server.app[SERVICE].find(session_id)
    created = next(line for line in lines.actions if line["action"] == "create")
    assert row.correlation_id == created["correlationId"] != ""
    assert "203.0.113.9" not in lines.stream.getvalue()


async def test_a_speaker_who_comes_leaves_and_stays_away_is_told_with_the_id_of_the_creation(
    tmp_path: Path, lines: Lines
) -> None:
    async with running_server(tmp_path, grace_s=0.05) as server:
        async with server.http("anna") as http:
            session_id = (await create(http, **{"X-Correlation-ID": "c1"}))["sessionId"]
        async with await speaker_of(server, session_id):
            pass
        await until(lambda: len(lines.actions) == 4)
    assert [(line["action"], line["correlationId"], line.get("reason")) for line in lines.actions] == [
        ("create", "c1", None),
        ("come", "c1", None),
        ("leave", "c1", None),
        ("end", "c1", "speaker-left"),
    ]


async def test_strangers_and_users_who_are_refused_again_and_again_are_counted(
    server: RunningServer, lines: Lines
) -> None:
    async with server.http() as nobody, server.http("anna") as anna:
        for _ in range(50):
            assert await problem(await nobody.post("/sessions", json=CONFIG)) == (401, "AUTH_MISSING_TOKEN")
            assert (await anna.post("/sessions", json={})).status == 400
        await create(anna)
    logging.getLogger().handlers[0].close()
    assert lines.outcomes()[-1] == ("create", "ok", "")
    assert len(lines.actions) == TOLD_PER_MINUTE + 1
    counted = [line for line in lines.all if line["logger"] == "lectern.actions.counted"]
    assert [(line["code"], line.get("count")) for line in counted] == [
        ("AUTH_MISSING_TOKEN", None),
        ("VALIDATION_MISSING_PARAMETER", None),
        ("AUTH_MISSING_TOKEN", 49),
        ("VALIDATION_MISSING_PARAMETER", 39),
    ]


async def test_a_speaker_who_mutes_without_end_is_counted(server: RunningServer, lines: Lines) -> None:
    """Muting is not refused by a limit of the user."""
    async with server.http("anna") as http:
        session_id = (await create(http))["sessionId"]
    async with await speaker_of(server, session_id) as speaker:
        for _ in range(10):
            await speaker.send("muteBroadcast")
            await speaker.send("unmuteBroadcast")
            await speaker.expect("broadcastUnmuted")
    await until(lambda: not server.hub.count()[("speaker",)])
    logging.getLogger().handlers[0].close()
    assert len(lines.actions) == 1 + TOLD_PER_MINUTE
    counts = [line.get("count", 1) for line in lines.all if line["logger"] == "lectern.actions.counted"]
    assert sum(counts) == 1 + 20 + 1 - TOLD_PER_MINUTE


async def test_a_full_disk_is_told_once_and_counted(
    server: RunningServer, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise StoreUnavailable("database or disk is full")

    monkeypatch.setattr(SqliteSessionStore, "create", full)
    async with server.http("anna") as http:
        for _ in range(40):
            assert await problem(await http.post("/sessions", json=CONFIG)) == (503, "SERVICE_UNAVAILABLE")
    logging.getLogger().handlers[0].close()
    assert len(lines.all) == TOLD_PER_MINUTE + 2
    assert lines.all[-1]["count"] == 40 - TOLD_PER_MINUTE - 1


async def test_nobodys_address_and_no_secret_stands_in_the_log_of_a_busy_server(
    server: RunningServer, lines: Lines
) -> None:
    """Requests, refusals, attacks, a talk: all that is written at the default level."""
    token = server.token("anna")
    async with server.http("anna") as http:
        session_id = (await create(http))["sessionId"]
        await http.get(f"/sessions/golden-eagle-100?token={token}")
        await http.post("/sessions", data=b"x", headers={"Content-Encoding": "gzip"})
        await http.patch(f"/sessions/{session_id}", json={"status": token})
    async with await speaker_of(server, session_id) as speaker:
        await speaker.send("endSession", reason="for anna@example.org")
        await speaker.expect("sessionEnded")
    async with await WireClient.connect(server, "golden-eagle-101") as refused:
        await refused.expect_close()
    logging.getLogger().handlers[0].close()
    text = lines.stream.getvalue()
    assert "connection refused" in text
    assert "encoded-body" in text
    for secret in (token, "anna", "127.0.0.1", server.account["password"]):
        assert secret not in text
