"""A language is added as docs/translating.md says, in a copy of the repository: both pages speak it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.pages import Speaker, Stage, Visitor
from tests.e2e.servers import TOP, DevServer

CANDIDATES = {"it": "Italiano", "nl": "Nederlands", "pl": "Polski", "sv": "Svenska"}
CODE = next(code for code in CANDIDATES if code not in LANGUAGES)
"""A language that the pages do not speak yet."""

NAME = CANDIDATES[CODE]
PAGES = ("speaker", "listener")
PARTS = ("pylib", *PAGES, "assets", "backend", "sitebuild", "tools", "tests", ".runtime")
"""Folders that make the site, its server and its tests."""

FILES = ("index.html", "pyscript.toml", "dev_server.py", "pyproject.toml")


def catalog(page: str) -> dict[str, str]:
    """Not that language, but not English either."""
    english = json.loads((TOP / page / "languages" / "en.json").read_text(encoding="utf-8"))
    return {key: f"«{sentence}»" for key, sentence in english.items()}


def translate(top: Path, page: str) -> None:
    """Steps 1 and 2."""
    file = top / page / "languages" / f"{CODE}.json"
    file.write_text(json.dumps(catalog(page), ensure_ascii=False, indent=2), encoding="utf-8")


def offer(top: Path) -> None:
    """Step 3."""
    module = top / "pylib" / "ui" / "i18n.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(
        re.sub(r"^(LANGUAGES = .*)\)$", rf'\1, "{CODE}")', source, flags=re.M), encoding="utf-8"
    )


def lead_there(top: Path) -> None:
    """Step 4."""
    landing = top / "index.html"
    words = {page: catalog(page)["page-title"].partition(" \N{EN DASH} ")[0] for page in PAGES}
    links = " ".join(f'<a href="{page}/?lang={CODE}">{words[page]}</a>' for page in PAGES)
    row = f'<li lang="{CODE}"><span>{NAME}</span> {links}</li>\n'
    text = landing.read_text(encoding="utf-8")
    landing.write_text(text.replace("        </ul>", f"          {row}        </ul>"), encoding="utf-8")


def say_before_the_start(top: Path) -> None:
    """Step 5."""
    file = top / "assets" / "start-words.json"
    words = json.loads(file.read_text(encoding="utf-8"))
    words[CODE] = {key: f"«{sentence}»" for key, sentence in words["en"].items()}
    file.write_text(json.dumps(words, ensure_ascii=False, indent=2), encoding="utf-8")
    row = f'<li lang="{CODE}"><a href="">{words[CODE]["short"]} {words[CODE]["again"]}</a></li>\n'
    for name in ("speaker/index.html", "listener/index.html", "listener/pyodide.html"):
        page = top / name
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("        </ul>", f"          {row}        </ul>", 1), encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository with one language more."""
    top = tmp_path / "lectern"
    for folder in PARTS:
        shutil.copytree(TOP / folder, top / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(TOP / file, top / file)
    for page in PAGES:
        translate(top, page)
    offer(top)
    lead_there(top)
    say_before_the_start(top)
    return top


@pytest.fixture
def url(copy: Path, tmp_path: Path) -> Iterator[str]:
    """The copy's own server."""
    server = DevServer(tmp_path / "data", top=copy)
    server.start()
    yield server.url
    server.stop()


def test_both_pages_speak_a_language_that_was_added(browser: Browser, url: str, artifacts: Path) -> None:
    stage = Stage(browser, url, artifacts)
    speaker, listener = stage.speaker(locale=CODE), stage.silent_listener()
    speaker.open(f"{url}/speaker/")
    expect_added(speaker, "speaker", "state.signed-out")
    speaker.sign_in()
    link = speaker.start()
    expect_added(speaker, "speaker", "state.live")
    poster(speaker)
    landing = listener.page
    landing.goto(url)
    landing.get_by_role("listitem").filter(has_text=NAME).get_by_role("link").last.click()
    listener.expect_ready()
    expect_added(listener, "listener", "state.no-code")
    listener.open(f"{link}&lang={CODE}")
    expect_added(listener, "listener", "state.ready")
    stage.close()


def expect_added(visitor: Visitor, page: str, key: str) -> None:
    expect(visitor.page.locator("html")).to_have_attribute("lang", CODE)
    visitor.expect_text("state", catalog(page)[key])
    choice = visitor.see("interface-language")
    expect(choice).to_have_value(CODE)
    expect(choice.locator("option")).to_have_count(len(LANGUAGES) + 1)
    expect(choice.locator("option").last).to_have_text(NAME)


def poster(speaker: Speaker) -> None:
    """It says in the new language what to do, too, and is still one sheet."""
    page = speaker.page
    page.evaluate("window.print = () => {}")
    speaker.click("print-poster")
    expect(speaker.poster_line(CODE)).to_have_text(catalog("speaker")["poster.scan"])
    expect(speaker.see("poster").locator("p[lang]")).to_have_count(len(LANGUAGES) + 1)
    assert re.findall(rb"/Count (\d+)", page.pdf(prefer_css_page_size=True)) == [b"1"]


def test_the_catalogs_of_a_language_that_was_added_are_found_whole(copy: Path) -> None:
    """Step 6."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_catalogs.py"]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=100, check=False)
    assert run.returncode == 0, run.stdout[-3000:]
