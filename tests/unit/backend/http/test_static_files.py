import asyncio
from pathlib import Path
from threading import Event

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from backend.http.static_files import StaticFiles
from backend.settings import Settings
from sitebuild.file_state import FileState
from sitebuild.page_archive import Bundle

SERVED = {
    "index.html": "/index.html",
    "pyscript.toml": "/pyscript.toml",
    "speaker/index.html": "/speaker/index.html",
    "speaker/main.py": "/speaker/main.py",
    "listener/style.css": "/listener/style.css",
    "pylib/protocol/frames.py": "/pylib/protocol/frames.py",
    "pylib/__init__.py": "/pylib/__init__.py",
    "pylib/browser/worklets/capture.js": "/pylib/browser/worklets/capture.js",
    ".runtime/pyodide/pyodide.asm.wasm": "/runtime/pyodide/pyodide.asm.wasm",
    ".runtime/pydantic_core-2.50+x.whl": "/runtime/pydantic_core-2.50+x.whl",
}
SECRET = (
    ".git/config",
    ".env",
    ".data/lectern.sqlite3",
    ".data/config.json",
    "backend/app.py",
    "backend/index.html",
    "tests/unit/test.py",
    "tools/site.py",
    "dev_server.py",
    "pyproject.toml",
    "README.md",
    "speaker/.hidden.py",
    "speaker/notes.md",
    "speaker/lectern.sqlite3",
    "speaker/__pycache__/main.cpython-311.pyc",
    "pylib/__pycache__/x.py",
    "pylib/.env",
    ".runtime/.stamp",
    "outside.py",
)


async def at_once(_: web.Request) -> None:
    """Nobody else wants a turn."""


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    for name in (*SERVED, *SECRET):
        file = tmp_path / "site" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return StaticFiles(Settings(data_dir=tmp_path / "data", site_root=tmp_path / "site"), at_once)


@pytest.mark.parametrize(("file", "path"), SERVED.items())
def test_what_is_on_the_list_is_found(files: StaticFiles, file: str, path: str) -> None:
    found = files.find(path)
    assert found is not None
    assert found.read_text() == file


def test_a_folder_means_its_index(files: StaticFiles) -> None:
    assert files.find("/speaker/") == files.find("/speaker/index.html") is not None
    assert files.find("/") == files.find("/index.html") is not None
    assert files.find("/pylib/") is None


HOSTILE = (
    *(f"/{name}" for name in SECRET),
    *(f"/speaker/../{name}" for name in SECRET),
    *(f"/pylib/../../site/{name}" for name in SECRET[:3]),
    "/speaker",
    "//index.html",
    "/speaker//main.py",
    "/speaker/./main.py",
    "/./index.html",
    "/../site/index.html",
    "/speaker/..",
    "/speaker/../",
    "/..",
    "/speaker/%2e%2e/backend/app.py",
    "/speaker/..%2fbackend/app.py",
    "/speaker\\..\\backend\\app.py",
    "/speaker/main.py\0.html",
    "/speaker/main.py\n",
    "/speaker/main.py ",
    "/speaker/main.py/",
    "/speaker/main.py/x.html",
    "/SPEAKER/../backend/app.py",
    "/runtime/../backend/app.py",
    "/runtime/missing.js",
    "/runtime",
    "/.runtime/pyodide/pyodide.asm.wasm",
    "/backend/",
    "/speaker/ma\u2024py",
    "/speaker/\uff0e\uff0e/backend/app.py",
    "/C:/Windows/win.ini",
    "/etc/passwd",
    "/pylib/" + "a/" * 3000 + "x.py",
    "/pylib/" + "a" * 5000 + ".py",
)


@pytest.mark.parametrize("path", HOSTILE)
def test_everything_else_does_not_exist(files: StaticFiles, path: str) -> None:
    assert files.find(path) is None


def test_links_lead_nowhere(files: StaticFiles, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (tmp_path / "secret.py").write_text("secret")
    (site / "speaker" / "file.py").symlink_to(tmp_path / "secret.py")
    (site / "speaker" / "folder").symlink_to(site / "backend")
    (site / "speaker" / "renamed.py").symlink_to(site / "speaker" / "lectern.sqlite3")
    for path in ("/speaker/file.py", "/speaker/folder/app.py", "/speaker/renamed.py"):
        assert files.find(path) is None


async def test_requests_for_archives_that_come_together_look_at_the_sources_together(
    files: StaticFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: fifty at once kept six threads busy with it, and sound two seconds late."""
    all_asked = Event()
    looks = 0

    def look(_: Path) -> tuple[FileState, ...]:
        nonlocal looks
        looks += 1
        all_asked.wait()
        return (FileState("listener/main.py", looks, 0, 0, 0),)

    def pack(_: Path, bundle: Bundle) -> bytes:
        packed.append(bundle.entry)
        return b""

    packed: list[str] = []
    (tmp_path / "site" / "listener" / "main.py").touch()
    monkeypatch.setattr("backend.http.static_files.sources_state", look)
    monkeypatch.setattr("backend.http.static_files.pack", pack)
    answers = [
        asyncio.create_task(files._serve(make_mocked_request("GET", f"/{name}")))
        for name in ("speaker/app.zip", "listener/app.tgz") * 10
    ]
    await asyncio.sleep(0)
    all_asked.set()
    await asyncio.gather(*answers)
    assert looks == 2
    assert packed == ["speaker/main.py", "listener/main.py", "speaker/main.py"]
