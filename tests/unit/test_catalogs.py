"""The catalogs are whole: every sentence a page may say, in every language, and no other."""

import ast
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from listener import preferences as listening
from listener.page_state import WORDS as LISTENER_STATES
from pylib.audio.soundcheck import CLIPPING, NOISE, QUIET, SILENCE
from pylib.protocol import codes
from pylib.session.error_texts import BY_CODE, BY_STATUS, SHARED_TEXTS, WAIT_MINUTES
from pylib.ui.i18n import LANGUAGES, OTHER
from sitebuild.page_archive import modules_of
from speaker.page_state import APPEARANCES, ENDINGS
from speaker.sound.encoders import TIERS
from speaker.view.shortcuts import ACTIONS
from tests.support.english import catalog
from tests.support.import_graph import TOP

PAGES = ("speaker", "listener")
LANDING = (TOP / "index.html").read_text(encoding="utf-8")
TRANSLATIONS = [(page, language) for page in PAGES for language in LANGUAGES[1:]]

SHORTCUTS = {"press", "done", "off", "reserved", "taken"}
"""What the dialog says that both pages have."""

FAMILIES = {
    "speaker": {
        "state": set(APPEARANCES),
        "air": {looks.air for looks in APPEARANCES.values() if looks.air},
        "poster": {"scan"},
        "shortcuts": SHORTCUTS,
        "shortcut": {action.name for action in ACTIONS},
        "mode": {"http", "websocket"},
        "tier": set(TIERS),
        "ending": set(ENDINGS),
        "advice": {SILENCE, CLIPPING, QUIET, NOISE},
    },
    "listener": {
        "state": set(LISTENER_STATES),
        "shortcuts": SHORTCUTS,
        "shortcut": {action.name for action in listening.ACTIONS},
    },
}
"""Keys whose end is a word of the program: `"state." + detail`."""

KEY = re.compile(r"(state|mode|tier|advice|ending|error|notice|microphone|delay|original|talk)\.[A-Za-z_-]+")
PLACEHOLDER = re.compile(r"\{(\w*)\}")
WORDS = re.compile(r"[A-Z][a-z]+(\W.*)?|[A-Z].*[a-z] .*|.* .*[.!?…]")
"""A capital and small letters as in a button, or several words as in a sentence."""

ERROR_CODES = {name for name, value in vars(codes).items() if name == value}

NEVER_SHOWN = {
    "ABORTED": "the person asked for it",
    "CONFIG_INVALID": "for the person who runs the site, naming the file's fields, in English",
    "CATALOG_NOT_FOUND": "there are no sentences to say it with",
    "CATALOG_UNREADABLE": "there are no sentences to say it with",
    "INTERNAL_ERROR": "the base class's, never raised",
    "HTTP_ERROR": "the base class's; answers have the server's code or HTTP_<status>",
    "REALTIME_ERROR": "the base class's, never raised",
    "AUDIO_FORMAT_UNAVAILABLE": "for older clients, who show the server's own sentence",
    "VALIDATION_INVALID_MESSAGE_FORMAT": "frames that cannot be read are counted, not told",
}
NOT_FOR_SPEAKERS = {
    *("SESSION_MAX_LISTENERS_REACHED", "SESSION_DOOR_CLOSED", "SESSION_PLACE_GIVEN_AWAY"),
    "SESSION_INVALID_ID_FORMAT",
}
FOR_LISTENERS = {
    *("NETWORK_ERROR", "REQUEST_TIMEOUT", "ANSWER_UNREADABLE", "RATE_LIMIT_EXCEEDED"),
    *("SESSION_NOT_FOUND", "SESSION_INVALID_ID_FORMAT", "HTTP_500", "HTTP_502", "HTTP_503"),
    *("AUDIO_FAILED", "AUDIO_UNSUPPORTED", "INSECURE_PAGE", "CONFIG_UNREACHABLE", "CONFIG_NOT_FOUND"),
}
"""Who listens has no account and changes nothing: the rest of what a server may answer is not for them."""

SAID_TO_LISTENERS = {"SESSION_NOT_FOUND", "SESSION_INACTIVE"}
"""The code's English sends people to the speaker, whom the speaker page tells something else."""


def sentences(page: str, language: str = "en") -> dict[str, str]:
    read: dict[str, str] = json.loads(catalog(page, language))
    return read


def own_sources(page: str) -> list[Path]:
    return sorted((TOP / page).rglob("*.py"))


class Html(HTMLParser):
    """Which keys a page names, with the English beside them, and the words that have no key."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.english: dict[str, str] = {}
        self.bare: list[str] = []
        self.start_note: list[str] = []
        self._in_note = False
        self._key: str | None = None
        self._tag = ""
        self.feed((TOP / page / "index.html").read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._tag, self._key = tag, told.get("data-text")
        self._in_note = self._in_note or told.get("data-testid") == "start-note"
        for key, words in (("data-text-label", "aria-label"), ("data-text-alt", "alt")):
            if told.get(key):
                self.english[str(told[key])] = str(told[words])
            elif told.get(words):
                self.bare.append(str(told[words]))

    def handle_endtag(self, tag: str) -> None:
        self._key = None
        self._in_note = self._in_note and tag != "div"

    def handle_data(self, data: str) -> None:
        if self._in_note:
            self.start_note += [data] if data.strip() else []
        elif self._key is not None:
            self.english[self._key] = data
        elif self._tag != "script" and re.search(r"[^\W\d]", data):
            self.bare.append(data)


def calls(page: str) -> list[tuple[set[str], set[str]]]:
    """For each phrase(...) or get(...) with keys written out: the keys, and the names of what fills them."""
    found = []
    for path in own_sources(page):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("phrase", "texts.get")):
                chosen = node.args[0]
                options = [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]
                keys = {str(each.value) for each in options if isinstance(each, ast.Constant)}
                found.append((keys, {str(keyword.arg) for keyword in node.keywords}))
    return [call for call in found if call[0]]


def keys_in_code(page: str) -> set[str]:
    """Keys asked for by name, and those that are handed about under their family's name."""
    constants = {
        node.value
        for path in own_sources(page)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {key for keys, _ in calls(page) for key in keys} | {key for key in constants if KEY.fullmatch(key)}


def codes_raised(page: str) -> set[str]:
    """Every error code named in the sources that a page runs, and those a server sends."""
    found = {*BY_CODE, *(f"HTTP_{status}" for status in BY_STATUS if status)}
    for name in modules_of(TOP, f"{page}/main.py"):
        if name != "pylib/protocol/codes.py":
            found.update(ERROR_CODES.intersection(re.findall(r"\w+", (TOP / name).read_text())))
    return {SHARED_TEXTS.get(code, code) for code in found} - NEVER_SHOWN.keys()


def error_keys(page: str) -> set[str]:
    codes = codes_raised(page)
    shown = codes - NOT_FOR_SPEAKERS if page == "speaker" else codes & FOR_LISTENERS
    return {"error." + code for code in shown}


def needed(page: str) -> set[str]:
    families = {f"{family}.{word}" for family, words in FAMILIES[page].items() for word in words}
    return {*Html(page).english, *keys_in_code(page), *families, *error_keys(page), OTHER, WAIT_MINUTES}


@pytest.mark.parametrize("page", PAGES)
def test_english_has_every_sentence_the_page_needs_and_no_other(page: str) -> None:
    assert set(sentences(page)) == needed(page)


@pytest.mark.parametrize("page", PAGES)
def test_every_language_offered_has_a_catalog_and_every_catalog_is_offered(page: str) -> None:
    files = {path.name for path in (TOP / page / "languages").iterdir()}
    assert files == {f"{code}.json" for code in LANGUAGES}


@pytest.mark.parametrize(("page", "language"), TRANSLATIONS)
def test_a_translation_has_every_sentence_of_the_english_in_the_same_order(page: str, language: str) -> None:
    assert list(sentences(page, language)) == list(sentences(page))


@pytest.mark.parametrize(("page", "language"), TRANSLATIONS)
def test_a_translation_has_the_same_placeholders(page: str, language: str) -> None:
    english = sentences(page)
    for key, sentence in sentences(page, language).items():
        assert sorted(PLACEHOLDER.findall(sentence)) == sorted(PLACEHOLDER.findall(english[key])), key


@pytest.mark.parametrize(("page", "language"), TRANSLATIONS)
def test_a_translation_is_translated(page: str, language: str) -> None:
    """Words may be the same in two languages, sentences are not."""
    english = sentences(page)
    same = [key for key, sentence in sentences(page, language).items() if sentence == english[key]]
    assert not [key for key in same if len(english[key].split()) > 2]


@pytest.mark.parametrize(("page", "language"), [(page, language) for page in PAGES for language in LANGUAGES])
def test_sentences_are_whole_and_plain(page: str, language: str) -> None:
    pairs = json.loads(catalog(page, language), object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs)), "a key stands twice"
    for key, sentence in pairs:
        assert isinstance(sentence, str), key
        assert sentence == sentence.strip() != "", key
        assert "<" not in sentence, key


@pytest.mark.parametrize("page", PAGES)
def test_what_code_fills_in_is_what_the_sentence_wants(page: str) -> None:
    english = sentences(page)
    for keys, names in calls(page):
        for key in keys & english.keys():
            assert set(PLACEHOLDER.findall(english[key])) == names, key


@pytest.mark.parametrize("page", PAGES)
def test_the_english_in_the_page_is_the_catalogs(page: str) -> None:
    html = Html(page)
    english = sentences(page)
    assert html.english == {key: english[key] for key in html.english}
    without_script = [words for words in html.bare if "needs JavaScript" in words]
    assert sorted(set(html.bare) - set(without_script)) == ["Lectern"]


START = json.loads((TOP / "assets" / "start-words.json").read_text("utf-8"))
"""What the start watch says, by language: it cannot wait for a catalog."""


@pytest.mark.parametrize("page", PAGES)
def test_the_start_note_says_in_every_language_that_the_page_has_not_started(page: str) -> None:
    """It is for people whose browser runs no script of ours."""
    english = START["en"]
    others = [f"{words['short']} {words['again']}" for language, words in START.items() if language != "en"]
    said = [f"{english['short']} {english['general']}", english["again"], *others]
    assert Html(page).start_note == said


def test_the_start_watch_has_every_sentence_in_every_language() -> None:
    assert tuple(START) == LANGUAGES
    watch = (TOP / "pylib" / "browser" / "start-watch.js").read_text("utf-8")
    causes = set(re.findall(r'tell\("(\w+)"|return "(\w+)"|\? "(\w+)" : "(\w+)"', watch))
    named = {word for group in causes for word in group} & START["en"].keys()
    assert named | {"short", "again"} == START["en"].keys()
    for language, words in START.items():
        assert list(words) == list(START["en"])
        assert all(said == said.strip() != "" for said in words.values())
        assert words["file"].count("{file}") == 1
        assert words["again"] == sentences("speaker", language)["try-again"]


@pytest.mark.parametrize(("page", "language"), TRANSLATIONS)
def test_the_landing_page_leads_to_both_pages_in_every_language(page: str, language: str) -> None:
    """It is static: a visitor who cannot read its English finds their own language among the links."""
    words = sentences(page, language)["page-title"].partition(" \N{EN DASH} ")[0]
    link = f'<a href="{page}/?lang={language}">{words}</a>'
    row = next(line for line in LANDING.splitlines() if f'<li lang="{language}"' in line)
    assert link in row


@pytest.mark.parametrize("page", PAGES)
def test_the_english_in_the_code_is_the_catalogs(page: str) -> None:
    """Where an error's message is what a page falls back to, both say the same."""
    english = sentences(page)
    told = {**BY_CODE, **{f"HTTP_{status}": sentence for status, sentence in BY_STATUS.items()}}
    elsewhere = SAID_TO_LISTENERS if page == "speaker" else set()
    for code, sentence in told.items():
        key = SHARED_TEXTS.get(code, code)
        assert key in elsewhere or english.get("error." + key, sentence) == sentence, code


@pytest.mark.parametrize("page", PAGES)
def test_no_sentence_lives_in_the_code_of_a_page(page: str) -> None:
    found = [words for path in own_sources(page) for words in literal_words(ast.parse(path.read_text()))]
    assert found == []


def literal_words(tree: ast.AST) -> list[str]:
    """Texts that read like words for people, outside docstrings, types, logs and the messages of errors."""
    ignored: set[int] = set()
    for node in ast.walk(tree):
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("log.", "NamedTuple"))
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        types = [getattr(node, name, None) for name in ("annotation", "returns")]
        hidden = [node] if is_log or is_docstring or isinstance(node, ast.Raise) else types
        ignored.update(id(part) for root in hidden if isinstance(root, ast.AST) for part in ast.walk(root))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in ignored and WORDS.fullmatch(node.value)
    ]


def test_the_rule_would_notice() -> None:
    code = """
'''A docstring with words.'''
page.text("mute", "Muted")
def show(self, notice: "Phrase | None") -> "Phrase | None": ...
page.text("state", f"Please wait {seconds} seconds.")
log.warning("The log may say what it wants.")
page.attribute("mute", "aria-expanded", "true")
raise Aborted("Nobody reads this.")
"""
    assert literal_words(ast.parse(code)) == ["Muted", "Please wait ", " seconds."]
