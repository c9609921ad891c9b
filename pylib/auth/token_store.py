"""The tokens of who is signed in, kept in the browser.

The KeyValueStore encrypts (see `browser/`); here a record is plain JSON text.
"""

import json
import logging
import math
from typing import NamedTuple

from pylib.ports import KeyValueStore

RECORD = "tokens"

log = logging.getLogger("lectern.auth")


class Tokens(NamedTuple):
    """One signed-in person. `expires_at_ms` is the id token's end on this device's clock."""

    id_token: str
    access_token: str
    refresh_token: str
    expires_at_ms: float

    def __repr__(self) -> str:
        """Never the tokens themselves: a repr ends up in logs."""
        return f"Tokens(expires_at_ms={self.expires_at_ms})"


class TokenStore:
    """Keeps one Tokens record. A record nobody can read counts as signed out, and is removed."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def load(self) -> Tokens | None:
        """The tokens kept, or None when nobody is signed in."""
        text = await self._store.get(RECORD)
        if text is None:
            return None
        tokens = _decode(text)
        if tokens is None:
            log.warning("the stored sign-in could not be read and was removed")
            await self._store.delete(RECORD)
        return tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep these tokens in place of any others."""
        await self._store.set(RECORD, json.dumps(tokens._asdict()))

    async def clear(self) -> None:
        """Nobody is signed in any more."""
        await self._store.delete(RECORD)


def _decode(text: str) -> Tokens | None:
    try:
        record = json.loads(text)
        tokens = Tokens(**record)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (tokens.id_token, tokens.access_token, tokens.refresh_token)
    if not all(isinstance(text, str) for text in texts) or not tokens.id_token:
        return None
    expires = tokens.expires_at_ms
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not math.isfinite(expires):
        return None
    return tokens
