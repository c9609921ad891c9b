import pytest

from pylib.auth.account import CognitoAccount
from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import TokenProvider
from pylib.auth.token_store import Tokens, TokenStore
from pylib.errors import InvalidCredentials
from tests.support.fake_clock import FakeClock
from tests.support.fake_cognito import EMAIL, PASSWORD, FakeCognito
from tests.support.fake_http import FakeHttp, lost
from tests.support.fake_store import FakeStore, FakeTextStore


class Browser:
    """A page with its account; `reload` makes the next one over the same records."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.pool = FakeCognito(self.clock)
        self.http = FakeHttp(self.pool)
        self.records: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.reload()

    def reload(self) -> None:
        self.store = TokenStore(FakeStore(self.records), FakeTextStore(self.notes))
        client = CognitoClient(self.http, self.clock, "https://idp.example", "app-1")
        provider = TokenProvider(self.store, client.refresh, self.clock)
        self.account = CognitoAccount(client, provider, self.store)


async def test_signing_in_lasts_over_a_reload_until_signing_out() -> None:
    browser = Browser()
    assert await browser.account.user_id() == ""
    await browser.account.sign_in(EMAIL, PASSWORD)
    browser.reload()
    assert await browser.account.user_id() == "user-1"
    await browser.account.sign_out()
    browser.reload()
    assert await browser.account.user_id() == ""
    assert browser.records == {}
    assert "refresh-1" not in browser.pool.valid_refresh


async def test_a_wrong_password_keeps_the_account_that_was_signed_in() -> None:
    browser = Browser()
    await browser.account.sign_in(EMAIL, PASSWORD)
    with pytest.raises(InvalidCredentials):
        await browser.account.sign_in(EMAIL, "wrong")
    assert await browser.account.user_id() == "user-1"


async def test_signing_out_works_without_a_network() -> None:
    browser = Browser()
    await browser.account.sign_in(EMAIL, PASSWORD)
    browser.http.answers = [lost()]
    await browser.account.sign_out()
    assert await browser.account.user_id() == ""


async def test_signing_out_twice_is_fine() -> None:
    browser = Browser()
    await browser.account.sign_out()
    assert browser.http.requests == []


async def test_unreadable_tokens_are_a_sign_out() -> None:
    browser = Browser()
    await browser.store.save(Tokens("not-a-jwt", "access", "refresh", 9e15))
    assert await browser.account.user_id() == ""
    assert browser.records == {}


async def test_a_page_left_while_it_signs_out_leaves_nobody_signed_in() -> None:
    """The next page finds no account, and signs out to the end; tokens of a refresh change nothing."""
    browser = Browser()
    await browser.account.sign_in(EMAIL, PASSWORD)
    browser.account.dismiss()
    kept = dict(browser.records)
    assert kept
    browser.reload()
    await browser.store.save(Tokens("late", "access", "refresh-1", 9e15))
    assert await browser.store.load() is None
    assert await browser.account.user_id() == ""
    await browser.clock.settle()
    assert browser.records == {}
    assert "refresh-1" not in browser.pool.valid_refresh


async def test_who_signs_in_after_a_sign_out_that_was_cut_stays_signed_in() -> None:
    browser = Browser()
    await browser.account.sign_in(EMAIL, PASSWORD)
    browser.account.dismiss()
    browser.reload()
    assert await browser.account.user_id() == ""
    await browser.account.sign_in(EMAIL, PASSWORD)
    await browser.clock.settle()
    browser.reload()
    assert await browser.account.user_id() == "user-1"
