"""KeyValueStore by localStorage, shared by all tabs and kept for good. Do not put secrets here."""

from typing import Any

import js

from pylib.browser.bridge import JsException
from pylib.browser.site_names import names_to_read, own_name


class LocalStore:
    """Where storage is closed to the page, or full, methods raise OSError.

    A record that is deleted leaves an empty text where an earlier version's record would show through.
    Each call is made inside a promise, because MicroPython can catch only the rejection of a promise.
    """

    def __init__(self) -> None:
        self.lasts = True

    async def get(self, key: str) -> "str | None":
        """See KeyValueStore."""
        for name in names_to_read(key):
            value = await self._call("getItem", name)
            if isinstance(value, str):
                return value or None
        return None

    async def set(self, key: str, value: str) -> None:
        """See KeyValueStore."""
        await self._call("setItem", own_name(key), value)

    async def delete(self, key: str) -> None:
        """See KeyValueStore."""
        if own_name(key) == key:
            await self._call("removeItem", key)
        else:
            await self.set(key, "")

    async def _call(self, name: str, *arguments: str) -> Any:
        """Call a method of the storage, which is null, or throws when it is only read, where it is closed."""
        get = js.Reflect.get.bind(js.Reflect, js.window)
        storage = await self._answer(js.Promise.resolve("localStorage").then(get))
        if not js.Boolean(storage):  # MicroPython takes undefined for true
            raise self._closed()
        method = js.Reflect.get(storage, name).bind(storage, *arguments)
        return await self._answer(js.Promise.resolve().then(method))

    async def _answer(self, promise: Any) -> Any:
        try:
            return await promise
        except JsException:
            raise self._closed()

    def _closed(self) -> OSError:
        self.lasts = False
        return OSError("this browser keeps nothing")
