import subprocess
import sys
from pathlib import Path

import pytest

from tools import venv
from tools.errors import ToolError
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


def test_installing_for_development_installs_for_serving(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(venv, "pip", lambda *arguments: called.append(arguments))
    monkeypatch.setattr(venv, "_is_whole", lambda: True)
    (repository / ".venv").mkdir()
    venv.install("dev")
    venv.install("serve")
    assert called == [("install", "--require-hashes", "-r", str(repository / "requirements/dev.txt"))]


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
