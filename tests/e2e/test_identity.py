"""Who is signed in, in real Chromium: expiry, refresh, two tabs, damaged records, and calls cut off."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.servers import DevServer

HOUR_MS = 3_600_000
LATER = "(ms) => { const now = Date.now; Date.now = () => now() + ms; }"
"""The device's clock goes on by this much; no time passes."""

DAMAGE = """async () => {
  const database = await new Promise((done) => {
    indexedDB.open("lectern").onsuccess = ({ target }) => done(target.result);
  });
  const store = database.transaction("records", "readwrite").objectStore("records");
  const record = await new Promise((done) => {
    store.get("tokens").onsuccess = ({ target }) => done(target.result);
  });
  record.data = new Uint8Array(new Uint8Array(record.data).map((byte) => byte ^ 1));
  await new Promise((done) => { store.put(record, "tokens").onsuccess = done; });
  database.close();
}"""
"""One bit of every byte of the kept tokens flips."""

KEPT = """async () => {
  const database = await new Promise((done) => {
    indexedDB.open("lectern").onsuccess = ({ target }) => done(target.result);
  });
  const all = (name) => new Promise((done) => {
    database.transaction(name).objectStore(name).getAll().onsuccess = ({ target }) => done(target.result);
  });
  const [keys, records] = [await all("keys"), await all("records")];
  database.close();
  return {
    exportable: keys.some((key) => key.extractable),
    records: records.map(({ data }) => new TextDecoder("latin1").decode(data)),
    beside: JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.cookie,
  };
}"""

CANCELLING_PAGE = """
import asyncio
import js
from pylib.browser.bridge import js_object
from pylib.browser.fetch import FetchTransport
from pylib.ports import HttpRequest

async def main():
    request = HttpRequest("GET", js.location.origin + "/never-answered", {}, "", 60.0)
    call = asyncio.create_task(FetchTransport().send(request))
    await asyncio.sleep(0.3)
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        js.document.title = "cancelled"

asyncio.ensure_future(main())
"""
"""In place of speaker/main.py: a page that cancels a call under way."""


def sign_ins(page: Page) -> list[str]:
    """Fills up with what this page asks of the sign-in service."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.headers.get("x-amz-target"):
            fields = json.loads(request.post_data or "{}")
            asked.append(fields.get("AuthFlow", "REVOKE"))

    page.on("request", note)
    return asked


def opened(stage: Stage, mode: str = "http") -> Speaker:
    """A speaker who is signed in."""
    speaker = stage.speaker()
    speaker.open(f"{stage.url}/speaker/?creation={mode}")
    speaker.sign_in()
    return speaker


def expect_no_token_in_clear(speaker: Speaker) -> None:
    kept = speaker.page.evaluate(KEPT)
    assert kept["exportable"] is False
    assert len(kept["records"]) == 1
    for text in (*kept["records"], kept["beside"]):
        assert "eyJ" not in text
        assert "Token" not in text
        assert "id_token" not in text


# A refresh before a talk is created in the other mode: tests/integration/contract/test_creation.py.
@pytest.mark.parametrize("mode", ["http", pytest.param("websocket", marks=pytest.mark.soak)])
def test_sign_in_reload_expire_refresh_and_sign_out(stage: Stage, mode: str) -> None:
    speaker = stage.speaker()
    asked = sign_ins(speaker.page)
    speaker.open(f"{stage.url}/speaker/?creation={mode}")
    with speaker.page.expect_response(lambda response: "/cognito/" in response.url) as answered:
        speaker.sign_in()
    tokens = answered.value.json()["AuthenticationResult"]
    expect_no_token_in_clear(speaker)
    speaker.open(f"{stage.url}/speaker/?creation={mode}")
    expect(speaker.see("start")).to_be_visible()
    assert asked == ["USER_PASSWORD_AUTH"], "a reload asks nobody"
    speaker.page.evaluate(LATER, HOUR_MS + 60_000)
    speaker.start()
    assert asked == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    expect_no_token_in_clear(speaker)
    speaker.end()
    with speaker.page.expect_response(lambda response: "/cognito/" in response.url) as revoked:
        speaker.click("sign-out")
    assert revoked.value.status == 200
    expect(speaker.see("login-submit")).to_be_visible(timeout=STATE_MS)
    assert asked[2:] == ["REVOKE"]
    assert speaker.page.evaluate(KEPT)["records"] == []
    seen = "\n".join([*speaker.console, *speaker.requested, speaker.page.content()])
    assert not [name for name in ("IdToken", "AccessToken", "RefreshToken") if tokens[name] in seen]


def test_two_tabs_refresh_once(stage: Stage, artifacts: Path) -> None:
    first = opened(stage)
    second = Speaker(first.context, artifacts, "second-tab")
    second.open(first.page.url)
    held: list[Route] = []
    asked = [sign_ins(tab.page) for tab in (first, second)]
    first.context.route("**/cognito/", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks handlers
    for tab in (first, second):
        tab.page.evaluate(LATER, HOUR_MS + 60_000)
        tab.click("start")
        tab.expect_state("creating")
    while not held:  # pytest's own timeout ends this
        first.page.wait_for_timeout(100)
    second.page.wait_for_timeout(1000)
    assert len(held) == 1, "the second tab waits for what the first one is about to get"
    held[0].continue_()
    first.context.unroute("**/cognito/")
    for tab in (first, second):
        tab.expect_state("live")
        assert tab.errors == []
    assert sorted(asked) == [[], ["REFRESH_TOKEN_AUTH"]]


def test_a_damaged_record_or_another_encryption_key_costs_one_sign_in(
    own_stage: Stage, own_server: DevServer
) -> None:
    speaker = opened(own_stage)
    speaker.page.evaluate(DAMAGE)
    speaker.page.reload()
    speaker.sign_in()
    own_server.configure(encryption_key="another text of 32 characters or more")
    speaker.page.reload()
    speaker.sign_in()
    speaker.start()
    speaker.end()


def test_after_a_lost_answer_and_a_reload_the_next_press_is_given_the_same_session(stage: Stage) -> None:
    speaker = opened(stage)
    keys: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
            assert route.fetch().status == 201
            route.abort()
        else:
            route.continue_()

    speaker.page.route("**/sessions", lose)
    with speaker.page.expect_event("requestfailed"):
        speaker.click("start")
    speaker.page.unroute("**/sessions")
    speaker.page.reload()
    with speaker.page.expect_response(lambda response: response.url.endswith("/sessions")) as created:
        speaker.start()
    assert created.value.request.headers["idempotency-key"] == keys[0]
    assert created.value.headers["idempotent-replayed"] == "true"
    assert speaker.see("session-id").text_content() == created.value.json()["sessionId"]
    speaker.end()


def test_cancelling_a_call_aborts_the_request(stage: Stage) -> None:
    speaker = stage.speaker()
    page = speaker.page
    page.route("**/speaker/main.py", lambda route: route.fulfill(body=CANCELLING_PAGE))
    page.route("**/never-answered", lambda route: None)
    with page.expect_event("requestfailed", timeout=STATE_MS * 2) as failed:
        page.goto(f"{stage.url}/speaker/")
    assert failed.value.url.endswith("/never-answered")
    assert failed.value.failure == "net::ERR_ABORTED"
    expect(page).to_have_title("cancelled")
