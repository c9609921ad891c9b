"""The rules of stored sessions, on both stores."""

import asyncio

import pytest

from backend.ports import Storage, StoreUnavailable
from backend.problems import Problem
from backend.records import Session
from backend.sessions import lifecycle as lifecycle_module
from backend.sessions.lifecycle import IdempotencyKey, SessionLifecycle
from pylib.protocol.sessions import SessionConfig
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import DAY_MS, LIMITS

CONFIG = SessionConfig(source_language="en", quality_tier="standard")
KEY = IdempotencyKey("k", "digest")


@pytest.fixture
def lifecycle(storage: Storage, clock: ServerClock) -> SessionLifecycle:
    return SessionLifecycle(storage.sessions, storage.creation_limit, LIMITS, b"secret", clock)


async def make(lifecycle: SessionLifecycle, owner: str = "anna") -> Session:
    session = (await lifecycle.create(owner, CONFIG)).session
    assert session is not None
    return session


async def code_of(awaited: object) -> str:
    with pytest.raises(Problem) as caught:
        await awaited  # type: ignore[misc]
    return caught.value.code


async def test_a_session_starts_active(lifecycle: SessionLifecycle, clock: ServerClock) -> None:
    session = await make(lifecycle)
    assert (session.status, session.version, session.created_at) == ("active", 1, clock.now_ms())
    assert session.expires_at == clock.now_ms() + DAY_MS
    assert session.max_listeners == 500


async def test_a_user_has_one_pseudonym(lifecycle: SessionLifecycle) -> None:
    first, second, other = [(await make(lifecycle, owner)).speaker_id for owner in ("anna", "anna", "ben")]
    assert first == second != other
    assert "anna" not in first


async def test_an_id_that_is_taken_is_drawn_again(
    lifecycle: SessionLifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["a-b-001", "a-b-001", "a-b-001", "a-b-002"])
    monkeypatch.setattr(lifecycle_module, "draw_session_id", lambda: next(drawn))
    assert [(await make(lifecycle)).session_id for _ in range(2)] == ["a-b-001", "a-b-002"]


async def test_a_change_counts_the_version(
    lifecycle: SessionLifecycle, storage: Storage, clock: ServerClock
) -> None:
    session = await make(lifecycle)
    await clock.advance(0.005)
    changed = await lifecycle.change(session.session_id, {"status": "paused", "source_language": "fr"})
    assert (changed.status, changed.source_language, changed.version) == ("paused", "fr", 2)
    assert changed.updated_at == clock.now_ms()
    assert await storage.sessions.get(session.session_id) == changed


async def test_a_change_to_what_is_there_writes_nothing(
    lifecycle: SessionLifecycle, clock: ServerClock
) -> None:
    session = await make(lifecycle)
    await clock.advance(0.005)
    assert await lifecycle.change(session.session_id, {"status": "active"}) == session


async def test_time_never_runs_backwards(lifecycle: SessionLifecycle, clock: ServerClock) -> None:
    session = await make(lifecycle)
    clock.jump(-60)
    changed = await lifecycle.change(session.session_id, {"status": "paused"})
    assert changed.updated_at == session.updated_at


async def test_an_overtaken_change_is_refused(lifecycle: SessionLifecycle) -> None:
    session = await make(lifecycle)
    await lifecycle.change(session.session_id, {"status": "paused"}, 1)
    again = lifecycle.change(session.session_id, {"status": "active"}, 1)
    assert await code_of(again) == "PRECONDITION_FAILED"


async def test_changes_at_once_are_all_made(lifecycle: SessionLifecycle, storage: Storage) -> None:
    session_id = (await make(lifecycle)).session_id
    changes = ({"status": "paused"}, {"source_language": "fr"}, {"quality_tier": "premium"})
    await asyncio.gather(*(lifecycle.change(session_id, change) for change in changes))
    after = await storage.sessions.get(session_id)
    assert after is not None
    assert (after.status, after.source_language, after.quality_tier) == ("paused", "fr", "premium")
    assert after.version == 4


async def test_ended_is_final(lifecycle: SessionLifecycle) -> None:
    session = await make(lifecycle)
    ended = await lifecycle.end(session.session_id, "done")
    assert (ended.status, ended.end_reason) == ("ended", "done")
    assert await lifecycle.end(session.session_id, "again") == ended
    assert await code_of(lifecycle.change(session.session_id, {"status": "active"})) == "SESSION_INACTIVE"
    other = await make(lifecycle)
    assert (await lifecycle.change(other.session_id, {"status": "ended"})).end_reason == "ended"


async def test_what_is_not_there_cannot_change(lifecycle: SessionLifecycle) -> None:
    assert await code_of(lifecycle.change("a-b-000", {"status": "paused"})) == "SESSION_NOT_FOUND"
    assert await code_of(lifecycle.end("a-b-000", "x")) == "SESSION_NOT_FOUND"


async def test_a_key_gives_the_stored_answer_again(lifecycle: SessionLifecycle, clock: ServerClock) -> None:
    first = await lifecycle.create("anna", CONFIG, KEY)
    await lifecycle.change(first.session_id, {"status": "paused"})
    await clock.advance(DAY_MS / 1000 - 1)
    again = await lifecycle.create("anna", CONFIG, KEY)
    assert (again.answer, again.session_id, again.replayed) == (first.answer, first.session_id, True)
    other_request = lifecycle.create("anna", CONFIG, IdempotencyKey("k", "x"))
    assert await code_of(other_request) == "IDEMPOTENCY_KEY_REUSED"
    assert not (await lifecycle.create("ben", CONFIG, KEY)).replayed
    await clock.advance(2)
    assert not (await lifecycle.create("anna", CONFIG, KEY)).replayed


async def test_a_key_sent_to_several_servers_at_once_makes_one_session(
    lifecycle: SessionLifecycle, storage: Storage
) -> None:
    creations = await asyncio.gather(*(lifecycle.create("anna", CONFIG, KEY) for _ in range(3)))
    assert len({creation.session_id for creation in creations}) == 1
    assert len({creation.answer for creation in creations}) == 1
    assert sum(not creation.replayed for creation in creations) == 1
    assert len(await storage.sessions.owned_by("anna", None, 10)) == 1


async def test_the_hourly_limit_says_how_long_to_wait(
    lifecycle: SessionLifecycle, clock: ServerClock
) -> None:
    for _ in range(5):
        await make(lifecycle)
        await clock.advance(60)
    with pytest.raises(Problem) as caught:
        await make(lifecycle)
    assert (caught.value.status, caught.value.code) == (429, "RATE_LIMIT_EXCEEDED")
    assert caught.value.retry_after_s == 55 * 60
    await make(lifecycle, "ben")
    await clock.advance(55 * 60)
    await make(lifecycle)
    assert await code_of(make(lifecycle)) == "RATE_LIMIT_EXCEEDED"


async def test_a_creation_that_is_not_stored_can_be_sent_again_and_takes_its_place_for_an_hour(
    lifecycle: SessionLifecycle, storage: Storage, clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_before_it_is_stored(*_: object) -> Session:
        raise StoreUnavailable("killed")

    with monkeypatch.context() as crash:
        crash.setattr(storage.sessions, "create", stop_before_it_is_stored)
        with pytest.raises(StoreUnavailable):
            await lifecycle.create("anna", CONFIG, KEY)
    assert await storage.sessions.owned_by("anna", None, 10) == []
    assert not (await lifecycle.create("anna", CONFIG, KEY)).replayed
    for _ in range(3):
        await make(lifecycle)
    assert await code_of(make(lifecycle)) == "RATE_LIMIT_EXCEEDED"
    await clock.advance(3600)
    assert len([await make(lifecycle) for _ in range(5)]) == 5


async def test_a_replay_is_no_creation(lifecycle: SessionLifecycle) -> None:
    creations = [await lifecycle.create("anna", CONFIG, KEY) for _ in range(20)]
    assert len({creation.session_id for creation in creations}) == 1
    assert [creation.replayed for creation in creations] == [False] + [True] * 19
