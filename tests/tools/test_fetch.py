import io
from pathlib import Path

import pytest

from tests.tools.support import make_pins, write_program, write_wheel
from tools.cache import ContentCache, file_digest
from tools.errors import ToolError
from tools.progress import Progress
from tools.run_logged import log_file
from tools.runtime import fetch as fetching
from tools.runtime.fetch import fetch
from tools.runtime.pins import PinnedFile

CONTENTS = {"pyodide/pyodide.mjs": b"from npm"}
PINS = make_pins(CONTENTS)
SIZES = {"npm": 1000, "pip": 1000}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ContentCache:
    monkeypatch.setenv("LECTERN_CACHE", str(tmp_path / "cache"))
    return ContentCache(tmp_path / "cache/sha256")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands first on PATH, with a node that looks new enough."""
    folder = tmp_path / "bin"
    write_program(folder, "node", "echo v22.0.0")
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder


def write_npm(programs: Path, content: str) -> None:
    """Put an npm on PATH that installs one file; like the real one, it refuses a folder without lock file."""
    folder = "node_modules/pyodide"
    script = f"test -f package-lock.json && mkdir -p {folder} && {content} > {folder}/pyodide.mjs"
    write_program(programs, "npm", script)


def test_what_npm_brings_is_kept_by_its_hash(cache: ContentCache, programs: Path) -> None:
    write_npm(programs, "printf 'from npm'")
    fetch(list(PINS.files), cache, SIZES)
    assert cache.has(PINS.files[0].sha256)


def test_another_file_than_the_pinned_one_is_refused(cache: ContentCache, programs: Path) -> None:
    write_npm(programs, "printf 'from nqm'")
    with pytest.raises(ToolError, match=r"npm:pyodide/pyodide\.mjs is not the pinned file"):
        fetch(list(PINS.files), cache, SIZES)
    assert not cache.has(PINS.files[0].sha256)


def test_a_dead_network_is_one_sentence_below_the_clients_own_words(
    cache: ContentCache, programs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_program(programs, "npm", "echo 'npm error ENOTFOUND'; exit 1")
    with pytest.raises(ToolError, match="check the network connection"):
        fetch(list(PINS.files), cache, SIZES)
    assert "npm error ENOTFOUND" in capfd.readouterr().err


def test_what_npm_says_of_a_good_run_is_in_its_log_alone(
    cache: ContentCache, programs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_npm(programs, "echo npm notice: upgrade >&2; printf 'from npm'")
    fetch(list(PINS.files), cache, SIZES)
    shown = capfd.readouterr()
    assert "notice" not in shown.out + shown.err
    assert "Fetching the browser runtime from npm" in shown.err
    assert "npm notice: upgrade" in log_file("npm-runtime").read_text()


def test_nothing_is_left_in_the_cache_folder_but_the_files_and_the_log(
    cache: ContentCache, programs: Path, tmp_path: Path
) -> None:
    write_npm(programs, "printf 'from npm'")
    fetch(list(PINS.files), cache, SIZES)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["logs", "sha256"]


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that pip finds without any network, instead of the real ones."""
    wheel = write_wheel(tmp_path / "index", "thing-1.0-py3-none-any.whl", {"thing.py": "x = 1"}, "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setattr(fetching, "BROWSER_TXT", tmp_path / "browser.txt")
    return wheel


def pin_wheel(sha256: str) -> list[PinnedFile]:
    fetching.BROWSER_TXT.write_text(f"thing==1.0 --hash=sha256:{sha256}\n")
    return [PinnedFile("pyodide/thing.whl", "pip:thing-1.0-py3-none-any.whl", sha256)]


def test_wheels_come_from_pip(cache: ContentCache, wheel: Path) -> None:
    sha256 = file_digest(wheel)
    fetch(pin_wheel(sha256), cache, SIZES)
    assert cache.has(sha256)


def test_pip_refuses_a_wheel_with_another_hash(
    cache: ContentCache, wheel: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert wheel.exists()
    with pytest.raises(ToolError):
        fetch(pin_wheel("0" * 64), cache, SIZES)
    assert "DO NOT MATCH THE HASHES" in capfd.readouterr().err


def test_progress_redraws_one_line_on_a_terminal() -> None:
    stream = Terminal()
    progress = Progress("Fetching", 2_000_000, stream)
    progress.update(1_000_000)
    progress.finish()
    assert stream.getvalue() == (
        f"\rFetching [{'#' * 15}{'.' * 15}] 1.0 of 2.0 MB\rFetching [{'#' * 30}] 2.0 of 2.0 MB\n"
    )


def test_progress_of_unknown_length_is_an_amount() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress("Fetching", None, stream)
        for done in (1_000_000, 2_500_000):
            progress.update(done)
        progress.finish()
    assert terminal.getvalue() == "\rFetching 1.0 MB\rFetching 2.5 MB\rFetching 2.5 MB\n"
    assert file.getvalue() == "Fetching: 2.5 MB\n"


def test_progress_writes_a_few_lines_elsewhere() -> None:
    stream = io.StringIO()
    progress = Progress("Fetching", 2_000_000, stream)
    for done in range(0, 2_000_001, 1000):
        progress.update(done)
    progress.update(3_000_000)
    progress.finish()
    assert stream.getvalue().splitlines() == [f"Fetching: {done} of 2.0 MB" for done in (0.5, 1.0, 1.5, 2.0)]
