"""What the speaker page needs of accounts, and of what creates sessions."""

from typing import Protocol

from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult


class SpeakerAccount(Protocol):
    """The account of the person who is signed in."""

    async def user_id(self) -> str:
        """Empty when nobody is signed in."""

    async def sign_in(self, email: str, password: str) -> None:
        """Raises AuthError or HttpError."""

    async def sign_out(self) -> None:
        """Forget the tokens."""


class SessionCreation(Protocol):
    """Creates sessions, and clients for sessions that exist."""

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it; cancelled, it leaves no session behind."""

    def new_client(self) -> RealtimeClient:
        """A client that is not connected yet, for a session that exists."""
