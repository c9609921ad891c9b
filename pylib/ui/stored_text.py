"""One text in a KeyValueStore that may be broken (private window, full, forbidden). Portable.

Whatever the store does, nothing is raised: what cannot be kept is only forgotten sooner.
"""

import logging

from pylib.ports import KeyValueStore
from pylib.tasks import in_background

MAX_CHARS = 4096
"""A longer text is neither read nor written."""

log = logging.getLogger("lectern")


class StoredText:
    """A text kept under one name; empty when there is none."""

    def __init__(self, store: KeyValueStore, name: str) -> None:
        self._store = store
        self._name = name
        self._newest = ""
        self._unsaved = self._saving = False

    async def read(self) -> str:
        """What is kept."""
        try:
            text = await self._store.get(self._name)
        except Exception as error:  # noqa: BLE001 - whatever a browser's storage comes up with
            log.info("%s could not be read: %s", self._name, error)
            return ""
        return text if text and len(text) <= MAX_CHARS else ""

    def write(self, text: str) -> None:
        """Keep this instead, soon; an empty text keeps nothing.

        One write at a time, of the newest: a slider being moved has a new text for each step.
        """
        self._newest, self._unsaved = text, True
        if not self._saving:
            self._saving = True
            in_background(self._save)()

    async def _save(self) -> None:
        try:
            while self._unsaved:
                self._unsaved = False
                await self._put(self._newest)
        except Exception as error:  # noqa: BLE001 - the same
            log.info("%s could not be kept: %s", self._name, error)
        finally:
            self._saving = False

    async def _put(self, text: str) -> None:
        if not text:
            await self._store.delete(self._name)
        elif len(text) <= MAX_CHARS:
            await self._store.set(self._name, text)
