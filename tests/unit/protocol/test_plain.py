"""Portable: the listener's way to read JSON."""

from typing import Any

from pylib.errors import LecternError
from pylib.protocol.plain import decode_session, is_session_id
from tests.support.portable import raises

BODY = {
    "sessionId": "golden-eagle-427",
    "sourceLanguage": "en",
    "qualityTier": "standard",
    "status": "active",
    "listenerCount": 4,
    "createdAt": 1_700_000_000_000,
    "somethingNew": True,
}


def test_a_session_is_read_and_unknown_fields_are_ignored() -> None:
    session = decode_session(dict(BODY))
    assert session.session_id == "golden-eagle-427"
    assert session.status == "active"
    assert session.listener_count == 4
    assert session.created_at == 1_700_000_000_000


def test_a_missing_field_is_one_clear_error() -> None:
    for name in ("sessionId", "sourceLanguage", "qualityTier", "status", "createdAt"):
        body = dict(BODY)
        del body[name]
        assert raises(LecternError, decode_session, body).code == "ANSWER_UNREADABLE"


def test_something_else_than_an_object_is_one_clear_error() -> None:
    odd: list[Any] = [[], "text", None, 3]
    for body in odd:
        raises(LecternError, decode_session, body)


def test_session_ids() -> None:
    for good in ("golden-eagle-427", "a-b-000"):
        assert is_session_id(good)
    for bad in (
        "",
        "golden-eagle",
        "golden-eagle-42",
        "golden-eagle-4270",
        "Golden-eagle-427",
        "golden-eagle-427\n",
        "../golden-eagle-427",
        "golden-eagle-427?x",
        "gölden-eagle-427",
        "a" * 70 + "-b-123",
    ):
        assert not is_session_id(bad), bad
