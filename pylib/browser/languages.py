"""Languages, by Intl and localStorage."""

from typing import Any

import js

from pylib.browser.bridge import js_list, js_object, service, try_call
from pylib.browser.site_names import names_to_read, own_name

CHOICE = "lectern.language"
"""Key of the chosen language in localStorage, for both pages."""


class BrowserLanguages:
    """Languages, by Intl and localStorage."""

    def __init__(self) -> None:
        self._language = ""
        self._formats: Any = None

    def preferred(self) -> "list[str]":
        """See Languages."""
        languages = service(js.navigator, "languages")
        return [str(languages[number]) for number in range(languages.length)] if languages else []

    def kept(self) -> str:
        """See Languages."""
        storage = _local_storage()
        for name in names_to_read(CHOICE) if storage is not None else []:
            kept = try_call(storage, "getItem", name)
            if isinstance(kept, str):
                return kept
        return ""

    def keep(self, language: str) -> None:
        """See Languages. Removes `lang` from the page's address, which would win over the choice."""
        address = js.URL.new(js.location.href)
        if address.searchParams.has("lang"):
            address.searchParams.delete("lang")
            try_call(js.history, "replaceState", None, "", address.href)
        storage = _local_storage()
        if storage is not None:
            try_call(storage, "setItem", own_name(CHOICE), language)

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

    def _formats_of(self, language: str) -> Any:
        """Names, sort order and number format of a language, made once, as each takes milliseconds."""
        if self._language != language:
            digits = js_object(minimumFractionDigits=1, maximumFractionDigits=1)
            numbers = js.Intl.NumberFormat.new(language + "-u-nu-latn", digits)
            self._formats = (_names_in(language), js.Intl.Collator.new(language), numbers)
            self._language = language
        return self._formats


def _local_storage() -> Any:
    """The storage, or None where the browser closes it to the page, as in some private windows."""
    return service(js.window, "localStorage")


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
