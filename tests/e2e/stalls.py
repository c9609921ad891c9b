"""How long the machine itself stood still: sound that it did not let pass says nothing about the pages."""

import os
import threading
import time
from types import TracebackType
from typing import Self

TICK_S = 0.005


class Stalls:
    """While entered, a plain timer on each processor; how late each came is what any program suffered."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._over = threading.Event()
        self._timers = [
            threading.Thread(target=self._watch, args=(cpu,)) for cpu in sorted(os.sched_getaffinity(0))
        ]

    def __enter__(self) -> Self:
        for timer in self._timers:
            timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for timer in self._timers:
            timer.join()

    def _watch(self, cpu: int) -> None:
        os.sched_setaffinity(0, {cpu})
        due_s = time.monotonic() + TICK_S
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            now_s = time.monotonic()
            self.longest_ms = max(self.longest_ms, (now_s - due_s) * 1000)
            due_s = now_s + TICK_S
