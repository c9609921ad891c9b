"""Runs in Pyodide while the snapshot of its memory is taken: keeps our modules compiled in that memory.

A page imports them from its own files as ever. Python asks for a file's compiled code by its source, and
gets it from memory where the source is, byte for byte, the one that was compiled here; an edited file is
compiled as usual. So a snapshot can be old, but never wrong.
"""

import gc
import sys
import zipfile
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

FOLDER = "/home/pyodide/"
"""Where PyScript unpacks a page's archive."""


def keep_compiled(archive: str) -> None:
    """Compile every module of a zip archive and answer with that from now on."""
    with zipfile.ZipFile(archive) as modules:
        sources = {FOLDER + name: modules.read(name) for name in modules.namelist()}
    compiled = {
        (path, source): compile(source, path, "exec", dont_inherit=True) for path, source in sources.items()
    }
    usual: Any = SourceFileLoader.source_to_code

    def source_to_code(self: SourceFileLoader, data: Any, path: Any, **options: Any) -> CodeType:
        code: CodeType = compiled.get((path, bytes(data))) or usual(self, data, path, **options)
        return code

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]
    sys.dont_write_bytecode = True  # a page's files live as long as the page: nobody would read it


keep_compiled("/app.zip")
gc.collect()
gc.freeze()
