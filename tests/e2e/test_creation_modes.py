"""The feature flag in real Chromium: default, rollout, testers' override, and rollback by one edit."""

import json

from playwright.sync_api import expect

from pylib.config.rollout import bucket
from tests.e2e.looks import inspect
from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.servers import DevServer

NAMES = {
    "http": "Using HTTP-based session creation (hybrid mode)",
    "websocket": "Using WebSocket-based session creation (legacy mode)",
}

SENTENCES = {"http": "Opened the new way.", "websocket": "Opened the usual way."}


def expect_mode(speaker: Speaker, url: str, mode: str, why: str) -> None:
    """Load the page, start and end a talk; the page and its log tell the mode, the log why."""
    speaker.console.clear()
    speaker.open(url)
    if not speaker.see("start").is_visible():
        speaker.sign_in()
    speaker.start()
    expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
    speaker.expect_text("creation-mode", SENTENCES[mode])
    told = [line for line in speaker.console if " Using " in line]
    assert len(told) == 1, told
    assert told[0].endswith(f"{NAMES[mode]}: {why}")
    speaker.end()


def test_the_default_is_websocket_and_one_edit_switches_and_rolls_back(
    own_stage: Stage, own_server: DevServer
) -> None:
    speaker, url = own_stage.speaker(), f"{own_stage.url}/speaker/"
    assert own_server.config()["use_http_session_creation"] is False
    off = "use_http_session_creation is false"
    expect_mode(speaker, url, "websocket", off)
    own_server.configure(use_http_session_creation=True)
    expect_mode(speaker, url, "http", "this user is among the 100 % of http_session_rollout_percent")
    own_server.configure(use_http_session_creation=False)
    expect_mode(speaker, url, "websocket", off)


def test_the_rollout_goes_by_the_user_and_testers_may_override_it(
    own_stage: Stage, own_server: DevServer
) -> None:
    speaker, url = own_stage.speaker(), f"{own_stage.url}/speaker/"
    subject = json.loads((own_server.data / "account.json").read_text())["subject"]
    percent = bucket(subject) // 100
    own_server.configure(use_http_session_creation=True, http_session_rollout_percent=percent)
    expect_mode(
        speaker,
        url,
        "websocket",
        f"this user is not among the {percent} % of http_session_rollout_percent",
    )
    own_server.configure(http_session_rollout_percent=percent + 1)
    expect_mode(
        speaker, url, "http", f"this user is among the {percent + 1} % of http_session_rollout_percent"
    )
    expect_mode(speaker, f"{url}?creation=websocket", "websocket", "asked for in the page's address")


def test_every_wrong_field_of_the_config_file_is_a_sentence_on_the_page(
    own_stage: Stage, own_server: DevServer
) -> None:
    own_server.configure(
        http_api_url="http://elsewhere.example/",
        use_http_session_creation="yes",
        http_session_rollout_percent=101,
        region="Frankfurt",
        encryption_key="too short",
        use_htpp_session_creation=True,
    )
    speaker = own_stage.speaker()
    speaker.page.goto(f"{own_stage.url}/speaker/")
    speaker.expect_state("error", STATE_MS * 2)
    for words in (
        "http_api_url must",
        "use_http_session_creation must be true or false.",
        "http_session_rollout_percent must be a whole number from 0 to 100.",
        "region must be an AWS region such as us-east-1.",
        "encryption_key must be a text of 32 or more characters.",
        "use_htpp_session_creation is not a setting of this version; check its spelling.",
    ):
        speaker.expect_notice(words)
    assert "too short" not in (speaker.page.text_content("body") or "")
    inspect(speaker, "wrong-config")
