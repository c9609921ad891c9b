"""The HTTP API in figures: `make bench-http`.

GET /sessions/{id} on one core, asked by wrk on another: ours beside Starlette on uvicorn, in turns.
Ours also counts, dates and names each request; what it answers it renders when the session changes.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.fanout import cpu_s
from tests.bench.fanout_servers import CLIENT_CORE, HOST, LECTERN, TOP, Contender, on_core, running

SESSION_ID = "golden-eagle-427"
"""The one session of the peer."""

CONNECTIONS = 32
WARM_UP_S = 1
RIVAL = ("starlette", "uvicorn", "httptools", "uvloop")


class Figures(NamedTuple):
    """One run: requests a second, and microseconds of the server's processor for each."""

    rate: float
    cpu_us: float


def main() -> None:
    """Print the table."""
    options = _options()
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("This benchmark needs wrk (Debian: apt-get install wrk).")
    with tempfile.TemporaryDirectory() as name:
        servers = list(contenders(Path(name)))
        runs: dict[str, list[Figures]] = {one.name: [] for one in servers}
        for _ in range(options.rounds):
            for one in servers:
                runs[one.name].append(measure(wrk, one, options.seconds))
    print("GET /sessions/{id}".ljust(44), "requests/s  CPU us/request")
    for title, figures in runs.items():
        rate, cpu_us = (median(column) for column in zip(*figures, strict=True))
        print(f"{title:<44} {rate:10.0f}  {cpu_us:14.1f}")


def contenders(folder: Path) -> Iterator[Contender]:
    """Ours, and the peers if they are installed."""
    arguments = ["--log-level", "warning", "--data", str(folder / "data"), "--port"]
    yield Contender(LECTERN, [sys.executable, str(TOP / "dev_server.py"), *arguments])
    if not all(map(find_spec, RIVAL)):
        print("Starlette on uvicorn is not installed (python -m tools.venv bench): left out.")
        return
    for name, how in (("rendered each time", "render"), ("rendered once", "keep")):
        command = [sys.executable, "-m", "tests.bench.http_starlette", how]
        yield Contender(f"Starlette on uvicorn, {name}", command)


def measure(wrk: str, contender: Contender, seconds: int) -> Figures:
    """One run against a fresh server. Raises SystemExit when it refuses anything."""
    with running(contender) as target:
        session_id = target.listen_path.partition("sessionId=")[2] or SESSION_ID
        url = f"http://{HOST}:{target.port}/sessions/{session_id}"
        ask(wrk, url, WARM_UP_S)
        before = cpu_s(target.pid)
        said = ask(wrk, url, seconds)
        used = cpu_s(target.pid) - before
    rate, count = re.search(r"Requests/sec: +([0-9.]+)", said), re.search(r"([0-9]+) requests in", said)
    if rate is None or count is None or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{contender.name} did not answer well:\n{said}")
    return Figures(float(rate[1]), 1e6 * used / int(count[1]))


def ask(wrk: str, url: str, seconds: int) -> str:
    """Ask as fast as the server answers. Returns wrk's report."""
    with on_core(CLIENT_CORE):
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the HTTP API.")
    parser.add_argument("--seconds", type=int, default=5, help="length of a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each server; the median counts")
    return parser.parse_args()


if __name__ == "__main__":
    main()
