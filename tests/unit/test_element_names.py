"""Elements by their data-testid: what code asks for stands in the page, what stands there is asked for."""

import re
from pathlib import Path

import pytest

from listener import preferences as listening
from sitebuild.page_archive import modules_of
from speaker.view import preferences as speaking
from speaker.view import shortcuts as speaking_shortcuts
from tests.support.element_names import names_asked
from tests.support.fake_page import element_names
from tests.support.import_graph import TOP

STATUS = "backend/status_page"
HTML = {
    "speaker": ("speaker/index.html",),
    "listener": ("listener/index.html", "listener/pyodide.html"),
    STATUS: (f"{STATUS}/index.html",),
}
PAGE_METHODS = {
    *(
        "on",
        "value",
        "set_value",
        "text",
        "attribute",
        "show",
        "focus",
        "dialog",
        "is_open",
        "options",
        "fill",
        "rows",
        "draw",
    ),
}
"""What a Page or a Drawing does with an element, whose name comes first."""

VISITOR_METHODS = {"see", "click", "expect_text", "expect_hidden", "get_by_test_id"}
"""What tests in browsers do with an element."""

IN_SELECTOR = re.compile(r"""data-testid=\\?["']?([a-z-]+)""")

ACTIONS = {"speaker": speaking_shortcuts.ACTIONS, "listener": listening.ACTIONS}
KEYS = {page: {"key-" + action.name for action in actions} for page, actions in ACTIONS.items()}
WORKED = {page: {action.where for action in actions} for page, actions in ACTIONS.items()}

BUILT = {
    ("pylib/ui/shortcut_dialog.py", "'key-' + action.name"): KEYS,
    ("pylib/ui/shortcut_dialog.py", "'key-' + changing"): KEYS,
    ("pylib/ui/shortcut_dialog.py", "'key-' + self._changing"): KEYS,
    ("pylib/ui/shortcut_dialog.py", "button"): KEYS,
    ("pylib/ui/shortcut_dialog.py", "where"): WORKED,
    ("speaker/view/preferences.py", "name"): {"speaker": set(speaking.CHOICES)},
}
"""Names that are put together or handed on: file and expression, and what they may be on each page."""


def asked_for(page: str) -> dict[str, set[str]]:
    """Every name that this page's code may ask for, with the files that do."""
    files: dict[str, set[str]] = {}
    for file in sorted(modules_of(TOP, f"{page}/main.py")):
        receivers = ("page", "self") if file.endswith("/dom.py") else ("page", "drawing")
        for asked in names_asked((TOP / file).read_text(encoding="utf-8"), PAGE_METHODS, receivers):
            names = asked.names or BUILT.get((file, asked.expression), {}).get(page)
            assert names, f"{file}: write the names of {asked.expression} out, or list them in BUILT"
            for name in names:
                files.setdefault(name, set()).add(file)
    return files


def in_selectors(paths: list[Path]) -> set[str]:
    """Names in selectors, of style sheets and of scripts."""
    return {name for path in paths for name in IN_SELECTOR.findall(path.read_text(encoding="utf-8"))}


def asked_for_by_browser_tests() -> set[str]:
    """Names that those tests write out; one that is handed to a helper is written out by its caller."""
    tests = [path for ring in ("e2e", "engines", "bench") for path in (TOP / "tests" / ring).rglob("*.py")]
    asked = [
        each for path in tests for each in names_asked(path.read_text(encoding="utf-8"), VISITOR_METHODS)
    ]
    return in_selectors(tests) | {name for each in asked for name in each.names}


@pytest.mark.parametrize("page", HTML)
def test_what_the_code_asks_for_stands_in_the_page(page: str) -> None:
    for html in HTML[page]:
        unknown = {name: files for name, files in asked_for(page).items() if name not in element_names(html)}
        assert unknown == {}, html


def test_what_tests_in_browsers_ask_for_stands_in_a_page() -> None:
    known = {name for files in HTML.values() for html in files for name in element_names(html)}
    assert asked_for_by_browser_tests() - known == set()


@pytest.mark.parametrize("page", HTML)
def test_what_stands_in_the_page_is_asked_for(page: str) -> None:
    styles = in_selectors([*(TOP / page).glob("*.css"), *(TOP / "assets").glob("*.css")])
    used = asked_for(page).keys() | styles | asked_for_by_browser_tests()
    for html in HTML[page]:
        assert set(element_names(html)) - used == set(), html


@pytest.mark.parametrize("html", [html for files in HTML.values() for html in files])
def test_no_name_stands_twice(html: str) -> None:
    assert len(element_names(html)) == len(set(element_names(html)))


@pytest.mark.parametrize(("file", "expression"), BUILT)
def test_what_is_listed_is_still_in_the_code(file: str, expression: str) -> None:
    source = (TOP / file).read_text(encoding="utf-8")
    assert expression in {asked.expression for asked in names_asked(source, PAGE_METHODS) if not asked.names}


def test_the_rule_would_notice() -> None:
    source = """
CHOICES = ("sound", "quality")
def bind(page, other):
    page.on("start" if other else "stop", "click", bind)
    for name in CHOICES[:1]:
        page.show(name, True)
    for each, visible in (("desk", True), ("state", False)):
        page.show(each, visible)
    page.text("key-" + other, "")
    other.text("not-of-a-page")
"""
    asked = {each.expression: set(each.names) for each in names_asked(source, PAGE_METHODS, ("page",))}
    assert asked.pop("'start' if other else 'stop'") == {"start", "stop"}
    assert asked == {"name": {"sound", "quality"}, "each": {"desk", "state"}, "'key-' + other": set()}
