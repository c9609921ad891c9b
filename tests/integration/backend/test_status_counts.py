"""Every number of /status is that of the events behind it: both modes, with faults, over true sockets."""

import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from backend.proxies import read_networks
from backend.settings import AdminSettings
from pylib.protocol import codes
from pylib.protocol.figures import (
    MODES,
    OUTCOMES,
    Action,
    Connect,
    ListenerFigures,
    SpeakerFigures,
    listener_batch,
    speaker_batch,
)
from tests.integration.backend.api import create
from tests.integration.backend.wire_client import WireClient, listener_of, speaker_of, until
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

LOST = 0.3
"""Of answers to a creation, which is then asked for again."""

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
FAILURES = (codes.NETWORK_ERROR, codes.SERVICE_UNAVAILABLE, "HTTP_599", codes.MICROPHONE_DENIED)


class Pages:
    """What pages tell, made up, and each event once more in plain lists."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.times: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
        self.days: Counter[tuple[str, str]] = Counter()

    def speaker(self, mode: str) -> str:
        """A batch of a speaker's page; the first start of the day may be in it."""
        actions = [
            self._action("speaker", name, mode, first=number == 0)
            for number, name in enumerate(["start", *self.draw.choices(["start", "end"], k=5)])
        ]
        retries, refreshes = self._calls(4), self._calls(2)
        for kind, calls in zip(("0", "1", "2", "3+"), retries, strict=True):
            self.counts["retries", "speaker", mode, kind] += calls
        for outcome, calls in zip(("ok", "failed"), refreshes, strict=True):
            self.counts["refreshes", mode, outcome] += calls
        return speaker_batch(
            SpeakerFigures(mode, actions, self._connects("speaker", mode), retries, refreshes)
        )

    def listener(self) -> str:
        actions = [self._action("listener", "listen", "none", first=False)]
        retries = self._calls(4)
        for kind, calls in zip(("0", "1", "2", "3+"), retries, strict=True):
            self.counts["retries", "listener", "none", kind] += calls
        return listener_batch(ListenerFigures(actions, self._connects("listener", "none"), retries))

    def _action(self, page: str, name: str, mode: str, *, first: bool) -> Action:
        outcome = self.draw.choices(OUTCOMES, (80, 15, 5))[0]
        code = self.draw.choice(FAILURES) if outcome == "failed" else ""
        created = self._ms() if name == "start" and outcome != "failed" else -1.0
        done = created + self._ms() if outcome == "ok" else -1.0
        self.counts["actions", page, name, mode, outcome] += 1
        if code:
            self.counts["errors", page, mode, "other" if code == "HTTP_599" else code] += 1
        if name == "start":
            for reached, ms in (("created", created), ("live", done)):
                if ms >= 0:
                    self.times[mode, reached].append(ms / 1000)
            if first and outcome != "aborted":
                self.days[mode, outcome] += 1
        return Action(name, outcome, code, created, done, first)

    def _connects(self, page: str, mode: str) -> list[Connect]:
        connects = []
        for _ in range(3):
            connect = Connect(self.draw.random() < 0.5, self.draw.random() < 0.8, self._ms())
            kind = "with" if connect.with_session_id else "without"
            self.counts["connects", page, mode, kind, "ok" if connect.ok else "failed"] += 1
            if connect.ok:
                self.times[page, mode, kind].append(connect.ms / 1000)
            connects.append(connect)
        return connects

    def _ms(self) -> float:
        """Slow connects among quick ones."""
        return round(self.draw.lognormvariate(5.5, 1) * (30 if self.draw.random() < 0.05 else 1), 1) + 1

    def _calls(self, kinds: int) -> list[int]:
        return [self.draw.randrange(5) for _ in range(kinds)]


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(13)


def assert_latency(told: dict[str, Any], times: list[float]) -> None:
    """The count is exact, percentiles are right within 10 %, and each point of the curve is on it."""
    times = sorted(times)
    assert told["count"] == len(times)
    for name, share in SHARES.items():
        exact = next(time for rank, time in enumerate(times, 1) if rank >= share * len(times))
        assert told[name] == pytest.approx(exact, rel=0.1), name
    assert 0 < len(told["curve"]) <= 40
    for edge, share in told["curve"]:
        assert share == pytest.approx(sum(time <= edge for time in times) / len(times), abs=1e-4)


async def tell(server: RunningServer, pages: Pages) -> None:
    """Each page is a device of its own, behind a proxy that names its address."""
    async with server.http() as http:
        for number in range(90):
            mode = MODES[number % 3]
            batch = pages.listener() if mode == "none" else pages.speaker(mode)
            headers = {"X-Forwarded-For": f"198.51.100.{number}", "Content-Type": "text/plain"}
            assert (await http.post("/figures", data=batch, headers=headers)).status == 204


async def create_over_http(server: RunningServer, draw: random.Random, times: int) -> int:
    """How many answers were lost, and asked for again."""
    lost = 0
    async with server.http("anna") as http:
        for _ in range(times):
            key = {"Idempotency-Key": str(UUID(int=draw.getrandbits(128)))}
            await create(http, **key)
            while draw.random() < LOST:
                lost += 1
                await create(http, **key)
    return lost


async def create_over_websocket(server: RunningServer) -> WireClient:
    speaker = await WireClient.connect(server, token=server.token("ben"))
    await speaker.expect("welcome")
    fields = {"sourceLanguage": "en", "qualityTier": "standard"}
    await speaker.send("createSession", **fields)
    created = await speaker.expect("sessionCreated")
    await speaker.send("createSession", **fields)
    assert (await speaker.expect("sessionCreated"))["sessionId"] == created["sessionId"]
    speaker.welcome = created
    return speaker


async def hear(server: RunningServer, session_id: str, delays_ms: list[int]) -> None:
    """A listener who reports these delays, and leaves."""
    async with await listener_of(server, session_id) as listener:
        for number, delay in enumerate(delays_ms):
            report = {"state": "playing", "earDelayMs": delay, "bufferMs": 100, "gaps": 0, "lastSeq": 1}
            await listener.send("playbackReport", audible=number > 0, **report)
        await listener.answered()


async def status(server: RunningServer) -> dict[str, Any]:
    async with aiohttp.ClientSession(server.admin_url) as operator:
        data: dict[str, Any] = await (await operator.get("/status/data?range=24h")).json()
        return data


async def test_what_pages_tell_is_what_status_shows(tmp_path: Path, pages: Pages) -> None:
    proxies = read_networks("127.0.0.0/8")
    async with running_server(tmp_path, admin=AdminSettings(), trusted_proxies=proxies) as server:
        await tell(server, pages)
        data = await status(server)
        metrics = server.metrics
        for (mode, outcome), days in pages.days.items():
            name = "lectern_first_starts_total"
            assert count_of(metrics, name, mode=mode, outcome=outcome) == days
    counts, times = pages.counts, pages.times
    for mode in ("http", "websocket"):
        told = data["modes"][mode]
        for name in ("start", "end"):
            assert told["actions"][name] == {
                outcome: counts["actions", "speaker", name, mode, outcome] for outcome in OUTCOMES
            }
        assert told["errors"] == {
            key[3]: count for key, count in counts.items() if key[:3] == ("errors", "speaker", mode)
        }
        assert told["retries"] == [counts["retries", "speaker", mode, kind] for kind in ("0", "1", "2", "3+")]
        assert told["refreshes"] == {kind: counts["refreshes", mode, kind] for kind in ("ok", "failed")}
        for reached in ("created", "live"):
            assert_latency(told["startSeconds"][reached], times[mode, reached])
        assert_connects(told["connects"], pages, "speaker", mode)
        start = told["actions"]["start"]
        assert sum(step[mode]["ok"] for step in data["overTime"]) == start["ok"]
        assert told["rate"]["low"] < start["ok"] / (start["ok"] + start["failed"]) < told["rate"]["high"]
    listeners = data["listeners"]
    assert listeners["listens"] == {
        outcome: counts["actions", "listener", "listen", "none", outcome] for outcome in OUTCOMES
    }
    assert listeners["retries"] == [
        counts["retries", "listener", "none", kind] for kind in ("0", "1", "2", "3+")
    ]
    assert_connects(listeners["connects"], pages, "listener", "none")


def assert_connects(told: dict[str, Any], pages: Pages, page: str, mode: str) -> None:
    for kind in ("with", "without"):
        for outcome in ("ok", "failed"):
            assert told[kind][outcome] == pages.counts["connects", page, mode, kind, outcome]
        assert_latency(told[kind]["seconds"], pages.times[page, mode, kind])


async def test_what_the_server_counts_is_what_status_shows(tmp_path: Path) -> None:
    draw = random.Random(13)
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        lost = await create_over_http(server, draw, 20)
        assert lost > 3
        async with server.http("anna") as http:
            over_http = (await create(http))["sessionId"]
        first = await speaker_of(server, over_http)
        second = await speaker_of(server, over_http)
        assert (await first.expect_close())[0] == codes.CLOSE_REPLACED
        speaker = await create_over_websocket(server)
        delays = {"http": [150, 220, 260, 900], "websocket": [90, 1200, 1500]}
        await hear(server, over_http, delays["http"])
        await hear(server, speaker.welcome["sessionId"], delays["websocket"])
        async with await listener_of(server, over_http) as broken:
            broken.ws._response.connection.transport.abort()  # type: ignore[union-attr]
            disconnections = "lectern_ws_disconnections_total"
            await until(lambda: count_of(server.metrics, disconnections, reason="lost") == 1)
        await speaker.send("endSession")
        await speaker.expect_close()
        await second.close()
        await until(lambda: count_of(server.metrics, disconnections) == 6)
        modes, rollout = (await status(server))["modes"], (await status(server))["rollout"]
        assert count_of(server.metrics, "lectern_sessions_replayed_total", mode="http") == lost
        assert count_of(server.metrics, "lectern_sessions_replayed_total", mode="websocket") == 1
        assert count_of(server.metrics, disconnections, role="speaker", reason="replaced") == 1
        assert count_of(server.metrics, disconnections, role="listener", reason="lost", mode="http") == 1
        assert count_of(server.metrics, "lectern_ws_connections_total", session_id="without") == 1
    assert (modes["http"]["created"], modes["websocket"]["created"]) == (21, 1)
    assert [modes[mode]["serverSeconds"]["count"] for mode in ("http", "websocket")] == [21, 1]
    assert modes["http"]["disconnections"] == {"replaced": 1, "left": 2, "lost": 1}
    assert modes["websocket"]["disconnections"] == {"left": 1, "ended": 1}
    assert rollout["users"] == {"http": 1, "websocket": 1}
    for mode, ms in delays.items():
        # The first report of each listener said that nothing was to be heard.
        assert_latency(modes[mode]["earSeconds"], [delay / 1000 for delay in ms[1:]])
