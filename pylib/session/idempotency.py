"""The key that makes creating a session safe to repeat, kept until the outcome is known.

One user action has one key: on every retry, on the next press of the button after a
failure, and after a reload of the page. Portable: runs on MicroPython.
"""

import asyncio
import json
import logging
from typing import Any, Callable

from pylib.ports import Clock, KeyValueStore

RECORD = "pending-creation"

log = logging.getLogger("lectern.session")

KEPT_FOR_MS = 120_000.0
"""A page left alone for longer than this is taken for given up: its next press asks for a session of its own.
The server ends the one that nobody joined."""


class PendingCreation:
    """The key of a creation whose outcome is not known yet.

    `store` should belong to one tab and survive its reload: two tabs make two sessions.
    """

    def __init__(self, store: KeyValueStore, clock: Clock, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._turn = asyncio.Lock()

    async def key_for(self, body: str) -> str:
        """The key for creating with this body: the pending one, or a new one for another body."""
        async with self._turn:
            pending = await self._pending()
            if pending.get("body") == body:
                return str(pending["key"])
            key = self._new_id()
            record = {"key": key, "body": body, "atMs": self._clock.now_ms()}
            await self._store.set(RECORD, json.dumps(record))
            return key

    async def settle(self, key: str) -> None:
        """The outcome is known: the next creation is another user action."""
        async with self._turn:
            if (await self._pending()).get("key") == key:
                await self._store.delete(RECORD)

    async def forget(self) -> None:
        """The person changed their mind: whatever is pending must not be joined again."""
        async with self._turn:
            await self._store.delete(RECORD)

    async def _pending(self) -> "dict[str, Any]":
        """The pending record; empty when there is none, it is too old or nobody can read it."""
        record = await self._store.get(RECORD)
        if record is None:
            return {}
        try:
            pending = json.loads(record)
            age_ms = self._clock.now_ms() - pending["atMs"]
            if 0 <= age_ms <= KEPT_FOR_MS and isinstance(pending["key"], str):
                return dict(pending)
        except (ValueError, KeyError, TypeError):
            log.info("the record of a pending creation could not be read")
        return {}
