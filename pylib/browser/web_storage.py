"""TextStore, by localStorage or sessionStorage. Do not put secrets here."""

import js

from pylib.browser.bridge import service, try_call
from pylib.browser.site_names import names_to_read, own_name

SHARED = "localStorage"
"""All tabs of the browser read it, also when it is started again."""

OF_THE_TAB = "sessionStorage"
"""One tab reads it, also after a reload."""


class WebStorage:
    """Texts in SHARED or OF_THE_TAB, which the browser has as soon as `write` returns.

    Where the browser closes the storage to the page, or has no room left, texts live as long as the page.
    """

    def __init__(self, kind: str) -> None:
        self._storage = service(js.window, kind)
        self.lasts = self._storage is not None
        self._memory: dict[str, str] = {}

    def read(self, name: str) -> str:
        """See TextStore."""
        if name in self._memory:
            return self._memory[name]
        for each in names_to_read(name):
            text = self._kept(each)
            if text is not None:
                return text
        return ""

    def write(self, name: str, text: str) -> None:
        """See TextStore. A text that has no room takes the older one with it, which is not true any more."""
        if self._put(name, text):
            self._memory.pop(name, None)
            return
        self.lasts = False
        self._memory[name] = text
        self._put(name, "")

    def _put(self, name: str, text: str) -> bool:
        """Whether the storage has the text now. An empty one stays where an earlier version's would show."""
        own = own_name(name)
        if self._storage is None:
            return False
        if text or own != name:
            try_call(self._storage, "setItem", own, text)
        else:
            try_call(self._storage, "removeItem", own)
        return (self._kept(own) or "") == text

    def _kept(self, own: str) -> "str | None":
        """The text under this name of the storage; None where there is none."""
        text = None if self._storage is None else try_call(self._storage, "getItem", own)
        return text if isinstance(text, str) else None
