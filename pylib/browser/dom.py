"""Page, by the DOM; and what the browser tells around it: languages, address, events."""

from typing import Any, Callable, Iterator

import js

from pylib.browser.bridge import Callbacks, JsException, js_list, js_object, try_call
from pylib.ui.ports import Paragraph

TEXT = "data-text"
TRANSLATED = ((TEXT, ""), ("data-text-label", "aria-label"), ("data-text-alt", "alt"))
"""HTML attributes that name a sentence, and the attribute it belongs in; none for the text itself."""

AT_ONCE = 8
"""Texts that are changed in one turn."""

CHOICE = "lectern.language"
"""The record in localStorage, shared by both pages."""


class DomPage:
    """Finds elements by data-testid. Texts are set as text, never as HTML."""

    def __init__(self) -> None:
        self._callbacks = Callbacks()
        self._found: dict[str, Any] = {}
        self._had_focus = False

    def element(self, name: str) -> Any:
        """The element itself, for the adapters of this room."""
        if name not in self._found:
            self._found[name] = js.document.querySelector('[data-testid="' + name + '"]')
        return self._found[name]

    def on(self, name: str, event: str, handler: Callable[[], None]) -> None:
        """See Page. A form does not leave the page when it is submitted."""

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
        """See Page. From now on whoever draws it also finds its words in another language."""
        element = self.element(name)
        if element.textContent != text:
            element.textContent = text
            if element.hasAttribute(TEXT):
                element.removeAttribute(TEXT)
                element.removeAttribute("lang")

    def attribute(self, name: str, attribute: str, value: "str | None") -> None:
        """See Page. What is disabled cannot keep the focus."""
        element = self.element(name)
        if attribute == "disabled" and value is not None and element.contains(js.document.activeElement):
            self.focus("state")
        if value is None:
            element.removeAttribute(attribute)
        elif element.getAttribute(attribute) != value:
            element.setAttribute(attribute, value)

    def show(self, name: str, visible: bool) -> None:
        """See Page. Focus inside what disappears moves to the state, so that it is never lost."""
        element = self.element(name)
        if not visible and element.contains(js.document.activeElement):
            self.focus("state")
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
                self.focus("state")  # what had the focus before is not shown any more

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
            element.append(line)

    def translate(self, language: str, direction: str, sentences: "dict[str, str]") -> Iterator[None]:
        """See Page. What was said before stays where a sentence is missing.

        Each text says by itself which language it is in, and the document last: so the browser
        lays out a few texts at a time instead of the whole page at once.
        """
        texts = js.document.querySelectorAll(", ".join("[" + attribute + "]" for attribute, _ in TRANSLATED))
        for number in range(texts.length):
            element = texts.item(number)
            _say(element, language, sentences)
            if number % AT_ONCE == AT_ONCE - 1:
                yield
        js.document.documentElement.lang = language
        js.document.documentElement.dir = direction


def _say(element: Any, language: str, sentences: "dict[str, str]") -> None:
    for attribute, target in TRANSLATED:
        sentence = sentences.get(str(element.getAttribute(attribute)))
        if sentence:
            element.lang = language
        if sentence and target:
            element.setAttribute(target, sentence)
        elif sentence and element.textContent != sentence:
            element.textContent = sentence


class BrowserLanguages:
    """Languages, by Intl and localStorage."""

    def __init__(self) -> None:
        self._language = ""
        self._habits: Any = None

    def preferred(self) -> "list[str]":
        """See Languages."""
        languages = js.navigator.languages
        return [str(languages[number]) for number in range(languages.length)]

    def kept(self) -> str:
        """See Languages."""
        storage = _local_storage()
        kept = None if storage is None else try_call(storage, "getItem", CHOICE)
        return kept if isinstance(kept, str) else ""

    def keep(self, language: str) -> None:
        """See Languages. A `lang` in the page's address would win at the next load, so it goes."""
        address = js.URL.new(js.location.href)
        if address.searchParams.has("lang"):
            address.searchParams.delete("lang")
            try_call(js.history, "replaceState", None, "", address.href)
        storage = _local_storage()
        if storage is not None:
            try_call(storage, "setItem", CHOICE, language)

    def own_names(self, codes: "list[str]") -> "list[tuple[str, str]]":
        """See Languages."""
        return [(code, _capital(_language_name(_names_in(code), code), code)) for code in codes]

    def names(self, codes: "list[str]", language: str) -> "list[tuple[str, str]]":
        """See Languages."""
        names, collator, _ = self._habits_of(language)
        code_of = {_language_name(names, code): code for code in codes}
        ordered = js_list(list(code_of))
        ordered.sort(collator.compare)
        return [(code_of[str(ordered[number])], str(ordered[number])) for number in range(len(code_of))]

    def number(self, value: float, language: str) -> str:
        """See Languages."""
        return str(self._habits_of(language)[2].format(value))

    def _habits_of(self, language: str) -> Any:
        """How names, order and numbers are written there: made once, as each takes milliseconds."""
        if self._language != language:
            digits = js_object(minimumFractionDigits=1, maximumFractionDigits=1)
            numbers = js.Intl.NumberFormat.new(language + "-u-nu-latn", digits)
            self._habits = (_names_in(language), js.Intl.Collator.new(language), numbers)
            self._language = language
        return self._habits


def _local_storage() -> Any:
    """None where it is closed to the page, as in some private windows."""
    return try_call(js.Reflect, "get", js.window, "localStorage")


def _names_in(language: str) -> Any:
    """A browser takes milliseconds to make one of these, and next to nothing to ask it."""
    return js.Intl.DisplayNames.new(js_list([language]), js_object(type="language"))


def _language_name(names: Any, code: str) -> str:
    """The code itself when it is none: it may come from a server that does not check."""
    name = try_call(names, "of", code)
    return name if isinstance(name, str) else code


def _capital(name: str, language: str) -> str:
    """With a capital, as it stands alone, also where the language writes it small in a sentence."""
    return str(js.String.new(name[0]).toLocaleUpperCase(language)) + name[1:]


class Window:
    """The window around the page: address, events, and `window.lectern`."""

    def __init__(self) -> None:
        self._callbacks = Callbacks()
        self._collected: Any = None
        self._frame: Any = None
        self._on_frame: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The page's address without query and fragment."""
        return str(js.location.origin) + str(js.location.pathname)

    def parameter(self, name: str) -> str:
        """A query parameter, empty when absent."""
        value = js.URLSearchParams.new(js.location.search).get(name)
        return value if isinstance(value, str) else ""

    def keep_parameter(self, name: str, value: str) -> None:
        """Put a query parameter in the address, for a reload; which lays out the page: only if it differs."""
        if self.parameter(name) != value:
            address = js.URL.new(js.location.href)
            address.searchParams.set(name, value)
            try_call(js.history, "replaceState", None, "", address.href)

    def is_local(self) -> bool:
        """Whether the page comes from this very machine, as in development."""
        return str(js.location.hostname) in ("localhost", "127.0.0.1", "[::1]")

    def on(self, event: str, handler: Callable[[], None]) -> None:
        """Listen to online, offline, pagehide and the like."""
        self._callbacks.listen(js.window, event, lambda _event: handler())

    def on_visible(self, handler: Callable[[], None]) -> None:
        """The page came back to the front."""

        def changed(_event: Any) -> None:
            if str(js.document.visibilityState) == "visible":
                handler()

        self._callbacks.listen(js.document, "visibilitychange", changed)

    def next_frame(self, handler: Callable[[], None]) -> None:
        """Run this once, just before the display's next picture; in a hidden page not until it is seen.

        One handler at a time, so that one lent function does for all pictures.
        """
        self._on_frame = handler
        if self._frame is None:
            self._frame = self._callbacks.lend(lambda _at: self._on_frame())
        js.requestAnimationFrame(self._frame)

    def publish(self, stats: Callable[[], dict[str, float]]) -> None:
        """Set `window.lectern`, which says that the page can be used."""

        def collect() -> Any:
            # Kept here: MicroPython collects garbage between our `return` and JavaScript's taking it.
            self._collected = js_object(lentCallbacks=Callbacks.lent, **stats())
            return self._collected

        js.window.lectern = js_object(ready=True, stats=self._callbacks.lend(collect))

    async def copy(self, text: str) -> bool:
        """Put a text on the clipboard; false where the browser does not let us."""
        try:
            await js.navigator.clipboard.writeText(text)
        except JsException:
            return False
        return True


def random_id() -> str:
    """A random UUID (RFC 9562, version 4); crypto.randomUUID is missing on plain http."""
    values = js.crypto.getRandomValues(js.Uint8Array.new(16))
    octets = bytearray([int(values[i]) for i in range(16)])
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = bytes(octets).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
