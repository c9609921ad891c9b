"""What a browser keeps, in memory: a KeyValueStore, a TextStore, and which tab has a talk. Portable."""

import asyncio


class FakeStore:
    """Implements ports.KeyValueStore; two of them over one `records` are two tabs of one browser."""

    def __init__(self, records: "dict[str, str] | None" = None) -> None:
        self.lasts = True
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


class FakeTextStore:
    """Implements ports.TextStore; two of them over one `records` are two tabs of one browser."""

    def __init__(self, records: "dict[str, str] | None" = None) -> None:
        self.lasts = True
        self.records: dict[str, str] = {} if records is None else records

    def read(self, name: str) -> str:
        """What is kept under `name`."""
        return self.records.get(name, "")

    def write(self, name: str, text: str) -> None:
        """Keep a text; an empty one removes what is kept."""
        self.records[name] = text
        if not text:
            del self.records[name]


class FakeTalkLock:
    """Implements speaker.ports.TalkLock; those with the same `tabs` are tabs of one browser."""

    def __init__(self, tabs: "list[FakeTalkLock]") -> None:
        self.session_id = ""
        self._tabs = tabs
        tabs.append(self)

    def hold(self, session_id: str) -> None:
        """This tab has the talk."""
        self.session_id = session_id

    def let_go(self) -> None:
        """It has none, or is closed."""
        self.session_id = ""

    async def is_held(self, session_id: str) -> bool:
        """Whether another of the tabs has it."""
        await asyncio.sleep(0)
        return any(tab.session_id == session_id for tab in self._tabs if tab is not self)
