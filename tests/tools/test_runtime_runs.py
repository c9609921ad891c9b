"""The runtime as laid out, run for real by node: what is served is whole and fits together."""

import subprocess
from pathlib import Path

import pytest

from tools.node import ensure_node
from tools.runtime import RUNTIME, ensure

PYODIDE = """
import {{ loadPyodide }} from "{runtime}/pyodide/pyodide.mjs";
const python = await loadPyodide({{ indexURL: "{runtime}/pyodide/" }});
await python.loadPackage(["pydantic", "segno"], {{ messageCallback: () => {{}} }});
console.log(python.runPython(`
import pydantic, segno
class Model(pydantic.BaseModel):
    number: int
f"{{Model(number='3').number}} {{segno.make('lectern').designator}}"
`));
"""
MICROPYTHON = """
import {{ loadMicroPython }} from "{runtime}/micropython/micropython.mjs";
const python = await loadMicroPython({{ stdout: (line) => console.log(line), linebuffer: true }});
python.runPython("import sys; print(sys.implementation.name)");
"""


def run_in_node(script: str, folder: Path) -> str:
    file = folder / "script.mjs"
    file.write_text(script.format(runtime=RUNTIME))
    answer = subprocess.run([ensure_node(), file], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@pytest.fixture(autouse=True)
def runtime() -> None:
    ensure()


def test_pyodide_loads_pydantic_and_segno_from_our_own_lock_file(tmp_path: Path) -> None:
    assert run_in_node(PYODIDE, tmp_path) == "3 M3-M"


def test_micropython_starts(tmp_path: Path) -> None:
    assert run_in_node(MICROPYTHON, tmp_path) == "micropython"
