"""What both pages send of how it went, in real Chromium: it arrives, and a browser that says no is obeyed."""

import json
from typing import Any

from playwright.sync_api import Request

from tests.e2e.pages import STATE_MS, Stage, Visitor

NO = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true});"


def is_batch(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/figures")


def batch_of(visitor: Visitor, action: str) -> Any:
    """The batch in which this page tells of an action; it is sent soon after one that went well."""

    def tells(request: Request) -> bool:
        return is_batch(request) and action in (request.post_data or "")

    with visitor.page.expect_request(tells, timeout=STATE_MS) as sent:
        pass
    assert sent.value.headers["content-type"].startswith("text/plain")
    answer = sent.value.response()
    assert answer is not None
    assert answer.status == 204
    return json.loads(sent.value.post_data or "")


def test_how_starting_and_hearing_went_is_sent_soon_and_only_where_it_is_wanted(stage: Stage) -> None:
    speaker, listener, private = stage.speaker(), stage.silent_listener(), stage.silent_listener()
    private.page.add_init_script(NO)
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.click("start")
    told = batch_of(speaker, "start")
    ((_, outcome, code, created_ms, live_ms, first),) = told["actions"]
    assert (told["page"], told["mode"], outcome, code, first) == ("speaker", "websocket", "ok", "", True)
    assert 0 < created_ms <= live_ms
    assert [row[:2] for row in told["connects"]] == [[False, True]]
    link = str(speaker.see("share-link").get_attribute("href"))
    listener.open(link)
    listener.click("listen")
    told = batch_of(listener, "listen")
    assert [row[:3] for row in told["actions"]] == [["listen", "ok", ""]]
    assert [row[:2] for row in told["connects"]] == [[True, True]]
    assert link.partition("s=")[2] not in json.dumps(told)
    assert any(url.endswith("/figures") for url in listener.requested)
    private.hear(link)
    private.tell_figures()
    assert not [url for url in private.requested if url.endswith("/figures")]
