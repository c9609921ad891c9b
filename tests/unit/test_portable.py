"""The portable unit tests once more, inside real MicroPython and real Pyodide."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.portable_rooms import DATA, SUPPORT, TOP, portable_modules, portable_tests
from tools.node import ensure_node


def module_name(path: Path) -> str:
    return path.relative_to(TOP).with_suffix("").as_posix().replace("/", ".")


def manifest(interpreter: str) -> dict[str, object]:
    support = [TOP / "tests" / "support" / f"{name}.py" for name in SUPPORT]
    sources = [*portable_modules(), *portable_tests(), *support, *(TOP / name for name in DATA)]
    files = {path.relative_to(TOP).as_posix(): str(path) for path in sources}
    if interpreter == "micropython":
        files["typing.py"] = str(TOP / "pylib" / "browser" / "micropython" / "typing.py")
    return {"files": files, "modules": [module_name(path) for path in portable_tests()]}


@pytest.mark.parametrize("interpreter", ["micropython", "pyodide"])
def test_portable_unit_tests_pass_inside(interpreter: str, tmp_path: Path) -> None:
    manifest_file = tmp_path / "manifest.json"
    manifest_file.write_text(json.dumps(manifest(interpreter)))
    script = TOP / "tests" / "support" / "portable.mjs"
    command = [ensure_node(), str(script), interpreter, str(TOP / ".runtime"), str(manifest_file)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    outcomes = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[")]
    failures = [f"{module}.{test}: {error}" for module, test, error in outcomes if error]
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert not failures, "\n".join(failures)
    assert {module for module, _, _ in outcomes} == {module_name(path) for path in portable_tests()}
    assert len(outcomes) == count_tests()


def count_tests() -> int:
    """How many tests those files hold, so that none is passed over in silence."""
    lines = [line for path in portable_tests() for line in path.read_text().splitlines()]
    return sum(line.startswith(("def test_", "async def test_")) for line in lines)
