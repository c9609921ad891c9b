"""The runtime as laid out, run for real by node: what is served is whole and fits together."""

import subprocess
from pathlib import Path

import pytest

from sitebuild.page_archive import BUNDLES, pack
from tools.node import ensure_node
from tools.runtime import RUNTIME, ensure, ensure_snapshot
from tools.runtime.snapshot import MADE_FROM, SNAPSHOT
from tools.venv import ROOT

PYODIDE = """
import createPyodideModule from "{runtime}/pyodide/pyodide.asm.js";
import {{ loadPyodide }} from "{runtime}/pyodide/pyodide.js";
const python = await loadPyodide({{ createPyodideModule, indexURL: "{runtime}/pyodide/" }});
await python.loadPackage(["pydantic", "segno"], {{ messageCallback: () => {{}} }});
console.log(python.runPython(`
import pydantic, segno
class Model(pydantic.BaseModel):
    number: int
f"{{Model(number='3').number}} {{segno.make('lectern').designator}}"
`));
"""
FROM_SNAPSHOT = """
import {{ readFileSync }} from "node:fs";
import {{ gunzipSync }} from "node:zlib";
import createPyodideModule from "{runtime}/pyodide/pyodide.asm.js";
import {{ loadPyodide }} from "{runtime}/pyodide/pyodide.js";
const memory = gunzipSync(readFileSync("{runtime}/pyodide/memory.snapshot"));
const options = {{ createPyodideModule, _loadSnapshot: memory }};
const python = await loadPyodide({{ ...options, indexURL: "{runtime}/pyodide/" }});
await python.loadPackage(["pydantic", "segno"], {{ messageCallback: () => {{}} }});
console.log(python.runPython(`
import sys, pydantic
class Model(pydantic.BaseModel):
    number: int
f"{{Model(number='3').number}} {{'asyncio' in sys.modules}}"
`));
"""
UNPACKED = """
import {{ readFileSync }} from "node:fs";
import {{ gunzipSync }} from "node:zlib";
import createPyodideModule from "{runtime}/pyodide/pyodide.asm.js";
import {{ loadPyodide }} from "{runtime}/pyodide/pyodide.js";
const memory = gunzipSync(readFileSync("{runtime}/pyodide/memory.snapshot"));
const options = {{ createPyodideModule, _loadSnapshot: memory }};
const python = await loadPyodide({{ ...options, indexURL: "{runtime}/pyodide/" }});
python.unpackArchive(new Uint8Array(readFileSync("app.zip")), "zip");
console.log(python.runPython(`
import builtins
compiled, usual = set(), builtins.compile
def note(source, filename, *rest, **options):
    compiled.add(filename.removeprefix("/home/pyodide/"))
    return usual(source, filename, *rest, **options)
builtins.compile = note
with open("pylib/tasks.py", "a") as edited:
    edited.write("EDITED = True")
import speaker.app, pylib.tasks
f"{{sorted(name for name in compiled if name.endswith('.py'))}} {{pylib.tasks.EDITED}}"
`));
"""
OPUS = """
import {{ readFileSync }} from "node:fs";
import {{ runInThisContext }} from "node:vm";
globalThis.Worker ??= class {{}};
runInThisContext(readFileSync("{runtime}/opus/opus-decoder.min.js", "utf8")); // as a page's script
const decoder = new globalThis["opus-decoder"].OpusDecoder({{ channels: 1 }});
await decoder.ready;
console.log(decoder.decodeFrame(Uint8Array.of(0xf8, 0xff, 0xfe)).samplesDecoded); // 20 ms of silence
"""
MICROPYTHON = """
import {{ loadMicroPython }} from "{runtime}/micropython/micropython.js";
const python = await loadMicroPython({{ stdout: (line) => console.log(line), linebuffer: true }});
python.runPython("import sys; print(sys.implementation.name)");
"""


def run_in_node(script: str, folder: Path) -> str:
    file = folder / "script.mjs"
    file.write_text(script.format(runtime=RUNTIME))
    answer = subprocess.run(
        [ensure_node(), file], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert answer.returncode == 0, answer.stderr[-1000:]
    return answer.stdout.strip()


@pytest.fixture(autouse=True)
def runtime() -> None:
    ensure()
    ensure_snapshot(RUNTIME)


def test_pyodide_loads_pydantic_and_segno_from_our_own_lock_file(tmp_path: Path) -> None:
    assert run_in_node(PYODIDE, tmp_path) == "3 M3-M"


def test_pyodide_starts_from_the_snapshot_and_loads_our_packages(tmp_path: Path) -> None:
    assert run_in_node(FROM_SNAPSHOT, tmp_path) == "3 True"


def test_our_modules_lie_compiled_in_the_snapshot_and_an_edited_one_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "app.zip").write_bytes(pack(ROOT, BUNDLES["speaker/app.zip"]))
    assert run_in_node(UNPACKED, tmp_path) == "['pylib/tasks.py'] True"


def test_a_snapshot_of_other_modules_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "pyodide").mkdir()
    for file in (RUNTIME / "pyodide").iterdir():
        (tmp_path / "pyodide" / file.name).symlink_to(file)
    for name in (SNAPSHOT, MADE_FROM):
        (tmp_path / name).unlink()
        (tmp_path / name).write_text("of older modules")
    ensure_snapshot(tmp_path)
    assert (tmp_path / MADE_FROM).read_text() == (RUNTIME / MADE_FROM).read_text()
    assert (tmp_path / SNAPSHOT).stat().st_size > 1_000_000


def test_a_snapshot_is_taken_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = (RUNTIME / SNAPSHOT).stat().st_mtime_ns
    ensure_snapshot(RUNTIME)
    assert (RUNTIME / SNAPSHOT).stat().st_mtime_ns == before
    assert capsys.readouterr().out == ""


def test_a_runtime_of_which_no_snapshot_can_be_taken_is_used_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyodide").mkdir()
    ensure_snapshot(tmp_path)
    assert "starts more slowly" in capsys.readouterr().out
    assert list((tmp_path / "pyodide").iterdir()) == []


def test_micropython_starts(tmp_path: Path) -> None:
    assert run_in_node(MICROPYTHON, tmp_path) == "micropython"


def test_the_opus_decoder_decodes(tmp_path: Path) -> None:
    assert run_in_node(OPUS, tmp_path) == "960"
