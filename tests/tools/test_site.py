from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.site import build

PUBLIC = {
    "index.html": "landing",
    "pyscript.toml": "packages = []",
    "speaker/index.html": "speaker",
    "speaker/main.py": "x = 1",
    "listener/index.html": "listener",
    "listener/style.css": "body {}",
    "pylib/errors.py": "x = 1",
    "pylib/browser/worklets/capture.js": "// js",
}
PRIVATE = {
    ".git/config": "",
    ".venv/bin/python": "",
    "backend/app.py": "",
    "dev_server.py": "",
    "data/sessions.sqlite3": "",
    "tests/test_x.py": "",
    "tools/site.py": "",
    "README.md": "",
    "pylib/__pycache__/errors.cpython-311.pyc": "",
    "pylib/README.md": "",
    "pylib/.hidden.py": "",
    "speaker/.DS_Store": "",
    "listener/notes.orig": "",
}
RUNTIME_FILES = {"runtime/pyscript/core.js": "core", "runtime/manifest.json": "{}"}


def write_tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def read_tree(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_tree(tmp_path, PUBLIC | PRIVATE | RUNTIME_FILES | {"config.example.json": '{"region": "x"}'})
    return tmp_path


def build_site(repository: Path, config: str = "config.example.json") -> Path:
    build(repository / "dist", repository, repository / "runtime", repository / config)
    return repository / "dist"


def test_the_site_is_the_public_files_and_no_others(repository: Path) -> None:
    assert read_tree(build_site(repository)) == PUBLIC | RUNTIME_FILES | {"config.json": '{"region": "x"}'}


def test_a_new_site_replaces_the_old_one(repository: Path) -> None:
    build_site(repository)
    (repository / "pylib/errors.py").unlink()
    (repository / "mine.json").write_text("{}")
    site = read_tree(build_site(repository, "mine.json"))
    assert "pylib/errors.py" not in site
    assert site["config.json"] == "{}"


@pytest.mark.parametrize(
    ("config", "words"),
    [(None, "cannot be read"), ("{", "is not JSON"), ("[]", "one JSON object"), (b"\xff", "is not JSON")],
)
def test_a_wrong_config_is_one_sentence_and_changes_nothing(
    repository: Path, config: str | bytes | None, words: str
) -> None:
    before = read_tree(build_site(repository))
    if config is not None:
        (repository / "mine.json").write_bytes(config if isinstance(config, bytes) else config.encode())
    with pytest.raises(ToolError, match=words):
        build_site(repository, "mine.json")
    assert read_tree(repository / "dist") == before


@pytest.mark.parametrize("part", ["index.html", "speaker", "pylib"])
def test_a_missing_part_is_named(repository: Path, part: str) -> None:
    (repository / part).rename(repository / "elsewhere")
    with pytest.raises(ToolError, match=f"{part} is missing"):
        build_site(repository)
    assert not (repository / "dist").exists()
