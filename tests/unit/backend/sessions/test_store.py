import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Database
from backend.problems import Problem
from backend.sessions import rows
from backend.sessions import store as store_module
from backend.sessions.rows import NewSession, Session
from backend.sessions.store import IdempotencyKey, SessionStore
from pylib.protocol.sessions import SessionConfig

DAY_MS = 86_400_000
CONFIG = SessionConfig(source_language="en", quality_tier="standard")


def new(owner: str = "anna", life_ms: int = DAY_MS) -> NewSession:
    return NewSession(owner, "pseudonym", CONFIG, life_ms, 500)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_700_000_000_000
        for module in (store_module, rows):
            monkeypatch.setattr(module, "now_ms", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "test.sqlite3")
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def store(database: Database, clock: Clock) -> SessionStore:
    return SessionStore(database, per_hour=5, idempotency_ms=DAY_MS)


async def make(store: SessionStore, owner: str = "anna", life_ms: int = DAY_MS) -> Session:
    session = (await store.create(new(owner, life_ms), lambda _: "")).session
    assert session is not None
    return session


async def code_of(awaited: object) -> str:
    with pytest.raises(Problem) as caught:
        await awaited  # type: ignore[misc]
    return caught.value.code


async def test_a_session_starts_active_and_is_found_after_a_restart(
    store: SessionStore, database: Database, clock: Clock
) -> None:
    session = await make(store)
    assert (session.status, session.version, session.created_at) == ("active", 1, clock.now)
    assert session.expires_at == clock.now + DAY_MS
    assert await store.get(session.session_id) == session
    fresh = SessionStore(database, 5, DAY_MS)
    assert await fresh.get(session.session_id) == session
    assert await fresh.get("no-such-000") is None


async def test_an_id_that_is_taken_is_drawn_again(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["a-b-001", "a-b-001", "a-b-001", "a-b-002"])
    monkeypatch.setattr(rows, "draw_session_id", lambda: next(drawn))
    assert [(await make(store)).session_id for _ in range(2)] == ["a-b-001", "a-b-002"]


async def test_a_change_counts_the_version(store: SessionStore, clock: Clock) -> None:
    session = await make(store)
    clock.now += 5
    changed = await store.update(session.session_id, {"status": "paused", "source_language": "fr"})
    assert (changed.status, changed.source_language, changed.version) == ("paused", "fr", 2)
    assert changed.updated_at == clock.now
    assert await store.get(session.session_id) == changed


async def test_a_change_to_the_same_is_none(store: SessionStore, clock: Clock) -> None:
    session = await make(store)
    clock.now += 5
    assert await store.update(session.session_id, {"status": "active"}) == session


async def test_time_never_runs_backwards(store: SessionStore, clock: Clock) -> None:
    session = await make(store)
    clock.now -= 60_000
    changed = await store.update(session.session_id, {"status": "paused"})
    assert changed.updated_at == session.updated_at


async def test_an_overtaken_change_is_refused(store: SessionStore) -> None:
    session = await make(store)
    await store.update(session.session_id, {"status": "paused"}, 1)
    assert await code_of(store.update(session.session_id, {"status": "active"}, 1)) == "PRECONDITION_FAILED"


async def test_ended_is_final(store: SessionStore) -> None:
    session = await make(store)
    ended = await store.end(session.session_id, "done")
    assert (ended.status, ended.end_reason) == ("ended", "done")
    assert await store.end(session.session_id, "again") == ended
    assert await code_of(store.update(session.session_id, {"status": "active"})) == "SESSION_INACTIVE"
    other = await make(store)
    assert (await store.update(other.session_id, {"status": "ended"})).end_reason == "ended"


async def test_what_is_not_there_cannot_change(store: SessionStore) -> None:
    assert await code_of(store.update("a-b-000", {"status": "paused"})) == "SESSION_NOT_FOUND"
    assert await code_of(store.end("a-b-000", "x")) == "SESSION_NOT_FOUND"
    await store.mark_speaker_seen("a-b-000")


async def test_a_key_gives_the_stored_answer_again(store: SessionStore, clock: Clock) -> None:
    key = IdempotencyKey("k", "digest")
    first = await store.create(new(), lambda session: f"answer {session.session_id}", key)
    clock.now += DAY_MS - 1
    again = await store.create(new(), lambda _: "other", key)
    assert (again.answer, again.session_id, again.replayed) == (first.answer, first.session_id, True)
    assert await code_of(store.create(new(), str, IdempotencyKey("k", "x"))) == "IDEMPOTENCY_KEY_REUSED"
    other = await store.create(new("ben"), lambda _: "b", key)
    assert not other.replayed
    clock.now += 2
    assert not (await store.create(new(), lambda _: "c", key)).replayed


async def test_a_key_and_its_session_come_and_go_together(store: SessionStore, database: Database) -> None:
    def fail(_: Session) -> str:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await store.create(new(), fail, IdempotencyKey("k", "d"))
    assert await store.owned_by("anna", None, 10) == []
    assert not (await store.create(new(), lambda _: "", IdempotencyKey("k", "d"))).replayed


async def test_the_hourly_limit_counts_each_user_alone(store: SessionStore, clock: Clock) -> None:
    for _ in range(5):
        await make(store)
        clock.now += 60_000
    with pytest.raises(Problem) as caught:
        await make(store)
    assert caught.value.status == 429
    assert caught.value.retry_after_s == 55 * 60
    await make(store, "ben")
    clock.now += 55 * 60_000
    await make(store)
    assert await code_of(make(store)) == "RATE_LIMIT_EXCEEDED"


async def test_a_replay_is_no_creation(store: SessionStore) -> None:
    key = IdempotencyKey("k", "d")
    creations = [await store.create(new(), lambda _: "", key) for _ in range(20)]
    assert len({creation.session_id for creation in creations}) == 1
    assert [creation.replayed for creation in creations] == [False] + [True] * 19


async def test_own_sessions_come_newest_first_in_pages(store: SessionStore) -> None:
    made = [await make(store) for _ in range(5)]
    await make(store, "ben")
    page = await store.owned_by("anna", None, 3)
    rest = await store.owned_by("anna", page[-1].number, 3)
    assert [*page, *rest] == made[::-1]


async def test_restarts_know_whose_speaker_was_here(store: SessionStore) -> None:
    seen, ended, unseen = [await make(store) for _ in range(3)]
    for session in (seen, ended):
        await store.mark_speaker_seen(session.session_id)
    await store.end(ended.session_id, "x")
    alive = {session.session_id: session.speaker_seen for session in await store.alive()}
    assert alive == {seen.session_id: 1, unseen.session_id: 0}
    found = await store.get(seen.session_id)
    assert found is not None
    assert found.speaker_seen == 1


async def test_expired_and_old_sessions_are_found(store: SessionStore, clock: Clock) -> None:
    short = await make(store, life_ms=1000)
    await make(store)
    clock.now += 1000
    assert [session.session_id for session in await store.expired()] == [short.session_id]
    await store.end(short.session_id, "expired")
    await store.forget_old(keep_ended_ms=5000)
    assert await store.get(short.session_id) is not None
    clock.now += 5001
    await store.forget_old(keep_ended_ms=5000)
    assert await store.get(short.session_id) is None


async def test_the_cache_is_bounded(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_CACHE_SIZE", 2)
    made = [await make(store) for _ in range(4)]
    assert len(store._cache) == 2
    for session in made:
        assert await store.get(session.session_id) == session


async def test_a_database_that_does_not_answer_is_noticed(database: Database, store: SessionStore) -> None:
    await store.check()
    await database.run(lambda connection: connection.close())
    with pytest.raises(sqlite3.Error):
        await store.check()
