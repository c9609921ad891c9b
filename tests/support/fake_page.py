"""A Page without a browser: what was shown is there to read, controls can be worked.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

from typing import Callable, Iterator


class FakePage:
    """Elements spring into being when they are first named."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.visible: dict[str, bool] = {}
        self.attributes: dict[str, str] = {}
        self.choices: dict[str, list[tuple[str, str]]] = {}
        self.focused = ""
        self.opened: list[str] = []
        self.language = ("", "")
        self.sentences: dict[str, str] = {}
        self._handlers: dict[str, list[Callable[[], None]]] = {}

    def on(self, name: str, event: str, handler: Callable[[], None]) -> None:
        self._handlers.setdefault(name + " " + event, []).append(handler)

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def set_value(self, name: str, value: str) -> None:
        self.values[name] = value

    def text(self, name: str, text: str) -> None:
        self.texts[name] = text

    def attribute(self, name: str, attribute: str, value: "str | None") -> None:
        if value is None:
            self.attributes.pop(name + " " + attribute, None)
        else:
            self.attributes[name + " " + attribute] = value

    def show(self, name: str, visible: bool) -> None:
        self.visible[name] = visible

    def focus(self, name: str) -> None:
        self.focused = name

    def dialog(self, name: str, opened: bool) -> None:
        self.opened = [each for each in self.opened if each != name] + ([name] if opened else [])

    def is_open(self, name: str) -> bool:
        return name in self.opened

    def options(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.choices[name] = choices
        if name not in self.values and choices:
            self.values[name] = choices[0][0]

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        self.language, self.sentences = (language, direction), sentences
        yield

    def do(self, name: str, event: str = "click") -> None:
        """Work a control."""
        for handler in self._handlers[name + " " + event]:
            handler()
