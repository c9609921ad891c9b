"""KeyValueStore that all tabs share and that stays, by localStorage. Nothing secret belongs here."""

from typing import Any

import js


class LocalStore:
    """Raises whatever the browser does where storage is closed to the page, or full.

    Each step is taken inside a promise: MicroPython can catch only what a promise was rejected with.
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
    """Even to ask for it is an error where it is closed."""
    return await js.Promise.resolve("localStorage").then(js.Reflect.get.bind(js.Reflect, js.window))
