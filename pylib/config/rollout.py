"""Whether a user creates sessions over HTTP or WebSocket: flag, gradual rollout, a tester's override."""

import hashlib
from typing import Literal, NamedTuple, Protocol

Mode = Literal["http", "websocket"]

BUCKETS = 10_000
_SALT = "lectern-http-session-rollout:"
"""Makes these buckets independent of those of another rollout that hashes user ids too."""


class CreationMode(NamedTuple):
    """A mode, and the reason for it as a clause for the log."""

    mode: Mode
    why: str


class RolloutConfig(Protocol):
    """The fields of AppConfig that `creation_mode` reads."""

    @property
    def http_api_url(self) -> str:
        """As in AppConfig."""

    @property
    def use_http_session_creation(self) -> bool:
        """As in AppConfig."""

    @property
    def http_session_rollout_percent(self) -> int:
        """As in AppConfig."""


def creation_mode(config: RolloutConfig, user_id: str, override: str = "") -> CreationMode:
    """Decide for one user (`user_id` is the token's `sub`); `override` is the url's `?creation=`."""
    if override == "websocket":
        return CreationMode("websocket", "asked for in the page's address")
    if override == "http":
        if config.http_api_url:
            return CreationMode("http", "asked for in the page's address")
        return CreationMode(
            "websocket", "http was asked for in the page's address, but http_api_url is not set"
        )
    if not config.use_http_session_creation:
        return CreationMode("websocket", "use_http_session_creation is false")
    percent = config.http_session_rollout_percent
    if bucket(user_id) < percent * BUCKETS // 100:
        return CreationMode("http", f"this user is among the {percent} % of http_session_rollout_percent")
    return CreationMode(
        "websocket", f"this user is not among the {percent} % of http_session_rollout_percent"
    )


def bucket(user_id: str) -> int:
    """A user's bucket, from 0 to BUCKETS - 1. It never changes, so a raised percentage only adds users."""
    digest = hashlib.sha256((_SALT + user_id).encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
