"""Runs in Pyodide while the snapshot of its memory is taken: keeps our modules compiled in that memory.

A page imports its modules from its own files. When Python is about to compile a file whose source is, byte
for byte, one that was compiled here, it takes the code from memory; an edited file is compiled as usual. So
an old snapshot makes a page slower, but never wrong.
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
    """Compile every module of a zip archive; later imports of equal sources use that code."""
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
    sys.dont_write_bytecode = True  # a page's files vanish with the page, so a .pyc would never be read


keep_compiled("/app.zip")
gc.collect()
gc.freeze()
