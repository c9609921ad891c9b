"""A small progress bar for downloads: redrawn in place on a terminal, a few plain lines elsewhere."""

import sys
from typing import TextIO

_WIDTH = 30
_LINES = 4


class Progress:
    """Shows how many of `total` bytes have come; call `update` as often as you like, then `finish`."""

    def __init__(self, label: str, total: int, stream: TextIO = sys.stderr) -> None:
        self._label = label
        self._total = max(total, 1)
        self._stream = stream
        self._lines_shown = 0

    def update(self, done: int) -> None:
        """Show `done` bytes; more than expected shows as all."""
        done = min(done, self._total)
        if self._stream.isatty():
            filled = _WIDTH * done // self._total
            bar = "#" * filled + "." * (_WIDTH - filled)
            self._write(f"\r{self._label} [{bar}] {self._amount(done)}")
            return
        step = _LINES * done // self._total
        if step > self._lines_shown:
            self._lines_shown = step
            self._write(f"{self._label}: {self._amount(done)}\n")

    def finish(self) -> None:
        """Show that everything has come."""
        self.update(self._total)
        if self._stream.isatty():
            self._write("\n")

    def _amount(self, done: int) -> str:
        return f"{done / 1e6:.1f} of {self._total / 1e6:.1f} MB"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
