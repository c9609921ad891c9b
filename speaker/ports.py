"""What the speaker page needs from whoever knows accounts and creates sessions."""

from typing import Protocol

from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import CreationResult


class Account(Protocol):
    """Who is signed in."""

    async def user_id(self) -> str:
        """Empty when nobody is signed in."""

    async def sign_in(self, email: str, password: str) -> None:
        """Raises AuthError or HttpError."""

    async def sign_out(self) -> None:
        """Forget the tokens."""


class Creator(Protocol):
    """Opens talks."""

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        """Create a session and connect to it."""

    def new_client(self) -> RealtimeClient:
        """A client that is not connected yet, for a session that exists."""

    def abort(self) -> None:
        """Leave nothing behind."""
