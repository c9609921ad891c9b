"""300 hostile session ids and 100 hostile bodies: always 4xx, always a whole problem document."""

import json
import random
import string
from collections.abc import Iterator

import pytest
from yarl import URL

from tests.integration.backend.api import CONFIG, create, problem
from tests.support.server import RunningServer

_DICE = random.Random(3)

FIXED_IDS = [
    "a", "-", "--", "a-b", "a-b-", "a-b-1", "a-b-12", "a-b-1234", "A-b-123", "a-B-123", "a b-123",
    "a--123", "-a-123", "a-b-c-123", "a-b-123-", " a-b-123", "a-b-123 ", "a-b-123\n", "\na-b-123",
    "a-b-123\r\n", "a-b-123\0", "\0", "a-b-١٢٣", "ä-b-123", "a-b-\uff11\uff12\uff13", "\u202ea-b-123",
    "\ufeffa-b-123", "a\u0301-b-123", "🦅-eagle-427", "%", "%%", "%00", "%2e%2e", "..%2f..",
    "%252e%252e%252f", "%c0%ae%c0%ae", "%u002e", "%zz", "' OR '1'='1", "'; DROP TABLE sessions; --",
    '" OR 1=1', "a-b-123' --", "1 UNION SELECT * FROM sessions", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "${7*7}", "#{7*7}", "$(id)",
    "`id`", "; id", "| id", "&& id", "\\", "\\\\", "..\\..\\x", "C:\\x", "file:///etc/passwd",
    "http://x/", "//x", "~", "*", "?", "#", "&", "=", "+", ",", "@", "!", "null", "undefined", "NaN",
    "true", "0", "-1", "1e9", "[]", "{}", '{"$gt": ""}', "__proto__", "constructor", "__class__",
    "%n%s%x", "%s" * 50, "(" * 200, "a" * 65, "a" * 1000, "a" * 10_000, "a-" * 5000,
    "a-b-" + "1" * 5000, "é" * 500, "\u0130-b-123", "ﬁ-b-123", "a-b-123;x=1", "a-b-123?x=1",
    "a-b-123#x", "a-b-123.json", "a-b-123~", "a_b_123", "a.b.123", "a-b-0x1",
]  # fmt: skip


def hostile_ids() -> Iterator[str]:
    yield from FIXED_IDS
    alphabets = (string.printable, "abc-123", "".join(map(chr, range(1, 0x250))), "../%\\\0\n", "-0123456789")
    while True:
        alphabet = _DICE.choice(alphabets)
        yield "".join(_DICE.choices(alphabet, k=_DICE.randrange(1, 80)))


def _ids(count: int) -> list[str]:
    found: dict[str, None] = {}
    ids = hostile_ids()
    while len(found) < count:
        one = next(ids)
        # "." and ".." are removed by every client before sending: they name another address.
        if one.strip() and one not in (".", ".."):
            found[one] = None
    return list(found)


def _quote(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


async def test_hostile_session_ids(server: RunningServer) -> None:
    ids = _ids(300)
    assert len(ids) == 300
    async with server.http("") as http:
        for session_id in ids:
            url = URL(f"{server.url}/sessions/{_quote(session_id)}", encoded=True)
            for answer in (
                await http.get(url),
                await http.patch(url, json={"status": "paused"}),
                await http.delete(url),
            ):
                status, code = await problem(answer)
                assert status == 404, (session_id, status)
                assert code in ("SESSION_INVALID_ID_FORMAT", "SESSION_NOT_FOUND"), session_id
        assert (await http.get("/health")).status == 200


FIXED_BODIES = [
    b"", b" ", b"\0", b"null", b"true", b"1", b'"x"', b"[]", b"[{}]", b"{", b"}", b"{}", b"{]",
    b'{"a"}', b"nul", b"{'sourceLanguage': 'en'}", b'{"sourceLanguage": "en",}', b"<xml/>", b"a=b&c=d",
    b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"sourceLanguage": "\xff", "qualityTier": "standard"}',
    b'{"sourceLanguage": "\\ud800", "qualityTier": "standard"}', b"[" * 10_000, b'{"a":' * 10_000,
    b"{" * 60_000, b'"' + b"a" * 60_000 + b'"', b"1" * 5000, b"-" * 5000, b"1e99999",
    b'{"sourceLanguage": NaN, "qualityTier": Infinity}', b'{"__proto__": {"status": "ended"}}',
]  # fmt: skip
VALUES: list[object] = [
    None, True, 0, -1, 1.5, 1e308, [], {}, ["en"], {"en": 1}, "", " ", "EN", "eng", "e", "en ", " en",
    "qq", "xx-XX", "e\0", "\uff45\uff4e", "en\n", "<b>", "' OR 1=1", "a" * 5000, "../../etc", "ended ",
    "ACTIVE", "gone",
]  # fmt: skip


def hostile_bodies() -> list[bytes]:
    bodies = list(FIXED_BODIES)
    for value in VALUES:
        bodies.append(json.dumps({"sourceLanguage": value, "qualityTier": "standard"}).encode())
        bodies.append(json.dumps({"sourceLanguage": "en", "qualityTier": value}).encode())
        bodies.append(json.dumps({"status": value}).encode())
    return bodies


async def test_hostile_bodies(server: RunningServer) -> None:
    bodies = hostile_bodies()
    assert len(bodies) >= 100
    async with server.http("") as http:
        session = await create(http)
        url = f"/sessions/{session['sessionId']}"
        for body in bodies:
            for answer in (await http.post("/sessions", data=body), await http.patch(url, data=body)):
                status, code = await problem(answer)
                assert status == 400, (body[:80], status)
                assert code.startswith("VALIDATION_"), body[:80]
        assert await (await http.get(url)).json() == session


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
async def test_large_bodies(server: RunningServer, size: int) -> None:
    async with server.http("") as http:
        session = await create(http)
        for method, path in (("POST", "/sessions"), ("PATCH", f"/sessions/{session['sessionId']}")):
            answer = await http.request(method, path, data=b"a" * size)
            assert await problem(answer) == (413, "VALIDATION_MESSAGE_TOO_LARGE")


async def test_a_body_of_64_kib_is_read(server: RunningServer) -> None:
    async with server.http("") as http:
        body = json.dumps({**CONFIG, "x": ""})
        padded = json.dumps({**CONFIG, "x": "a" * (64 * 1024 - len(body))})
        assert len(padded) == 64 * 1024
        assert (await http.post("/sessions", data=padded)).status == 201


UNKNOWN = [
    ("PUT", "/sessions", 405),
    ("DELETE", "/sessions", 405),
    ("POST", "/sessions/golden-eagle-427", 405),
    ("HEAD", "/ws", 405),
    ("TRACE", "/sessions", 405),
    ("POST", "/health", 405),
    ("POST", "/ws", 405),
    ("GET", "/sessions/", 404),
    ("GET", "/sessions/a/b", 404),
    ("GET", "/Sessions", 404),
    ("GET", "/api/sessions", 404),
    ("POST", "/nowhere", 404),
    ("GET", "/favicon.php", 404),
]


async def test_unknown_addresses_and_methods(server: RunningServer) -> None:
    async with server.http("") as http:
        for method, path, status in UNKNOWN:
            answer = await http.request(method, path)
            assert answer.status == status, (method, path)
            if status == 405:
                assert answer.headers["Allow"]
            if method != "HEAD":
                assert (await problem(answer))[0] == status
