"""A snapshot of Pyodide's memory, standard library imported: a page that starts from it starts sooner.

Made once for each layout of the runtime, by Node.js. Pages do without where there is none.
"""

import gzip
import subprocess
import tempfile
from pathlib import Path

from tools.cache import one_at_a_time
from tools.node import ensure_node

SNAPSHOT = "pyodide/memory.snapshot"
"""Below the runtime's folder; gzip inside, whatever a static host makes of file names."""

IMPORTS = """
import abc, asyncio, base64, collections, contextlib, copy, dataclasses, datetime, decimal, enum, fractions
import functools, inspect, io, ipaddress, itertools, json, logging, math, numbers, operator, pathlib, re
import string, struct, textwrap, types, typing, urllib.parse, uuid, warnings, weakref, zoneinfo
"""
"""What the pages and pydantic import of the standard library."""

_SCRIPT = """
import { writeFileSync } from "node:fs";
const [folder, file, code] = process.argv.slice(1);
const { loadPyodide } = await import(folder + "/pyodide.mjs");
const pyodide = await loadPyodide({ indexURL: folder + "/", _makeSnapshot: true });
pyodide.runPython(code);
writeFileSync(file, pyodide.makeMemorySnapshot());
"""


def ensure_snapshot(runtime: Path) -> None:
    """Make the snapshot of this runtime unless it is there; a runtime that is laid out anew has none yet."""
    target = runtime / SNAPSHOT
    if target.exists():
        return
    print("Taking a snapshot of Pyodide's memory", flush=True)
    with one_at_a_time("snapshot"), tempfile.TemporaryDirectory(dir=target.parent) as name:
        memory, packed = Path(name) / "memory", Path(name) / "packed"
        call = [ensure_node(), "--input-type=module", "-e", _SCRIPT, "--"]
        made = subprocess.run(
            [*call, str((runtime / "pyodide").resolve()), str(memory), IMPORTS],
            check=False,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            print(f"The snapshot failed, so the speaker page starts more slowly: {made.stderr[-500:]}")
            return
        packed.write_bytes(gzip.compress(memory.read_bytes(), 6, mtime=0))
        packed.rename(target)
