import io
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.logs import MAX_VALUE_CHARS, JsonFormatter, RequestIds, current_ids, redact, set_up_logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl_-x"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"GET /ws?sessionId=a-b-001&token={JWT}&x=1",
        "GET /ws?token=CANARY HTTP/1.1",
        "GET /ws?Token=CANARY&x",
        "{'Authorization': 'Bearer CANARY'}",
        "Authorization: bearer CANARY",
        "Client protocols ['lectern.v1', 'bearer.CANARY'] don't overlap",
        "Sec-WebSocket-Protocol: lectern.v1, bearer.CANARY",
        'refresh_token=CANARY"',
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJDQU5BUlkifQ.",
    ],
)
def test_no_token_survives(text: str) -> None:
    clean = redact(text)
    assert "CANARY" not in clean
    assert "c2lnbmF0dXJl" not in clean
    assert "eyJzdWIi" not in clean
    assert "[redacted]" in clean


@pytest.mark.parametrize(
    "text",
    [
        "GET /login?email=CANARY&next=/ HTTP/1.1",
        "nobody@CANARY.example is unknown",
        "USERNAME=nobody%40CANARY.example",
        '{"PASSWORD": "CANARY"}',
        json.dumps(json.dumps({"Password": "CANARY", "x": 1})),
        "{'RefreshToken': 'CANARY'}",
        "b'Authorization: Basic Q0FOQVJZ'",
        "authorization: CANARY",
        "Cookie: CANARY",
        "client_secret=CANARY&x",
    ],
)
def test_no_query_password_or_email_survives(text: str) -> None:
    clean = redact(text)
    assert "CANARY" not in clean
    assert "Q0FOQVJZ" not in clean
    assert "[redacted]" in clean


def test_exceptions_tell_where_and_quote_nothing_but_our_own_words() -> None:
    made, sent = record("failed"), "CANARY"
    try:
        try:
            Path("nowhere").read_text()
        except OSError:
            int(sent)
    except ValueError as error:
        made.exc_info = (type(error), error, error.__traceback__)
    line = JsonFormatter().format(made)
    assert "No such file or directory" in line
    assert "CANARY" not in line
    assert "ValueError" in line
    assert "test_logs.py" in line


@pytest.mark.parametrize("text", ["a", "eyJ", "@", "a@", "a%40", "a@b.", "token=", "token\\", "?a"])
def test_one_long_path_in_a_log_line_does_not_stop_the_server(text: str) -> None:
    """Seen: a GET with a path of 32 KiB, refused with 404, stopped all talks for 14 to 57 s."""
    began = time.process_time()
    redact(text * (32_768 // len(text)))
    # The processor time of this process, so other work on the machine does not count: it takes some ms.
    assert time.process_time() - began < 1


def test_an_email_right_after_a_token_does_not_survive() -> None:
    assert "CANARY" not in redact("eyJhbGciOiJub25lIn0.e30!x@CANARY.example and Bearer a@b.example!CANARY")


@pytest.mark.parametrize("text", ["", "session created", "/sessions/golden-eagle-427", "a bearer of news"])
def test_plain_words_survive(text: str) -> None:
    assert redact(text).replace("[redacted]", " of") == text


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("lectern.http", logging.INFO, "file", 1, message, (), None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_json_with_its_extras() -> None:
    line = json.loads(JsonFormatter().format(record("request", path="/health", status=200)))
    assert line["message"] == "request"
    assert line["level"] == "info"
    assert (line["path"], line["status"]) == ("/health", 200)
    assert line["time"].endswith("Z")
    assert "requestId" not in line


@pytest.mark.parametrize("end", ["token:", "password=", "cookie,", 'username:"', "secret:'", "\x1b[31m\r\n"])
def test_no_text_of_a_stranger_breaks_the_line(end: str) -> None:
    """Seen: GET /token: left a line that was no JSON, and took its status out of it."""
    line = JsonFormatter().format(record("request", path=f"/a/{end}", status=404, next="x"))
    assert json.loads(line)["status"] == 404
    assert json.loads(line)["next"] == "x"
    assert line.isprintable()


def test_a_value_whose_name_is_secret_is_left_out() -> None:
    assert "CANARY" not in JsonFormatter().format(record("x", accessToken="CANARY", password=["CANARY"]))


def test_what_a_stranger_makes_long_is_cut() -> None:
    line = json.loads(JsonFormatter().format(record("request", path="/a" * 16_000, method="B" * 32_000)))
    assert len(line["path"]) == len(line["method"]) == MAX_VALUE_CHARS + len("...")


def test_a_line_carries_the_ids_of_its_request() -> None:
    before = current_ids.set(RequestIds("r1", "c1", "t1"))
    line = json.loads(JsonFormatter().format(record("x")))
    current_ids.reset(before)
    assert (line["requestId"], line["correlationId"], line["traceId"]) == ("r1", "c1", "t1")


def test_a_traceback_is_redacted_too() -> None:
    made = record("failed")
    made.exc_info = (ValueError, ValueError(f"bad token {JWT}"), None)
    line = JsonFormatter().format(made)
    assert "ValueError" in line
    assert JWT not in line


def test_line_breaks_cannot_forge_a_line(root: logging.Logger) -> None:
    stream = io.StringIO()
    set_up_logs("INFO", stream)
    logging.getLogger("x").info('a\n{"level": "forged"}')
    assert len(stream.getvalue().splitlines()) == 1
