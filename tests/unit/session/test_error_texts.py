"""Portable: what a page says for an error."""

from pylib.errors import HttpError, RequestFailed
from pylib.protocol import codes
from pylib.session.error_texts import WAIT_MINUTES, phrase_for_error


def test_a_short_wait_is_told_as_a_minute_and_a_long_one_in_minutes() -> None:
    limited = codes.RATE_LIMIT_EXCEEDED
    for wait_s, key, minutes in (
        (None, "error." + limited, None),
        (1, "error." + limited, None),
        (60, "error." + limited, None),
        (61, WAIT_MINUTES, "2"),
        (3599.5, WAIT_MINUTES, "60"),
    ):
        over_http = HttpError("", status_code=429, code=limited, retry_after_s=wait_s)
        for error in (over_http, RequestFailed("", code=limited, retry_after_s=wait_s)):
            said = phrase_for_error(error)
            assert said.key == key
            assert said.values.get("minutes") == minutes


def test_only_a_limit_is_told_with_its_wait() -> None:
    away = HttpError("", status_code=503, code=codes.SERVICE_UNAVAILABLE, retry_after_s=600)
    assert phrase_for_error(away).key == "error.HTTP_503"
