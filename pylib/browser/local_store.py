"""KeyValueStore by localStorage, shared by all tabs and kept for good. Do not put secrets here."""

from typing import Any

import js

from pylib.browser.bridge import JsException


class LocalStore:
    """Where storage is closed to the page, or full, methods raise OSError.

    Each call is made inside a promise, because MicroPython can catch only the rejection of a promise.
    """

    def __init__(self) -> None:
        self.lasts = True

    async def get(self, key: str) -> "str | None":
        """See KeyValueStore."""
        value = await self._call("getItem", key)
        return value if isinstance(value, str) else None

    async def set(self, key: str, value: str) -> None:
        """See KeyValueStore."""
        await self._call("setItem", key, value)

    async def delete(self, key: str) -> None:
        """See KeyValueStore."""
        await self._call("removeItem", key)

    async def _call(self, name: str, *arguments: str) -> Any:
        """Call a method of the storage, which is null, or throws when it is only read, where it is closed."""
        get = js.Reflect.get.bind(js.Reflect, js.window)
        storage = await self._answer(js.Promise.resolve("localStorage").then(get))
        if not storage:
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
