import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.tools.support import write_wheel
from tools.cache import file_digest
from tools.errors import ToolError
from tools.lock import without_addresses
from tools.runtime.pin import browser_requirements, pyodide_lock, reachable_modules
from tools.runtime.pins import load_pins, save_pins
from tools.venv import ROOT

INFO = {"arch": "wasm32", "python": "3.14.2"}
LOCK_FILES = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    core = write_wheel(
        tmp_path,
        "base_core-2.5-cp314-cp314-pyemscripten_2026_0_wasm32.whl",
        {"base_core/__init__.py": ""},
        "",
    )
    base = write_wheel(
        tmp_path,
        "base-3.0-py3-none-any.whl",
        {"base/__init__.py": "", "base_old.py": "", "base-3.0.data/scripts/base": ""},
        "Requires-Dist: Base.Core==2.5\nRequires-Dist: extras>=2; extra == 'all'",
    )
    return [base, core]


def test_the_lock_describes_each_wheel_as_pyodide_expects(wheels: list[Path]) -> None:
    lock = pyodide_lock(INFO, wheels)
    assert lock["info"] == INFO
    assert lock["packages"]["base"] == {
        "name": "base",
        "version": "3.0",
        "file_name": "base-3.0-py3-none-any.whl",
        "install_dir": "site",
        "sha256": file_digest(wheels[0]),
        "package_type": "package",
        "imports": ["base", "base_old"],
        "depends": ["base-core"],
        "unvendored_tests": False,
    }
    assert lock["packages"]["base-core"]["imports"] == ["base_core"]


def test_a_package_that_is_needed_and_missing_is_named(wheels: list[Path]) -> None:
    with pytest.raises(ToolError, match="base needs base-core"):
        pyodide_lock(INFO, wheels[:1])


def test_browser_requirements_pin_version_and_hash(wheels: list[Path]) -> None:
    lines = browser_requirements(pyodide_lock(INFO, wheels)).splitlines()
    assert lines[1:] == [
        f"base==3.0 --hash=sha256:{file_digest(wheels[0])}",
        f"base-core==2.5 --hash=sha256:{file_digest(wheels[1])}",
    ]


def test_modules_are_followed_through_every_kind_of_import(tmp_path: Path) -> None:
    sources = {
        "core.js": 'export{a}from"./core-1.js";',
        "core-1.js": """import './side.js'; const b=()=>import("./late-2.js"); import("./xterm-3.js")""",
        "side.js": "",
        "late-2.js": 'import{a as c}from"./core-1.js";',
        "xterm-3.js": "",
        "unused.js": "",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    assert reachable_modules(tmp_path, "core.js") == {"core.js", "core-1.js", "side.js", "late-2.js"}


def test_pins_survive_saving_and_loading(tmp_path: Path) -> None:
    pins = load_pins()
    save_pins(pins, tmp_path / "pins.json")
    assert load_pins(tmp_path / "pins.json") == pins


def test_npm_lock_loses_its_addresses_and_nothing_else() -> None:
    entry: dict[str, Any] = {"version": "1.0", "integrity": "sha512-x"}
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "top"},
            "node_modules/a": entry | {"resolved": "an address", "funding": {"url": "another"}},
        },
    }
    assert without_addresses(lock) == {
        "lockfileVersion": 3,
        "packages": {"": {"name": "top"}, "node_modules/a": entry},
    }


def test_the_repository_pins_every_npm_package_by_hash_and_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    assert "://" not in text
    assert all("integrity" in entry for path, entry in packages.items() if path)
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted == {name: packages[f"node_modules/{name}"]["version"] for name in wanted}


@pytest.mark.parametrize("file", LOCK_FILES, ids=lambda file: file.name)
def test_the_repository_pins_every_python_package_by_hash_and_no_address(file: Path) -> None:
    text = file.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(index-url|extra-index-url|find-links)", text, re.MULTILINE)
    pinned = text.replace("\\\n", " ").splitlines()
    requirements = [line for line in pinned if line and not line.lstrip().startswith("#")]
    assert requirements
    assert all("==" in line and "--hash=sha256:" in line for line in requirements)


def test_the_pins_and_the_lock_files_agree() -> None:
    pins = load_pins()
    packages = pins.pyodide_lock["packages"]
    assert browser_requirements(pins.pyodide_lock) == (ROOT / "requirements/browser.txt").read_text()
    wheels = {
        pin.source.removeprefix("pip:"): pin.sha256 for pin in pins.files if pin.source.startswith("pip:")
    }
    assert wheels == {entry["file_name"]: entry["sha256"] for entry in packages.values()}
    server = (ROOT / "requirements/serve.txt").read_text()
    assert f"\npydantic=={packages['pydantic']['version']} " in server
