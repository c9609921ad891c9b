"""A snapshot of Pyodide's memory: a page that starts from it starts sooner.

In that memory the standard library is imported and the speaker page's modules are compiled. Node.js makes
it, again whenever anything that goes into it has changed. Where there is none, pages load as usual.
"""

import gzip
import tempfile
from hashlib import sha256
from pathlib import Path

from sitebuild.page_archive import BUNDLES, pack
from tools.cache import one_at_a_time
from tools.node import ensure_node
from tools.run_logged import log_file, run_logged
from tools.venv import ROOT

SNAPSHOT = "pyodide/memory.snapshot"
"""Below the runtime's folder. The content is gzip; the name hides it, as hosts treat .gz differently."""

MADE_FROM = "pyodide/memory.made-from"
"""A digest of all that went into the snapshot."""

IMPORTS = """
import abc, asyncio, base64, collections, contextlib, copy, dataclasses, datetime, decimal, enum, fractions
import functools, hashlib, hmac, html, inspect, io, ipaddress, itertools, json, logging, math, numbers
import operator, pathlib, re, secrets, shutil, string, struct, textwrap, types, typing, urllib.parse, uuid
import warnings, weakref, zipfile, zoneinfo
import email.message, encodings.cp437, http.client, importlib.metadata, urllib.request, xml.sax.saxutils
"""
"""What the pages, PyScript, pydantic and segno import of the standard library."""

PREPARE = Path(__file__).with_name("compiled.py")
"""Runs in Pyodide after the imports."""

_SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
const [folder, file, code, archive] = process.argv.slice(1);
const { loadPyodide } = await import(folder + "/pyodide.js");
const { default: createPyodideModule } = await import(folder + "/pyodide.asm.js");
const pyodide = await loadPyodide({ createPyodideModule, indexURL: folder + "/", _makeSnapshot: true });
pyodide.FS.writeFile("/app.zip", readFileSync(archive));
pyodide.runPython(code);
writeFileSync(file, pyodide.makeMemorySnapshot());
"""


def ensure_snapshot(runtime: Path, root: Path = ROOT) -> None:
    """Make the snapshot of this runtime for the pages below `root`, unless an up-to-date one is there."""
    archive = pack(root, BUNDLES["speaker/app.zip"])
    code = IMPORTS + PREPARE.read_text()
    made_from = sha256("\0".join((_SCRIPT, code)).encode() + archive).hexdigest()
    with one_at_a_time("snapshot"):
        if (runtime / SNAPSHOT).exists() and _read(runtime / MADE_FROM) == made_from:
            return
        print("Taking a snapshot of Pyodide's memory", flush=True)
        if _take(runtime, code, archive):
            (runtime / MADE_FROM).write_text(made_from)


def _take(runtime: Path, code: str, archive: bytes) -> bool:
    target = runtime / SNAPSHOT
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        memory, packed, modules = (Path(name) / part for part in ("memory", "packed", "app.zip"))
        modules.write_bytes(archive)
        call = [ensure_node(), "--input-type=module", "-e", _SCRIPT, "--"]
        call += [str((runtime / "pyodide").resolve()), str(memory), code, str(modules)]
        if not run_logged(call, "snapshot"):
            print(f"The snapshot failed, so the speaker page starts more slowly: see {log_file('snapshot')}")
            return False
        packed.write_bytes(gzip.compress(memory.read_bytes(), 6, mtime=0))
        packed.rename(target)
        return True


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
