import pytest

from pylib.errors import HttpError
from pylib.protocol.sessions import SessionMetadata
from pylib.session.models import config_body, decode_older_session, decode_session, update_body
from tests.support.fake_http import SESSION


def test_a_config_becomes_the_body_of_the_wire() -> None:
    assert config_body("en", "premium") == {"sourceLanguage": "en", "qualityTier": "premium"}


@pytest.mark.parametrize(
    ("language", "tier", "code"),
    [
        ("english", "standard", "VALIDATION_INVALID_LANGUAGE"),
        ("xx", "standard", "VALIDATION_INVALID_LANGUAGE"),
        ("", "standard", "VALIDATION_INVALID_LANGUAGE"),
        ("en", "gold", "VALIDATION_INVALID_QUALITY_TIER"),
        ("en", "", "VALIDATION_INVALID_QUALITY_TIER"),
    ],
)
def test_an_invalid_config_is_refused_before_it_is_sent(language: str, tier: str, code: str) -> None:
    with pytest.raises(HttpError) as caught:
        config_body(language, tier)
    assert (caught.value.status_code, caught.value.code) == (400, code)
    assert caught.value.message.startswith("This ")


def test_an_update_says_only_what_changes() -> None:
    assert update_body(status="paused") == {"status": "paused"}
    assert update_body(source_language="de", quality_tier="premium") == {
        "sourceLanguage": "de",
        "qualityTier": "premium",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "VALIDATION_INVALID_PARAMETER"),
        ({"status": "sleeping"}, "VALIDATION_INVALID_PARAMETER"),
        ({"mood": "good"}, "VALIDATION_INVALID_PARAMETER"),
        ({"source_language": "xx"}, "VALIDATION_INVALID_LANGUAGE"),
        ({"quality_tier": "gold"}, "VALIDATION_INVALID_QUALITY_TIER"),
    ],
)
def test_an_invalid_update_is_refused_before_it_is_sent(changes: dict[str, str], code: str) -> None:
    with pytest.raises(HttpError) as caught:
        update_body(**changes)
    assert (caught.value.status_code, caught.value.code) == (400, code)


def test_an_answer_becomes_metadata() -> None:
    session = decode_session(SESSION)
    assert isinstance(session, SessionMetadata)
    assert (session.session_id, session.expires_at) == ("golden-eagle-427", None)


def test_numbers_told_as_text_and_missing_fields_of_an_older_server_are_no_hindrance() -> None:
    told = {name: str(value) if isinstance(value, int) else value for name, value in SESSION.items()}
    assert decode_session(told) == decode_session(SESSION)
    session = decode_older_session({"sessionId": "golden-eagle-427", "listenerCount": "3"})
    assert (session.session_id, session.listener_count, session.status) == ("golden-eagle-427", 3, "active")
    with pytest.raises(ValueError, match="validation error"):
        decode_older_session({"listenerCount": "3"})


@pytest.mark.parametrize("body", [None, [], {}, {**SESSION, "sessionId": 5}, {**SESSION, "createdAt": "now"}])
def test_an_answer_that_is_no_session_is_a_value_error(body: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        decode_session(body)
