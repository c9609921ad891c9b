"""Browsers that translate a page leave codes, links, names, keys and numbers alone (HTML's `translate`)."""

from html.parser import HTMLParser

import pytest

from tests.support.import_graph import TOP

PAGES = ("index.html", "speaker/index.html", "listener/index.html", "listener/pyodide.html")
FILLED = ("p", "span", "dd", "a", "button", "select", "h1", "div")
VOID = ("br", "img", "input", "link", "meta", "circle", "ellipse", "path")

SENTENCES = {
    "air",
    "creation-mode",
    "forget-told",
    "link-told",
    "more-places",
    "notice",
    "places-taken",
    "qr-trouble",
    "quality-tier",
    "settings-told",
    "shortcuts-told",
    "sound-advice",
    "talk-end",
    "talk-end-no",
    "talk-end-yes",
    "talk-listened-title",
    "talk-open",
    "talk-question-text",
    "talk-status",
    "talk-when",
    "talks-told",
}
"""Elements that Python fills with sentences of the catalog: these may be translated."""


class Elements(HTMLParser):
    """Elements without children that say nothing of the catalog; all codes that are shown as examples."""

    def __init__(self) -> None:
        super().__init__()
        self.filled: dict[str, bool] = {}
        self.examples: list[bool] = []
        self.products: list[bool] = []
        self._open: list[tuple[str, dict[str, str | None], bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self._open:
            self._open[-1] = (*self._open[-1][:2], True)
        if attributes.get("placeholder"):
            self.examples.append(self._is_kept(attributes))
        if tag not in VOID:
            self._open.append((tag, attributes, False))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._open:
            return
        _, attributes, has_children = self._open[-1]
        kept = self._is_kept(attributes)
        name = attributes.get("data-testid")
        if tag == "h1":
            self.products.append(kept)
        elif name and tag in FILLED and not has_children and "data-text" not in attributes:
            self.filled[name] = kept
        self._open.pop()

    def _is_kept(self, attributes: dict[str, str | None]) -> bool:
        """Whether this element, or one that is open around it, forbids to translate."""
        around = [each for _, each, _ in self._open]
        return any(each.get("translate") == "no" for each in [*around, attributes])


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed((TOP / page).read_text())
    return parser


@pytest.mark.parametrize("page", PAGES)
def test_what_python_fills_with_a_name_a_link_or_a_number_is_not_translated(page: str) -> None:
    translated = {name for name, kept in elements(page).filled.items() if not kept}
    assert translated - SENTENCES == set(), 'names need translate="no", sentences a place in SENTENCES'


@pytest.mark.parametrize("page", PAGES)
def test_the_products_name_and_examples_of_codes_are_not_translated(page: str) -> None:
    found = elements(page)
    assert found.products == [True]
    assert all(found.examples)


def test_languages_that_name_themselves_are_not_translated() -> None:
    assert '<ul class="languages" translate="no">' in (TOP / "index.html").read_text()


def test_every_sentence_stands_in_a_page() -> None:
    known = {name for page in PAGES for name in elements(page).filled}
    assert SENTENCES - known == set()
