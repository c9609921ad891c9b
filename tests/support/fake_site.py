"""A site's files and the window around one of its pages. Portable."""

import json
from typing import Any, Callable

from tests.support.english import catalog


class FakeSite:
    """Implements ports.Site for one page; `error`, when set, is raised instead of the config."""

    root = "https://talk.example/"

    def __init__(self, page: str, **config: Any) -> None:
        self.error: Exception | None = None
        self.config = config
        self._page = page

    async def config_text(self) -> str:
        if self.error is not None:
            raise self.error
        return json.dumps(self.config)

    async def catalog_text(self, language: str) -> str:
        return catalog(self._page, language)


class FakeWindow:
    """Implements ports.Window; `written` are the parameters put in the address, in order."""

    def __init__(self, **parameters: str) -> None:
        self.written: list[tuple[str, str]] = []
        self.stats: Callable[[], dict[str, float]] | None = None
        self.visible = True
        self._parameters = parameters
        self._handlers: dict[str, list[Callable[[], None]]] = {}

    def parameter(self, name: str) -> str:
        return self._parameters.get(name, "")

    def keep_parameter(self, name: str, value: str) -> None:
        self.written.append((name, value))

    def on(self, event: str, handler: Callable[[], None]) -> None:
        self._handlers.setdefault(event, []).append(handler)

    def is_visible(self) -> bool:
        return self.visible

    def on_visible(self, handler: Callable[[], None]) -> None:
        self.on("visible", handler)

    def on_hidden(self, handler: Callable[[], None]) -> None:
        self.on("hidden", handler)

    def publish(self, stats: "Callable[[], dict[str, float]]") -> None:
        self.stats = stats

    def happen(self, event: str) -> None:
        """ "online", "offline", "visible", "hidden" or "pagehide"."""
        for handler in self._handlers[event]:
            handler()
