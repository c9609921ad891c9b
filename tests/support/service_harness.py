"""A SessionHttpService over scripted answers. Portable."""

from typing import Any

from pylib.protocol.plain import decode_session
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import (
    uuids,
)

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}


GOLDEN = "golden-eagle-427"


class FakeTokens:
    """Gives "old"; after a refresh "new". Errors given are raised instead."""

    def __init__(self, error: "Exception | None" = None, refresh_error: "Exception | None" = None) -> None:
        self.token = "old"
        self.refreshes = 0
        self.error = error
        self.refresh_error = refresh_error

    async def id_token(self) -> str:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return self.token

    async def refresh_after_401(self, old: str) -> str:
        self.refreshes += 1
        if self.refresh_error is not None:
            raise self.refresh_error
        self.token = "new"
        return self.token


def service(http: Any, clock: "FakeClock | None" = None, **options: Any) -> SessionHttpService:
    options.setdefault("tokens", FakeTokens())
    options.setdefault("policy", RetryPolicy(jitter="none"))
    return SessionHttpService(
        http,
        clock or FakeClock(),
        "https://api.example/v1/",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        **options,
    )


# The report's list, in its own words.
