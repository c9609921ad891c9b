"""The walls of the house: a forbidden import fails here, with the names of both rooms."""

from pathlib import Path

import pytest

from tests.support.import_graph import TOP, imported_names, source_of

BRIDGE = {"js", "jsffi", "pyodide", "pyodide_js", "pyscript"}

ALLOWED: dict[str, set[str]] = {
    "pylib/errors": set(),
    "pylib/protocol/frames": {"pylib.errors"},
    "pylib/protocol/plain": {"pylib.errors"},
    "pylib/protocol": {"pylib.errors", "pylib.protocol", "pydantic", "pydantic_core"},
    "pylib/ports": {"pylib.errors", "pylib.protocol"},
    "pylib/page_ports": set(),
    "pylib/config": {"pylib.errors", "pylib.protocol", "pylib.site_config"},
    "pylib/site_config": {"pylib.errors", "pylib.protocol"},
    "pylib/rollout": set(),
    "pylib/retry": {"pylib.errors", "pylib.ports"},
    "pylib/tasks": set(),
    "pylib/texts": {"pylib.errors", "pylib.page_ports", "pylib.tasks"},
    "pylib/awake": {"pylib.page_ports", "pylib.tasks"},
    "pylib/kept": {"pylib.ports", "pylib.tasks"},
    "pylib/preferences": {"pylib.kept", "pylib.ports"},
    "pylib/shortcuts": {"pylib.page_ports"},
    "pylib/shortcut_dialog": {"pylib.page_ports", "pylib.shortcuts", "pylib.texts"},
    "pylib/audio": {"pylib.protocol.frames", "pylib.ports", "pylib.audio"},
    "pylib/auth": {"pylib.ports", "pylib.errors", "pylib.retry", "pylib.protocol", "pylib.auth"},
    "pylib/realtime": {"pylib.ports", "pylib.errors", "pylib.protocol.frames", "pylib.realtime"},
    "pylib/session/legacy_service": {
        *("pylib.auth", "pylib.retry", "pylib.ports", "pylib.errors", "pylib.protocol", "pylib.session"),
        "pylib.realtime",
    },
    "pylib/session/typed": {"pylib.errors", "pylib.protocol", "pylib.session", "pydantic"},
    "pylib/session": {
        *("pylib.auth", "pylib.retry", "pylib.ports", "pylib.errors", "pylib.protocol", "pylib.session"),
        *("pylib.config", "pylib.rollout", "pylib.texts"),
    },
    "pylib/browser": {
        *("pylib.ports", "pylib.page_ports", "pylib.errors", "pylib.protocol.frames", "pylib.browser"),
        *BRIDGE,
    },
    "speaker/main": {"pylib", "speaker"},
    "listener/main": {"pylib", "listener"},
    "speaker": {
        *("pylib.session", "pylib.realtime", "pylib.audio", "pylib.config", "pylib.errors", "pylib.ports"),
        *("pylib.auth", "pylib.rollout", "pylib.tasks", "pylib.texts", "speaker", "segno"),
        *("pylib.kept", "pylib.preferences", "pylib.shortcuts", "pylib.shortcut_dialog", "pylib.page_ports"),
        *("pylib.protocol.plain", "pylib.protocol.frames"),
    },
    "listener": {
        *("pylib.session", "pylib.realtime", "pylib.audio", "pylib.site_config", "pylib.errors"),
        *("pylib.ports", "pylib.protocol.plain", "pylib.tasks", "pylib.texts", "listener"),
        *("pylib.preferences", "pylib.shortcuts", "pylib.shortcut_dialog", "pylib.page_ports", "pylib.awake"),
    },
    "backend": {
        *("pylib.protocol", "pylib.errors", "backend"),
        *("aiohttp", "pydantic", "pydantic_core", "jwt", "cryptography", "uvloop", "coolname"),
    },
}
"""What a room may import beside the standard library; the longest name that fits a file counts."""

PYDANTIC_FREE = ("pylib/protocol/frames", "pylib/protocol/plain", "pylib/protocol/languages")


def rooms_of(name: str) -> str:
    """The longest key of ALLOWED that this module lies in."""
    fitting = [room for room in ALLOWED if name == room or name.startswith(room + "/")]
    assert fitting, f"{name} lies in no room; give it one in ALLOWED"
    return max(fitting, key=len)


def source_files() -> list[Path]:
    folders = ("pylib", "speaker", "listener", "backend")
    found = [path for folder in folders for path in sorted((TOP / folder).rglob("*.py"))]
    return [path for path in found if path.stem != "__init__" and "micropython" not in path.parts]


def is_standard(name: str) -> bool:
    import sys

    return name.partition(".")[0] in sys.stdlib_module_names


def is_allowed(name: str, allowed: set[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in allowed)


@pytest.mark.parametrize("path", source_files(), ids=lambda path: path.relative_to(TOP).as_posix())
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    module = path.relative_to(TOP).with_suffix("").as_posix()
    allowed = ALLOWED[rooms_of(module)]
    wrong = {name for name in imported_names(path) if not is_standard(name) and not is_allowed(name, allowed)}
    assert not wrong, f"{module} must not import {sorted(wrong)}"


@pytest.mark.parametrize("module", PYDANTIC_FREE)
def test_the_wire_format_of_the_listener_needs_no_pydantic(module: str) -> None:
    assert not any(name.startswith("pydantic") for name in imported_names(TOP / f"{module}.py"))


def test_the_rule_would_notice() -> None:
    assert not is_allowed("pylib.browser.fetch", ALLOWED["pylib/audio"])
    assert not is_allowed("pylib.protocol.sessions", ALLOWED["pylib/realtime"])
    assert not is_allowed("js", ALLOWED["speaker"])
    assert is_allowed("pylib.protocol.frames", ALLOWED["pylib/realtime"])
    assert source_of("pylib.audio.jitter") is not None


def test_javascript_is_spoken_in_one_room() -> None:
    files = [
        *TOP.glob("*.js"),
        *(path for room in ("pylib", "speaker", "listener") for path in (TOP / room).rglob("*.js")),
    ]
    assert files
    assert all(path.is_relative_to(TOP / "pylib" / "browser") for path in files)


def test_worklets_stay_small() -> None:
    for path in (TOP / "pylib" / "browser" / "worklets").glob("*.js"):
        assert len(path.read_text().splitlines()) <= 130, path.name


@pytest.mark.parametrize(
    "page", ["index.html", "speaker/index.html", "listener/index.html", "listener/pyodide.html"]
)
def test_pages_have_no_inline_script_or_style(page: str) -> None:
    html = (TOP / page).read_text()
    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html
    for tag in html.split("<script")[1:]:
        assert "src=" in tag.partition(">")[0]
