"""Page, by the DOM."""

from typing import Any, Callable, Iterator

import js

from pylib.browser.bridge import Callbacks
from pylib.ui.ports import Paragraph

TEXT = "data-text"
TRANSLATED = ((TEXT, ""), ("data-text-label", "aria-label"), ("data-text-alt", "alt"))
"""HTML attributes that name a sentence, and the attribute it is put into; empty for the element's text."""

ELEMENTS_PER_STEP = 8
"""How many elements `translate` changes before it yields."""


class DomPage:
    """Finds elements by data-testid. Texts are set as text, never as HTML.

    Args:
        root: what it finds elements in; None for the whole document.
    """

    def __init__(self, root: Any = None) -> None:
        self._root = root or js.document
        self._callbacks = Callbacks()
        self._found: dict[str, Any] = {}
        self._rows: dict[str, list[Any]] = {}
        self._had_focus = False

    def element(self, name: str) -> Any:
        """The element itself, for the adapters of this room."""
        if name not in self._found:
            self._found[name] = self._root.querySelector('[data-testid="' + name + '"]')
        return self._found[name]

    def on(self, name: str, event: str, handler: Callable[[], None]) -> None:
        """See Page. For "submit" the browser's own action, which would load another page, is prevented."""

        def handle(dom_event: Any) -> None:
            if event == "submit":
                dom_event.preventDefault()
            handler()

        self._callbacks.listen(self.element(name), event, handle)

    def value(self, name: str) -> str:
        """See Page."""
        return str(self.element(name).value)

    def set_value(self, name: str, value: str) -> None:
        """See Page."""
        self.element(name).value = value

    def text(self, name: str, text: str) -> None:
        """See Page. The element loses its `data-text`: from now on the caller draws it in each language."""
        element = self.element(name)
        if element.textContent != text:
            element.textContent = text
            if element.hasAttribute(TEXT):
                element.removeAttribute(TEXT)
                element.removeAttribute("lang")

    def attribute(self, name: str, attribute: str, value: "str | None") -> None:
        """See Page. A disabled element loses the focus, so the focus moves to the state first."""
        element = self.element(name)
        if attribute == "disabled" and value is not None and element.contains(js.document.activeElement):
            _focus_state()
        if value is None:
            element.removeAttribute(attribute)
        elif element.getAttribute(attribute) != value:
            element.setAttribute(attribute, value)

    def show(self, name: str, visible: bool) -> None:
        """See Page. When the focus is inside an element that is hidden, it moves to the state."""
        element = self.element(name)
        if not visible and element.contains(js.document.activeElement):
            _focus_state()
        element.hidden = not visible

    def focus(self, name: str) -> None:
        """See Page."""
        self.element(name).focus()

    def dialog(self, name: str, opened: bool) -> None:
        """See Page."""
        element = self.element(name)
        nothing = js.document.body
        if opened and not element.open:
            self._had_focus = not nothing.isSameNode(js.document.activeElement)
            element.showModal()
        elif not opened and element.open:
            element.close()
            if self._had_focus and nothing.isSameNode(js.document.activeElement):
                _focus_state()  # the browser could not return it: that element is hidden now

    def is_open(self, name: str) -> bool:
        """See Page."""
        return bool(self.element(name).open)

    def options(self, name: str, choices: list[tuple[str, str]]) -> None:
        """See Page."""
        select = self.element(name)
        chosen = str(select.value)
        select.replaceChildren()
        for value, label in choices:
            option = js.document.createElement("option")
            option.value, option.textContent = value, label
            option.selected = value == chosen
            select.append(option)

    def fill(self, name: str, paragraphs: list[Paragraph]) -> None:
        """See Page."""
        element = self.element(name)
        element.replaceChildren()
        for paragraph in paragraphs:
            line = js.document.createElement("p")
            line.lang, line.dir, line.textContent = paragraph
            line.translate = False
            element.append(line)

    def rows(self, name: str, count: int) -> "tuple[DomPage, ...]":
        """See Page."""
        element, rows = self.element(name), self._rows.setdefault(name, [])
        while len(rows) < count:
            copy = element.querySelector("template").content.firstElementChild.cloneNode(True)
            element.append(copy)
            rows.append((copy, DomPage(copy)))
        for number in range(len(rows)):
            rows[number][0].hidden = number >= count
        return tuple([page for _, page in rows[:count]])

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        """See Page. An element whose sentence the catalog lacks keeps its text.

        Each element gets a `lang` of its own, the document its `lang` last: so the browser lays out a
        few elements at a time instead of the whole page in one go.
        """
        texts = js.document.querySelectorAll(", ".join("[" + attribute + "]" for attribute, _ in TRANSLATED))
        for number in range(texts.length):
            element = texts.item(number)
            _translate_element(element, language, sentences)
            if number % ELEMENTS_PER_STEP == ELEMENTS_PER_STEP - 1:
                yield
        js.document.documentElement.lang = language
        js.document.documentElement.dir = direction


def _focus_state() -> None:
    """Where the focus goes when the element that had it cannot keep it."""
    js.document.querySelector('[data-testid="state"]').focus()


def _translate_element(element: Any, language: str, sentences: "dict[str, str]") -> None:
    for attribute, target in TRANSLATED:
        sentence = sentences.get(str(element.getAttribute(attribute)))
        if sentence:
            element.lang = language
        if sentence and target:
            element.setAttribute(target, sentence)
        elif sentence and element.textContent != sentence:
            element.textContent = sentence
