"""What any SessionStore and CreationLimit must do, asked of SQLite's and of the ones in memory."""

from dataclasses import replace

import pytest

from backend.ports import CreationLimit, KeyTaken, SessionIdTaken, SessionStore, Storage
from backend.records import ENDED, PAUSED, IdempotencyRecord, Session, SessionNumbers
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import DAY_MS, new_session

RECORD = IdempotencyRecord("k", "digest", "a-b-001", '{"answer": 1}')


@pytest.fixture
def store(storage: Storage) -> SessionStore:
    return storage.sessions


@pytest.fixture
def creation_limit(storage: Storage) -> CreationLimit:
    return storage.creation_limit


async def test_a_stored_session_is_found_with_its_number(store: SessionStore, clock: ServerClock) -> None:
    new = new_session("a-b-001", clock)
    stored = await store.create(new)
    assert stored == replace(new, number=stored.number)
    assert await store.get("a-b-001") == stored
    assert await store.get("a-b-002") is None
    assert (await store.create(new_session("a-b-002", clock))).number > stored.number


async def test_a_taken_id_is_refused_and_its_record_not_kept(store: SessionStore, clock: ServerClock) -> None:
    await store.create(new_session("a-b-001", clock))
    with pytest.raises(SessionIdTaken):
        await store.create(new_session("a-b-001", clock, "ben"), RECORD)
    assert await store.find_record("ben", "k") is None
    assert await store.owned_by("ben", None, 10) == []


async def test_a_taken_key_gives_its_record_and_stores_no_session(
    store: SessionStore, clock: ServerClock
) -> None:
    await store.create(new_session("a-b-001", clock), RECORD)
    assert await store.find_record("anna", "k") == RECORD
    with pytest.raises(KeyTaken) as taken:
        await store.create(new_session("a-b-002", clock), RECORD._replace(digest="x", session_id="a-b-002"))
    assert taken.value.record == RECORD
    assert await store.get("a-b-002") is None


async def test_a_key_is_one_users_alone(store: SessionStore, clock: ServerClock) -> None:
    await store.create(new_session("a-b-001", clock), RECORD)
    assert await store.find_record("ben", "k") is None
    await store.create(new_session("a-b-002", clock, "ben"), RECORD)


async def test_a_key_is_free_again_after_a_day(store: SessionStore, clock: ServerClock) -> None:
    await store.create(new_session("a-b-001", clock), RECORD)
    await clock.advance(DAY_MS / 1000 - 1)
    assert await store.find_record("anna", "k") == RECORD
    await clock.advance(2)
    assert await store.find_record("anna", "k") is None
    again = RECORD._replace(session_id="a-b-002")
    await store.create(new_session("a-b-002", clock), again)
    assert await store.find_record("anna", "k") == again


async def test_the_next_version_replaces_the_one_before_it_only(
    store: SessionStore, clock: ServerClock
) -> None:
    first = await store.create(new_session("a-b-001", clock))
    second = replace(first, status=PAUSED, source_language="fr", version=2, updated_at=first.updated_at + 5)
    assert await store.replace(second) == second
    assert await store.get("a-b-001") == second
    assert await store.replace(replace(first, quality_tier="premium", version=2)) is None
    assert await store.replace(replace(first, session_id="a-b-002", version=2)) is None
    assert await store.get("a-b-001") == second
    ended = replace(second, status=ENDED, end_reason="done", version=3)
    assert await store.replace(ended) == ended


async def test_that_a_speaker_was_here_survives_changes_and_is_none_itself(
    store: SessionStore, clock: ServerClock
) -> None:
    first = await store.create(new_session("a-b-001", clock))
    await store.mark_speaker_seen("a-b-001")
    seen = await store.get("a-b-001")
    assert seen == replace(first, speaker_seen=1)
    changed = await store.replace(replace(first, status=PAUSED, version=2))
    assert changed is not None
    assert changed.speaker_seen == 1
    await store.mark_speaker_seen("a-b-000")


async def test_own_sessions_come_newest_first_in_pages(store: SessionStore, clock: ServerClock) -> None:
    made = [await store.create(new_session(f"a-b-{number:03d}", clock)) for number in range(5)]
    await store.create(new_session("b-b-000", clock, "ben"))
    page = await store.owned_by("anna", None, 3)
    rest = await store.owned_by("anna", page[-1].number, 3)
    assert [*page, *rest] == made[::-1]


async def test_alive_leaves_out_what_has_ended(store: SessionStore, clock: ServerClock) -> None:
    lasting = await store.create(new_session("a-b-001", clock))
    await end(store, await store.create(new_session("a-b-002", clock)))
    assert await store.alive() == [lasting]


async def test_only_what_ended_before_the_moment_is_forgotten(
    store: SessionStore, clock: ServerClock
) -> None:
    ended = await end(store, await store.create(new_session("a-b-001", clock)))
    await store.create(new_session("a-b-002", clock))
    await store.forget(ended.updated_at)
    assert await store.get("a-b-001") == ended
    await store.forget(ended.updated_at + 1)
    assert await store.get("a-b-001") is None
    assert await store.get("a-b-002") is not None


@pytest.mark.parametrize("set_by_days", [400, -400])
async def test_a_clock_that_is_set_neither_ends_nor_prolongs_how_long_things_are_kept(
    store: SessionStore, clock: ServerClock, set_by_days: int
) -> None:
    month_ms = 30 * DAY_MS
    await store.create(new_session("a-b-001", clock), RECORD)
    await end(store, new_session("a-b-001", clock))
    clock.jump(set_by_days * DAY_MS / 1000)
    await store.create(new_session("a-b-002", clock))
    await end(store, new_session("a-b-002", clock))
    assert await store.find_record("anna", "k") == RECORD
    await clock.advance(29 * DAY_MS / 1000)
    await store.forget(clock.steady_ms() - month_ms)
    assert await store.get("a-b-001") is not None
    assert await store.get("a-b-002") is not None
    assert await store.find_record("anna", "k") is None, "a key is remembered for a day"
    await clock.advance(2 * DAY_MS / 1000)
    await store.forget(clock.steady_ms() - month_ms)
    assert await store.get("a-b-001") is None
    assert await store.get("a-b-002") is None


async def test_an_hour_before_a_restart_that_set_the_clock_back_is_no_longer_than_an_hour(
    creation_limit: CreationLimit, clock: ServerClock
) -> None:
    for _ in range(5):
        assert await creation_limit.reserve("anna", clock.steady_ms() + DAY_MS) == 0
    assert await creation_limit.reserve("anna", clock.steady_ms()) == 60 * 60_000


async def test_the_hourly_limit_counts_each_user_alone(
    creation_limit: CreationLimit, clock: ServerClock
) -> None:
    start = clock.now_ms()
    assert [await creation_limit.reserve("anna", start + minute * 60_000) for minute in range(5)] == [0] * 5
    assert await creation_limit.reserve("anna", start + 5 * 60_000) == 55 * 60_000
    assert await creation_limit.reserve("ben", start + 5 * 60_000) == 0
    assert await creation_limit.reserve("anna", start + 60 * 60_000) == 0, "the first is an hour old"
    assert await creation_limit.reserve("anna", start + 60 * 60_000) == 60_000, "a refusal counts nothing"


async def end(store: SessionStore, session: Session) -> Session:
    ended = await store.replace(replace(session, status=ENDED, version=session.version + 1))
    assert ended is not None
    return ended


NUMBERS = SessionNumbers("a-b-001", 1_000, 3, 1, (4, 0, 0, 0, 0, 1), (12, 3601))


async def test_the_numbers_last_written_are_found(storage: Storage) -> None:
    other = NUMBERS._replace(session_id="a-b-002")
    newer = NUMBERS._replace(most_listeners=7, under_way=())
    await storage.numbers.write([NUMBERS, other])
    await storage.numbers.write([newer])
    assert await storage.numbers.of(["a-b-001", "a-b-002", "a-b-003"]) == {
        "a-b-001": newer,
        "a-b-002": other,
    }
    assert await storage.numbers.of([]) == {}


async def test_numbers_go_with_their_session(storage: Storage, clock: ServerClock) -> None:
    for name in ("a-b-001", "a-b-002"):
        session = await storage.sessions.create(new_session(name, clock))
        await storage.numbers.write([NUMBERS._replace(session_id=name)])
    await storage.sessions.replace(replace(session, version=2, status=ENDED))
    await storage.sessions.forget(clock.steady_ms() + 1)
    assert (await storage.numbers.of(["a-b-001", "a-b-002"])).keys() == {"a-b-001"}


async def test_how_often_the_same_users_create_is_told_by_mode(
    store: SessionStore, clock: ServerClock
) -> None:
    """Anna has three days over HTTP and Ben one: (3 * 3 + 1 * 1) / 4."""
    long_ago = new_session("old", clock)
    await store.create(replace(long_ago, creation_mode="http", created_at=long_ago.created_at - DAY_MS))
    since_ms = clock.steady_ms()
    for day in range(3):
        for number, owner in enumerate(["anna", "anna", "ben"] if day == 0 else ["anna"]):
            new = new_session(f"{day}-{number}", clock, owner)
            at_ms = since_ms + day * DAY_MS
            await store.create(replace(new, creation_mode="http", created_at=at_ms))
    assert await store.days_per_user(since_ms) == {"http": 2.5}
    await store.create(
        replace(new_session("w", clock, "ben"), creation_mode="websocket", created_at=since_ms)
    )
    assert await store.days_per_user(since_ms) == {"http": 2.5, "websocket": 1.0}
    assert await store.days_per_user(since_ms + 9 * DAY_MS) == {}
