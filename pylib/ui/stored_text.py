"""One text in a KeyValueStore that may fail (private window, full, forbidden). Portable.

When the store fails, no method raises: the text is then lost with the page.
"""

import asyncio
import logging

from pylib.ports import KeyValueStore
from pylib.tasks import in_background

MAX_CHARS = 4096
"""A longer text is neither read nor written."""

log = logging.getLogger("lectern")


class StoredText:
    """A text stored under one name; empty when the store has none."""

    def __init__(self, store: KeyValueStore, name: str) -> None:
        self._store = store
        self._name = name
        self._newest = ""
        self._unsaved = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def read(self) -> str:
        """The stored text; empty when it cannot be read."""
        try:
            text = await self._store.get(self._name)
        except Exception as error:  # noqa: BLE001 - a browser's storage raises errors of many kinds
            log.info("%s could not be read: %s", self._name, error)
            return ""
        return text if text and len(text) <= MAX_CHARS else ""

    def write(self, text: str) -> None:
        """Store this text in the background; an empty text deletes the record.

        Writes follow each other, and each stores the newest text: a slider that is moved sets many.
        """
        self._newest, self._unsaved = text, True
        if self._idle.is_set():
            self._idle.clear()
            in_background(self._save)()

    @property
    def is_storing(self) -> bool:
        """Whether a text is still on its way to the store."""
        return not self._idle.is_set()

    async def stored(self) -> None:
        """Return once everything written is stored, or could not be."""
        await self._idle.wait()

    async def _save(self) -> None:
        try:
            while self._unsaved:
                self._unsaved = False
                await self._put(self._newest)
        except Exception as error:  # noqa: BLE001 - as above
            log.info("%s could not be kept: %s", self._name, error)
        finally:
            self._idle.set()

    async def _put(self, text: str) -> None:
        if not text:
            await self._store.delete(self._name)
        elif len(text) <= MAX_CHARS:
            await self._store.set(self._name, text)
