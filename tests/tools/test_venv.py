import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.support import write_program, write_wheel
from tools import venv
from tools.cache import file_digest
from tools.errors import ToolError
from tools.run_logged import log_file
from tools.venv import ROOT


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose requirements are empty, so that real installations need no network."""
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for name in ("serve", "dev"):
        (requirements / f"{name}.txt").write_text("# nothing\n")
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setenv("LECTERN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path


def words(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().out


def test_an_old_python_is_told_what_to_do() -> None:
    with pytest.raises(
        ToolError, match=r"is 3\.9\.6; install a newer one and name it, for example: make serve PYTHON="
    ):
        venv.check_python((3, 9, 6))
    venv.check_python((3, 11, 0))
    venv.check_python((3, 14, 0))


def test_an_environment_is_made_once_filled_once_and_made_anew_when_broken(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    venv.install("serve")
    assert "Creating .venv" in words(capfd)
    venv.install("serve")
    assert words(capfd) == ""

    (repository / "requirements/serve.txt").write_text("# changed\n")
    venv.install("serve")
    assert words(capfd) == "Installing requirements/serve.txt into .venv\n"

    (repository / "requirements/dev.txt").write_text("absent==1 --hash=sha256:00\n")
    with pytest.raises(ToolError, match="check the network connection"):
        venv.install("dev")
    assert not (repository / ".venv/dev.stamp").exists()

    # The Python below the environment went away, as after an upgrade of the system.
    python = repository / ".venv/bin/python"
    python.unlink()
    python.symlink_to(repository / "removed")
    venv.install("serve")
    assert "Creating .venv" in words(capfd)
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


@pytest.fixture
def index(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index of one wheel; what pip installs goes to a folder of its own."""
    folder = tmp_path / "index" / "thing"
    wheel = write_wheel(folder, "thing-1.0-py3-none-any.whl", {"thing.py": "x = 1"}, "")
    (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    monkeypatch.setenv("PIP_INDEX_URL", folder.parent.as_uri())
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "installed"))
    return folder


def test_installing_for_development_installs_for_serving(repository: Path, index: Path) -> None:
    environment(repository)
    pin_thing(repository, index)
    venv.install("dev")
    (repository / "installed" / "thing.py").unlink()
    venv.install("serve")
    assert not (repository / "installed" / "thing.py").exists()


def test_a_second_clone_installs_from_the_cache(repository: Path, index: Path) -> None:
    environment(repository)
    pin_thing(repository, index)
    venv.install("dev")
    shutil.rmtree(index)
    shutil.rmtree(repository / "installed")
    (repository / ".venv/dev.stamp").unlink()
    venv.install("dev")
    assert (repository / "installed" / "thing.py").exists()


def test_a_damaged_wheel_in_the_cache_is_fetched_again(repository: Path, index: Path) -> None:
    environment(repository)
    pin_thing(repository, index)
    cached = repository / "cache/wheels/thing-1.0-py3-none-any.whl"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a whe")
    venv.install("dev")
    assert (repository / "installed" / "thing.py").exists()
    assert cached.read_bytes() == (index / cached.name).read_bytes()


def environment(repository: Path) -> None:
    """Make .venv lead to this test run's own Python: making a real one takes seconds."""
    python = repository / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    write_program(python.parent, "python", f'exec {sys.executable} "$@"')
    (repository / ".venv/venv.stamp").write_text(str(python.resolve()))


def pin_thing(repository: Path, index: Path) -> None:
    digest = file_digest(index / "thing-1.0-py3-none-any.whl")
    for name in ("serve", "dev"):
        (repository / f"requirements/{name}.txt").write_text(f"thing==1.0 --hash=sha256:{digest}\n")


NOISE = "echo WARNING: Location is ignored >&2; echo [notice] A new release of pip is available"


def fake_pip(repository: Path, script: str) -> None:
    """Make .venv lead to a python whose pip is this shell script, with its command in $command."""
    environment(repository)
    program = f"command=$5; while [ $1 != --dest ] && [ $# -gt 1 ]; do shift; done; {script}"
    write_program(repository / ".venv/bin", "python", program)


def test_a_pip_that_succeeds_shows_none_of_its_words(
    repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # The cache is empty at first: installing from it fails, the wheel is downloaded and installed.
    install = f"test -f {repository}/cache/wheels/thing.whl || {{ echo ERROR: no thing; exit 1; }}"
    download = "mkdir $2; head -c 300000 /dev/zero > $2/thing.whl"
    fake_pip(repository, f"{NOISE}; case $command in download) {download};; *) {install};; esac")
    venv.install("serve")
    shown = capfd.readouterr()
    assert shown.out == "Installing requirements/serve.txt into .venv\n"
    assert shown.err == "Downloading Python packages: 0.3 MB\n"
    assert "WARNING: Location is ignored" in log_file("pip-install").read_text()
    assert "[notice] A new release of pip" in log_file("pip-download").read_text()


@pytest.mark.parametrize("failing", ["download", "install"])
def test_a_pip_that_fails_shows_its_last_words_and_its_log(
    repository: Path, failing: str, capfd: pytest.CaptureFixture[str]
) -> None:
    many = "for i in 1 2 3 4 5; do echo $i; echo $i; echo $i; echo $i; echo $i; done"
    fail = f"echo the first word; {many}; echo ERROR: the last word; exit 1"
    fake_pip(
        repository,
        f"{NOISE}; if [ $command = {failing} ] || [ $command = install ]; then {fail}; fi; mkdir $2",
    )
    with pytest.raises(ToolError, match=f"Python packages could not be {failing}ed"):
        venv.install("serve")
    shown = capfd.readouterr().err
    log = log_file(f"pip-{failing}")
    assert shown.endswith(f"ERROR: the last word\nThe whole output is in {log}\n")
    assert "the first word" not in shown
    assert "the first word" in log.read_text()


def test_a_python_without_ensurepip_is_told_which_package_to_install(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "_has_ensurepip", lambda: False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    version = f"{sys.version_info[0]}\\.{sys.version_info[1]}"
    with pytest.raises(ToolError, match=f"sudo apt install python{version}-venv"):
        venv.install("serve")


def test_an_error_on_the_command_line_is_one_sentence() -> None:
    call = [sys.executable, "-m", "tools.site", "--config", "/no/such/file"]
    answer = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("lectern: /no/such/file cannot be read")
    assert answer.stderr.count("\n") == 1
