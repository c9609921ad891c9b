"""What the tests of the HTTP API say again and again."""

from typing import Any

import aiohttp
from yarl import URL

SECRET_TEXT = "SECRET"
"""What stands in each file of the fixture `site` that no browser may get."""

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}


async def create(http: aiohttp.ClientSession, **headers: str) -> dict[str, Any]:
    """A new session's metadata."""
    async with http.post("/sessions", json=CONFIG, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        body: dict[str, Any] = await answer.json()
        return body


async def problem(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and code of a refusal, after checking that it is a whole problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
    body = await answer.json(content_type=None)
    assert body.keys() == {
        "type",
        "title",
        "status",
        "detail",
        "code",
        "message",
        "details",
        "timestamp",
        "requestId",
    }
    assert body["status"] == answer.status
    assert body["message"] == body["detail"]
    assert body["requestId"] == answer.headers["X-Request-ID"]
    assert "Traceback" not in body["detail"]
    return answer.status, body["code"]


async def get(http: aiohttp.ClientSession, path: str, **headers: str) -> aiohttp.ClientResponse:
    """GET of a path exactly as it is written here."""
    url = URL(f"{http._base_url}".rstrip("/") + path, encoded=True)
    return await http.get(url, headers=headers, allow_redirects=False)
