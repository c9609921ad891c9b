"""The key that makes creating a session safe to repeat, kept until the outcome is known.

One user action has one key: on every retry, on the next press of the button after a
failure, and after a reload of the page. Portable: runs on MicroPython.
"""

import json
import logging
from typing import Any, Callable

from pylib.ports import Clock, TextStore

RECORD = "pending-creation"

log = logging.getLogger("lectern.session")

KEPT_FOR_MS = 120_000.0
"""After this time a pending creation counts as given up, and the next press of Start makes a new session.
The server ends the earlier session, as no speaker joined it."""


class PendingCreation:
    """The key of a creation whose outcome is not known yet.

    `store` should belong to one tab and survive the tab's reload. Shared by tabs, it would give two talks
    that are started in two tabs one session.
    """

    def __init__(self, store: TextStore, clock: Clock, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    def key_for(self, body: str) -> str:
        """The key for creating with this body: the pending one, or a new one for another body."""
        pending = self._pending()
        if pending.get("body") == body:
            return str(pending["key"])
        key = self._new_id()
        record = {"key": key, "body": body, "atMs": self._clock.now_ms()}
        self._store.write(RECORD, json.dumps(record))
        return key

    def settle(self, key: str) -> None:
        """Drop the key, as its creation has an outcome: the next creation is another user action."""
        if self._pending().get("key") == key:
            self.forget()

    def forget(self) -> None:
        """Drop any key, as the person gave up: the next creation must not return the session given up."""
        self._store.write(RECORD, "")

    def _pending(self) -> "dict[str, Any]":
        """The pending record; empty when it is missing, too old or not readable."""
        record = self._store.read(RECORD)
        if not record:
            return {}
        try:
            pending = json.loads(record)
            age_ms = self._clock.now_ms() - pending["atMs"]
            if 0 <= age_ms <= KEPT_FOR_MS and isinstance(pending["key"], str):
                return dict(pending)
        except (ValueError, KeyError, TypeError):
            log.info("the record of a pending creation could not be read")
        return {}
