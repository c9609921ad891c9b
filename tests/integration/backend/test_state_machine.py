"""Create, get, update, delete and restart in any order: the server and a dictionary agree."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.support.server import RunningServer, running_server

USERS = ("anna", "ben")
LANGUAGES = st.sampled_from(["en", "es", "fr"])
TIERS = st.sampled_from(["standard", "premium"])
UPDATES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["active", "paused", "ended"]),
        "sourceLanguage": LANGUAGES,
        "qualityTier": TIERS,
    },
)


class Sessions(RuleBasedStateMachine):
    """`model` maps session ids to (owner, what GET should say)."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, tuple[str, dict[str, Any]]] = {}
        self.keys: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner()
        self.stack = AsyncExitStack()

    @initialize()
    def begin(self) -> None:
        self.loop.run(self._begin())

    async def _begin(self) -> None:
        limits = {"creations_per_hour": 10_000, "changes_per_minute": 10_000}
        serving = running_server(Path(self.folder.name), **limits)
        self.server: RunningServer = await self.stack.enter_async_context(serving)
        self.http = {user: await self.stack.enter_async_context(self.server.http(user)) for user in USERS}

    def call(self, user: str, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any], str]:
        async def send() -> tuple[int, dict[str, Any], str]:
            async with self.http[user].request(method, path, **more) as answer:
                body = await answer.json(content_type=None) if answer.status != 204 else {}
                return answer.status, body, answer.headers.get("ETag", "")

        return self.loop.run(send())

    @rule(target=ids, user=st.sampled_from(USERS), language=LANGUAGES, tier=TIERS, key=st.sampled_from("abc"))
    def create(self, user: str, language: str, tier: str, key: str) -> str:
        config = {"sourceLanguage": language, "qualityTier": tier}
        headers = {"Idempotency-Key": key}
        status, body, _ = self.call(user, "POST", "/sessions", json=config, headers=headers)
        known = self.keys.get((user, key))
        if known is not None and known[1] != config:
            assert status == 422
            return known[0]
        assert status == 201
        if known is not None:
            assert body["sessionId"] == known[0]
            return known[0]
        assert body["sessionId"] not in self.model
        self.keys[user, key] = (body["sessionId"], config)
        self.model[body["sessionId"]] = (user, {**config, "status": "active"})
        return str(body["sessionId"])

    @rule(session_id=ids, user=st.sampled_from(USERS), update=UPDATES, careful=st.booleans())
    def update(self, session_id: str, user: str, update: dict[str, str], careful: bool) -> None:
        path = f"/sessions/{session_id}"
        headers = {"If-Match": self.call(user, "GET", path)[2]} if careful else {}
        status, body, _ = self.call(user, "PATCH", path, json=update, headers=headers)
        owner, known = self.model[session_id]
        if not update:
            assert status == 400
        elif user != owner:
            assert status == 403
        elif known["status"] == "ended":
            assert status == 409
        else:
            assert status == 200
            known |= update
            assert known.items() <= body.items()

    @rule(session_id=ids, user=st.sampled_from(USERS))
    def delete(self, session_id: str, user: str) -> None:
        owner, known = self.model[session_id]
        status, _, _ = self.call(user, "DELETE", f"/sessions/{session_id}")
        assert status == (204 if user == owner else 403)
        if user == owner:
            known["status"] = "ended"

    @rule()
    def restart(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.run(self._begin())

    @invariant()
    def agree(self) -> None:
        for session_id, (owner, known) in self.model.items():
            status, body, _ = self.call(owner, "GET", f"/sessions/{session_id}")
            assert status == 200
            assert known.items() <= body.items()
        for user in USERS if self.model else ():
            _, page, _ = self.call(user, "GET", "/sessions?limit=100")
            own = {session_id for session_id, (owner, _) in self.model.items() if owner == user}
            assert {item["sessionId"] for item in page["items"]} == own

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()


LONG = [pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.mark.parametrize(("examples", "steps"), [(15, 20), pytest.param(150, 30, marks=LONG)])
def test_the_server_agrees_with_a_dictionary(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Sessions,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
