"""What the browser runtime consists of: pins.json names every file, where it comes from and its SHA-256.

`make lock` writes it (tools/runtime/pin.py); everything else only reads it.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

PINS_FILE = Path(__file__).with_name("pins.json")


class PinnedFile(NamedTuple):
    """One file of the runtime."""

    path: str
    """Where it lies below .runtime/."""
    source: str
    """`npm:` and its path below node_modules/, or `pip:` and the name of the wheel."""
    sha256: str


class Pins(NamedTuple):
    """The whole runtime."""

    files: tuple[PinnedFile, ...]
    pyodide_lock: dict[str, Any]
    """The pyodide-lock.json that is served: just our packages, from our own origin."""
    download_bytes: dict[str, int]
    """How much `npm` and `pip` write while they fetch, for the progress bar."""


def load_pins(file: Path = PINS_FILE) -> Pins:
    """Read the pins."""
    data = json.loads(file.read_text())
    files = tuple(PinnedFile(path, **entry) for path, entry in data["files"].items())
    return Pins(files, data["pyodide_lock"], data["download_bytes"])


def save_pins(pins: Pins, file: Path = PINS_FILE) -> None:
    """Write the pins, in an order that makes small differences for small changes."""
    files = {pin.path: {"source": pin.source, "sha256": pin.sha256} for pin in sorted(pins.files)}
    data = {"download_bytes": pins.download_bytes, "files": files, "pyodide_lock": pins.pyodide_lock}
    file.write_text(json.dumps(data, indent=2) + "\n")
