"""The pages' English, read from the catalogs as they are. Portable."""

import json

from pylib.ui.i18n import Texts

TOP = __file__.rpartition("tests/support/")[0]


class CompleteTexts(Texts):
    """A key without a sentence is an error."""

    def get(self, key: str, **values: str) -> str:
        assert key in self.sentences, "the catalog lacks " + key
        return Texts.get(self, key, **values)


def catalog(page: str, language: str = "en") -> str:
    """The text of a catalog file of the page "speaker" or "listener"."""
    with open(TOP + page + "/languages/" + language + ".json", encoding="utf-8") as file:  # noqa: PTH123 - no pathlib in MicroPython
        return file.read()


def english(page: str) -> CompleteTexts:
    return CompleteTexts("en", json.loads(catalog(page)))
