"""A KeyValueStore in memory. Portable."""

import asyncio


class FakeStore:
    """Implements ports.KeyValueStore; two of them over one `records` are two tabs of one browser."""

    def __init__(self, records: "dict[str, str] | None" = None) -> None:
        self.records: dict[str, str] = {} if records is None else records

    async def get(self, key: str) -> "str | None":
        """What is kept under `key`."""
        await asyncio.sleep(0)
        return self.records.get(key)

    async def set(self, key: str, value: str) -> None:
        """Keep a text."""
        await asyncio.sleep(0)
        self.records[key] = value

    async def delete(self, key: str) -> None:
        """Forget a text; unknown keys are fine."""
        await asyncio.sleep(0)
        self.records.pop(key, None)
