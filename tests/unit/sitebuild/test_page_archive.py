"""A page loads one archive of its Python, and whatever it imports is in there."""

import io
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from sitebuild.page_archive import BUNDLES, OPERATOR_BUNDLES, modules_of, pack, sources_state
from tests.support.import_graph import TOP

STATUS_PAGE = "status/app.tgz"
ALL = {**BUNDLES, **OPERATOR_BUNDLES}

CONFIGS = {
    "pyscript.toml": "speaker/app.zip",
    "listener/pyscript.toml": "listener/app.tgz",
    "listener/pyodide.toml": "listener/pyodide.zip",
}
NO_BROWSER = (
    "import sys, {module}; rooms = 'pylib', 'speaker', 'listener', 'backend'; "
    "print(*sorted(n for n in sys.modules if n.partition('.')[0] in rooms))"
)


@pytest.mark.parametrize(("config", "bundle"), CONFIGS.items())
def test_each_config_names_its_archive_and_nothing_else(config: str, bundle: str) -> None:
    files = tomllib.loads((TOP / config).read_text())["files"]
    named = {(TOP / config).parent.joinpath(source).resolve().relative_to(TOP).as_posix() for source in files}
    assert (named, set(files.values())) == ({bundle}, {"./*"})


def test_the_status_page_names_the_archive_beside_it() -> None:
    """Its folder is /status on the operators' socket."""
    config = tomllib.loads((TOP / "backend" / "status_page" / "pyscript.toml").read_text())
    assert (config["files"], set(OPERATOR_BUNDLES)) == ({"./app.tgz": "./*"}, {STATUS_PAGE})


@pytest.mark.parametrize(
    ("bundle", "module"),
    [
        ("speaker/app.zip", "speaker.app"),
        ("listener/app.tgz", "listener.app"),
        (STATUS_PAGE, "backend.status_page.bootstrap"),
    ],
)
def test_what_is_packed_can_be_imported_by_itself(bundle: str, module: str, tmp_path: Path) -> None:
    """Nothing is found but what was unpacked, as in a browser."""
    unpack(bundle, tmp_path)
    (tmp_path / "typing.py").unlink(missing_ok=True)
    call = [sys.executable, "-c", NO_BROWSER.format(module=module)]
    loaded = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert module in loaded
    assert len(loaded) > 20


def test_only_pages_on_micropython_have_a_stand_in_for_typing() -> None:
    assert {name for name in ALL if "typing.py" in names_in(name)} == {"listener/app.tgz", STATUS_PAGE}


def test_no_page_carries_the_other_or_the_server() -> None:
    for name in BUNDLES:
        rooms = {member.partition("/")[0] for member in names_in(name)} - {"typing.py"}
        assert rooms == {"pylib", name.partition("/")[0]}


def test_of_the_server_only_the_status_page_is_sent() -> None:
    parts = [Path(name).parts for name in names_in(STATUS_PAGE) if name.startswith("backend/")]
    assert {part[1] for part in parts} == {"__init__.py", "status_page"}


def test_folders_come_before_what_lies_in_them() -> None:
    seen: set[str] = set()
    for name in names_in("listener/app.tgz"):
        assert Path(name).parent.as_posix() in seen | {"."}
        seen.add(name)
    assert "pylib" in seen


def test_the_same_files_give_the_same_bytes_and_an_edit_is_noticed(tmp_path: Path) -> None:
    page = write_page(tmp_path, "import pylib.one")
    before, first = sources_state(tmp_path), pack(tmp_path, BUNDLES["speaker/app.zip"])
    assert pack(tmp_path, BUNDLES["speaker/app.zip"]) == first
    page.write_text("from pylib import two")
    assert sources_state(tmp_path) != before
    assert modules_of(tmp_path, "speaker/main.py") == {"pylib/__init__.py", "pylib/two.py"}


def test_an_edit_of_the_same_length_and_time_is_noticed(tmp_path: Path) -> None:
    page = write_page(tmp_path, "import pylib.one")
    before = page.stat()
    state = sources_state(tmp_path)
    page.unlink()
    page.write_text("import pylib.two")
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sources_state(tmp_path) != state


def test_a_file_with_a_mistake_is_packed_so_that_the_browser_can_say_so(tmp_path: Path) -> None:
    write_page(tmp_path, "import pylib.one")
    (tmp_path / "pylib" / "one.py").write_text("def (:")
    assert "pylib/one.py" in modules_of(tmp_path, "speaker/main.py")


def write_page(folder: Path, main: str) -> Path:
    for name in ("pylib/__init__.py", "pylib/one.py", "pylib/two.py", "speaker/main.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    page = folder / "speaker" / "main.py"
    page.write_text(main)
    return page


def unpack(name: str, folder: Path) -> None:
    data = io.BytesIO(pack(TOP, ALL[name]))
    if name.endswith(".zip"):
        zipfile.ZipFile(data).extractall(folder)
    else:
        with tarfile.open(fileobj=data) as archive:
            archive.extractall(folder, filter="data")


def names_in(name: str) -> list[str]:
    data = io.BytesIO(pack(TOP, ALL[name]))
    if name.endswith(".zip"):
        return zipfile.ZipFile(data).namelist()
    with tarfile.open(fileobj=data) as archive:
        return archive.getnames()


def test_the_listener_page_on_pyodide_is_the_same_page() -> None:
    """Two files for one page: what a person sees must not drift apart."""

    def body(name: str) -> list[str]:
        lines = (TOP / "listener" / name).read_text().splitlines()
        own = ("preload", "main.py", "py-config")  # "py-config" is in "mpy-config"
        return [line for line in lines if not any(word in line for word in own)]

    assert body("pyodide.html") == body("index.html")
