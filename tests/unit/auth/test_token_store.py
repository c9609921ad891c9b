import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylib.auth.token_store import RECORD, Tokens, TokenStore
from tests.support.fake_store import FakeStore, FakeTextStore

TOKENS = Tokens("id", "access", "refresh", 1_700_000_000_000.0)


async def test_tokens_are_kept_and_cleared() -> None:
    records: dict[str, str] = {}
    await TokenStore(FakeStore(records), FakeTextStore()).save(TOKENS)
    after_reload = TokenStore(FakeStore(records), FakeTextStore())
    assert await after_reload.load() == TOKENS
    await after_reload.clear()
    assert await after_reload.load() is None
    assert records == {}


def good(**changes: object) -> str:
    return json.dumps({**TOKENS._asdict(), **changes})


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        "[" * 100_000,
        good(extra=1),
        good(id_token=5),
        good(id_token=""),
        good(refresh_token=None),
        good(expires_at_ms="soon"),
        good(expires_at_ms=True),
        good(expires_at_ms=float("nan")),
        good(expires_at_ms=float("inf")),
    ],
)
async def test_a_corrupt_record_means_signed_out_and_is_removed(record: str) -> None:
    store = FakeStore({RECORD: record})
    assert await TokenStore(store, FakeTextStore()).load() is None
    assert store.records == {}


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
async def test_no_record_at_all_does_worse(record: str) -> None:
    assert await TokenStore(FakeStore({RECORD: record}), FakeTextStore()).load() is None


def test_a_repr_tells_no_token() -> None:
    assert repr(Tokens("secret-1", "secret-2", "secret-3", 5.0)) == "Tokens(expires_at_ms=5.0)"
    assert "secret" not in str(Tokens("secret-1", "secret-2", "secret-3", 5.0))
