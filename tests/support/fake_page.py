"""A Page without a browser: what was shown is there to read, controls can be worked.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

from typing import Callable, Iterator

from pylib.ui.ports import Paragraph
from tests.support.english import TOP


def element_names(path: str) -> "list[str]":
    """Every data-testid in an HTML file of the repository, as often as it stands there."""
    with open(TOP + path, encoding="utf-8") as file:  # noqa: PTH123 - no pathlib in MicroPython
        parts = file.read().split('data-testid="')
    return [part.partition('"')[0] for part in parts[1:]]


class FakePage:
    """The page in this folder: its elements are those of its index.html, any other is an error.

    `rows_of` has the rows that are shown, by the name of what they are in.
    """

    def __init__(self, page: str) -> None:
        self._page = page
        self._names = set(element_names(page + "/index.html"))
        self._all_rows: dict[str, list[FakePage]] = {}
        self.texts: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.visible: dict[str, bool] = {}
        self.attributes: dict[str, str] = {}
        self.choices: dict[str, list[tuple[str, str]]] = {}
        self.paragraphs: dict[str, dict[str, str]] = {}
        self.focused = ""
        self.opened: list[str] = []
        self.rows_of: dict[str, tuple[FakePage, ...]] = {}
        self.language = ("", "")
        self.sentences: dict[str, str] = {}
        self._handlers: dict[str, list[Callable[[], None]]] = {}

    def on(self, name: str, event: str, handler: Callable[[], None]) -> None:
        self._check(name)
        self._handlers.setdefault(name + " " + event, []).append(handler)

    def value(self, name: str) -> str:
        self._check(name)
        return self.values.get(name, "")

    def set_value(self, name: str, value: str) -> None:
        self._check(name)
        self.values[name] = value

    def text(self, name: str, text: str) -> None:
        self._check(name)
        self.texts[name] = text

    def attribute(self, name: str, attribute: str, value: "str | None") -> None:
        self._check(name)
        if value is None:
            self.attributes.pop(name + " " + attribute, None)
        else:
            self.attributes[name + " " + attribute] = value

    def show(self, name: str, visible: bool) -> None:
        self._check(name)
        self.visible[name] = visible

    def focus(self, name: str) -> None:
        self._check(name)
        self.focused = name

    def dialog(self, name: str, opened: bool) -> None:
        self._check(name)
        self.opened = [each for each in self.opened if each != name] + ([name] if opened else [])

    def is_open(self, name: str) -> bool:
        self._check(name)
        return name in self.opened

    def options(self, name: str, choices: list[tuple[str, str]]) -> None:
        self._check(name)
        self.choices[name] = choices
        if name not in self.values and choices:
            self.values[name] = choices[0][0]

    def fill(self, name: str, paragraphs: list[Paragraph]) -> None:
        self._check(name)
        self.paragraphs[name] = {paragraph.language: paragraph.text for paragraph in paragraphs}

    def rows(self, name: str, count: int) -> "tuple[FakePage, ...]":
        self._check(name)
        rows = self._all_rows.setdefault(name, [])
        while len(rows) < count:
            rows.append(FakePage(self._page))
        self.rows_of[name] = tuple(rows[:count])
        return self.rows_of[name]

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        self.language, self.sentences = (language, direction), sentences
        yield

    def do(self, name: str, event: str = "click") -> None:
        """Work a control."""
        self._check(name)
        for handler in self._handlers[name + " " + event]:
            handler()

    def enter(self, values: "dict[str, str]") -> None:
        """Type into several fields."""
        for name, value in values.items():
            self.set_value(name, value)

    def _check(self, name: str) -> None:
        assert name in self._names, "the page has no element " + name
