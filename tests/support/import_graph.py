"""Who imports whom in this repository, read from the source without running it."""

import ast
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
ROOMS = ("pylib", "speaker", "listener", "sitebuild", "backend", "tools", "tests")


def imported_names(path: Path) -> set[str]:
    """Every module a file imports, as dotted names; `from a import b` gives a.b when that is a module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            names.update(name for name in modules if source_of(name) is not None)
            if any(source_of(name) is None for name in modules):
                names.add(node.module)
    return names


def source_of(name: str) -> Path | None:
    """The file of one of our modules, None for any other."""
    if name.partition(".")[0] not in ROOMS:
        return None
    base = TOP.joinpath(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
