"""What grows while a talk goes on: samples of the server and of each page, and their slopes."""

import time
from collections import defaultdict
from urllib.request import urlopen

import numpy as np
from playwright.sync_api import CDPSession

from tests.e2e.pages import Visitor

MB = 1e6
SERVER_FIGURES = ("process_resident_memory_bytes", "process_open_fds", "lectern_tasks")
PAGE_FIGURES = ("framesReceived", "framesLost", "gaps", "skips", "reconnects", "delayMs", "bufferMs")


def server_figures(url: str) -> dict[str, float]:
    """What /metrics says without labels; `url` is where operators look."""
    with urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.split() for line in lines if line and line[0] != "#" and "{" not in line)
    return {name: float(value) for name, value in pairs}


class Trends:
    """Samples by name, each with its time in seconds since the first."""

    def __init__(self, admin_url: str, visitors: dict[str, Visitor]) -> None:
        self.samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._url = admin_url
        self._visitors = visitors
        self._began_s = time.monotonic()
        self._sessions = {name: _measured(visitor) for name, visitor in visitors.items()}

    def sample(self) -> None:
        """Look at everything once."""
        at_s = time.monotonic() - self._began_s
        figures = server_figures(self._url)
        for name in SERVER_FIGURES:
            self.samples[name].append((at_s, figures[name]))
        for name, session in self._sessions.items():
            metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
            self.samples[f"{name} JSHeapUsedSize"].append((at_s, metrics["JSHeapUsedSize"]))

    def slope_per_hour(self, name: str, warm_up_s: float) -> float:
        """Least squares over what came after the warm-up."""
        times, values = zip(*(one for one in self.samples[name] if one[0] >= warm_up_s), strict=True)
        return float(np.polyfit(times, values, 1)[0] * 3600) if len(times) > 1 else 0.0

    def table(self, warm_up_s: float) -> str:
        """First, last and slope of everything, and what the pages report now."""
        lines = [f"{'figure':42}{'first':>10}{'last':>10}{'an hour':>10}"]
        for name, samples in self.samples.items():
            unit, label = (MB, f"{name}, MB") if "ytes" in name or "Heap" in name else (1.0, name)
            row = (samples[0][1], samples[-1][1], self.slope_per_hour(name, warm_up_s))
            lines.append(f"{label:42}" + "".join(f"{value / unit:10.2f}" for value in row))
        for name, visitor in self._visitors.items():
            stats = visitor.stats()
            told = (f"{figure} {stats[figure]:.0f}" for figure in PAGE_FIGURES if figure in stats)
            lines.append(f"{name}: {', '.join(told)}")
        return "\n".join(lines)


def _measured(visitor: Visitor) -> CDPSession:
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Performance.enable")
    return session
