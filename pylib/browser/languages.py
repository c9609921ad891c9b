"""Languages, by Intl and a TextStore."""

from typing import Any

import js

from pylib.browser.bridge import js_list, js_object, service, try_call
from pylib.ports import TextStore

CHOICE = "lectern.language"
"""Name of the chosen language in the store, for both pages."""


class BrowserLanguages:
    """Languages, by Intl and a TextStore, which keeps the choice."""

    def __init__(self, store: TextStore) -> None:
        self._store = store
        self._language = ""
        self._formats: Any = None

    def preferred(self) -> "list[str]":
        """See Languages."""
        languages = service(js.navigator, "languages")
        return [str(languages[number]) for number in range(languages.length)] if languages else []

    def kept(self) -> str:
        """See Languages."""
        return self._store.read(CHOICE)

    def keep(self, language: str) -> None:
        """See Languages. Removes `lang` from the page's address, which would win over the choice."""
        address = js.URL.new(js.location.href)
        if address.searchParams.has("lang"):
            address.searchParams.delete("lang")
            try_call(js.history, "replaceState", None, "", address.href)
        self._store.write(CHOICE, language)

    def own_names(self, codes: "list[str]") -> "list[tuple[str, str]]":
        """See Languages."""
        return [(code, _capital(_language_name(_names_in(code), code), code)) for code in codes]

    def names(self, codes: "list[str]", language: str) -> "list[tuple[str, str]]":
        """See Languages."""
        names, collator, _ = self._formats_of(language)
        code_of = {_language_name(names, code): code for code in codes}
        ordered = js_list(list(code_of))
        ordered.sort(collator.compare)
        return [(code_of[str(ordered[number])], str(ordered[number])) for number in range(len(code_of))]

    def number(self, value: float, language: str) -> str:
        """See Languages."""
        return str(self._formats_of(language)[2].format(value))

    def moment(self, at_ms: float, language: str) -> str:
        """See Languages."""
        style = js_object(dateStyle="medium", timeStyle="short")
        return str(js.Intl.DateTimeFormat.new(language + "-u-nu-latn", style).format(at_ms))

    def _formats_of(self, language: str) -> Any:
        """Names, sort order and number format of a language, made once, as each takes milliseconds."""
        if self._language != language:
            digits = js_object(minimumFractionDigits=1, maximumFractionDigits=1)
            numbers = js.Intl.NumberFormat.new(language + "-u-nu-latn", digits)
            self._formats = (_names_in(language), js.Intl.Collator.new(language), numbers)
            self._language = language
        return self._formats


def _names_in(language: str) -> Any:
    """Names of languages in `language`. Keep it: making one takes milliseconds, a look-up does not."""
    return js.Intl.DisplayNames.new(js_list([language]), js_object(type="language"))


def _language_name(names: Any, code: str) -> str:
    """The name; for a text that is no language code, which a server may send, the text itself."""
    name = try_call(names, "of", code)
    return name if isinstance(name, str) else code


def _capital(name: str, language: str) -> str:
    """With a capital letter, as some languages write their names small, and in a list each stands alone."""
    return str(js.String.new(name[0]).toLocaleUpperCase(language)) + name[1:]
