"""What an older client means, however it writes it."""

import json
from typing import Any

import pytest

from backend.ws.older_requests import language, meant_by, session_code
from pylib.protocol.client_messages import CLIENT_MESSAGE

CREATE = {"action": "createSession", "sourceLanguage": "en", "qualityTier": "standard"}
JOIN = {"action": "joinSession", "sessionId": "golden-eagle-427", "targetLanguage": "es"}
BEAT = {"action": "heartbeat"}
SOUND = {"action": "sendAudio", "audioData": "AAAA"}


def meaning(text: str) -> dict[str, Any]:
    message = CLIENT_MESSAGE.validate_python(meant_by(text))
    return message.model_dump(by_alias=True, exclude_defaults=True)


@pytest.mark.parametrize("tier", [None, "", " ", "Standard", "STANDARD", " standard "])
def test_a_tier_that_is_not_named_or_is_written_otherwise_is_standard(tier: str | None) -> None:
    text = json.dumps({**CREATE, "qualityTier": tier})
    assert meaning(text) == meaning(json.dumps(CREATE))


@pytest.mark.parametrize("tier", ["gold", "high", 1, True, [], {}])
def test_a_tier_that_there_is_not_is_still_refused(tier: object) -> None:
    with pytest.raises(ValueError, match="qualityTier"):
        meaning(json.dumps({**CREATE, "qualityTier": tier}))


@pytest.mark.parametrize("written", ["EN", "en-US", "en_GB", " en ", "En-us"])
def test_a_language_may_name_a_region(written: str) -> None:
    assert meaning(json.dumps({**CREATE, "sourceLanguage": written}))["sourceLanguage"] == "en"
    assert language("zh-Hans-CN") == "zh"


@pytest.mark.parametrize("written", ["xx", "English", "auto", 7])
def test_a_language_that_there_is_not_is_still_refused(written: object) -> None:
    with pytest.raises(ValueError, match="sourceLanguage"):
        meaning(json.dumps({**CREATE, "sourceLanguage": written}))


@pytest.mark.parametrize(
    "written",
    ["GOLDEN-EAGLE-427", "Golden-Eagle-427", " golden-eagle-427\n", "golden eagle 427", "golden_eagle_427"],
)
def test_a_code_may_be_written_as_a_person_types_it(written: str) -> None:
    assert meaning(json.dumps({**JOIN, "sessionId": written})) == JOIN


def test_no_code_is_made_of_what_holds_none() -> None:
    assert session_code("???") is None
    assert session_code("../../etc/passwd") == "etc-passwd"
    assert session_code(427) == 427


def test_a_listener_without_a_language_joins() -> None:
    for none in (None, ""):
        assert meaning(json.dumps({**JOIN, "targetLanguage": none})) == {
            name: value for name, value in JOIN.items() if name != "targetLanguage"
        }


@pytest.mark.parametrize(
    "text",
    [
        "ping",
        "PING\n",
        '"ping"',
        '{"action":"ping"}',
        '{"type":"ping"}',
        '{"type":"heartbeat"}',
        '\ufeff{"action":"heartbeat"}',
        '{"action":"heartbeat","timestamp":"2026-11-30T16:00:00Z"}',
        '{"action":"heartbeat","timestamp":null,"id":null,"requestId":null}',
        '{"action":"heartbeat","id":{"a":1},"timestamp":[1]}',
        json.dumps({**BEAT, "requestId": "x" * 65}),
    ],
)
def test_a_heartbeat_in_any_style(text: str) -> None:
    assert meaning(text) == BEAT


def test_numbers_may_be_text_and_ids_numbers() -> None:
    assert meaning(json.dumps({**BEAT, "timestamp": "1700000000000", "id": 4.5, "requestId": 17})) == {
        **BEAT,
        "timestamp": 1_700_000_000_000,
        "id": "4.5",
        "requestId": "17",
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"sampleRate": None},
        {"timestamp": "2026-11-30T16:00:00Z"},
        {"timestamp": True},
        {"duration": "long"},
        {"chunkId": {"a": 1}},
        {"sequenceNumber": "seven"},
        {"type": "sendAudio", "action": None},
    ],
)
def test_a_field_of_sound_that_cannot_be_read_and_is_not_needed_costs_no_sound(odd: dict[str, Any]) -> None:
    assert meaning(json.dumps({**SOUND, **odd})) == SOUND


def test_a_rate_may_be_text_and_a_wrong_one_is_refused() -> None:
    for rate in ("8000", 8000.0):
        assert meaning(json.dumps({**SOUND, "sampleRate": rate}))["sampleRate"] == 8000
    with pytest.raises(ValueError, match="sampleRate"):
        meaning(json.dumps({**SOUND, "sampleRate": 96_000}))


def test_fields_may_stand_in_an_object_of_their_own() -> None:
    rest = {name: value for name, value in CREATE.items() if name != "action"}
    for name in ("data", "payload"):
        assert meaning(json.dumps({"action": "createSession", name: rest})) == meaning(json.dumps(CREATE))
    assert meaning(json.dumps({"action": "sendAudio", "data": "AAAA"})) == SOUND


def test_a_talk_can_be_ended_for_a_long_reason() -> None:
    assert meaning(json.dumps({"action": "endSession", "reason": "x" * 300})) == {
        "action": "endSession",
        "reason": "x" * 200,
    }


@pytest.mark.parametrize("text", ["", "hello", "[]", "null", "7", "[" * 100_000, '{"action":"createSession"'])
def test_what_is_no_message_stays_none(text: str) -> None:
    assert meant_by(text) is None
