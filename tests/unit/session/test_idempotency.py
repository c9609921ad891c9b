"""Portable: one user action has one key, over failures, presses of the button and reloads."""

import asyncio
import json
from typing import Any

from pylib.errors import HttpError
from pylib.protocol.plain import decode_session
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from pylib.session.idempotency import RECORD
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import SESSION, FakeHttp, FakeSessionServer, answer, lost, problem, uuids
from tests.support.fake_store import FakeTextStore
from tests.support.portable import async_raises

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}
OTHER = {"sourceLanguage": "de", "qualityTier": "standard"}


def page(http: FakeHttp, clock: FakeClock, store: FakeTextStore, new_id: Any) -> SessionHttpService:
    """One load of the page; another over the same store is its reload."""
    return SessionHttpService(
        http,
        clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=new_id,
        store=store,
        policy=RetryPolicy(max_retries=0),
    )


class Browser:
    """A tab with a page that can be reloaded."""

    def __init__(self, *answers: Any) -> None:
        self.http = FakeHttp(*answers)
        self.clock = FakeClock()
        self.store = FakeTextStore()
        self._new_id = uuids()
        self.reload()

    def reload(self) -> None:
        self.page = page(self.http, self.clock, self.store, self._new_id)

    def keys(self) -> "list[str]":
        return self.http.header("Idempotency-Key")


async def test_after_an_unknown_outcome_the_next_press_has_the_same_key() -> None:
    for failure in (lost(), answer(500), answer(503), problem(409, "IDEMPOTENCY_IN_PROGRESS")):
        tab = Browser(failure, answer(201, SESSION))
        await async_raises(HttpError, tab.page.create_session(CONFIG))
        await tab.page.create_session(CONFIG)
        assert len(set(tab.keys())) == 1


async def test_the_key_survives_a_reload() -> None:
    server = FakeSessionServer(lambda request: faults.pop(0))
    faults = ["after", ""]
    tab = Browser(server)
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    tab.reload()
    session = await tab.page.create_session(CONFIG)
    assert (server.creations, list(server.sessions)) == (1, [session.session_id])


async def test_success_settles_the_key() -> None:
    tab = Browser(answer(201, SESSION))
    await tab.page.create_session(CONFIG)
    assert tab.store.records == {}
    await tab.page.create_session(CONFIG)
    assert len(set(tab.keys())) == 2


async def test_a_refusal_settles_the_key() -> None:
    for status, code in (
        (400, "VALIDATION_INVALID_LANGUAGE"),
        (401, "AUTH_TOKEN_INVALID"),
        (422, "IDEMPOTENCY_KEY_REUSED"),
        (429, "RATE_LIMIT_EXCEEDED"),
    ):
        tab = Browser(problem(status, code))
        await async_raises(HttpError, tab.page.create_session(CONFIG))
        assert tab.store.records == {}, code


async def test_an_unreadable_answer_keeps_the_key_so_the_session_can_still_be_had() -> None:
    tab = Browser(answer(201, "{half"), answer(201, SESSION))
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    await tab.page.create_session(CONFIG)
    assert len(set(tab.keys())) == 1


async def test_other_settings_are_another_action() -> None:
    tab = Browser(lost())
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    await async_raises(HttpError, tab.page.create_session(OTHER))
    assert len(set(tab.keys())) == 2


async def test_an_old_key_is_not_used_again() -> None:
    tab = Browser(lost())
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    await tab.clock.advance(119)
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    await tab.clock.advance(2)
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    first, second, third = tab.keys()
    assert first == second != third


async def test_a_key_from_the_future_of_a_clock_set_back_is_not_used() -> None:
    tab = Browser(lost())
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    tab.clock.jump(-3600)
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    assert len(set(tab.keys())) == 2


async def test_an_unreadable_record_is_a_new_action() -> None:
    for record in ("", "{", "[]", "5", '{"key": 1}', '{"key": 5, "body": "x", "atMs": 1700000000000}'):
        tab = Browser(answer(201, SESSION))
        tab.store.records[RECORD] = record
        assert (await tab.page.create_session(CONFIG)).session_id == "golden-eagle-427"


async def test_forgetting_makes_the_next_press_a_new_action() -> None:
    tab = Browser(lost())
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    tab.page.forget_pending_creation()
    await async_raises(HttpError, tab.page.create_session(CONFIG))
    assert len(set(tab.keys())) == 2


async def test_a_late_success_does_not_settle_another_actions_key() -> None:
    tab = Browser(lost())
    await async_raises(HttpError, tab.page.create_session(OTHER))
    pending = json.loads(tab.store.records[RECORD])["key"]
    tab.page._pending.settle("some-other-key")  # type: ignore[union-attr]
    assert json.loads(tab.store.records[RECORD])["key"] == pending


async def test_50_parallel_callers_make_one_session() -> None:
    server = FakeSessionServer()
    tab = Browser(server)
    sessions = await asyncio.gather(*[tab.page.create_session(CONFIG) for _ in range(50)])
    assert (server.creations, len(set(tab.keys()))) == (1, 1)
    assert len({session.session_id for session in sessions}) == 1


async def test_without_a_store_every_call_is_an_action_of_its_own() -> None:
    tab = Browser(answer(201, SESSION))
    calls = SessionHttpService(
        tab.http,
        tab.clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
    )
    await calls.create_session(CONFIG)
    calls.forget_pending_creation()
    await calls.create_session(CONFIG)
    assert len(set(tab.keys())) == 2
