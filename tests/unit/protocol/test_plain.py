"""Portable: the listener's way to read JSON."""

from typing import Any

from pylib.errors import LecternError
from pylib.protocol.plain import completed, decode_older_session, decode_session, is_session_id, number
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


def test_numbers_told_as_text_are_numbers() -> None:
    session = decode_session(dict(BODY, listenerCount="3", createdAt="1700000000000"))
    assert (session.listener_count, session.created_at) == (3, 1_700_000_000_000)
    for told, read in ((3, 3), ("3", 3), ("3.0", 3), (3.7, 3), ("-1", -1)):
        assert number(told) == read
    odd_ones: list[Any] = [None, True, "", "three", "nan", "inf", float("nan"), float("inf"), [], {}]
    for odd in odd_ones:
        assert number(odd) is None


def test_what_an_older_server_leaves_out_is_filled_in() -> None:
    told = {"sessionId": "golden-eagle-427", "listenerCount": None, "createdAt": "soon"}
    session = decode_older_session(told)
    assert (session.session_id, session.status, session.quality_tier) == (
        "golden-eagle-427",
        "active",
        "standard",
    )
    assert (session.listener_count, session.created_at) == (0, 0)
    assert decode_older_session({"sessionId": "golden-eagle-427", "isActive": False}).status == "ended"
    no_sessions: list[Any] = [{}, {"status": "active"}, [], None]
    for body in no_sessions:
        raises(LecternError, decode_older_session, body)


def test_an_older_servers_names_and_words_may_be_written_otherwise() -> None:
    session = decode_older_session(
        {
            "session_id": "golden-eagle-427",
            "source_language": "en",
            "quality_tier": "Premium",
            "status": "PAUSED",
            "listener_count": "3",
            "created_at": "1700000000000",
        }
    )
    assert session == decode_session(dict(BODY, qualityTier="premium", status="paused", listenerCount=3))
    assert decode_older_session({"sessionId": "golden-eagle-427", "isActive": "false"}).status == "ended"


def test_frames_count_from_what_the_live_connection_tells() -> None:
    session = decode_session(dict(BODY))
    assert completed(session, {"createdAt": 5, "status": "paused"}).created_at == 5
    assert completed(session, {}) == session


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
