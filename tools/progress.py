"""A small progress bar for downloads: redrawn in place on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

_WIDTH = 30
_LINES = 4


class Progress:
    """Shows how many bytes have come; call `update` as often as you like, then `finish`.

    `total` is how many will come. When it is None, a terminal shows the growing amount without a bar and
    other outputs get one line at the end. The stream is stderr unless another is given.
    """

    def __init__(self, label: str, total: int | None, stream: TextIO | None = None) -> None:
        self._label = label
        self._total = total
        self._stream = stream or sys.stderr
        self._done = 0
        self._lines_shown = 0

    def update(self, done: int) -> None:
        """Show `done` bytes; more than expected shows as all."""
        done = done if self._total is None else min(done, self._total)
        self._done = max(self._done, done)  # pip deletes what it has copied to its place
        if self._stream.isatty():
            self._write(f"\r{self._label} {self._bar()}{self._amount()}")
        elif self._total:
            step = _LINES * self._done // self._total
            if step > self._lines_shown:
                self._lines_shown = step
                self._write(f"{self._label}: {self._amount()}\n")

    def finish(self) -> None:
        """Show that everything has come."""
        self.update(self._done if self._total is None else self._total)
        if self._stream.isatty():
            self._write("\n")
        elif self._total is None:
            self._write(f"{self._label}: {self._amount()}\n")

    def _bar(self) -> str:
        if not self._total:
            return ""
        filled = _WIDTH * self._done // self._total
        return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] "

    def _amount(self) -> str:
        done = f"{self._done / 1e6:.1f}"
        return f"{done} MB" if self._total is None else f"{done} of {self._total / 1e6:.1f} MB"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def folder_bytes(folder: Path) -> int:
    """Return the size of all files in a folder that may be changing meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total
