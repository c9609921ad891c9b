"""The tokens of the account that is signed in, kept in the browser.

A record is plain JSON text here; the KeyValueStore encrypts it (`browser/storage.py`).
"""

import json
import logging
import math
from typing import NamedTuple

from pylib.ports import KeyValueStore, TextStore

RECORD = "tokens"
DISMISSED = "lectern.signing-out"

log = logging.getLogger("lectern.auth")


class Tokens(NamedTuple):
    """The tokens of one account. `expires_at_ms` is the id token's expiry on this device's clock."""

    id_token: str
    access_token: str
    refresh_token: str
    expires_at_ms: float

    def __repr__(self) -> str:
        """Without the tokens, because a repr may end up in a log."""
        return f"Tokens(expires_at_ms={self.expires_at_ms})"


class TokenStore:
    """Keeps one Tokens record. A record that cannot be read counts as signed out, and is removed.

    `notes` says at once that somebody signs out; `store` takes its time to delete the tokens, and a page that
    is loaded meanwhile must not be signed in.
    """

    def __init__(self, store: KeyValueStore, notes: TextStore) -> None:
        self._store = store
        self._notes = notes

    @property
    def lasts(self) -> bool:
        """Whether the browser keeps what is stored when the page is closed."""
        return self._store.lasts

    @property
    def is_dismissed(self) -> bool:
        """Whether somebody signs out, and the tokens may not be deleted yet."""
        return self._notes.read(DISMISSED) != ""

    def dismiss(self) -> None:
        """From now on no page finds the tokens; `take` or `clear` deletes them."""
        self._notes.write(DISMISSED, "yes")

    async def load(self) -> Tokens | None:
        """The stored tokens, or None when no account is signed in."""
        return None if self.is_dismissed else await self._stored()

    async def take(self) -> Tokens | None:
        """Delete the tokens, dismissed or not, and return them."""
        tokens = await self._stored()
        await self.clear()
        return tokens

    async def _stored(self) -> Tokens | None:
        text = await self._store.get(RECORD)
        if text is None:
            return None
        tokens = _decode(text)
        if tokens is None:
            log.warning("the stored sign-in could not be read and was removed")
            await self._store.delete(RECORD)
        return tokens

    async def save(self, tokens: Tokens) -> None:
        """Store these tokens in place of any others."""
        await self._store.set(RECORD, json.dumps(tokens._asdict()))

    async def begin(self, tokens: Tokens) -> None:
        """Store the tokens of a new sign-in, which counts though the one before it was dismissed."""
        await self.save(tokens)
        self._notes.write(DISMISSED, "")

    async def clear(self) -> None:
        """Delete the tokens: no account is signed in from now on."""
        await self._store.delete(RECORD)
        self._notes.write(DISMISSED, "")


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
