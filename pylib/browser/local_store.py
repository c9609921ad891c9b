"""KeyValueStore by localStorage, shared by all tabs and kept for good. Do not put secrets here."""

from typing import Any

import js


class LocalStore:
    """Where storage is closed to the page, or full, methods raise JsException.

    Each call is made inside a promise, because MicroPython can catch only the rejection of a promise.
    """

    async def get(self, key: str) -> "str | None":
        """See KeyValueStore."""
        storage = await _storage()
        value = await js.Promise.resolve(key).then(storage.getItem.bind(storage))
        return value if isinstance(value, str) else None

    async def set(self, key: str, value: str) -> None:
        """See KeyValueStore."""
        storage = await _storage()
        await js.Promise.resolve(value).then(storage.setItem.bind(storage, key))

    async def delete(self, key: str) -> None:
        """See KeyValueStore."""
        storage = await _storage()
        await js.Promise.resolve(key).then(storage.removeItem.bind(storage))


async def _storage() -> Any:
    """The storage, read inside a promise, as the mere property throws where storage is closed."""
    return await js.Promise.resolve("localStorage").then(js.Reflect.get.bind(js.Reflect, js.window))
